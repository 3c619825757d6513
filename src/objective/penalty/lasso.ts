/** Penalties that have no gradient everywhere, as an optimizer sees them beside the objective. */
import { maxAbs } from '../../math/vector.js';

export interface Penalty {
  /** The penalty at `v`. */
  value(v: Float64Array): number;
  /** The proximal step: makes v the minimum over u of |u - v|^2 / 2 alpha + penalty(u), in place. */
  shrink(v: Float64Array, alpha: number): void;
  /**
   * The largest entry of the least subgradient of objective and penalty together: 0 exactly at the optimum.
   *
   * @param g gradient of the objective alone, at `v`
   */
  steepness(v: Float64Array, g: Float64Array): number;
  /** lambda of the part lambda |v_j|; 0 where a weight is free. */
  rateOf(j: number): number;
}

/** Nothing beside the objective. */
export const NO_PENALTY: Penalty = {
  value: () => 0,
  shrink: () => {},
  steepness: (_, g) => maxAbs(g),
  rateOf: () => 0,
};

/**
 * The L1 penalty lambda sum_j |v_j| over the terms; the intercept, if there is one, is free.
 *
 *   shrink      v_j <- sign(v_j) max(|v_j| - alpha lambda, 0)
 *   steepness   |g_j + lambda sign(v_j)|, and max(|g_j| - lambda, 0) where v_j = 0
 *
 * Source: Daubechies, Defrise & De Mol, An iterative thresholding algorithm for linear inverse problems, 2004.
 *
 * @param lambda positive
 * @param terms number of leading weights that are penalised
 */
export function lasso(lambda: number, terms: number): Penalty {
  return {
    value(v) {
      let sum = 0;
      for (let j = 0; j < terms; j++) sum += Math.abs(v[j]!);
      return lambda * sum;
    },
    shrink(v, alpha) {
      const threshold = alpha * lambda;
      for (let j = 0; j < terms; j++) {
        const rest = Math.abs(v[j]!) - threshold;
        // NaN stays NaN, for the watch to see
        v[j] = rest <= 0 ? 0 : Math.sign(v[j]!) * rest;
      }
    },
    steepness(v, g) {
      let max = 0;
      for (let j = 0; j < g.length; j++) {
        const s = Math.abs(leastSlope(v[j]!, g[j]!, j < terms ? lambda : 0));
        if (s > max) max = s;
        if (Number.isNaN(s)) return s;
      }
      return max;
    },
    rateOf: (j) => (j < terms ? lambda : 0),
  };
}

/** The entry of the least subgradient that belongs to a weight v with gradient g and penalty lambda |v|. */
export function leastSlope(v: number, g: number, lambda: number): number {
  if (v !== 0) return g + lambda * Math.sign(v);
  return Math.sign(g) * Math.max(Math.abs(g) - lambda, 0);
}
