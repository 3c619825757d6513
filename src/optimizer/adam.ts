/** Adam, with the gradient of all rows or of a batch. */
import { maxAbs } from '../math/vector.js';
import type { Objective } from '../objective/objective.js';
import type { Step } from './step.js';

/** As published. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/**
 * The updates of Adam, by one gradient after the other.
 *
 *   p <- beta_1 p + (1 - beta_1) g          q <- beta_2 q + (1 - beta_2) g^2
 *   w <- w - alpha p' / (sqrt(q') + epsilon),   p' = p / (1 - beta_1^k),   q' = q / (1 - beta_2^k)
 *
 * Source: Kingma & Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
 *
 * @param n number of weights
 * @returns the next update, which writes into `w`; alpha is about how far each weight moves
 */
export function createAdam(n: number): (w: Float64Array, g: Float64Array, alpha: number) => void {
  const p = new Float64Array(n);
  const q = new Float64Array(n);
  // beta^k as products: powers are other bits in other versions of V8
  let [power1, power2] = [1, 1];
  return (w, g, alpha) => {
    power1 *= BETA_1;
    power2 *= BETA_2;
    const ofP = 1 / (1 - power1);
    const ofQ = 1 / (1 - power2);
    for (let j = 0; j < n; j++) {
      p[j] = BETA_1 * p[j]! + (1 - BETA_1) * g[j]!;
      q[j] = BETA_2 * q[j]! + (1 - BETA_2) * g[j]! * g[j]!;
      w[j]! -= (alpha * (p[j]! * ofP)) / (Math.sqrt(q[j]! * ofQ) + EPSILON);
    }
  };
}

/**
 * Steps of Adam, for ever.
 *
 * @param w starting weights, updated in place
 * @param learningRate alpha, positive
 * Cost: one evaluation a step.
 */
export async function* adam(
  objective: Objective,
  w: Float64Array,
  learningRate: number,
): AsyncGenerator<Step, never> {
  const g = new Float64Array(objective.size);
  const update = createAdam(objective.size);
  for (let epoch = 0; ; epoch++) {
    const loss = await objective.evaluate(w, g);
    yield { epoch, loss, maxGradient: maxAbs(g), passes: epoch + 1, w, g };
    update(w, g, learningRate);
  }
}
