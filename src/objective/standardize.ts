/**
 * Standardization as a change of variables: the data stay as they are.
 *
 * Weights v of the standardized columns (x - mu)/s and weights w in the units of the file give the same h:
 *
 *   w_j = v_j / s_j          b = v_b - sum_j mu_j v_j / s_j
 *   dJ/dv_j = (dJ/dw_j - mu_j dJ/db) / s_j          dJ/dv_b = dJ/db
 *
 * Without an intercept nothing can take up the shift, so columns are divided but not centred (mu = 0).
 */
import type { Objective } from './objective.js';

export interface ChangeOfVariables {
  /** Writes the weights in the units of the file, w, of the standardized weights v. */
  toRaw(v: Float64Array, w: Float64Array): void;
  /** Writes dJ/dv into `g`, in place of dJ/dw. */
  pullBack(g: Float64Array): void;
}

/**
 * @param mean mu (terms)
 * @param scale s (terms), none of them 0
 * @param intercept whether the weight after the terms is an intercept
 */
export function standardization(
  mean: Float64Array,
  scale: Float64Array,
  intercept: boolean,
): ChangeOfVariables {
  const terms = mean.length;
  return {
    toRaw(v, w) {
      let shift = 0;
      for (let j = 0; j < terms; j++) {
        const wj = v[j]! / scale[j]!;
        w[j] = wj;
        shift += mean[j]! * wj;
      }
      if (intercept) w[terms] = v[terms]! - shift;
    },
    pullBack(g) {
      const gb = intercept ? g[terms]! : 0;
      for (let j = 0; j < terms; j++) g[j] = (g[j]! - mean[j]! * gb) / scale[j]!;
    },
  };
}

/** The objective as a function of the standardized weights. */
export function standardized(raw: Objective, change: ChangeOfVariables): Objective {
  const w = new Float64Array(raw.size);
  return {
    size: raw.size,
    async evaluate(v, g) {
      change.toRaw(v, w);
      const J = await raw.evaluate(w, g);
      change.pullBack(g);
      return J;
    },
  };
}
