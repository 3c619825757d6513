/** Mean and spread of the numeric columns. */
import { MOST_EXPONENT, momentsOf, type ShardMoments } from '../../storage/shardMoments.js';
import type { Shard } from '../../storage/shards.js';

export interface Moments {
  readonly mean: number;
  /** Population standard deviation, divisor the sum of weights; 0 exactly when all values are equal. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/**
 * What is known of d columns so far, over the cells that are not NaN, with the weights c of the rows (1 where
 * they have none): the moments of the shards, merged in their order.
 *
 *   n = sum_i c_i,   offset = 1/n sum_i c_i (x_i - o),   square = sum_i c_i (x_i - o - offset)^2
 *
 * All is told from the least value o of the first shard, and in units of a power of two that only grow.
 */
export class ColumnMoments {
  readonly #d: number;
  readonly #n: Float64Array;
  readonly #origin: Float64Array;
  readonly #offset: Float64Array;
  readonly #square: Float64Array;
  /** Exponents e of the units 2^e, and 2^-e. */
  readonly #exponent: Float64Array;
  readonly #perUnit: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;

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
  }

  /** Takes one more shard. */
  add(shard: Shard): void {
    this.merge(momentsOf(shard, this.#d));
  }

  /**
   *   square = square_a + square_b + n_a n_b / n (offset_b - offset_a)^2
   *
   * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983: the pairwise update.
   */
  merge(moments: ShardMoments): void {
    for (let j = 0; j < this.#d; j++) {
      const n = moments.n[j]!;
      // all cells are missing
      if (n === 0) continue;
      const min = moments.min[j]!;
      if (this.#n[j] === 0) this.#origin[j] = min;
      this.#min[j] = Math.min(this.#min[j]!, min);
      this.#max[j] = Math.max(this.#max[j]!, moments.max[j]!);
      const exponent = Math.max(this.#exponent[j]!, moments.exponent[j]!);
      // how many units of before are one of now
      const ratio = twoTo(this.#exponent[j]! - exponent);
      const ratioOther = twoTo(moments.exponent[j]! - exponent);
      if (this.#exponent[j] !== exponent) {
        this.#exponent[j] = exponent;
        this.#perUnit[j] = 2 ** -exponent;
      }
      const perUnit = this.#perUnit[j]!;
      const distance = min * perUnit - this.#origin[j]! * perUnit;
      const offset = distance + moments.offset[j]! * ratioOther;
      const square = moments.square[j]! * ratioOther * ratioOther;
      const total = this.#n[j]! + n;
      const before = this.#offset[j]! * ratio;
      const delta = offset - before;
      this.#square[j] = this.#square[j]! * ratio * ratio + square + delta * delta * this.#n[j]! * (n / total);
      this.#offset[j] = before + delta * (n / total);
      this.#n[j] = total;
    }
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

/** 2^e; most units stay as they are, and powers take their time. */
function twoTo(e: number): number {
  return e === 0 ? 1 : 2 ** e;
}
