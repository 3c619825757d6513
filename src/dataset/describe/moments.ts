/** Mean and spread of the numeric columns. */
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';

export interface Moments {
  readonly mean: number;
  /** Population standard deviation, divisor the sum of weights; 0 exactly when all values are equal. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** Exponents are kept where 2^e and 2^-e are normal doubles. */
const MOST_EXPONENT = 1020;

/**
 * What is known of d columns so far, over the cells that are not NaN, with the weights c of the rows (1 where
 * they have none).
 *
 *   n = sum_i c_i,   offset = 1/n sum_i c_i (x_i - o),   square = sum_i c_i (x_i - o - offset)^2
 *
 * All is told from a value o of the column, so that a large mean costs no digits, and in units of a power of
 * two, so that neither 1e300 nor 1e-300 leaves the range of doubles when squared.
 */
export class ColumnMoments {
  readonly #d: number;
  readonly #n: Float64Array;
  readonly #origin: Float64Array;
  readonly #offset: Float64Array;
  readonly #square: Float64Array;
  /** Each as (d): exponents e of the units 2^e, which only grow, and 2^-e. */
  readonly #exponent: Float64Array;
  readonly #perUnit: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  /** Of one shard, each as (d): where its sums are told from, in units; and its sums. */
  readonly #from: Float64Array;
  readonly #weight: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(d: number) {
    const column = (value = 0) => new Float64Array(d).fill(value);
    this.#d = d;
    this.#n = column();
    this.#origin = column();
    this.#offset = column();
    this.#square = column();
    this.#exponent = column(-MOST_EXPONENT);
    this.#perUnit = column(2 ** MOST_EXPONENT);
    this.#min = column(Number.POSITIVE_INFINITY);
    this.#max = column(Number.NEGATIVE_INFINITY);
    this.#from = column();
    this.#weight = column();
    this.#first = column();
    this.#second = column();
  }

  /**
   * Takes one more shard: two passes while it is in the cache, the second of which corrects the rounding of the
   * first.
   *
   * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983.
   */
  add(shard: Shard): void {
    this.#sumFirst(shard);
    // the sums are of no use where the units have been too small for them
    if (this.#enlarge()) this.#sumFirst(shard);
    for (let j = 0; j < this.#d; j++) this.#from[j]! += this.#first[j]! / this.#weight[j]!;
    this.#sumSquares(shard);
    for (let j = 0; j < this.#d; j++) {
      const start = this.#origin[j]! * this.#perUnit[j]!;
      const n = this.#weight[j]!;
      const error = this.#first[j]!;
      const offset = this.#from[j]! - start + error / n;
      // n is 0 where all cells are missing
      if (n > 0) this.#merge(j, n, offset, this.#second[j]! - (error * error) / n);
      this.#from[j] = start;
    }
  }

  /** Widens the ranges, and sums x - from in units. */
  #sumFirst(shard: Shard): void {
    const { X, rows } = shard;
    const d = this.#d;
    const [min, max, first] = [this.#min, this.#max, this.#first];
    first.fill(0);
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
        const perUnit = this.#perUnit[j]!;
        const from = this.#from[j]!;
        let least = min[j]!;
        let most = max[j]!;
        // two sums: an addition waits for the one before
        let s0 = 0;
        let s1 = 0;
        let i = p;
        for (const last = p + n - 1; i < last; i += 2) {
          const x0 = X[i]!;
          const x1 = X[i + 1]!;
          s0 += x0 * perUnit - from;
          s1 += x1 * perUnit - from;
          // no comparison with NaN holds
          if (x0 < least) least = x0;
          if (x0 > most) most = x0;
          if (x1 < least) least = x1;
          if (x1 > most) most = x1;
        }
        if (i < p + n) {
          const x = X[i]!;
          s0 += x * perUnit - from;
          if (x < least) least = x;
          if (x > most) most = x;
        }
        min[j] = least;
        max[j] = most;
        first[j]! += s0 + s1;
      }
    }
    this.#mend(shard);
  }

  /** Sums e = x - from in units, and its square. */
  #sumSquares(shard: Shard): void {
    const { X, rows } = shard;
    const d = this.#d;
    const [first, second] = [this.#first.fill(0), this.#second.fill(0)];
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
        const perUnit = this.#perUnit[j]!;
        const from = this.#from[j]!;
        let s0 = 0;
        let s1 = 0;
        let q0 = 0;
        let q1 = 0;
        let i = p;
        for (const last = p + n - 1; i < last; i += 2) {
          const e0 = X[i]! * perUnit - from;
          const e1 = X[i + 1]! * perUnit - from;
          s0 += e0;
          s1 += e1;
          q0 += e0 * e0;
          q1 += e1 * e1;
        }
        if (i < p + n) {
          const e = X[i]! * perUnit - from;
          s0 += e;
          q0 += e * e;
        }
        first[j]! += s0 + s1;
        second[j]! += q0 + q1;
      }
    }
    this.#mend(shard);
  }

  /** Sums once more, with care, what the fast loops took for rows of weight 1 without a missing cell. */
  #mend(shard: Shard): void {
    this.#weight.fill(shard.rows);
    for (let j = 0; j < this.#d; j++) {
      // a missing cell leaves nothing else
      if (shard.c !== undefined || Number.isNaN(this.#first[j])) this.#sumColumn(shard, j);
    }
  }

  #sumColumn({ X, c, rows }: Shard, j: number): void {
    const perUnit = this.#perUnit[j]!;
    const from = this.#from[j]!;
    let [weights, first, second] = [0, 0, 0];
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      const p = row * this.#d + j * BLOCK_ROWS;
      for (let i = 0; i < n; i++) {
        const e = X[p + i]! * perUnit - from;
        if (Number.isNaN(e)) continue;
        const weight = c === undefined ? 1 : c[row + i]!;
        weights += weight;
        first += weight * e;
        second += weight * e * e;
      }
    }
    this.#weight[j] = weights;
    this.#first[j] = first;
    this.#second[j] = second;
  }

  /** Takes the ranges into account: true when an origin or a unit has changed. */
  #enlarge(): boolean {
    let hasChanged = false;
    for (let j = 0; j < this.#d; j++) {
      const [min, max] = [this.#min[j]!, this.#max[j]!];
      const exponent = exponentOf(Math.max(Math.abs(min), Math.abs(max)));
      const isFirst = this.#n[j] === 0;
      if (min > max || (!isFirst && exponent <= this.#exponent[j]!)) continue;
      hasChanged = true;
      if (isFirst) this.#origin[j] = min;
      const ratio = 2 ** (this.#exponent[j]! - exponent);
      this.#offset[j]! *= ratio;
      this.#square[j]! *= ratio * ratio;
      this.#exponent[j] = exponent;
      this.#perUnit[j] = 2 ** -exponent;
      this.#from[j] = this.#origin[j]! * this.#perUnit[j]!;
    }
    return hasChanged;
  }

  /**
   *   square = square_a + square_b + n_a n_b / n (offset_b - offset_a)^2
   *
   * Source: as above, the pairwise update.
   */
  #merge(j: number, n: number, offset: number, square: number): void {
    const total = this.#n[j]! + n;
    const delta = offset - this.#offset[j]!;
    this.#square[j]! += square + delta * delta * this.#n[j]! * (n / total);
    this.#offset[j]! += delta * (n / total);
    this.#n[j] = total;
  }

  /** Sum of the weights of the cells of column j that are not NaN. */
  weightOf(j: number): number {
    return this.#n[j]!;
  }

  /** @param filled weight of the cells of column j that are NaN, if they are to take the mean */
  of(j: number, filled = 0): Moments {
    const [min, max] = [this.#min[j]!, this.#max[j]!];
    if (min === max) return { mean: min, sd: 0, min, max };
    const unit = 2 ** this.#exponent[j]!;
    const mean = (this.#origin[j]! / unit + this.#offset[j]!) * unit;
    return { mean, sd: Math.sqrt(this.#square[j]! / (this.#n[j]! + filled)) * unit, min, max };
  }
}

/** An exponent e with |x| <= 2^e. */
function exponentOf(x: number): number {
  return Math.min(MOST_EXPONENT, Math.max(-MOST_EXPONENT, Math.ceil(Math.log2(x))));
}
