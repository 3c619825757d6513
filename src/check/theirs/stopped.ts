/**
 * Weights where a solver stopped: the gradient is small in the units that it sees, and J can still fall.
 *
 * Solvers end at a limit of iterations, or where the gradient in their own columns is small. Where columns differ in scale J is
 * flat along some directions, and what is left along them is then anything but little.
 */
import { factorize } from '../../math/cholesky.js';
import { gradientAsIs, gradientOf, type Reading } from './readings.js';
import type { TheirWeights } from './theirWeights.js';

/** How far weights are from the optimum of J + lambda/2 |w|^2, as the parabola there tells. */
export interface Remaining {
  /** lambda on the columns as they are: none, or that of C = 1. */
  readonly lambda: number;
  /** How much lower the objective could be. */
  readonly gap: number;
  /** Its gradient by the columns as they are over that at zero weights, the largest entry of each. */
  readonly slope: number;
}

/**
 * @param a the gradient of the plain loss, and `atZero` that at zero weights, as `standardized` gives them (n)
 * @param curvature its second derivatives (n x n)
 */
export function remainingAt(
  theirs: TheirWeights,
  reading: Reading,
  a: readonly number[],
  atZero: readonly number[],
  curvature: Float64Array,
  lambda: number,
): Remaining {
  const n = a.length;
  const ridge = gradientOf(theirs, reading, (w) => w, false, false);
  const g = Float64Array.from(a, (aj, j) => aj + lambda * ridge[j]!);
  const H = curvature.slice();
  theirs.terms.forEach(({ sd }, j) => {
    H[j * n + j]! += lambda / sd ** 2;
  });
  const factors = factorize(
    H,
    Int32Array.from({ length: n }, (_, j) => j),
    1e-13,
  );
  const largest = (v: readonly number[]) => Math.max(...v.map(Math.abs));
  return {
    lambda,
    gap: factors.quadratic(g) / 2,
    slope: largest(gradientAsIs(theirs, [...g])) / largest(gradientAsIs(theirs, atZero)),
  };
}
