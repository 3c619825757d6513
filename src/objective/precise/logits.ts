/** Logits with 106 bits: for weights whose h is a small difference of large numbers. */
import type { Dataset } from '../../dataset/dataset.js';
import { powerOfTwo, SPLITTER } from '../../math/doubleDouble.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';
import { toBasePrecisely } from './weights.js';

export interface PreciseLogits {
  /** What a numeric column is multiplied by to be of moderate size, a power of two (d). */
  readonly perUnit: Float64Array;
  /** The same for any term: 1 for a level. */
  unitOf(j: number): number;
  /** High and low parts of the logits of the last block (32). */
  readonly h: Float64Array;
  readonly e: Float64Array;
  /** Weights of the columns (x - mu)/s (terms, and the intercept last), high and low parts. */
  setWeights(u: Float64Array, low: Float64Array): void;
  /** h = X w + b of the n rows from `row` on; writes into `h` and `e`. */
  ofBlock(shard: Shard, row: number, n: number): void;
}

/**
 * Each product is exact, and what additions lose is summed beside the sum. Numeric columns are taken in units of
 * powers of two, so that no product leaves the range of doubles.
 *
 * @param mu shift (terms) and `s` scale (terms) of the columns that the weights are of
 */
export function preciseLogits(dataset: Dataset, mu: Float64Array, s: Float64Array): PreciseLogits {
  const { numerics: d, factors, terms, intercept, size } = dataset.design;
  const { mean, scale } = dataset.scaling;
  const k = factors.length;
  const perUnit = Float64Array.from(
    { length: d },
    (_, j) => 1 / powerOfTwo(Math.max(Math.abs(mean[j]!), scale[j]!)),
  );
  const unitOf = (j: number) => (j < d ? perUnit[j]! : 1);
  // weights of the columns as stored, in those units
  const high = new Float64Array(size);
  const low = new Float64Array(size);
  const h = new Float64Array(BLOCK_ROWS);
  const e = new Float64Array(BLOCK_ROWS);
  return {
    perUnit,
    unitOf,
    h,
    e,
    setWeights(u, uLow) {
      toBasePrecisely(
        (j) => mu[j]! * unitOf(j),
        (j) => s[j]! * unitOf(j),
        terms,
        u,
        uLow,
        high,
        low,
      );
    },
    ofBlock({ X, codes }, row, n) {
      h.fill(intercept ? high[terms]! : 0);
      e.fill(intercept ? low[terms]! : 0);
      for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
        const unit = perUnit[j]!;
        const wj = high[j]!;
        const lj = low[j]!;
        const tw = wj * SPLITTER;
        const wh = tw - (tw - wj);
        const wl = wj - wh;
        for (let i = 0; i < n; i++) {
          const x = X[p + i]! * unit;
          const product = x * wj;
          const tx = x * SPLITTER;
          const xh = tx - (tx - x);
          const xl = x - xh;
          const sum = h[i]!;
          const t = sum + product;
          const v = t - sum;
          e[i]! +=
            sum - (t - v) + (product - v) + (xl * wl - (product - xh * wh - xl * wh - xh * wl)) + x * lj;
          h[i] = t;
        }
      }
      for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
        for (let i = 0; i < n; i++) {
          const level = codes[p + i]!;
          if (level === 0) continue;
          const term = factors[f]!.start - 1 + level;
          const t = h[i]! + high[term]!;
          const v = t - h[i]!;
          e[i]! += h[i]! - (t - v) + (high[term]! - v) + low[term]!;
          h[i] = t;
        }
      }
    },
  };
}
