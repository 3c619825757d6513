/** Second derivatives of some of the weights: where there are more terms than rows, few of them are not 0. */
import type { Rows } from '../dataset/dataset.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';
import type { Products } from './simd/products.js';

/**
 * The rows and columns of the Hessian of the summed loss, as `referenceHessian` has it, that belong to `chosen`; writes
 * into `H`.
 *
 * @param mu shift of each term's column as stored (terms); zeros without an intercept
 * @param s scale (terms)
 * @param w weights of the columns as stored (terms, and the intercept last if there is one); those that are 0 cost nothing
 * @param chosen weights (a), the intercept by its index
 * @param from of them are there already: the first rows and columns of H stay
 * @param products what sums them up
 * @param H (a x a), row after row
 * Cost: O(m (a + a (a - from))).
 */
export async function subsetHessian(
  { shards, design }: Rows,
  mu: Float64Array,
  s: Float64Array,
  w: Float64Array,
  chosen: Int32Array,
  from: number,
  products: Products,
  H: Float64Array,
): Promise<void> {
  const { numerics: d, factors, terms, intercept } = design;
  const k = factors.length;
  const a = chosen.length;
  const { C, h } = products.begin(a, from);
  const factorOf = (term: number) => factors.findLastIndex(({ start }) => start <= term);
  const places = Array.from(chosen, (term) => {
    const factor = term < d || term === terms ? -1 : factorOf(term);
    return { factor, level: factor < 0 ? 0 : term - factors[factor]!.start + 1 };
  });
  const used = Int32Array.from([...w.subarray(0, d).keys()].filter((j) => w[j] !== 0));
  const yielder = createYielder();
  for await (const shard of shards) {
    const { X, codes, c, rows } = shard;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      writeLogits(shard, row);
      // c z(1-z), in the place of h
      for (let i = 0; i < BLOCK_ROWS; i++) {
        const t = Math.exp(-Math.abs(h[i]!));
        h[i] = i < n ? ((c === undefined ? 1 : c[row + i]!) * t) / ((1 + t) * (1 + t)) : 0;
      }
      for (let p = 0; p < a; p++) {
        const term = chosen[p]!;
        const at = p * BLOCK_ROWS;
        const { factor, level } = places[p]!;
        if (term === terms) {
          for (let i = 0; i < BLOCK_ROWS; i++) C[at + i] = 1;
        } else if (factor < 0) {
          const x = row * d + term * BLOCK_ROWS;
          for (let i = 0; i < BLOCK_ROWS; i++) C[at + i] = (X[x + i]! - mu[term]!) / s[term]!;
        } else {
          const x = row * k + factor * BLOCK_ROWS;
          for (let i = 0; i < BLOCK_ROWS; i++)
            C[at + i] = ((codes[x + i] === level ? 1 : 0) - mu[term]!) / s[term]!;
        }
      }
      products.addBlock();
    }
    if (yielder.isDue(rows * a * (1 + a - from))) await yielder.yield();
  }
  products.write(H);
  for (let p = from; p < a; p++) for (let q = 0; q < p; q++) H[q * a + p] = H[p * a + q]!;

  /** h of a block, over the columns whose weight is not 0. */
  function writeLogits({ X, codes }: Shard, row: number): void {
    h.fill(intercept ? w[terms]! : 0);
    for (const j of used) {
      const wj = w[j]!;
      for (let i = 0, x = row * d + j * BLOCK_ROWS; i < BLOCK_ROWS; i++, x++) h[i]! += X[x]! * wj;
    }
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const before = factors[f]!.start - 1;
      for (let i = 0; i < BLOCK_ROWS; i++) {
        const level = codes[p + i]!;
        if (level > 0) h[i]! += w[before + level]!;
      }
    }
  }
}
