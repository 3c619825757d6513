/** Mean and spread of the numeric columns. */
import { BLOCK_ROWS, type Shard } from './shards.js';

export interface Moments {
  readonly mean: number;
  /** Population standard deviation, divisor the sum of weights; 0 exactly when all values are equal. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/**
 * What is known of a column so far, over the cells that are not NaN, with the weights c of the rows (1 where
 * they have none).
 *
 *   n = sum_i c_i,   offset = 1/n sum_i c_i (x_i - o),   square = sum_i c_i (x_i - o - offset)^2
 *
 * All is told from a value o of the column, so that a large mean costs no digits, and in units of a power of
 * two, so that neither 1e300 nor 1e-300 leaves the range of doubles when squared.
 */
export class ColumnMoments {
  #n = 0;
  #origin = 0;
  #offset = 0;
  #square = 0;
  #exponent = -MOST_EXPONENT;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /**
   * Takes numeric column j of d of one more shard: two passes while it is in the cache, the second of which corrects
   * the rounding of the first.
   *
   * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983.
   */
  add(shard: Shard, d: number, j: number): void {
    const { X, c, rows } = shard;
    const { min, max } = rangeOf(shard, d, j);
    // nothing but missing cells
    if (min > max) return;
    if (this.#n === 0) this.#origin = min;
    const exponent = Math.max(
      this.#exponent,
      exponentOf(Math.max(Math.abs(min), Math.abs(max), Math.abs(this.#origin))),
    );
    const unit = 2 ** -exponent;
    const origin = this.#origin * unit;
    let n = 0;
    let sum = 0;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const start = row * d + j * BLOCK_ROWS;
      const end = start + Math.min(BLOCK_ROWS, rows - row);
      for (let i = start; i < end; i++) {
        const x = X[i]!;
        if (Number.isNaN(x)) continue;
        const weight = c === undefined ? 1 : c[row + i - start]!;
        n += weight;
        sum += weight * (x * unit - origin);
      }
    }
    const offset = sum / n;
    let error = 0;
    let square = 0;
    for (let row = 0; min < max && row < rows; row += BLOCK_ROWS) {
      const start = row * d + j * BLOCK_ROWS;
      const end = start + Math.min(BLOCK_ROWS, rows - row);
      for (let i = start; i < end; i++) {
        const x = X[i]!;
        if (Number.isNaN(x)) continue;
        const weight = c === undefined ? 1 : c[row + i - start]!;
        const e = x * unit - origin - offset;
        error += weight * e;
        square += weight * e * e;
      }
    }
    this.#merge(n, offset + error / n, square - (error * error) / n, exponent);
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  /**
   *   square = square_a + square_b + n_a n_b / n (offset_b - offset_a)^2
   *
   * Source: as above, the pairwise update.
   */
  #merge(n: number, offset: number, square: number, exponent: number): void {
    const unit = 2 ** (this.#exponent - exponent);
    const before = this.#offset * unit;
    const total = this.#n + n;
    const delta = offset - before;
    this.#square = this.#square * unit * unit + square + delta * delta * this.#n * (n / total);
    this.#offset = before + delta * (n / total);
    this.#n = total;
    this.#exponent = exponent;
  }

  /** Sum of the weights of the cells that are not NaN. */
  get n(): number {
    return this.#n;
  }

  /** @param filled weight of the cells that are NaN, if they are to take the mean */
  moments(filled = 0): Moments {
    const [min, max] = [this.#min, this.#max];
    if (min === max) return { mean: min, sd: 0, min, max };
    const unit = 2 ** this.#exponent;
    const mean = (this.#origin / unit + this.#offset) * unit;
    return { mean, sd: Math.sqrt(this.#square / (this.#n + filled)) * unit, min, max };
  }
}

/** Exponents are kept where 2^e and 2^-e are normal doubles. */
const MOST_EXPONENT = 1020;

/** An exponent e with |x| <= 2^e. */
function exponentOf(x: number): number {
  return Math.min(MOST_EXPONENT, Math.max(-MOST_EXPONENT, Math.ceil(Math.log2(x))));
}

function rangeOf({ X, rows }: Shard, d: number, j: number): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const start = row * d + j * BLOCK_ROWS;
    const end = start + Math.min(BLOCK_ROWS, rows - row);
    for (let i = start; i < end; i++) {
      const x = X[i]!;
      // no comparison with NaN holds
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  return { min, max };
}
