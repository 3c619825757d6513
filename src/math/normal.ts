/**
 * The normal distribution. The build puts the two functions of stdlib into this file, so that nobody installs
 * the hundred and fifty packages that they come in.
 */
import erfc from '@stdlib/math-base-special-erfc';
import erfcinv from '@stdlib/math-base-special-erfcinv';

/**
 * Probability of a normal deviate at least as far from 0 as z; right to the last digits however small it is.
 *
 *   p = 2 Phi(-|z|) = erfc(|z| / sqrt(2))
 */
export function twoSidedP(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * The deviate q with Phi(q) - Phi(-q) = `confidence`.
 *
 * @param confidence in (0, 1)
 */
export function centralQuantile(confidence: number): number {
  return Math.SQRT2 * erfcinv(1 - confidence);
}
