/** The cheap factorization of a symmetric matrix: half the digits of one of the rows that it is made of. */
import { createYielder } from '../runtime/yield.js';
import { memoryFor, panelCholesky } from './panelCholesky.js';
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
 * Cost: O(k^3), and k^2 doubles, half as many again while it is at work. Many rows are factored in the kernel, to the same
 * bits.
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
  for (const work of cholesky(A, order, tolerance, L)) if (yielder.isDue(work)) await yielder.yield();
  return triangular(L, order, Math.round(Math.sqrt(A.length)));
}

/**
 * Writes L (k x k), whose row p belongs to row order[p] of A, with 0 on the diagonal of a dependent row; yields the
 * products that it has taken since.
 */
function cholesky(
  A: Float64Array,
  order: Int32Array,
  tolerance: number,
  L: Float64Array,
): Generator<number, void> {
  const n = Math.round(Math.sqrt(A.length));
  const k = order.length;
  const entry = (p: number, q: number) => {
    const [i, j] = [order[p]!, order[q]!];
    return i > j ? A[i * n + j]! : A[j * n + i]!;
  };
  const memory = memoryFor(k);
  return memory === undefined
    ? plainCholesky(entry, k, tolerance, L)
    : panelCholesky(entry, k, tolerance, L, memory);
}

/** Rows that are taken at once: their sums run beside each other, where one would wait for its own last product. */
const ROWS = 4;

/** The same row by row, in plain loops. */
export function* plainCholesky(
  entry: (p: number, q: number) => number,
  k: number,
  tolerance: number,
  L: Float64Array,
): Generator<number, void> {
  for (let start = 0; start < k; start += ROWS) {
    const end = Math.min(start + ROWS, k);
    const isWhole = end - start === ROWS;
    if (isWhole) for (let q = 0; q < start; q++) takeFour(start, q);
    for (let p = start; p < end; p++) {
      for (let q = isWhole ? start : 0; q < p; q++) take(p, q);
      const whole = entry(p, p);
      let rest = whole;
      for (let a = p * k, last = a + p; a < last; a++) rest -= L[a]! * L[a]!;
      L[p * k + p] = rest > tolerance * whole ? Math.sqrt(rest) : 0;
      yield (p * p) / 2;
    }
  }

  /** L_pq = (A_pq - sum_r L_pr L_qr) / L_qq, for r < q; 0 stays where row q is dependent. */
  function take(p: number, q: number): void {
    const pivot = L[q * k + q]!;
    if (pivot === 0) return;
    let sum = entry(p, q);
    for (let r = 0, a = p * k, b = q * k; r < q; r++) sum -= L[a + r]! * L[b + r]!;
    L[p * k + q] = sum / pivot;
  }

  /** The same for rows p to p + 3, to the same bits. */
  function takeFour(p: number, q: number): void {
    const pivot = L[q * k + q]!;
    if (pivot === 0) return;
    let sum0 = entry(p, q);
    let sum1 = entry(p + 1, q);
    let sum2 = entry(p + 2, q);
    let sum3 = entry(p + 3, q);
    for (let a = p * k, b = q * k, last = b + q; b < last; a++, b++) {
      const l = L[b]!;
      sum0 -= L[a]! * l;
      sum1 -= L[a + k]! * l;
      sum2 -= L[a + 2 * k]! * l;
      sum3 -= L[a + 3 * k]! * l;
    }
    L[p * k + q] = sum0 / pivot;
    L[(p + 1) * k + q] = sum1 / pivot;
    L[(p + 2) * k + q] = sum2 / pivot;
    L[(p + 3) * k + q] = sum3 / pivot;
  }
}
