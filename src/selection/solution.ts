/** What is told of the weights at one lambda of a path. */
import type { Space } from '../fit/problem.js';

/** The solution at one lambda. */
export interface PathPoint {
  readonly lambda: number;
  /** Terms whose weight is not 0. */
  readonly nonzero: number;
  /** Mean cross-entropy, without the penalty. */
  readonly loss: number;
  /** The largest violation of the optimality conditions, over all terms and the intercept. */
  readonly violation: number;
  readonly isConverged: boolean;
  /** Visits to the data up to here. */
  readonly passes: number;
  /** Weights in the units of the file (terms, and the intercept last if there is one). */
  readonly w: Float64Array;
  /** The same of the columns as stored. */
  readonly stored: Float64Array;
}

/** What the solver knows of a solution beside its weights. */
interface Solved extends Pick<PathPoint, 'lambda' | 'loss' | 'violation' | 'passes'> {
  readonly tolerance: number;
}

/** @param v weights of the columns that are solved for */
export function solutionOf(
  { intercept, toStored, toFileUnits }: Space,
  v: Float64Array,
  { lambda, loss, violation, tolerance, passes }: Solved,
): PathPoint {
  const terms = v.length - (intercept ? 1 : 0);
  let nonzero = 0;
  for (let j = 0; j < terms; j++) if (v[j] !== 0) nonzero++;
  return {
    lambda,
    nonzero,
    loss,
    violation,
    isConverged: violation <= tolerance,
    passes,
    w: toFileUnits(v),
    stored: toStored(v),
  };
}
