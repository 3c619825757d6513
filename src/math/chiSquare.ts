/** The chi-square distribution of whole degrees of freedom. */
import { twoSidedP } from './normal.js';

/**
 * Probability of a chi-square deviate of k degrees of freedom at or above x; right to some 12 digits however small it
 * is, since no term of the sum is negative.
 *
 *   Q(x) = [k odd] erfc(sqrt(x/2)) + e^(-x/2) sum_i (x/2)^i / Gamma(i + 1),   i = 0, 1, ... or 1/2, 3/2, ... below k/2
 *
 * Source: Abramowitz & Stegun, 26.4.4 and 26.4.5.
 *
 * @param x 0 or more
 * @param k 1 or more
 * Cost: O(k).
 */
export function upperChiSquare(x: number, k: number): number {
  if (!(x > 0)) return Number.isNaN(x) ? x : 1;
  const half = x / 2;
  const isOdd = k % 2 === 1;
  const start = isOdd ? 0.5 : 0;
  // logarithms: powers and factorials may both be beyond the doubles
  const logs: number[] = [];
  let log = isOdd ? Math.log(half) / 2 - LOG_GAMMA_OF_3_2 - half : -half;
  for (let i = start; i < k / 2; i++) {
    logs.push(log);
    log += Math.log(half) - Math.log(i + 1);
  }
  const sum = logs.reduce((total, one) => total + Math.exp(one), 0);
  return Math.min(1, (isOdd ? twoSidedP(Math.sqrt(x)) : 0) + sum);
}

/** log Gamma(3/2) */
const LOG_GAMMA_OF_3_2 = Math.log(Math.sqrt(Math.PI) / 2);
