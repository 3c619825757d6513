/** How steep the objective can be. */
import { seededRandom } from '../math/random.js';
import { addScaled, dot } from '../math/vector.js';
import type { Objective } from './objective.js';

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

/** Power iterations at most. */
const MOST_ITERATIONS = 12;

/** Distance of the eigenvalue from its estimate, as a share of it, that is near enough; and where it is for words only. */
const NEAR = 0.02;
export const ROUGHLY = 0.1;

/**
 * The largest curvature of the loss, seen from its gradient alone: power iterations on the Hessian at the
 * origin, where z(1-z) is 1/4 in every row and no curvature can be larger.
 *
 *   H p = [ g(e p) - g(0) ] / e          exact to e^2, since the third derivatives are 0 at the origin
 *   L = q.H q + |H q - (q.H q) q|        an eigenvalue lies no further from the quotient than the residual
 *
 * @param e length of the difference, small against the weights that make h = 1
 * @param bound on the answer, as `curvatureBound` gives it
 * @param near distance of the eigenvalue from the answer that is near enough, as a share of it
 * @returns L and the passes over the data it took; L is not finite where the columns overflow
 * Cost: up to 13 evaluations; the nearer the second eigenvalue, the more.
 */
export async function largestCurvature(
  objective: Objective,
  e: number,
  bound: number,
  near = NEAR,
): Promise<{ L: number; passes: number }> {
  const n = objective.size;
  const origin = new Float64Array(n);
  const g0 = new Float64Array(n);
  const p = new Float64Array(n);
  const Hq = new Float64Array(n);
  const { normal } = seededRandom(1);
  const q = Float64Array.from({ length: n }, normal);
  scale(q, 1 / Math.sqrt(dot(q, q)));
  await objective.evaluate(origin, g0);
  for (let passes = 2; ; passes++) {
    for (let j = 0; j < n; j++) p[j] = e * q[j]!;
    await objective.evaluate(p, Hq);
    addScaled(-1, g0, Hq);
    scale(Hq, 1 / e);
    const quotient = dot(q, Hq);
    const square = dot(Hq, Hq);
    const residual = Math.sqrt(Math.max(square - quotient * quotient, 0));
    const isNear = !(residual > near * quotient);
    if (isNear || passes > MOST_ITERATIONS) return { L: Math.min(quotient + residual, bound), passes };
    q.set(Hq);
    scale(q, 1 / Math.sqrt(square));
  }
}

function scale(v: Float64Array, a: number): void {
  for (let j = 0; j < v.length; j++) v[j]! *= a;
}
