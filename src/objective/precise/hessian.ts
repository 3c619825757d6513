/** Second derivatives of the cross-entropy with 106 bits, for small tables. */
import type { Dataset } from '../../dataset/dataset.js';
import {
  add,
  type DoubleDouble,
  divide,
  multiply,
  negate,
  twoProduct,
  twoSum,
} from '../../math/doubleDouble.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { preciseLogits } from './logits.js';
import { addProducts } from './products.js';

/**
 * The Hessian of the summed loss in the weights of the columns (x - mu)/s:
 *
 *   H_jk = sum_i c_i z_i (1 - z_i) x_ij x_ik,   then shifted by mu and divided by s
 *
 * z(1-z) is rounded to a double, which changes no quadratic form by more than its own rounding; all else has
 * 106 bits.
 *
 * @param u high and `low` low parts of the weights of these columns (terms, and the intercept last)
 * @returns the lower triangle: row j holds its entries 0..j
 * Cost: some 15 operations for each of m n^2 products, on this thread, at one stretch.
 */
export async function preciseHessian(
  dataset: Dataset,
  mu: Float64Array,
  s: Float64Array,
  u: Float64Array,
  low: Float64Array,
): Promise<DoubleDouble[][]> {
  const { shards, design } = dataset;
  const { numerics: d, factors, terms, intercept, size } = design;
  const k = factors.length;
  const logits = preciseLogits(dataset, mu, s);
  logits.setWeights(u, low);
  // sums, and what their additions lost
  const G = new Float64Array(size * size);
  const E = new Float64Array(size * size);
  // columns of a block; D x of one of them
  const P = new Float64Array(size * BLOCK_ROWS);
  const D = new Float64Array(BLOCK_ROWS);
  const r = new Float64Array(BLOCK_ROWS);
  const rest = new Float64Array(BLOCK_ROWS);

  for await (const shard of shards) {
    const { X, codes, c, rows } = shard;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      logits.ofBlock(shard, row, n);
      for (let i = 0; i < n; i++) {
        const t = Math.exp(-Math.abs(logits.h[i]! + logits.e[i]!));
        D[i] = (t / (1 + t) / (1 + t)) * (c === undefined ? 1 : c[row + i]!);
      }
      P.fill(0);
      for (let j = 0, q = row * d; j < d; j++, q += BLOCK_ROWS) {
        for (let i = 0; i < n; i++) P[j * BLOCK_ROWS + i] = X[q + i]! * logits.perUnit[j]!;
      }
      for (let f = 0, q = row * k; f < k; f++, q += BLOCK_ROWS) {
        for (let i = 0; i < n; i++) {
          const level = codes[q + i]!;
          if (level > 0) P[(factors[f]!.start - 1 + level) * BLOCK_ROWS + i] = 1;
        }
      }
      if (intercept) P.fill(1, terms * BLOCK_ROWS, terms * BLOCK_ROWS + n);
      for (let j = 0; j < size; j++) {
        for (let i = 0; i < n; i++) {
          const [product, lost] = twoProduct(D[i]!, P[j * BLOCK_ROWS + i]!);
          r[i] = product;
          rest[i] = lost;
        }
        for (let l = 0; l <= j; l++) {
          addProducts(P, l * BLOCK_ROWS, 1, n, r, rest, G, E, j * size + l);
        }
      }
    }
  }
  return shifted();

  /** H of the sums: those of the shifted columns, divided by their scales. */
  function shifted(): DoubleDouble[][] {
    const sum = (j: number, l: number) => twoSum(G[j * size + l]!, E[j * size + l]!);
    const shift = (j: number): DoubleDouble => [mu[j]! * logits.unitOf(j), 0];
    const H: DoubleDouble[][] = [];
    for (let j = 0; j < size; j++) {
      const line: DoubleDouble[] = [];
      for (let l = 0; l <= j; l++) {
        let entry = sum(j, l);
        if (j < terms && intercept) {
          // (x_j - mu_j) (x_l - mu_l) = x_j x_l - mu_j x_l - mu_l x_j + mu_j mu_l
          entry = add(entry, negate(multiply(shift(j), sum(terms, l))));
          entry = add(entry, negate(multiply(shift(l), sum(terms, j))));
          entry = add(entry, multiply(multiply(shift(j), shift(l)), sum(terms, terms)));
        } else if (l < terms && intercept) {
          entry = add(entry, negate(multiply(shift(l), sum(terms, terms))));
        }
        for (const m of [j, l]) if (m < terms) entry = divide(entry, [s[m]! * logits.unitOf(m), 0]);
        line.push(entry);
      }
      H.push(line);
    }
    return H;
  }
}
