/** Mean and spread of the numeric columns. */
import { BLOCK_ROWS, type Shard } from './shards.js';

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
  const range = { n: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  for (const shard of shards) widen(range, shard, d, j);
  const { n, min, max } = range;
  if (min === max) return { mean: min, sd: 0, min, max };

  const scale = 2 ** -exponentOf(Math.max(Math.abs(min), Math.abs(max)));
  const c = min * scale;
  const mean = c + deviations(shards, d, j, scale, c).sum / n;
  const { sum, square } = deviations(shards, d, j, scale, mean);
  return { mean: mean / scale, sd: Math.sqrt((square - (sum * sum) / n) / n) / scale, min, max };
}

/** Takes one shard into `range`. */
function widen(range: { n: number; min: number; max: number }, shard: Shard, d: number, j: number): void {
  const { X, rows } = shard;
  let { n, min, max } = range;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const start = row * d + j * BLOCK_ROWS;
    const end = start + Math.min(BLOCK_ROWS, rows - row);
    for (let i = start; i < end; i++) {
      const x = X[i]!;
      if (Number.isNaN(x)) continue;
      n++;
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  Object.assign(range, { n, min, max });
}

/** Sums of scale x - centre and of its square. */
function deviations(
  shards: readonly Shard[],
  d: number,
  j: number,
  scale: number,
  centre: number,
): { sum: number; square: number } {
  const total = { sum: 0, square: 0 };
  for (const { X, rows } of shards) {
    // a sum a shard, then a sum of sums: short chains lose fewer digits
    let sum = 0;
    let square = 0;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const start = row * d + j * BLOCK_ROWS;
      const end = start + Math.min(BLOCK_ROWS, rows - row);
      for (let i = start; i < end; i++) {
        const x = X[i]!;
        if (Number.isNaN(x)) continue;
        const e = x * scale - centre;
        sum += e;
        square += e * e;
      }
    }
    total.sum += sum;
    total.square += square;
  }
  return total;
}

/** An exponent e with |x| <= 2^e, kept where 2^-e is a normal double. */
function exponentOf(x: number): number {
  return Math.min(1020, Math.max(-1020, Math.ceil(Math.log2(x))));
}
