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
 * Moments of numeric column j of d, over the cells that are not NaN, with the weights c of the rows (1 where
 * they have none).
 *
 *   mean = o + 1/n sum_i c_i (x_i - o),   n = sum_i c_i
 *   sd^2 = 1/n [ sum_i c_i (x_i - mean)^2 - 1/n (sum_i c_i (x_i - mean))^2 ]
 *
 * Two passes about a value o of the column, so that a large offset costs no digits; values are scaled by
 * a power of two, so that neither 1e300 nor 1e-300 leaves the range of doubles when squared.
 *
 * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983 (corrected two-pass).
 */
export function momentsOf(shards: readonly Shard[], d: number, j: number): Moments {
  const range = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  for (const shard of shards) widen(range, shard, d, j);
  const { min, max } = range;
  if (min === max) return { mean: min, sd: 0, min, max };

  const scale = 2 ** -exponentOf(Math.max(Math.abs(min), Math.abs(max)));
  const origin = min * scale;
  const first = deviations(shards, d, j, scale, origin);
  const mean = origin + first.sum / first.n;
  const { n, sum, square } = deviations(shards, d, j, scale, mean);
  return { mean: mean / scale, sd: Math.sqrt((square - (sum * sum) / n) / n) / scale, min, max };
}

/** Takes one shard into `range`. */
function widen(range: { min: number; max: number }, shard: Shard, d: number, j: number): void {
  const { X, rows } = shard;
  let { min, max } = range;
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
  Object.assign(range, { min, max });
}

/** Sums of the weights, and of scale x - centre and its square with these weights. */
function deviations(
  shards: readonly Shard[],
  d: number,
  j: number,
  scale: number,
  centre: number,
): { n: number; sum: number; square: number } {
  const total = { n: 0, sum: 0, square: 0 };
  for (const { X, c, rows } of shards) {
    // a sum a shard, then a sum of sums: short chains lose fewer digits
    let n = 0;
    let sum = 0;
    let square = 0;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const start = row * d + j * BLOCK_ROWS;
      const end = start + Math.min(BLOCK_ROWS, rows - row);
      for (let i = start; i < end; i++) {
        const x = X[i]!;
        if (Number.isNaN(x)) continue;
        const weight = c === undefined ? 1 : c[row + i - start]!;
        const e = x * scale - centre;
        n += weight;
        sum += weight * e;
        square += weight * e * e;
      }
    }
    total.n += n;
    total.sum += sum;
    total.square += square;
  }
  return total;
}

/** An exponent e with |x| <= 2^e, kept where 2^-e is a normal double. */
function exponentOf(x: number): number {
  return Math.min(1020, Math.max(-1020, Math.ceil(Math.log2(x))));
}
