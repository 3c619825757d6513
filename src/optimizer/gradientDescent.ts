/** Plain full-batch gradient descent. */
import { addScaled } from '../math/vector.js';
import type { Objective } from '../objective/objective.js';
import { NO_PENALTY, type Penalty } from '../objective/penalty/penalty.js';
import type { Step } from './step.js';

/**
 * Steps of w <- w - alpha dJ/dw, for ever; with a penalty, each followed by its proximal step.
 *
 * Step k holds the loss of the weights after k updates; its update is made when step k + 1 is asked for,
 * so whoever stops iterating holds the weights of the last loss seen.
 *
 * @param w starting weights, updated in place
 * @param learningRate alpha, positive
 * Cost: one evaluation a step.
 */
export async function* gradientDescent(
  objective: Objective,
  w: Float64Array,
  learningRate: number,
  penalty: Penalty = NO_PENALTY,
): AsyncGenerator<Step, never> {
  const g = new Float64Array(objective.size);
  for (let epoch = 0; ; epoch++) {
    const loss = (await objective.evaluate(w, g)) + penalty.value(w);
    yield { epoch, loss, maxGradient: penalty.steepness(w, g), passes: epoch + 1, w, g };
    addScaled(-learningRate, g, w);
    penalty.shrink(w, learningRate);
  }
}
