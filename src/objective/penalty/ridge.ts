/** The L2 penalty. */
import type { Objective } from '../objective.js';

/**
 * Adds the penalty lambda/2 |v|^2 over the terms; the intercept, if there is one, is free.
 *
 *   J(v) + lambda/2 sum_j v_j^2          dJ/dv_j + lambda v_j
 *
 * @param lambda non-negative
 * @param terms number of leading weights that are penalised
 */
export function withRidge(plain: Objective, lambda: number, terms: number): Objective {
  return {
    size: plain.size,
    async evaluate(v, g) {
      const J = await plain.evaluate(v, g);
      let square = 0;
      for (let j = 0; j < terms; j++) {
        square += v[j]! * v[j]!;
        g[j]! += lambda * v[j]!;
      }
      return J + (lambda / 2) * square;
    },
  };
}
