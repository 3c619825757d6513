/** What is told of the weights at one lambda of a path. */
import type { Space } from '../fit/problem.js';
import type { PathPoint } from './path.js';

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
