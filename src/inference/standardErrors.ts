/** How precisely the data tell each weight. */
import type { Factorization } from '../math/triangular.js';

/** The columns (x - mu)/s of the weights that a Hessian is of, for each term's column x of the file. */
export interface StandardColumns {
  readonly mu: Float64Array;
  readonly s: Float64Array;
  readonly intercept: boolean;
}

/** Coefficients below this share of the largest are rounding. */
const IDLE = 1e-6;

/**
 * Standard errors of the weights in the units of the file, in their layout (terms, and the intercept last if
 * there is one); NaN for a weight that the data do not tell, since its column follows from others.
 *
 *   Cov(u) = H^-1,   w_j = u_j / s_j,   b = u_b - sum_j mu_j u_j / s_j
 *   se(w_j) = sqrt((H^-1)_jj) / s_j,   se(b)^2 = a . H^-1 a,   a = (-mu_j / s_j, ..., 1)
 *
 * H is inverted on the standardized columns, where it is well conditioned, and every variance is a sum of
 * squares |L^-1 a|^2: columns far from zero lose nothing.
 *
 * @param factors of the Hessian H in the weights u, of the summed loss
 * Cost: O(n^3) for n weights.
 */
export function standardErrors(factors: Factorization, { mu, s, intercept }: StandardColumns): Float64Array {
  const terms = mu.length;
  const errors = new Float64Array(terms + (intercept ? 1 : 0));
  const variances = factors.inverseDiagonal();
  for (let j = 0; j < terms; j++) errors[j] = Math.sqrt(variances[j]!) / s[j]!;
  if (intercept) {
    const a = new Float64Array(terms + 1);
    for (let j = 0; j < terms; j++) a[j] = -mu[j]! / s[j]!;
    a[terms] = 1;
    errors[terms] = Math.sqrt(factors.quadratic(a));
  }
  for (const row of factors.dependent) {
    for (const j of untold(factors, row, { mu, s, intercept })) errors[j] = Number.NaN;
  }
  return errors;
}

/**
 * The weights that may change, together, without changing any h: those of a dependent column and of the
 * columns that it follows from, in the units of the file.
 */
function untold(factors: Factorization, row: number, { mu, s, intercept }: StandardColumns): number[] {
  const terms = mu.length;
  const direction = factors.combination(row);
  direction[row] = -1;
  const largest = direction.reduce((most, a, j) => (j < terms ? Math.max(most, Math.abs(a)) : most), 0);
  const found = [...s.keys()].filter((j) => Math.abs(direction[j]!) > IDLE * largest);
  if (!intercept) return found;
  const shifts = found.map((j) => (mu[j]! / s[j]!) * direction[j]!);
  const size = shifts.reduce((sum, shift) => sum + Math.abs(shift), Math.abs(direction[terms]!));
  const ofIntercept = direction[terms]! - shifts.reduce((sum, shift) => sum + shift, 0);
  return Math.abs(ofIntercept) > IDLE * size ? [...found, terms] : found;
}
