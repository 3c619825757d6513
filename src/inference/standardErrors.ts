/** How precisely the data tell each weight. */
import { type DoubleDouble, divide, powerOfTwo, twoSum } from '../math/doubleDouble.js';
import type { PreciseInverse } from '../math/preciseCholesky.js';
import type { Factorization } from '../math/triangular.js';

/** The columns (x - mu - pivot)/s of the weights that a Hessian is of, for each term's column x of the file. */
export interface StandardColumns {
  readonly mu: Float64Array;
  readonly pivot: Float64Array;
  readonly s: Float64Array;
  readonly intercept: boolean;
}

/** Coefficients below this share of the largest are rounding. */
const IDLE = 1e-6;

/**
 * Standard errors of the weights in the units of the file, in their layout (terms, and the intercept last if
 * there is one); NaN for a weight that the data do not tell, since its column follows from others.
 *
 *   Cov(u) = H^-1,   w_j = u_j / s_j,   b = u_b - sum_j (mu_j + pivot_j) u_j / s_j
 *   se(w_j) = sqrt((H^-1)_jj) / s_j,   se(b)^2 = a . H^-1 a,   a = (-(mu_j + pivot_j) / s_j, ..., 1)
 *
 * H is inverted on the standardized columns, where it is well conditioned, and every variance is a sum of
 * squares |L^-1 a|^2: columns far from zero lose nothing.
 *
 * @param factors of the Hessian H in the weights u, of the summed loss
 * @param inverse H^-1 with more digits, where all weights are told
 * Cost: O(n^3) for n weights.
 */
export function standardErrors(
  factors: Factorization,
  { mu, pivot, s, intercept }: StandardColumns,
  inverse?: PreciseInverse,
): Float64Array {
  const terms = mu.length;
  const variances = inverse?.diagonal() ?? factors.inverseDiagonal();
  const errors = variances.map((variance, j) => Math.sqrt(variance) / (s[j] ?? 1));
  // |mu + pivot| may be many times s: it keeps both its parts
  const shifts = Array.from(s, (sj, j) => {
    const perUnit = 1 / powerOfTwo(sj);
    return divide(twoSum(-mu[j]! * perUnit, -pivot[j]! * perUnit), [sj * perUnit, 0]);
  });
  if (intercept) {
    const a: DoubleDouble[] = [...shifts, [1, 0]];
    const square = inverse?.quadratic(a) ?? factors.quadratic(Float64Array.from(a, ([high]) => high));
    errors[terms] = Math.sqrt(square);
  }
  for (const row of factors.dependent) {
    for (const j of untold(factors, row, shifts, intercept)) errors[j] = Number.NaN;
  }
  return errors;
}

/**
 * The weights that may change, together, without changing any h: those of a dependent column and of the
 * columns that it follows from, in the units of the file.
 */
function untold(
  factors: Factorization,
  row: number,
  shifts: readonly DoubleDouble[],
  intercept: boolean,
): number[] {
  const terms = shifts.length;
  const direction = factors.combination(row);
  direction[row] = -1;
  const largest = direction.reduce((most, a, j) => (j < terms ? Math.max(most, Math.abs(a)) : most), 0);
  const found = [...shifts.keys()].filter((j) => Math.abs(direction[j]!) > IDLE * largest);
  if (!intercept) return found;
  const moved = found.map((j) => shifts[j]![0] * direction[j]!);
  const size = moved.reduce((sum, shift) => sum + Math.abs(shift), Math.abs(direction[terms]!));
  const ofIntercept = moved.reduce((sum, shift) => sum + shift, direction[terms]!);
  return Math.abs(ofIntercept) > IDLE * size ? [...found, terms] : found;
}
