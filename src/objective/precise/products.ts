/** Sums of products with 106 bits. */
import { SPLITTER } from '../../math/doubleDouble.js';

/**
 * Adds x_i (r_i + e_i) over n rows to the sum G[j], and what the additions lose to E[j].
 *
 * Source: Ogita, Rump & Oishi, Accurate sum and dot product, 2005 (Dot2).
 *
 * @param X column from p on, times `unit`, a power of two
 * @param r high and `e` low parts (n)
 */
export function addProducts(
  X: Float64Array,
  p: number,
  unit: number,
  n: number,
  r: Float64Array,
  e: Float64Array,
  G: Float64Array,
  E: Float64Array,
  j: number,
): void {
  let sum = G[j]!;
  let lost = E[j]!;
  for (let i = 0; i < n; i++) {
    const x = X[p + i]! * unit;
    const ri = r[i]!;
    const product = x * ri;
    const tx = x * SPLITTER;
    const xh = tx - (tx - x);
    const xl = x - xh;
    const tr = ri * SPLITTER;
    const rh = tr - (tr - ri);
    const rl = ri - rh;
    const t = sum + product;
    const v = t - sum;
    lost += sum - (t - v) + (product - v) + (xl * rl - (product - xh * rh - xl * rh - xh * rl)) + x * e[i]!;
    sum = t;
  }
  G[j] = sum;
  E[j] = lost;
}
