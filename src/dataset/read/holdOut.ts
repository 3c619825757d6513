/** Which rows are held out for validation: a share of each class, spread over the file. */
import { seededRandom } from '../../math/random.js';

/** How many rows are held out, and which. */
export interface HoldOut {
  /** Share of the rows of each class, in (0, 1). */
  readonly share: number;
  readonly seed: number;
}

/**
 * Picks rows as they come, one at random out of every 1/share rows of a class: the classes keep their
 * proportions, a file in any order is covered evenly, and nothing has to be counted beforehand.
 */
export class StratifiedSampler {
  readonly #share: number;
  readonly #uniform: () => number;
  /** Of each class: rows seen, interval of 1/share rows, row of it that is picked, picks not yet made. */
  readonly #classes: { seen: number; interval: number; pick: number; owed: number }[] = [];

  constructor({ share, seed }: HoldOut) {
    this.#share = share;
    this.#uniform = seededRandom(seed).uniform;
  }

  /**
   * Whether the next row of class `code` is held out.
   *
   * @param mayLeave false where the training rows need it, as the first of its class or of a level; then
   *   another row is picked in its place
   */
  takes(code: number, mayLeave: boolean): boolean {
    this.#classes[code] ??= { seen: 0, interval: -1, pick: 0, owed: 0 };
    const state = this.#classes[code];
    if (state.seen === this.#start(state.interval + 1)) {
      state.interval++;
      const width = this.#start(state.interval + 1) - state.seen;
      state.pick = state.seen + Math.floor(this.#uniform() * width);
    }
    if (state.seen === state.pick) state.owed++;
    state.seen++;
    if (state.owed === 0 || !mayLeave) return false;
    state.owed--;
    return true;
  }

  /** First row of an interval. */
  #start(interval: number): number {
    return Math.ceil(interval / this.#share);
  }
}
