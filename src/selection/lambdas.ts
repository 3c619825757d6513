/** Which lambdas a path is solved at. */
import { leastSlope, type Penalty } from '../objective/penalty/penalty.js';

/** Below this share of L1 the first lambda is that of this share, since none holds every weight at 0. */
const LEAST_SHARE = 1e-3;

/** lambda as a slope: what weights are held at 0 by, or where L1 has little share what it would be. */
export function slopeOf(lambda: number, l1Ratio: number): number {
  return lambda * Math.max(l1Ratio, LEAST_SHARE);
}

/**
 * A geometric sequence from the least lambda at which all penalised terms are 0, max_j |dJ/dv_j| / A over the ways that
 * the bounds leave open, down to `ratio` of it.
 *
 * @param g gradient of the loss without them
 * @param factors 1 for each weight that is penalised, 0 for the others
 * @param bounds what tells the bounds
 * @param count number of lambdas, 1 or more
 * @param l1Ratio A, the share of L1
 */
export function lambdasFrom(
  g: Float64Array,
  factors: Float64Array,
  bounds: Penalty,
  count: number,
  ratio: number,
  l1Ratio: number,
): number[] {
  let steepest = 0;
  for (let j = 0; j < factors.length; j++) {
    const slope = factors[j]! * leastSlope(0, g[j]!, 0, bounds.lowerOf(j), bounds.upperOf(j));
    steepest = Math.max(steepest, Math.abs(slope));
  }
  const first = steepest / Math.max(l1Ratio, LEAST_SHARE);
  const last = count - 1;
  // by exp, since powers are other bits in other versions of V8; from and to what is asked for, exactly
  const shareOf = (k: number) => (k === last ? ratio : Math.exp((k / last) * Math.log(ratio)));
  return Array.from({ length: count }, (_, k) => (k === 0 ? first : first * shareOf(k)));
}
