/** Newton's method: iteratively reweighted least squares. */
import { factorize } from '../math/cholesky.js';
import { maxAbs } from '../math/vector.js';
import type { CurvedObjective } from '../objective/objective.js';
import type { Step } from './step.js';

/** Weights that a matrix of second derivatives is computed for at most: it takes 128 MB then. */
export const MOST_NEWTON_WEIGHTS = 4000;

/** What must be left of a column that others do not explain, as 1 - R^2; rounding leaves less. */
export const DEPENDENT = 1e-11;

/** Halvings of a step before it is given up. */
const MOST_HALVINGS = 40;

/** Growth of J below this fraction is rounding. */
const ROUNDING = 1e-14;

/**
 * Steps of w <- w - t H^-1 g, with t = 1 halved until J does not grow; ends when no step is short enough,
 * which is the limit of double precision.
 *
 * Weights that others make superfluous keep their starting values, the later ones in the order of the
 * weights, the intercept never.
 *
 * @param w starting weights, updated in place
 * @param intercept whether the last weight is an intercept
 * Cost: two visits to the data a step, more where it is halved; O(n^3) and two matrices of n^2 doubles.
 */
export async function* newton(
  objective: CurvedObjective,
  w: Float64Array,
  intercept: boolean,
): AsyncGenerator<Step, void> {
  const n = objective.size;
  const order = newtonOrder(n, intercept);
  const H = new Float64Array(n * n);
  const p = new Float64Array(n);
  let g = new Float64Array(n);
  let nextG = new Float64Array(n);
  const next = new Float64Array(n);
  let loss = await objective.evaluate(w, g);
  let passes = 1;
  for (let epoch = 0; ; epoch++) {
    const maxGradient = maxAbs(g);
    yield { epoch, loss, maxGradient, passes, w };
    await objective.hessian(w, H);
    passes++;
    factorize(H, order, DEPENDENT).solve(g, p);

    let nextLoss = Number.POSITIVE_INFINITY;
    let t = 1;
    for (let halvings = 0; ; halvings++, t /= 2) {
      if (halvings > MOST_HALVINGS) return;
      for (let j = 0; j < n; j++) next[j] = w[j]! - t * p[j]!;
      nextLoss = await objective.evaluate(next, nextG);
      passes++;
      if (nextLoss < loss) break;
      // among losses that differ by rounding the gradient tells which weights are better
      if (nextLoss <= loss + ROUNDING * Math.abs(loss) && maxAbs(nextG) < maxGradient) break;
    }
    w.set(next);
    loss = nextLoss;
    [g, nextG] = [nextG, g];
  }
}

/** The intercept first, so that what repeats it is superfluous and not it. */
export function newtonOrder(size: number, intercept: boolean): Int32Array {
  return Int32Array.from({ length: size }, (_, p) => (intercept ? (p + size - 1) % size : p));
}
