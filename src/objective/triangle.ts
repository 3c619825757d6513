/** Second derivatives of the cross-entropy from the rows themselves: a triangle, and never their squares. */
import type { Dataset } from '../dataset/dataset.js';
import { RowTriangle } from '../math/householder.js';
import type { Factorization } from '../math/triangular.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS } from '../storage/shards.js';
import { blockLogits } from './block.js';

/** Blocks whose rows are reflected at once. */
const BLOCKS = 4;

/**
 * The Hessian of the summed loss, and of a ridge, in the weights of the columns (x - mu)/s, as a factorization:
 *
 *   H = unit A^T A,   A = [ sqrt(c z(1-z)) (x - mu)/s ; sqrt(ridge_j) e_j ]
 *
 * by QR of the rows of A, which keeps the digits that A^T A has lost.
 *
 * Source: Golub & Van Loan, Matrix computations, 5.2; rows are taken in blocks as in LAPACK's tpqrt.
 *
 * @param mu shift (terms) and `s` scale (terms); mu is 0 without an intercept
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 * @param ridge added to the diagonal of H / unit (terms); undefined for none
 * @param order weights in the order in which the triangle takes them, all or some
 * Cost: 2 m n^2 for n weights, on this thread; n^2 doubles.
 */
export async function weightedTriangle(
  { shards, design }: Dataset,
  mu: Float64Array,
  s: Float64Array,
  w: Float64Array,
  ridge: Float64Array | undefined,
  order: Int32Array,
  unit: number,
): Promise<Factorization> {
  const { numerics: d, factors, terms, intercept } = design;
  const n = order.length;
  const k = factors.length;
  const stride = BLOCKS * BLOCK_ROWS;
  const A = new Float64Array(n * stride);
  const h = new Float64Array(BLOCK_ROWS);
  const root = new Float64Array(stride);
  const triangle = new RowTriangle(n);
  // by weight: its place in the order, -1 for none
  const place = new Int32Array(w.length).fill(-1);
  order.forEach((weight, p) => {
    place[weight] = p;
  });
  const yielder = createYielder();
  let filled = 0;
  const flush = () => {
    triangle.add(A, filled, stride);
    filled = 0;
  };

  for await (const shard of shards) {
    const { X, codes, c, rows } = shard;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const m = Math.min(BLOCK_ROWS, rows - row);
      if (filled + m > stride) flush();

      // sqrt(c z(1-z)), z(1-z) = t/(1+t)^2, t = e^-|h|
      blockLogits(shard, row, m, design, w, h);
      for (let i = 0; i < m; i++) {
        const half = Math.exp(-Math.abs(h[i]!) / 2);
        root[filled + i] = (half / (1 + half * half)) * (c === undefined ? 1 : Math.sqrt(c[row + i]!));
      }

      for (let j = 0, q = row * d; j < d; j++, q += BLOCK_ROWS) {
        const p = place[j]!;
        if (p < 0) continue;
        const [shift, scale] = [mu[j]!, s[j]!];
        const to = p * stride + filled;
        for (let i = 0; i < m; i++) A[to + i] = ((X[q + i]! - shift) / scale) * root[filled + i]!;
      }
      for (let l = d; l < terms; l++) {
        const p = place[l]!;
        if (p < 0) continue;
        const idle = -mu[l]! / s[l]!;
        const to = p * stride + filled;
        for (let i = 0; i < m; i++) A[to + i] = idle * root[filled + i]!;
      }
      for (let f = 0, q = row * k; f < k; f++, q += BLOCK_ROWS) {
        for (let i = 0; i < m; i++) {
          const level = codes[q + i]!;
          if (level === 0) continue;
          const l = factors[f]!.start - 1 + level;
          const p = place[l]!;
          if (p >= 0) A[p * stride + filled + i] = ((1 - mu[l]!) / s[l]!) * root[filled + i]!;
        }
      }
      if (intercept && place[terms]! >= 0)
        A.set(root.subarray(filled, filled + m), place[terms]! * stride + filled);
      filled += m;
    }
    if (yielder.isDue(rows * n * n)) await yielder.yield();
  }
  flush();

  // the ridge: a row for each weight
  for (let j = 0; j < terms; j++) {
    if (!(ridge !== undefined && ridge[j]! > 0 && place[j]! >= 0)) continue;
    if (filled === stride) flush();
    for (let p = 0; p < n; p++) A[p * stride + filled] = 0;
    A[place[j]! * stride + filled] = Math.sqrt(ridge[j]!);
    filled++;
  }
  flush();
  return triangle.factorization(order, w.length, unit);
}
