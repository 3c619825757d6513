/** Cholesky's factorization with 106 bits: what X^T D X loses of the digits of X, these bits have to spare. */
import { add, type DoubleDouble, divide, multiply, negate, squareRoot } from './doubleDouble.js';

/** Quadratic forms of the inverse of a symmetric matrix A. */
export interface PreciseInverse {
  /** The diagonal of A^-1 (n). */
  diagonal(): Float64Array;
  /** a . A^-1 a. */
  quadratic(a: readonly DoubleDouble[]): number;
}

const ZERO: DoubleDouble = [0, 0];
const ONE: DoubleDouble = [1, 0];

/** What must be left of a diagonal entry that rows before do not explain; rounding leaves less. */
const DEPENDENT = 2 ** -86;

/**
 * @param A lower triangle: row i holds its entries 0..i
 * @returns undefined when a row follows from others, to these digits
 * Cost: O(n^3) sums of two doubles.
 */
export function preciseInverse(A: readonly (readonly DoubleDouble[])[]): PreciseInverse | undefined {
  const L: DoubleDouble[][] = [];
  for (const [i, row] of A.entries()) {
    const own: DoubleDouble[] = [];
    let rest = row[i]!;
    for (let j = 0; j < i; j++) {
      let sum = row[j]!;
      for (let r = 0; r < j; r++) sum = add(sum, negate(multiply(own[r]!, L[j]![r]!)));
      const l = divide(sum, L[j]![j]!);
      own.push(l);
      rest = add(rest, negate(multiply(l, l)));
    }
    if (!(rest[0] > DEPENDENT * row[i]![0])) return undefined;
    own.push(squareRoot(rest));
    L.push(own);
  }
  /** |L^-1 a|^2 for an a that is 0 before `first`. */
  const squared = (a: (p: number) => DoubleDouble, first: number): number => {
    const y: DoubleDouble[] = [];
    let square = ZERO;
    for (let p = first; p < L.length; p++) {
      let sum = a(p);
      for (let r = first; r < p; r++) sum = add(sum, negate(multiply(L[p]![r]!, y[r - first]!)));
      const yp = divide(sum, L[p]![p]!);
      y.push(yp);
      square = add(square, multiply(yp, yp));
    }
    return square[0];
  };
  return {
    diagonal: () => Float64Array.from(L, (_, q) => squared((p) => (p === q ? ONE : ZERO), q)),
    quadratic: (a) => squared((p) => a[p]!, 0),
  };
}
