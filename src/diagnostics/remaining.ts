/** How many epochs of gradient descent are left until it converges. */
import { createProducts, type Products } from '../objective/simd/products.js';
import { BLOCK_ROWS } from '../storage/shards.js';

/** Weights up to which matrices are multiplied for it. */
export const MOST_FORESEEN = 200;

/** Doublings of the number of epochs: about 10^9 of them. */
const MOST_DOUBLINGS = 30;

/**
 * The least k for which the gradient (I - alpha H)^k g is good enough: that after k more epochs if the curvature
 * stayed as it is.
 *
 * @param H Hessian (n x n) and `g` gradient (n) at the weights reached
 * @param isEnough whether a gradient is; when one is, all smaller ones are
 * @param products what multiplies matrices
 * @returns undefined when there are too many weights, or when it is beyond 10^9
 * Cost: O(n^3) for each doubling of k.
 */
export function remainingEpochs(
  H: Float64Array,
  g: Float64Array,
  alpha: number,
  isEnough: (g: Float64Array) => boolean,
  products = createProducts(),
): number | undefined {
  const n = g.length;
  if (n > MOST_FORESEEN || !H.every(Number.isFinite)) return undefined;
  // powers[i] is (I - alpha H)^(2^i)
  const powers: Float64Array[] = [H.map((h) => -alpha * h)];
  for (let p = 0; p < n * n; p += n + 1) powers[0]![p]! += 1;
  while (!isEnough(product(powers.at(-1)!, g))) {
    if (powers.length > MOST_DOUBLINGS) return undefined;
    powers.push(square(powers.at(-1)!, n, products));
  }
  let epochs = 0;
  let rest = g;
  for (let i = powers.length - 1; i >= 0; i--) {
    const later = product(powers[i]!, rest);
    if (isEnough(later)) continue;
    rest = later;
    epochs += 2 ** i;
  }
  return epochs + 1;
}

function product(A: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, j) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += A[j * n + k]! * x[k]!;
    return sum;
  });
}

/** A^2 = A^T A of a symmetric A (n x n), some rows of A at a time. */
function square(A: Float64Array, n: number, products: Products): Float64Array {
  const { C, h } = products.begin(n, 0);
  for (let row = 0; row < n; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, n - row);
    h.fill(1, 0, rows).fill(0, rows);
    // a row is a column
    for (let j = 0; j < n; j++) C.set(A.subarray(j * n + row, j * n + row + rows), j * BLOCK_ROWS);
    products.addBlock();
  }
  const B = new Float64Array(n * n);
  products.write(B);
  for (let j = 0; j < n; j++) for (let k = 0; k < j; k++) B[k * n + j] = B[j * n + k]!;
  return B;
}
