/** Accelerated gradient descent that starts its momentum anew when that leads uphill. */

import type { Objective } from '../objective/objective.js';
import { NO_PENALTY, type Penalty } from '../objective/penalty/penalty.js';
import type { Step } from './step.js';

/**
 * Nesterov's method; with a penalty it is FISTA.
 *
 *   x_k = prox(w_k - alpha dJ/dw(w_k))
 *   w_k+1 = x_k + beta_k (x_k - x_k-1),   beta_k = (t_k - 1) / t_k+1,   t_k+1 = (1 + sqrt(1 + 4 t_k^2)) / 2
 *
 * The momentum starts anew, t = 1, when the step turns against it: (w_k - x_k).(x_k - x_k-1) > 0. The
 * weights of a step are w_k, where J and its gradient are computed, so J may rise between two restarts.
 *
 * Source: Beck & Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009; O'Donoghue & Candes,
 * Adaptive restart for accelerated gradient schemes, 2015 (the gradient scheme).
 *
 * @param w starting weights, updated in place
 * @param learningRate alpha, positive; at most 1/L for the proven rate
 * Cost: one evaluation a step.
 */
export async function* nesterov(
  objective: Objective,
  w: Float64Array,
  learningRate: number,
  penalty: Penalty = NO_PENALTY,
): AsyncGenerator<Step, never> {
  const n = objective.size;
  const g = new Float64Array(n);
  const x = new Float64Array(n);
  const before = w.slice();
  let t = 1;
  for (let epoch = 0; ; epoch++) {
    const loss = (await objective.evaluate(w, g)) + penalty.value(w);
    yield { epoch, loss, maxGradient: penalty.steepness(w, g), passes: epoch + 1, w, g };
    for (let j = 0; j < n; j++) x[j] = w[j]! - learningRate * g[j]!;
    penalty.shrink(x, learningRate);
    let uphill = 0;
    for (let j = 0; j < n; j++) uphill += (w[j]! - x[j]!) * (x[j]! - before[j]!);
    if (uphill > 0) t = 1;
    const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    const beta = (t - 1) / next;
    t = next;
    for (let j = 0; j < n; j++) w[j] = x[j]! + beta * (x[j]! - before[j]!);
    before.set(x);
    // momentum may lead beyond a bound
    if (penalty.isBounded) penalty.shrink(w, 0);
  }
}
