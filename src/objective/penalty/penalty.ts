/** Penalties that have no gradient everywhere, and bounds, as an optimizer sees them beside the objective. */
import { maxAbs } from '../../math/vector.js';

/** Least and largest value of each weight (size each), infinite where there is none. */
export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Penalty {
  /** The penalty at `v`. */
  value(v: Float64Array): number;
  /**
   * The proximal step: makes v the minimum over u of |u - v|^2 / 2 alpha + penalty(u), in place; with alpha = 0 only
   * what is beyond a bound moves, to the bound.
   */
  shrink(v: Float64Array, alpha: number): void;
  /**
   * The largest entry of the least subgradient of objective and penalty together: 0 exactly at the optimum.
   *
   * @param g gradient of the objective alone, at `v`
   */
  steepness(v: Float64Array, g: Float64Array): number;
  /** lambda of the part lambda |v_j|; 0 where a weight is free. */
  rateOf(j: number): number;
  /** Bounds of v_j. */
  lowerOf(j: number): number;
  upperOf(j: number): number;
  /** Whether any weight has a bound. */
  readonly isBounded: boolean;
}

/** Nothing beside the objective. */
export const NO_PENALTY: Penalty = {
  value: () => 0,
  shrink: () => {},
  steepness: (_, g) => maxAbs(g),
  rateOf: () => 0,
  lowerOf: () => Number.NEGATIVE_INFINITY,
  upperOf: () => Number.POSITIVE_INFINITY,
  isBounded: false,
};

/**
 * The L1 penalty lambda sum_j |v_j| over the terms; the intercept, if there is one, is free.
 *
 * @param lambda positive
 * @param terms number of leading weights that are penalised
 */
export function lasso(lambda: number, terms: number): Penalty {
  return separable(new Float64Array(terms).fill(lambda));
}

/**
 * An L1 penalty with a rate for each weight, over weights that stay within their bounds.
 *
 *   value       sum_j lambda_j |v_j|
 *   shrink      v_j <- sign(v_j) max(|v_j| - alpha lambda_j, 0), then to the nearest bound
 *   steepness   the largest of `leastSlope`
 *
 * Source: Daubechies, Defrise & De Mol, An iterative thresholding algorithm for linear inverse problems, 2004.
 *
 * @param rates lambda_j, not negative, of as many leading weights
 */
export function separable(rates: Float64Array, box?: Box): Penalty {
  const n = rates.length;
  const lowerOf = (j: number) => box?.lower[j] ?? Number.NEGATIVE_INFINITY;
  const upperOf = (j: number) => box?.upper[j] ?? Number.POSITIVE_INFINITY;
  return {
    value(v) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += rates[j]! * Math.abs(v[j]!);
      return sum;
    },
    shrink(v, alpha) {
      for (let j = 0; j < n; j++) {
        if (rates[j] === 0) continue;
        const rest = Math.abs(v[j]!) - alpha * rates[j]!;
        // NaN stays NaN, for the watch to see
        v[j] = rest <= 0 ? 0 : Math.sign(v[j]!) * rest;
      }
      if (box === undefined) return;
      for (let j = 0; j < v.length; j++) v[j] = Math.min(Math.max(v[j]!, box.lower[j]!), box.upper[j]!);
    },
    steepness(v, g) {
      let max = 0;
      for (let j = 0; j < g.length; j++) {
        const s = Math.abs(leastSlope(v[j]!, g[j]!, j < n ? rates[j]! : 0, lowerOf(j), upperOf(j)));
        if (s > max) max = s;
        if (Number.isNaN(s)) return s;
      }
      return max;
    },
    rateOf: (j) => rates[j] ?? 0,
    lowerOf,
    upperOf,
    isBounded: box !== undefined,
  };
}

/**
 * The entry of the least subgradient that belongs to a weight v with gradient g, penalty lambda |v| and bounds: the
 * slope of the steeper way down that is open, and 0 where there is none.
 */
export function leastSlope(
  v: number,
  g: number,
  lambda: number,
  lower = Number.NEGATIVE_INFINITY,
  upper = Number.POSITIVE_INFINITY,
): number {
  if (v <= lower && v >= upper) return 0;
  if (v !== 0) {
    const slope = g + lambda * Math.sign(v);
    return (v <= lower && slope > 0) || (v >= upper && slope < 0) ? 0 : slope;
  }
  const slope = Math.sign(g) * Math.max(Math.abs(g) - lambda, 0);
  return (lower >= 0 && slope > 0) || (upper <= 0 && slope < 0) ? 0 : slope;
}
