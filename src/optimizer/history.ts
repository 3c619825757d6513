/** What is remembered of the losses of a run: all of them, or in a very long one every second, fourth, ... */

import type { Step } from './step.js';

/** Epochs remembered at most. */
const MOST_EPOCHS = 1 << 20;

export interface History {
  /** Epochs from one entry to the next: 1 unless there were very many. */
  readonly every: number;
  /** Entry k belongs to the weights after k * every updates; of batches there are J at the start and at the end. */
  readonly losses: readonly number[];
  readonly maxGradients: readonly number[];
  /** Entry k is the mean loss of the batches of epoch k * every as they came, entry 0 J at the start; empty without any. */
  readonly batchLosses: readonly number[];
  /** Empty without validation. */
  readonly validationLosses: readonly number[];
}

export class HistoryKeeper implements History {
  every = 1;
  readonly losses: number[] = [];
  readonly maxGradients: number[] = [];
  readonly batchLosses: number[] = [];
  readonly validationLosses: number[] = [];
  readonly #most: number;

  /** @param most entries at most, an even number */
  constructor(most = MOST_EPOCHS) {
    this.#most = most;
  }

  add({ epoch, loss, batchLoss, maxGradient }: Step, validation: number | undefined): void {
    if (epoch % this.every !== 0) return;
    const { losses, maxGradients, batchLosses, validationLosses } = this;
    if (Math.max(losses.length, batchLosses.length) === this.#most) {
      for (const series of batchLoss === undefined ? [losses, maxGradients] : [batchLosses]) halve(series);
      halve(validationLosses);
      this.every *= 2;
      if (epoch % this.every !== 0) return;
    }
    if (batchLoss === undefined) {
      losses.push(loss);
      maxGradients.push(maxGradient);
    } else {
      if (batchLosses.length === 0) batchLosses.push(losses[0]!);
      batchLosses.push(batchLoss);
    }
    if (validation !== undefined) validationLosses.push(validation);
  }

  /** J over all rows where batches have ended. */
  settle(loss: number, maxGradient: number): void {
    this.losses.push(loss);
    this.maxGradients.push(maxGradient);
  }
}

/** Keeps the entries 0, 2, 4, ... */
function halve(series: number[]): void {
  const kept = Math.ceil(series.length / 2);
  for (let i = 0; i < kept; i++) series[i] = series[2 * i]!;
  series.length = kept;
}
