/** How steep the objective can be. */

/**
 * A bound on the largest eigenvalue of the Hessian of the mean loss, X^T diag(z(1-z)) X / m + lambda I:
 * z(1-z) is at most 1/4, and no eigenvalue exceeds the trace.
 *
 *   L <= 1/4 [ sum_j (s_j^2 + mu_j^2) + 1 ] + lambda
 *
 * Gradient descent cannot diverge with alpha < 2/L.
 *
 * @param mean mu (terms), of the columns as the objective sees them
 * @param sd s (terms)
 * @param intercept adds the column of ones
 */
export function curvatureBound(
  mean: Float64Array,
  sd: Float64Array,
  intercept: boolean,
  lambda: number,
): number {
  let trace = intercept ? 1 : 0;
  for (let j = 0; j < mean.length; j++) trace += sd[j]! * sd[j]! + mean[j]! * mean[j]!;
  return trace / 4 + lambda;
}
