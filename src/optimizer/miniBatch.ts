/** Descent by the gradients of batches of rows. */
import type { BatchObjective, Objective } from '../objective/objective.js';
import type { Penalty } from '../objective/penalty/penalty.js';
import { createAdam } from './adam.js';
import { rateAt, type Schedule } from './schedule.js';
import type { Step } from './step.js';

/** The optimizers that the gradient of a batch suffices for. */
export const BATCH_OPTIMIZERS = ['gd', 'adam'] as const;
export type BatchOptimizer = (typeof BATCH_OPTIMIZERS)[number];

export interface BatchOptions {
  /** Rows of a batch. */
  readonly rows: number;
  /** beta of gradient descent, from 0 to below 1. */
  readonly momentum: number;
  readonly schedule: Schedule;
  /** Seed of the order of the rows. */
  readonly seed: number;
  /** Whether the rows go by once, so that there are no more epochs. */
  readonly isOnePass?: boolean | undefined;
}

/** One update of the weights by a gradient; writes into `w`. */
type Update = (w: Float64Array, g: Float64Array, alpha: number) => void;

/**
 * Steps of an epoch each, for ever where there are rows: an update for each batch, at the rate of the schedule.
 *
 * Step 0 has J over all rows. The later ones do not know it: they have the mean of the losses of the batches, each at the
 * weights before its update.
 *
 * @param objective of all rows, or of the first of a stream
 * @param batches of some after the other, as they are counted
 * @param ofBatch the same in the variables that are solved for: an evaluation is that of the next batch
 * @param w starting weights, updated in place
 * @param learningRate alpha, positive
 * @param epochs of the whole run
 * Cost: one pass a step.
 */
export async function* miniBatchDescent(
  optimizer: BatchOptimizer,
  objective: Objective,
  batches: BatchObjective,
  ofBatch: Objective,
  w: Float64Array,
  learningRate: number,
  penalty: Penalty,
  { momentum, schedule }: BatchOptions,
  epochs: number,
): AsyncGenerator<Step, void> {
  const { size } = ofBatch;
  const g = new Float64Array(size);
  const update = optimizer === 'adam' ? createAdam(size) : createMomentumDescent(size, momentum, penalty);
  const atStart = (await objective.evaluate(w, g)) + penalty.value(w);
  yield { epoch: 0, loss: atStart, maxGradient: penalty.steepness(w, g), passes: 1, w };
  for (let epoch = 1; ; epoch++) {
    let sum = 0;
    let rows = 0;
    do {
      const t = batches.epochs;
      const J = (await ofBatch.evaluate(w, g)) + penalty.value(w);
      // a stream that was interrupted at once
      if (batches.taken === 0) break;
      sum += J * batches.taken;
      rows += batches.taken;
      update(w, g, rateAt(schedule, learningRate, t, epochs));
    } while (!batches.isLast);
    if (rows === 0) return;
    yield { epoch, loss: Number.NaN, batchLoss: sum / rows, maxGradient: Number.NaN, passes: epoch + 1, w };
  }
}

/**
 * u <- beta u + g          w <- prox(w - alpha u)
 *
 * A gradient that stays comes to u = g / (1 - beta), so the proximal step is that of alpha / (1 - beta): otherwise the
 * penalty would be too small by that factor where the steps end.
 *
 * Source: Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
 */
function createMomentumDescent(n: number, beta: number, penalty: Penalty): Update {
  const u = new Float64Array(n);
  return (w, g, alpha) => {
    for (let j = 0; j < n; j++) {
      u[j] = beta * u[j]! + g[j]!;
      w[j]! -= alpha * u[j]!;
    }
    penalty.shrink(w, alpha / (1 - beta));
  };
}
