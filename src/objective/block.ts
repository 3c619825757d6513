/**
 * One block of up to 32 rows: h = X w, r = sigma(h) - y, g = X^T r.
 *
 *   X (d x 32) at offset p, stored column by column; n rows of it count
 *
 * The products take four columns at a time: these share one visit to h or r, and four sums run beside each
 * other where one would wait for its own last addition.
 */
import type { Design } from '../dataset/dataset.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';

/**
 * h = X w + b of one block, numeric columns and factors; writes into the first n entries of `h`.
 *
 * @param row first row of the block
 * @param w weights (size)
 */
export function blockLogits(
  { X, codes }: Shard,
  row: number,
  n: number,
  { numerics: d, factors, terms, intercept }: Design,
  w: Float64Array,
  h: Float64Array,
): void {
  const k = factors.length;
  h.fill(intercept ? w[terms]! : 0);
  addProduct(X, row * d, d, n, w, h);
  for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
    const before = factors[f]!.start - 1;
    for (let i = 0; i < n; i++) {
      const level = codes[p + i]!;
      if (level > 0) h[i]! += w[before + level]!;
    }
  }
}

/** h <- h + X w for n rows; writes into `h`. */
function addProduct(
  X: Float64Array,
  p: number,
  d: number,
  n: number,
  w: Float64Array,
  h: Float64Array,
): void {
  let j = 0;
  for (; j + 4 <= d; j += 4) {
    const w0 = w[j]!;
    const w1 = w[j + 1]!;
    const w2 = w[j + 2]!;
    const w3 = w[j + 3]!;
    for (let i = 0, q = p + j * BLOCK_ROWS; i < n; i++, q++) {
      h[i]! +=
        X[q]! * w0 + X[q + BLOCK_ROWS]! * w1 + (X[q + 2 * BLOCK_ROWS]! * w2 + X[q + 3 * BLOCK_ROWS]! * w3);
    }
  }
  for (; j < d; j++) {
    const wj = w[j]!;
    for (let i = 0, q = p + j * BLOCK_ROWS; i < n; i++, q++) h[i]! += X[q]! * wj;
  }
}

/**
 * Puts the residuals r = c (z - y) in the place of the logits h, and returns the loss summed over n rows.
 *
 *   t = e^-|h|, z = (h >= 0 ? 1 : t) / (1 + t), J = sum c [ max(h,0) - h y + log1p(t) ]
 *
 * Neither overflows for any finite h, as log z would.
 *
 * @param y labels, and c weights of the rows if they have any, those of the block from `row` on
 * @param c0 what the weights of the rows with y = 0 are multiplied by
 * @param c1 and of those with y = 1
 * @param h logits (n), overwritten with r
 */
export function toResiduals(
  { y, c }: Shard,
  row: number,
  n: number,
  c0: number,
  c1: number,
  h: Float64Array,
): number {
  let J = 0;
  for (let i = 0; i < n; i++) {
    const hi = h[i]!;
    const yi = y[row + i]!;
    const t = Math.exp(-Math.abs(hi));
    const ci = (yi === 0 ? c0 : c1) * (c === undefined ? 1 : c[row + i]!);
    J += ci * (Math.max(hi, 0) - hi * yi + Math.log1p(t));
    h[i] = ci * ((hi >= 0 ? 1 : t) / (1 + t) - yi);
  }
  return J;
}

/** g <- g + X^T r over n rows; writes into the first d entries of `g`. */
export function addTransposedProduct(
  X: Float64Array,
  p: number,
  d: number,
  n: number,
  r: Float64Array,
  g: Float64Array,
): void {
  let j = 0;
  for (; j + 4 <= d; j += 4) {
    let g0 = 0;
    let g1 = 0;
    let g2 = 0;
    let g3 = 0;
    for (let i = 0, q = p + j * BLOCK_ROWS; i < n; i++, q++) {
      const ri = r[i]!;
      g0 += X[q]! * ri;
      g1 += X[q + BLOCK_ROWS]! * ri;
      g2 += X[q + 2 * BLOCK_ROWS]! * ri;
      g3 += X[q + 3 * BLOCK_ROWS]! * ri;
    }
    g[j]! += g0;
    g[j + 1]! += g1;
    g[j + 2]! += g2;
    g[j + 3]! += g3;
  }
  for (; j < d; j++) {
    let gj = 0;
    for (let i = 0, q = p + j * BLOCK_ROWS; i < n; i++, q++) gj += X[q]! * r[i]!;
    g[j]! += gj;
  }
}
