/**
 * The loss and its gradient with 106 bits in every sum: for weights whose h is a small difference of large numbers,
 * where the gradient of doubles is rounding.
 */
import type { Dataset } from '../../dataset/dataset.js';
import {
  add,
  type DoubleDouble,
  divide,
  exponential,
  multiply,
  negate,
  twoSum,
} from '../../math/doubleDouble.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import type { Reduction } from '../reference.js';
import { preciseLogits } from './logits.js';
import { addProducts } from './products.js';

export interface PreciseLoss {
  /**
   * @param u high and `low` low parts of the weights of the columns (x - mu)/s (terms, and the intercept last)
   * @param g gradient in these weights, overwritten
   * @returns J, rounded to a double
   */
  evaluate(u: Float64Array, low: Float64Array, g: Float64Array): Promise<number>;
}

/** What a row costs in the columns that a `Yielder` counts. */
const ROW_COST = 100;
/** What a cell does. */
const CELL_COST = 10;

/**
 * Binary cross-entropy as `referenceObjective` defines it.
 *
 *   h = sum_j x_j w_j + b,   r = c (z - y),   g_j = (sum_i x_ij r_i - mu_j sum_i r_i)/s_j
 *
 * Each product is exact, and what additions lose is summed beside the sum. Numeric columns are taken in units of
 * powers of two, so that no product leaves the range of doubles.
 *
 * @param mu shift (terms) and `s` scale (terms) of the columns whose gradient is wanted
 * Cost: some 60 operations a cell, on this thread.
 */
export function preciseLoss(
  dataset: Dataset,
  reduction: Reduction,
  mu: Float64Array,
  s: Float64Array,
): PreciseLoss {
  const { shards, design, weightSum } = dataset;
  const { numerics: d, factors, terms, intercept, size } = design;
  const k = factors.length;
  const logits = preciseLogits(dataset, mu, s);
  const { perUnit, unitOf, h, e } = logits;
  // sums of the gradient, and of what their additions lost
  const G = new Float64Array(size);
  const E = new Float64Array(size);
  const yielder = createYielder();

  /** Takes r = (h, e) of row i to sum j. */
  function addTo(j: number, i: number): void {
    const t = G[j]! + h[i]!;
    const v = t - G[j]!;
    E[j]! += G[j]! - (t - v) + (h[i]! - v) + e[i]!;
    G[j] = t;
  }

  return {
    async evaluate(u, uLow, g) {
      logits.setWeights(u, uLow);
      G.fill(0);
      E.fill(0);
      let J = 0;
      let lostJ = 0;
      for await (const shard of shards) {
        const { X, codes, y, c, rows } = shard;
        for (let row = 0; row < rows; row += BLOCK_ROWS) {
          const n = Math.min(BLOCK_ROWS, rows - row);

          logits.ofBlock(shard, row, n);
          // r = c (z - y), in the place of h
          for (let i = 0; i < n; i++) {
            const label = y[row + i]!;
            const weight = c === undefined ? 1 : c[row + i]!;
            const hi = twoSum(h[i]!, e[i]!);
            const isPositive = hi[0] >= 0;
            const t = exponential(isPositive ? negate(hi) : hi);
            const isWrong = isPositive === (label === 0);
            const z = multiply(divide(isWrong ? [1, 0] : t, add([1, 0], t)), [weight, 0]);
            h[i] = label === 0 ? z[0] : -z[0];
            e[i] = label === 0 ? z[1] : -z[1];
            const l = weight * (Math.log1p(t[0]) + (isWrong ? Math.abs(hi[0]) : 0));
            const sum = J + l;
            const v = sum - J;
            lostJ += J - (sum - v) + (l - v);
            J = sum;
          }

          // g += X^T r
          for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
            addProducts(X, p, perUnit[j]!, n, h, e, G, E, j);
          }
          for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
            const before = factors[f]!.start - 1;
            for (let i = 0; i < n; i++) {
              const level = codes[p + i]!;
              if (level > 0) addTo(before + level, i);
            }
          }
          if (intercept) for (let i = 0; i < n; i++) addTo(terms, i);
        }
        if (yielder.isDue(rows * (CELL_COST * d + k + ROW_COST))) await yielder.yield();
      }
      const unit: DoubleDouble = reduction === 'mean' ? divide([1, 0], [weightSum, 0]) : [1, 0];
      const ofIntercept = intercept ? twoSum(G[terms]!, E[terms]!) : ([0, 0] as const);
      for (let j = 0; j < terms; j++) {
        const own = unitOf(j);
        const centred = add(twoSum(G[j]!, E[j]!), negate(multiply([mu[j]! * own, 0], ofIntercept)));
        g[j] = divide(multiply(centred, unit), [s[j]! * own, 0])[0];
      }
      if (intercept) g[terms] = multiply(ofIntercept, unit)[0];
      return multiply(twoSum(J, lostJ), unit)[0];
    },
  };
}
