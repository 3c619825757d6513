/** Symmetric systems whose rows may depend on each other. */
import { dot } from './vector.js';

export interface Factorization {
  /** Rows that follow from rows before them in the order, to the tolerance. */
  readonly dependent: readonly number[];
  /** Solves A x = b over the independent rows; writes into `x`, with 0 for every dependent row. */
  solve(b: Float64Array, x: Float64Array): void;
  /** x . A^-1 x over the independent rows, for an x that does not leave their span. */
  quadratic(x: Float64Array): number;
  /** The diagonal of A^-1 over the independent rows (n), NaN for every dependent row. O(n^3). */
  inverseDiagonal(): Float64Array;
  /** Coefficients (n) with which a dependent row is the sum of independent rows before it. */
  combination(row: number): Float64Array;
}

/**
 * Cholesky factorization A = L L^T that steps over rows which depend on those before.
 *
 * A row is dependent when what is left of its diagonal entry, after the part that rows before explain, is
 * at most `tolerance` of it. For X^T X that is 1 - R^2 of the column's regression on the columns before.
 *
 * @param A symmetric, non-negative definite (n x n), row after row; the lower triangle is read
 * @param order the rows in the order in which they are taken (n)
 * @param tolerance relative, well above rounding
 * Cost: O(n^3), and n^2 doubles.
 */
export function factorize(A: Float64Array, order: Int32Array, tolerance: number): Factorization {
  const n = order.length;
  const entry = (i: number, k: number) => (i > k ? A[i * n + k]! : A[k * n + i]!);
  // row p of L belongs to row order[p] of A; the diagonal of a dependent row is 0
  const L = new Float64Array(n * n);
  for (let p = 0; p < n; p++) {
    const i = order[p]!;
    let rest = entry(i, i);
    for (let q = 0; q < p; q++) {
      const pivot = L[q * n + q]!;
      if (pivot === 0) continue;
      let sum = entry(i, order[q]!);
      for (let r = 0, a = p * n, b = q * n; r < q; r++) sum -= L[a + r]! * L[b + r]!;
      const l = sum / pivot;
      L[p * n + q] = l;
      rest -= l * l;
    }
    L[p * n + p] = rest > tolerance * entry(i, i) ? Math.sqrt(rest) : 0;
  }
  const room = new Float64Array(n);
  const position = new Int32Array(n);
  order.forEach((row, p) => {
    position[row] = p;
  });
  return {
    dependent: [...order].filter((_, p) => L[p * n + p] === 0),
    solve(b, x) {
      solveLower(b, room);
      for (let p = 0; p < n; p++) x[order[p]!] = room[p]!;
      solveUpper(n, x);
    },
    quadratic(x) {
      solveLower(x, room);
      return dot(room, room);
    },
    inverseDiagonal() {
      // column q of L^-1 is 0 above q; the squares of row i of its transpose sum to the entry of A^-1
      const diagonal = new Float64Array(n);
      for (let q = 0; q < n; q++) {
        if (L[q * n + q] === 0) {
          diagonal[order[q]!] = Number.NaN;
          continue;
        }
        let square = 0;
        for (let p = q; p < n; p++) {
          const pivot = L[p * n + p]!;
          let sum = p === q ? 1 : 0;
          for (let r = q, a = p * n; r < p; r++) sum -= L[a + r]! * room[r]!;
          room[p] = pivot === 0 ? 0 : sum / pivot;
          square += room[p]! * room[p]!;
        }
        diagonal[order[q]!] = square;
      }
      return diagonal;
    },
    combination(row) {
      const p = position[row]!;
      const x = new Float64Array(n);
      for (let q = 0; q < p; q++) x[order[q]!] = L[p * n + q]!;
      solveUpper(p, x);
      return x;
    },
  };

  /** L y = b; y goes by position, 0 at dependent rows. */
  function solveLower(b: Float64Array, y: Float64Array): void {
    for (let p = 0; p < n; p++) {
      let sum = b[order[p]!]!;
      for (let q = 0, a = p * n; q < p; q++) sum -= L[a + q]! * y[q]!;
      const pivot = L[p * n + p]!;
      y[p] = pivot === 0 ? 0 : sum / pivot;
    }
  }

  /** L^T x = y over the first `end` positions, in place. */
  function solveUpper(end: number, x: Float64Array): void {
    for (let p = end - 1; p >= 0; p--) {
      const pivot = L[p * n + p]!;
      if (pivot === 0) continue;
      const xp = x[order[p]!]! / pivot;
      x[order[p]!] = xp;
      for (let q = 0; q < p; q++) x[order[q]!]! -= L[p * n + q]! * xp;
    }
  }
}
