/** Takes an optimizer's steps until one of the reasons to stop holds. */
import { createWatch } from './divergence.js';
import type { Step } from './step.js';

export interface Limits {
  /** Updates at most. */
  readonly epochs: number;
  /** Converged when max |dJ/dw| is at most this; 0 never is. */
  readonly tolerance: number;
}

/** Why the steps ended. */
export type Ending =
  | { readonly status: 'converged' | 'epochs' | 'interrupted' }
  | { readonly status: 'diverged'; readonly why: string };

export interface Run {
  readonly ending: Ending;
  /** The last step; its weights are those of the last loss. */
  readonly last: Step;
  /** Entry k belongs to the weights after k updates. */
  readonly losses: readonly number[];
  readonly maxGradients: readonly number[];
}

/**
 * Iterates until convergence, divergence, the last epoch, or an abort, in this order of precedence.
 *
 * @param onStep told every step as it comes
 * @param signal when aborted, the run ends after the current epoch
 */
export async function run(
  steps: AsyncGenerator<Step>,
  limits: Limits,
  onStep: (step: Step) => void,
  signal?: AbortSignal,
): Promise<Run> {
  const losses: number[] = [];
  const maxGradients: number[] = [];
  const watch = createWatch();
  for await (const step of steps) {
    losses.push(step.loss);
    maxGradients.push(step.maxGradient);
    onStep(step);
    const isLast = step.epoch === limits.epochs;
    const why = watch(step, isLast);
    const ending = endingOf(step, why, limits, isLast, signal?.aborted === true);
    if (ending !== undefined) return { ending, last: step, losses, maxGradients };
  }
  throw new Error('the optimizer ended without a reason');
}

function endingOf(
  step: Step,
  why: string | undefined,
  { tolerance }: Limits,
  isLast: boolean,
  isAborted: boolean,
): Ending | undefined {
  if (why !== undefined) return { status: 'diverged', why };
  if (tolerance > 0 && step.maxGradient <= tolerance) return { status: 'converged' };
  if (isLast) return { status: 'epochs' };
  return isAborted ? { status: 'interrupted' } : undefined;
}
