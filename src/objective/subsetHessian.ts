/** Second derivatives of some of the weights: where there are more terms than rows, few of them are not 0. */
import type { Dataset } from '../dataset/dataset.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS } from '../storage/shards.js';
import { blockLogits } from './block.js';
import type { Reduction } from './reference.js';

/**
 * The rows and columns of `referenceHessian` that belong to `chosen`; writes into `H`.
 *
 * @param mu shift of each term's column as stored (terms); zeros without an intercept
 * @param s scale (terms)
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 * @param chosen weights (a), the intercept by its index
 * @param H (a x a), row after row, overwritten
 * Cost: O(m (d + k + a^2)), one more matrix of the size of H.
 */
export async function subsetHessian(
  { shards, design, weightSum }: Dataset,
  reduction: Reduction,
  mu: Float64Array,
  s: Float64Array,
  w: Float64Array,
  chosen: Int32Array,
  H: Float64Array,
): Promise<void> {
  const { numerics: d, factors, terms } = design;
  const k = factors.length;
  const a = chosen.length;
  const part = new Float64Array(a * a);
  const h = new Float64Array(BLOCK_ROWS);
  const C = new Float64Array(a * BLOCK_ROWS);
  const rC = new Float64Array(BLOCK_ROWS);
  const factorOf = (term: number) => factors.findLastIndex(({ start }) => start <= term);
  const places = Array.from(chosen, (term) => {
    const factor = term < d || term === terms ? -1 : factorOf(term);
    return { factor, level: factor < 0 ? 0 : term - factors[factor]!.start + 1 };
  });
  const yielder = createYielder();
  H.fill(0);
  for await (const shard of shards) {
    const { X, codes, c, rows } = shard;
    part.fill(0);
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      // s = c z(1-z), in the place of h
      blockLogits(shard, row, n, design, w, h);
      for (let i = 0; i < n; i++) {
        const t = Math.exp(-Math.abs(h[i]!));
        h[i] = ((c === undefined ? 1 : c[row + i]!) * t) / ((1 + t) * (1 + t));
      }
      for (let p = 0; p < a; p++) {
        const term = chosen[p]!;
        const at = p * BLOCK_ROWS;
        const { factor, level } = places[p]!;
        if (term === terms) {
          for (let i = 0; i < n; i++) C[at + i] = 1;
        } else if (factor < 0) {
          const from = row * d + term * BLOCK_ROWS;
          for (let i = 0; i < n; i++) C[at + i] = (X[from + i]! - mu[term]!) / s[term]!;
        } else {
          const from = row * k + factor * BLOCK_ROWS;
          for (let i = 0; i < n; i++)
            C[at + i] = ((codes[from + i] === level ? 1 : 0) - mu[term]!) / s[term]!;
        }
      }
      for (let p = 0; p < a; p++) {
        for (let i = 0, at = p * BLOCK_ROWS; i < n; i++) rC[i] = h[i]! * C[at + i]!;
        for (let q = 0; q <= p; q++) {
          let sum = 0;
          for (let i = 0, at = q * BLOCK_ROWS; i < n; i++) sum += rC[i]! * C[at + i]!;
          part[p * a + q]! += sum;
        }
      }
    }
    for (let at = 0; at < part.length; at++) H[at]! += part[at]!;
    if (yielder.isDue(rows * (d + k + a * a))) await yielder.yield();
  }
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  for (let p = 0; p < a; p++) {
    for (let q = 0; q <= p; q++) {
      const value = H[p * a + q]! * unit;
      H[p * a + q] = value;
      H[q * a + p] = value;
    }
  }
}
