/**
 * Gradients that are wrong in known ways, to show that the check can fail and what each slip does.
 *
 * The loss of such an objective is right; only what it writes into `g` is not.
 */
import { BceError } from '../errors.js';
import type { Objective } from './objective.js';

export const MISTAKES = ['lost-minus', 'flipped', 'sum-for-mean', 'penalised-intercept'] as const;

/**
 * - lost-minus: y/z + (1-y)/(1-z) in place of y/z - (1-y)/(1-z), so rows with y = 0 have the wrong sign
 * - flipped: y - z in place of z - y
 * - sum-for-mean: X^T(z-y) beside a loss that is divided by m
 * - penalised-intercept: lambda b in the derivative by b, beside a penalty that leaves b free
 */
export type Mistake = (typeof MISTAKES)[number];

/**
 * Makes sure that a mistake makes the gradient wrong.
 *
 * @throws BceError USAGE when it would change nothing under these options
 */
export function requireEffect(
  mistake: Mistake,
  options: {
    readonly reduction?: string | undefined;
    readonly l2?: number | undefined;
    readonly intercept?: boolean | undefined;
  },
): void {
  const { reduction, l2 = 0, intercept } = options;
  if (mistake === 'sum-for-mean' && reduction === 'sum') {
    throw new BceError('USAGE', 'sum-for-mean is no mistake with --reduction sum');
  }
  if (mistake === 'penalised-intercept' && (l2 === 0 || intercept === false)) {
    throw new BceError('USAGE', 'penalised-intercept is a mistake only with --l2 and an intercept');
  }
}

/** The loss of one objective with the gradient of another. */
export function withGradientOf(loss: Objective, gradient: Objective): Objective {
  return {
    size: loss.size,
    async evaluate(w, g) {
      const J = await loss.evaluate(w, g);
      await gradient.evaluate(w, g);
      return J;
    },
  };
}
