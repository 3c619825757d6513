/** Mean and spread of the numeric columns. */
import { eachBlock, type Shard } from './shards.js';

export interface Moments {
  readonly mean: number;
  /** Population standard deviation, divisor m; 0 exactly when all values are equal. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Moments of numeric column j of d, over the cells that are not NaN.
 *
 *   mean = c + 1/n sum_i (x_i - c)
 *   sd^2 = 1/n [ sum_i (x_i - mean)^2 - 1/n (sum_i (x_i - mean))^2 ]
 *
 * Two passes about a value c of the column, so that a large offset costs no digits; values are scaled by
 * a power of two, so that neither 1e300 nor 1e-300 leaves the range of doubles when squared.
 *
 * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983 (corrected two-pass).
 */
export function momentsOf(shards: readonly Shard[], d: number, j: number): Moments {
  let n = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const shard of shards) {
    eachBlock(shard, d, j, (start, rows) => {
      for (let i = start; i < start + rows; i++) {
        const x = shard.X[i]!;
        if (Number.isNaN(x)) continue;
        n++;
        if (x < min) min = x;
        if (x > max) max = x;
      }
    });
  }
  if (min === max) return { mean: min, sd: 0, min, max };

  const scale = 2 ** -exponentOf(Math.max(Math.abs(min), Math.abs(max)));
  const c = min * scale;
  const sums = { deviation: 0, square: 0 };
  const addDeviations = (centre: number) => {
    sums.deviation = 0;
    sums.square = 0;
    for (const shard of shards) {
      // a sum a shard, then a sum of sums: short chains lose fewer digits
      let deviation = 0;
      let square = 0;
      eachBlock(shard, d, j, (start, rows) => {
        for (let i = start; i < start + rows; i++) {
          const x = shard.X[i]!;
          if (Number.isNaN(x)) continue;
          const e = x * scale - centre;
          deviation += e;
          square += e * e;
        }
      });
      sums.deviation += deviation;
      sums.square += square;
    }
  };
  addDeviations(c);
  const mean = c + sums.deviation / n;
  addDeviations(mean);
  const variance = (sums.square - (sums.deviation * sums.deviation) / n) / n;
  return { mean: mean / scale, sd: Math.sqrt(variance) / scale, min, max };
}

/** An exponent e with |x| <= 2^e, kept where 2^-e is a normal double. */
function exponentOf(x: number): number {
  return Math.min(1020, Math.max(-1020, Math.ceil(Math.log2(x))));
}
