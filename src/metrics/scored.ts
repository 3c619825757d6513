/** Rows with their logits and labels, as much of a table as metrics look at. */

/** m rows. */
export interface Scored {
  /** Logits (m). */
  readonly h: Float64Array;
  /** Labels, 0 or 1 (m). */
  readonly y: Uint8Array;
  /** Weights of the rows, above 0 (m); undefined where all are 1. */
  readonly c: Float64Array | undefined;
}

const FIRST_ROWS = 1024;

/** Gathers rows one by one: 9 bytes a row, 17 with weights, and as much again as room to grow. */
export class ScoredCollector {
  #h = new Float64Array(FIRST_ROWS);
  #y = new Uint8Array(FIRST_ROWS);
  #c: Float64Array | undefined;
  #rows = 0;

  constructor(hasWeights: boolean) {
    this.#c = hasWeights ? new Float64Array(FIRST_ROWS) : undefined;
  }

  /** @param y any small integer, when `settle` says later which label it is */
  push(h: number, y: number, c: number): void {
    const row = this.#rows++;
    if (row === this.#h.length) {
      this.#h = grown(this.#h, new Float64Array(2 * row));
      this.#y = grown(this.#y, new Uint8Array(2 * row));
      this.#c = this.#c && grown(this.#c, new Float64Array(2 * row));
    }
    this.#h[row] = h;
    this.#y[row] = y;
    if (this.#c !== undefined) this.#c[row] = c;
  }

  /** @param yOfCode the label of each integer that was pushed; default they are the labels */
  finalize(yOfCode?: ArrayLike<number>): Scored {
    const y = this.#y.subarray(0, this.#rows);
    if (yOfCode !== undefined) for (let i = 0; i < y.length; i++) y[i] = yOfCode[y[i]!]!;
    return { h: this.#h.subarray(0, this.#rows), y, c: this.#c?.subarray(0, this.#rows) };
  }
}

function grown<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
