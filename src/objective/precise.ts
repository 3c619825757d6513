/**
 * The loss and its gradient with 106 bits in every sum: for weights whose h is a small difference of large numbers,
 * where the gradient of doubles is rounding.
 */
import { type Dataset, termCount } from '../dataset/dataset.js';
import { BLOCK_ROWS } from '../dataset/shards.js';
import {
  add,
  type DoubleDouble,
  divide,
  exponential,
  multiply,
  negate,
  SPLITTER,
  twoSum,
} from '../math/doubleDouble.js';
import { createTurns } from '../turns.js';
import type { Reduction } from './reference.js';

export interface PreciseLoss {
  /**
   * @param u high and `low` low parts of the weights of the columns (x - mu)/s (terms, and the intercept last)
   * @param g gradient in these weights, overwritten
   * @returns J, rounded to a double
   */
  evaluate(u: Float64Array, low: Float64Array, g: Float64Array): Promise<number>;
}

/** What a row costs in the columns that `Turns` counts. */
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
 * Source: Ogita, Rump & Oishi, Accurate sum and dot product, 2005 (Dot2).
 *
 * @param mu shift (terms) and `s` scale (terms) of the columns whose gradient is wanted
 * Cost: some 60 operations a cell, on this thread.
 */
export function preciseLoss(
  dataset: Dataset,
  reduction: Reduction,
  intercept: boolean,
  mu: Float64Array,
  s: Float64Array,
): PreciseLoss {
  const { shards, numerics: d, factors, mean, scale, weightSum } = dataset;
  const k = factors.length;
  const terms = termCount(dataset);
  const size = terms + (intercept ? 1 : 0);
  // columns x perUnit are of moderate size
  const perUnit = Float64Array.from(
    { length: d },
    (_, j) => 1 / powerOfTwo(Math.max(Math.abs(mean[j]!), scale[j]!)),
  );
  const high = new Float64Array(size);
  const low = new Float64Array(size);
  // sums of the gradient, and of what their additions lost
  const G = new Float64Array(size);
  const E = new Float64Array(size);
  const h = new Float64Array(BLOCK_ROWS);
  const e = new Float64Array(BLOCK_ROWS);
  const turns = createTurns();

  /** Takes r = (h, e) of n rows to sum j: of the column at p, or of the ones where there is none. */
  function addProduct(X: Float64Array, p: number, unit: number, n: number, j: number): void {
    let sum = G[j]!;
    let lost = E[j]!;
    for (let i = 0; i < n; i++) {
      const x = X[p + i]! * unit;
      const r = h[i]!;
      const product = x * r;
      const tx = x * SPLITTER;
      const xh = tx - (tx - x);
      const xl = x - xh;
      const tr = r * SPLITTER;
      const rh = tr - (tr - r);
      const rl = r - rh;
      const t = sum + product;
      const v = t - sum;
      lost += sum - (t - v) + (product - v) + (xl * rl - (product - xh * rh - xl * rh - xh * rl)) + x * e[i]!;
      sum = t;
    }
    G[j] = sum;
    E[j] = lost;
  }

  function addTo(j: number, i: number): void {
    const t = G[j]! + h[i]!;
    const v = t - G[j]!;
    E[j]! += G[j]! - (t - v) + (h[i]! - v) + e[i]!;
    G[j] = t;
  }

  return {
    async evaluate(u, uLow, g) {
      const unitOf = (j: number) => (j < d ? perUnit[j]! : 1);
      toBasePrecisely(
        (j) => mu[j]! * unitOf(j),
        (j) => s[j]! * unitOf(j),
        terms,
        u,
        uLow,
        high,
        low,
      );
      G.fill(0);
      E.fill(0);
      let J = 0;
      let lostJ = 0;
      for await (const { X, codes, y, c, rows } of shards) {
        for (let row = 0; row < rows; row += BLOCK_ROWS) {
          const n = Math.min(BLOCK_ROWS, rows - row);

          // h = X w + b
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
          for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) addProduct(X, p, perUnit[j]!, n, j);
          for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
            const before = factors[f]!.start - 1;
            for (let i = 0; i < n; i++) {
              const level = codes[p + i]!;
              if (level > 0) addTo(before + level, i);
            }
          }
          if (intercept) for (let i = 0; i < n; i++) addTo(terms, i);
        }
        if (turns.isDue(rows * (CELL_COST * d + k + ROW_COST))) await turns.take();
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

/**
 * The weights w of the columns x for weights v of the columns (x - mu)/s, all as sums of two doubles; writes into
 * `w` and `wLow`, which may be `v` and `low`.
 *
 *   w_j = v_j / s_j          b = v_b - sum_j mu_j v_j / s_j
 *
 * @param mu shift and `s` scale of each column, of which there are `terms`
 */
export function toBasePrecisely(
  mu: (j: number) => number,
  s: (j: number) => number,
  terms: number,
  v: Float64Array,
  low: Float64Array,
  w: Float64Array,
  wLow: Float64Array,
): void {
  const hasIntercept = v.length > terms;
  let b: DoubleDouble = hasIntercept ? twoSum(v[terms]!, low[terms]!) : [0, 0];
  for (let j = 0; j < terms; j++) {
    // the factors of a product must be of moderate size
    const perScale = 1 / powerOfTwo(s(j));
    const size = powerOfTwo(v[j]!);
    const wj = divide(twoSum(v[j]! / size, low[j]! / size), [s(j) * perScale, 0]);
    const shift = mu(j) * perScale * size;
    if (hasIntercept && shift !== 0) b = add(b, negate(multiply([shift, 0], wj)));
    w[j] = wj[0] * size * perScale;
    wLow[j] = wj[1] * size * perScale;
  }
  if (!hasIntercept) return;
  w[terms] = b[0];
  wLow[terms] = b[1];
}

/** The way back: v_j = w_j s_j, v_b = b + sum_j (mu_j + pivot_j) w_j; writes into `v` and `low`, which may be `w` and `wLow`. */
export function fromBasePrecisely(
  mu: Float64Array,
  pivot: Float64Array,
  s: Float64Array,
  w: Float64Array,
  wLow: Float64Array,
  v: Float64Array,
  low: Float64Array,
): void {
  const terms = s.length;
  const hasIntercept = w.length > terms;
  let b: DoubleDouble = hasIntercept ? twoSum(w[terms]!, wLow[terms]!) : [0, 0];
  for (let j = 0; j < terms; j++) {
    const size = powerOfTwo(w[j]!);
    const wj = twoSum(w[j]! / size, wLow[j]! / size);
    if (hasIntercept) b = add(b, multiply(twoSum(mu[j]! * size, pivot[j]! * size), wj));
    const vj = multiply(wj, [s[j]! * size, 0]);
    v[j] = vj[0];
    low[j] = vj[1];
  }
  if (!hasIntercept) return;
  v[terms] = b[0];
  low[terms] = b[1];
}

/** Of the order of x, and within the powers whose inverse is a double too; 1 for 0. */
function powerOfTwo(x: number): number {
  return x === 0 ? 1 : 2 ** Math.min(1000, Math.max(-1000, Math.round(Math.log2(Math.abs(x)))));
}
