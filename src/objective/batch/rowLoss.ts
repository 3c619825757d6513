/** Loss and gradient of rows that lie one after the other. */
import type { Design } from '../../dataset/dataset.js';
import type { ClassWeights } from '../reference.js';
import type { RowWindow } from './rowShuffle.js';

/**
 * The loss of rows [first, end) of a window, as `referenceObjective` defines it for a sum; adds their gradient to `g`.
 *
 *   h = x w + b, r = c (z - y), g <- g + r x
 *
 * @param w weights of the columns as stored (size)
 * @param classWeights what the weights of the rows are multiplied by
 */
export function addRows(
  { X, codes, y, c }: RowWindow,
  first: number,
  end: number,
  { numerics: d, factors, terms, intercept }: Design,
  w: Float64Array,
  [c0, c1]: ClassWeights,
  g: Float64Array,
): number {
  const k = factors.length;
  const b = intercept ? w[terms]! : 0;
  let J = 0;
  let gb = 0;
  for (let row = first; row < end; row++) {
    let h = b + product(X, row * d, d, w);
    for (let f = 0, p = row * k; f < k; f++) {
      const level = codes[p + f]!;
      if (level > 0) h += w[factors[f]!.start - 1 + level]!;
    }
    const yi = y[row]!;
    const t = Math.exp(-Math.abs(h));
    const ci = (yi === 0 ? c0 : c1) * (c === undefined ? 1 : c[row]!);
    J += ci * (Math.max(h, 0) - h * yi + Math.log1p(t));
    const r = ci * ((h >= 0 ? 1 : t) / (1 + t) - yi);
    for (let j = 0, p = row * d; j < d; j++) g[j]! += r * X[p + j]!;
    for (let f = 0, p = row * k; f < k; f++) {
      const level = codes[p + f]!;
      if (level > 0) g[factors[f]!.start - 1 + level]! += r;
    }
    gb += r;
  }
  if (intercept) g[terms]! += gb;
  return J;
}

/** sum_j x_j w_j of the d numbers from p on: four sums run beside each other. */
function product(X: Float64Array, p: number, d: number, w: Float64Array): number {
  let [h0, h1, h2, h3] = [0, 0, 0, 0];
  let j = 0;
  for (; j + 4 <= d; j += 4) {
    h0 += X[p + j]! * w[j]!;
    h1 += X[p + j + 1]! * w[j + 1]!;
    h2 += X[p + j + 2]! * w[j + 2]!;
    h3 += X[p + j + 3]! * w[j + 3]!;
  }
  for (; j < d; j++) h0 += X[p + j]! * w[j]!;
  return h0 + h1 + (h2 + h3);
}
