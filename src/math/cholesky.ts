/** The cheap factorization of a symmetric matrix: half the digits of one of the rows that it is made of. */
import { createYielder } from '../runtime/yield.js';
import { type Factorization, triangular } from './triangular.js';

/**
 * Cholesky factorization A = L L^T that steps over rows which depend on those before.
 *
 * A row is dependent when what is left of its diagonal entry, after the part that rows before explain, is
 * at most `tolerance` of it. For X^T X that is 1 - R^2 of the column's regression on the columns before.
 *
 * @param A symmetric, non-negative definite (n x n), row after row; the lower triangle is read
 * @param order the rows in the order in which they are taken, all or some of them (k)
 * @param tolerance relative, well above rounding
 * Cost: O(k^3), and k^2 doubles.
 */
export function factorize(A: Float64Array, order: Int32Array, tolerance: number): Factorization {
  const L = new Float64Array(order.length ** 2);
  for (const _ of cholesky(A, order, tolerance, L));
  return triangular(L, order, Math.round(Math.sqrt(A.length)));
}

/** The same, yielding to the event loop: a large matrix takes seconds. */
export async function factorizeYielding(
  A: Float64Array,
  order: Int32Array,
  tolerance: number,
): Promise<Factorization> {
  const L = new Float64Array(order.length ** 2);
  const yielder = createYielder();
  for (const p of cholesky(A, order, tolerance, L)) if (yielder.isDue((p * p) / 2)) await yielder.yield();
  return triangular(L, order, Math.round(Math.sqrt(A.length)));
}

/** Writes L (k x k), whose row p belongs to row order[p] of A, with 0 on the diagonal of a dependent row; row by row. */
function* cholesky(
  A: Float64Array,
  order: Int32Array,
  tolerance: number,
  L: Float64Array,
): Generator<number, void> {
  const n = Math.round(Math.sqrt(A.length));
  const k = order.length;
  const entry = (i: number, j: number) => (i > j ? A[i * n + j]! : A[j * n + i]!);
  for (let p = 0; p < k; p++) {
    const i = order[p]!;
    let rest = entry(i, i);
    for (let q = 0; q < p; q++) {
      const pivot = L[q * k + q]!;
      if (pivot === 0) continue;
      let sum = entry(i, order[q]!);
      for (let r = 0, a = p * k, b = q * k; r < q; r++) sum -= L[a + r]! * L[b + r]!;
      const l = sum / pivot;
      L[p * k + q] = l;
      rest -= l * l;
    }
    L[p * k + p] = rest > tolerance * entry(i, i) ? Math.sqrt(rest) : 0;
    yield p;
  }
}
