/** Symmetric systems A x = b that are solved by a triangle L with L L^T = A. */
import { dot } from './vector.js';

export interface Factorization {
  /** Rows that follow from rows before them in the order, to the precision of the triangle. */
  readonly dependent: readonly number[];
  /** The least share of a diagonal entry that rows before leave unexplained, 1 - R^2, of independent rows; 1 of none. */
  readonly leastPivot: number;
  /** Solves A x = b over the independent rows; writes into `x`, with 0 for every dependent row. */
  solve(b: Float64Array, x: Float64Array): void;
  /** L^-1 b, by position and 0 at dependent rows; writes into `y`. x . A^-1 b is the product of two of them. */
  half(b: Float64Array, y: Float64Array): void;
  /** x . A^-1 x over the independent rows, for an x that does not leave their span. */
  quadratic(x: Float64Array): number;
  /** The diagonal of A^-1 over the independent rows (n), NaN for every dependent row. O(n^3). */
  inverseDiagonal(): Float64Array;
  /** Coefficients (n) with which a dependent row is the sum of independent rows before it. */
  combination(row: number): Float64Array;
}

/**
 * What a triangle tells. Its rows go by position: row p belongs to row order[p] of A.
 *
 * @param L lower triangle (k x k), row after row; the diagonal of a dependent row is 0, and so is its column
 * @param order rows of A in the order of the triangle (k), all or some of them
 * @param n rows of A; those that are not in the order are left out of everything
 */
export function triangular(L: Float64Array, order: Int32Array, n: number): Factorization {
  const k = order.length;
  const work = new Float64Array(k);
  const position = new Int32Array(n).fill(-1);
  order.forEach((row, p) => {
    position[row] = p;
  });
  return {
    dependent: [...order].filter((_, p) => L[p * k + p] === 0),
    leastPivot: leastPivotOf(L, k),
    solve(b, x) {
      solveLower(b, work);
      x.fill(0);
      for (let p = 0; p < k; p++) x[order[p]!] = work[p]!;
      solveUpper(k, x);
    },
    half: solveLower,
    quadratic(x) {
      solveLower(x, work);
      return dot(work, work);
    },
    inverseDiagonal() {
      // column q of L^-1 is 0 above q; the squares of row i of its transpose sum to the entry of A^-1
      const diagonal = new Float64Array(n).fill(Number.NaN);
      for (let q = 0; q < k; q++) {
        if (L[q * k + q] === 0) continue;
        let square = 0;
        for (let p = q; p < k; p++) {
          const pivot = L[p * k + p]!;
          let sum = p === q ? 1 : 0;
          for (let r = q, a = p * k; r < p; r++) sum -= L[a + r]! * work[r]!;
          work[p] = pivot === 0 ? 0 : sum / pivot;
          square += work[p]! * work[p]!;
        }
        diagonal[order[q]!] = square;
      }
      return diagonal;
    },
    combination(row) {
      const p = position[row]!;
      const x = new Float64Array(n);
      for (let q = 0; q < p; q++) x[order[q]!] = L[p * k + q]!;
      solveUpper(p, x);
      return x;
    },
  };

  /** L y = b; y goes by position, 0 at dependent rows. */
  function solveLower(b: Float64Array, y: Float64Array): void {
    for (let p = 0; p < k; p++) {
      let sum = b[order[p]!]!;
      for (let q = 0, a = p * k; q < p; q++) sum -= L[a + q]! * y[q]!;
      const pivot = L[p * k + p]!;
      y[p] = pivot === 0 ? 0 : sum / pivot;
    }
  }

  /** L^T x = y over the first `end` positions, in place. */
  function solveUpper(end: number, x: Float64Array): void {
    for (let p = end - 1; p >= 0; p--) {
      const pivot = L[p * k + p]!;
      if (pivot === 0) continue;
      const xp = x[order[p]!]! / pivot;
      x[order[p]!] = xp;
      for (let q = 0; q < p; q++) x[order[q]!]! -= L[p * k + q]! * xp;
    }
  }
}

/** L_pp^2 over the square of row p of L, which is the diagonal entry of A. */
function leastPivotOf(L: Float64Array, k: number): number {
  let least = 1;
  for (let p = 0; p < k; p++) {
    const pivot = L[p * k + p]!;
    if (pivot === 0) continue;
    const row = L.subarray(p * k, p * k + p);
    least = Math.min(least, (pivot * pivot) / (pivot * pivot + dot(row, row)));
  }
  return least;
}
