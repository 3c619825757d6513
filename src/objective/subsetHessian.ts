/** Second derivatives of some of the weights: where there are more terms than rows, few of them are not 0. */
import type { Rows } from '../dataset/dataset.js';
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
 * @param H (a x a), row after row, overwritten but for the first `from` rows and columns
 * Cost: O(m (d + k + a^2)), one more matrix of the size of H.
 */
export async function subsetHessian(
  { shards, design, weightSum }: Rows,
  reduction: Reduction,
  mu: Float64Array,
  s: Float64Array,
  w: Float64Array,
  chosen: Int32Array,
  H: Float64Array,
  from = 0,
): Promise<void> {
  const { numerics: d, factors, terms } = design;
  const k = factors.length;
  const a = chosen.length;
  const part = new Float64Array(a * a);
  const h = new Float64Array(BLOCK_ROWS);
  const C = new Float64Array(a * BLOCK_ROWS);
  const rC = new Float64Array(2 * BLOCK_ROWS);
  const factorOf = (term: number) => factors.findLastIndex(({ start }) => start <= term);
  const places = Array.from(chosen, (term) => {
    const factor = term < d || term === terms ? -1 : factorOf(term);
    return { factor, level: factor < 0 ? 0 : term - factors[factor]!.start + 1 };
  });
  const yielder = createYielder();
  for (let p = 0; p < a; p++) H.fill(0, p * a + (p < from ? from : 0), (p + 1) * a);
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
      addTriangle(C, h, n, a, from, rC, part);
    }
    for (let p = from; p < a; p++) for (let q = 0; q <= p; q++) H[p * a + q]! += part[p * a + q]!;
    if (yielder.isDue(rows * (d + k + a * a))) await yielder.yield();
  }
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  for (let p = from; p < a; p++) {
    for (let q = 0; q <= p; q++) {
      const value = H[p * a + q]! * unit;
      H[p * a + q] = value;
      H[q * a + p] = value;
    }
  }
}

/** part += C^T diag(h) C below the diagonal from a row on, two rows by two columns at a time, which share their loads. */
function addTriangle(
  C: Float64Array,
  h: Float64Array,
  n: number,
  a: number,
  from: number,
  rC: Float64Array,
  part: Float64Array,
): void {
  for (let p = from; p < a; p += 2) {
    const isPair = p + 1 < a;
    for (let i = 0, at = p * BLOCK_ROWS; i < n; i++) {
      rC[i] = h[i]! * C[at + i]!;
      rC[BLOCK_ROWS + i] = isPair ? h[i]! * C[at + BLOCK_ROWS + i]! : 0;
    }
    const last = isPair ? p + 1 : p;
    for (let q = 0; q <= last; q += 2) {
      const at = q * BLOCK_ROWS;
      const hasNext = q + 1 < a;
      let [s00, s01, s10, s11] = [0, 0, 0, 0];
      for (let i = 0; i < n; i++) {
        const [r0, r1] = [rC[i]!, rC[BLOCK_ROWS + i]!];
        const c0 = C[at + i]!;
        const c1 = hasNext ? C[at + BLOCK_ROWS + i]! : 0;
        s00 += r0 * c0;
        s01 += r0 * c1;
        s10 += r1 * c0;
        s11 += r1 * c1;
      }
      part[p * a + q]! += s00;
      if (hasNext) part[p * a + q + 1]! += s01;
      if (!isPair) continue;
      part[(p + 1) * a + q]! += s10;
      if (hasNext) part[(p + 1) * a + q + 1]! += s11;
    }
  }
}
