/** The L2 penalty. */
import type { Objective } from '../objective.js';

/**
 * Adds the penalty lambda/2 sum_j f_j v_j^2.
 *
 *   J(v) + lambda/2 sum_j f_j v_j^2          dJ/dv_j + lambda f_j v_j
 *
 * @param lambda non-negative
 * @param factors f (size): 1 for the weights that are penalised, 0 for those that are free, as the intercept is
 */
export function withRidge(plain: Objective, lambda: number, factors: Float64Array): Objective {
  return {
    size: plain.size,
    async evaluate(v, g) {
      const J = await plain.evaluate(v, g);
      let square = 0;
      for (let j = 0; j < factors.length; j++) {
        square += factors[j]! * v[j]! * v[j]!;
        g[j]! += lambda * factors[j]! * v[j]!;
      }
      return J + (lambda / 2) * square;
    },
  };
}
