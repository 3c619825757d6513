/** How well a gradient is the negative sum of a few penalties' gradients. */

export interface Fitted {
  /** The multiple of each penalty's gradient, all positive. */
  readonly factors: readonly number[];
  /** |a + sum_i lambda_i p_i|^2 / |a|^2 */
  readonly rest: number;
}

export type Inner = (u: readonly number[], v: readonly number[]) => number;

/**
 * Least squares of -a on one or two vectors; undefined where they are not independent, or a factor is not positive.
 *
 * @param a n numbers
 * @param ps one or two vectors of n numbers
 * @param inner the inner product that lengths are measured by
 */
export function fitPenalties(
  a: readonly number[],
  [p, q]: readonly (readonly number[])[],
  inner: Inner,
): Fitted | undefined {
  let factors: number[];
  if (q === undefined) factors = [-inner(a, p!) / inner(p!, p!)];
  else {
    const [pp, pq, qq, ap, aq] = [inner(p!, p!), inner(p!, q), inner(q, q), inner(a, p!), inner(a, q)];
    const determinant = pp * qq - pq * pq;
    if (!(determinant > 1e-9 * pp * qq)) return undefined;
    factors = [(aq * pq - ap * qq) / determinant, (ap * pq - aq * pp) / determinant];
  }
  if (!factors.every((factor) => factor > 0 && Number.isFinite(factor))) return undefined;
  const rest = a.map((aj, j) => aj + factors[0]! * p![j]! + (q === undefined ? 0 : factors[1]! * q[j]!));
  return { factors, rest: Math.max(0, inner(rest, rest)) / inner(a, a) };
}

export function dot(u: readonly number[], v: readonly number[]): number {
  return u.reduce((sum, uj, j) => sum + uj * v[j]!, 0);
}

/** How often chance may make a wrong hypothesis fit. */
export const CHANCE = 1e-6;

/** A fit is no better than this without a bound, where columns go together and count for fewer. */
const LEAST_FIT = 3e-3;

/** The same where lambda is what a program takes by default: nothing was chosen to fit then. */
const LEAST_FIT_OF_DEFAULT = 0.05;

/**
 * The rest below which a fit is more than chance: of a direction at random in n - k dimensions, a share of at most
 * r is left with a probability of about r^((n-k)/2).
 *
 * @param n entries of the gradient
 * @param k factors that were fitted to it
 * @param isDefault whether they are those of a program's default
 * @param tries gradients that were looked at
 */
export function mostRest(n: number, k: number, isDefault = false, tries = 1): number {
  const bound = isDefault ? LEAST_FIT_OF_DEFAULT : LEAST_FIT;
  return n > k ? Math.min(bound, (CHANCE / tries) ** (2 / (n - k))) : 0;
}
