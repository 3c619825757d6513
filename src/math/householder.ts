/** QR factorization of a tall matrix, a block of rows at a time, by Householder reflections. */
import { type Factorization, triangular } from './triangular.js';

/**
 * How far rounding may leave a column that follows from others from 0, in units of 2^-53 of the columns that are
 * added up, and for every factor of 4 in the number of rows as much again.
 */
const ROUNDING = 64;

/** The triangle R (n x n) of the rows taken so far, A^T A = R^T R. Its digits are those of cond(A), not of its square. */
export class RowTriangle {
  readonly n: number;
  /** Upper triangle, row after row. */
  readonly R: Float64Array;
  #rows = 0;

  constructor(n: number) {
    this.n = n;
    this.R = new Float64Array(n * n);
  }

  /**
   * Takes more rows.
   *
   * @param A column p from p * stride on, `rows` of them count; overwritten
   * Cost: 2 rows n^2.
   */
  add(A: Float64Array, rows: number, stride: number): void {
    const { n, R } = this;
    this.#rows += rows;
    for (let p = 0; p < n; p++) {
      const a = p * stride;
      let square = 0;
      for (let i = a; i < a + rows; i++) square += A[i]! * A[i]!;
      if (square === 0) continue;
      const alpha = R[p * n + p]!;
      const norm = Math.sqrt(alpha * alpha + square);
      const beta = alpha > 0 ? -norm : norm;
      // the reflection I - 2 v v^T / v.v with v = (head, column p) takes (alpha, column p) to (beta, 0)
      const head = alpha - beta;
      const scale = -1 / (beta * head);
      R[p * n + p] = beta;
      let q = p + 1;
      // two columns share one visit to v
      for (; q + 1 < n; q += 2) {
        const b = q * stride;
        const c = b + stride;
        let one = head * R[p * n + q]!;
        let other = head * R[p * n + q + 1]!;
        for (let i = 0; i < rows; i++) {
          const v = A[a + i]!;
          one += v * A[b + i]!;
          other += v * A[c + i]!;
        }
        one *= scale;
        other *= scale;
        R[p * n + q]! -= one * head;
        R[p * n + q + 1]! -= other * head;
        for (let i = 0; i < rows; i++) {
          const v = A[a + i]!;
          A[b + i]! -= one * v;
          A[c + i]! -= other * v;
        }
      }
      for (; q < n; q++) {
        const b = q * stride;
        let one = head * R[p * n + q]!;
        for (let i = 0; i < rows; i++) one += A[a + i]! * A[b + i]!;
        one *= scale;
        R[p * n + q]! -= one * head;
        for (let i = 0; i < rows; i++) A[b + i]! -= one * A[a + i]!;
      }
    }
  }

  /**
   * The triangle as a factorization of A^T A, stepping over columns that follow from those before to rounding.
   *
   * @param order what the columns are called: column p is row order[p] of the matrix that is factored
   * @param size rows of that matrix
   * @param unit A^T A times it is that matrix
   */
  factorization(order: Int32Array, size: number, unit: number): Factorization {
    const { n } = this;
    const R = this.R.slice();
    const L = new Float64Array(n * n);
    const norms = Float64Array.from({ length: n }, (_, p) => norm(R, n, p, 0));
    const kept: number[] = [];
    const precision = ROUNDING * 2 ** -53 * (1 + Math.log2(1 + this.#rows) / 2);
    // no coefficient is larger than 1 over the least pivot, about: most columns are far from any doubt
    let least = 1;
    for (let p = 0; p < n; p++) {
      const k = kept.length;
      const rest = norm(R, n, p, k);
      for (let q = 0; q < k; q++) L[p * n + kept[q]!] = R[q * n + p]!;
      const isDoubtful = rest <= (precision * norms[p]! * n) / least;
      if (isDoubtful && rest <= precision * terms(R, n, p, k, kept, norms)) continue;
      reflect(R, n, p, k);
      L[p * n + p] = R[k * n + p]!;
      kept.push(p);
      least = Math.min(least, rest / norms[p]!);
    }
    const scale = Math.sqrt(unit);
    // the signs of rows of R are free: positive ones make L that of Cholesky
    for (let p = 0; p < n; p++) {
      const sign = L[p * n + p]! < 0 ? -scale : scale;
      for (let q = p; q < n; q++) L[q * n + p]! *= sign;
    }
    return triangular(L, order, size);
  }
}

/** Length of what column p has from row k on. */
function norm(R: Float64Array, n: number, p: number, k: number): number {
  let square = 0;
  for (let i = k; i < n; i++) square += R[i * n + p]! * R[i * n + p]!;
  return Math.sqrt(square);
}

/** Sum of the lengths of what adds up to column p: itself, and the kept columns times their coefficients. */
function terms(
  R: Float64Array,
  n: number,
  p: number,
  k: number,
  kept: readonly number[],
  norms: Float64Array,
): number {
  const x = Float64Array.from({ length: k }, (_, q) => R[q * n + p]!);
  let sum = norms[p]!;
  for (let q = k - 1; q >= 0; q--) {
    const column = kept[q]!;
    x[q]! /= R[q * n + column]!;
    for (let r = 0; r < q; r++) x[r]! -= R[r * n + column]! * x[q]!;
    sum += Math.abs(x[q]!) * norms[column]!;
  }
  return sum;
}

/** Makes column p 0 below row k by a reflection of the rows from k on; changes the columns after it likewise. */
function reflect(R: Float64Array, n: number, p: number, k: number): void {
  let square = 0;
  for (let i = k + 1; i < n; i++) square += R[i * n + p]! * R[i * n + p]!;
  if (square === 0) return;
  const alpha = R[k * n + p]!;
  const beta = alpha > 0 ? -Math.sqrt(alpha * alpha + square) : Math.sqrt(alpha * alpha + square);
  const head = alpha - beta;
  const scale = -1 / (beta * head);
  for (let q = p + 1; q < n; q++) {
    let sum = head * R[k * n + q]!;
    for (let i = k + 1; i < n; i++) sum += R[i * n + p]! * R[i * n + q]!;
    sum *= scale;
    R[k * n + q]! -= sum * head;
    for (let i = k + 1; i < n; i++) R[i * n + q]! -= sum * R[i * n + p]!;
  }
  R[k * n + p] = beta;
  for (let i = k + 1; i < n; i++) R[i * n + p] = 0;
}
