/** What is remembered of the losses of a run: all of them, or in a very long one every second, fourth, ... */

/** Epochs remembered at most. */
const MOST_EPOCHS = 1 << 20;

export interface History {
  /** Epochs from one entry to the next: 1 unless there were very many. */
  readonly every: number;
  /** Entry k belongs to the weights after k * every updates. */
  readonly losses: readonly number[];
  readonly maxGradients: readonly number[];
  /** Empty without validation. */
  readonly validationLosses: readonly number[];
}

export class HistoryKeeper implements History {
  every = 1;
  readonly losses: number[] = [];
  readonly maxGradients: number[] = [];
  readonly validationLosses: number[] = [];
  readonly #most: number;

  /** @param most entries at most, an even number */
  constructor(most = MOST_EPOCHS) {
    this.#most = most;
  }

  add(epoch: number, loss: number, maxGradient: number, validation: number | undefined): void {
    if (epoch % this.every !== 0) return;
    if (this.losses.length === this.#most) {
      for (const series of [this.losses, this.maxGradients, this.validationLosses]) halve(series);
      this.every *= 2;
      if (epoch % this.every !== 0) return;
    }
    this.losses.push(loss);
    this.maxGradients.push(maxGradient);
    if (validation !== undefined) this.validationLosses.push(validation);
  }
}

/** Keeps the entries 0, 2, 4, ... */
function halve(series: number[]): void {
  const kept = Math.ceil(series.length / 2);
  for (let i = 0; i < kept; i++) series[i] = series[2 * i]!;
  series.length = kept;
}
