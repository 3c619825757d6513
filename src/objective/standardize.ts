/**
 * Shifting and scaling the columns as a change of variables: the data stay as they are.
 *
 * Weights v of the columns (x - mu)/s and weights w of the columns x give the same h:
 *
 *   w_j = v_j / s_j          b = v_b - sum_j mu_j v_j / s_j
 *   dJ/dv_j = (dJ/dw_j - mu_j dJ/db) / s_j          dJ/dv_b = dJ/db
 *
 * Without an intercept nothing can take up the shift, so columns are divided but not shifted (mu = 0).
 */
import type { Objective } from './objective.js';

export interface ChangeOfColumns {
  /** Writes the weights `w` of the columns x that go with the weights v of the columns (x - mu)/s. */
  toBase(v: Float64Array, w: Float64Array): void;
  /** Writes the weights `v` of the columns (x - mu)/s that go with the weights w of the columns x. */
  fromBase(w: Float64Array, v: Float64Array): void;
  /** Turns `g` from dJ/dw into dJ/dv, in place. */
  pullBack(g: Float64Array): void;
}

/**
 * @param mu shift (terms)
 * @param s scale (terms), none of them 0
 * @param intercept whether the weight after the terms is an intercept
 */
export function changeOfColumns(mu: Float64Array, s: Float64Array, intercept: boolean): ChangeOfColumns {
  const terms = mu.length;
  return {
    toBase(v, w) {
      let shift = 0;
      for (let j = 0; j < terms; j++) {
        const wj = v[j]! / s[j]!;
        w[j] = wj;
        shift += mu[j]! * wj;
      }
      if (intercept) w[terms] = v[terms]! - shift;
    },
    fromBase(w, v) {
      let shift = 0;
      for (let j = 0; j < terms; j++) {
        shift += mu[j]! * w[j]!;
        v[j] = w[j]! * s[j]!;
      }
      if (intercept) v[terms] = w[terms]! + shift;
    },
    pullBack(g) {
      const gb = intercept ? g[terms]! : 0;
      for (let j = 0; j < terms; j++) g[j] = (g[j]! - mu[j]! * gb) / s[j]!;
    },
  };
}

/** The objective as a function of the weights v. */
export function inChangedColumns(base: Objective, change: ChangeOfColumns): Objective {
  const w = new Float64Array(base.size);
  return {
    size: base.size,
    async evaluate(v, g) {
      change.toBase(v, w);
      const J = await base.evaluate(w, g);
      change.pullBack(g);
      return J;
    },
  };
}
