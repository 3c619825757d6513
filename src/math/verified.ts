/** Solutions of linear systems, and eigenvalues, with a proof of how far off they may be. */
import { factorize } from './cholesky.js';

/** Half the distance from 1 to the next double. */
const UNIT = 2 ** -53;

/** Slack for the rounding of the bounds themselves. */
const SLACK = 1 + 1e-6;

/** A solution of M x = t, and how far off an entry may be at most. */
export interface Enclosed {
  readonly x: Float64Array;
  readonly off: number;
  /** A bound on the maximum norm of M^-1. */
  readonly inverseNorm: number;
}

/**
 * Solves M x = t; M is proved regular by the bound.
 *
 * With an approximate inverse Y and a = |I - Y M| < 1 in the maximum norm, |x - x~| <= |Y (t - M x~)| / (1 - a).
 *
 * @param M (n x n), row after row
 * @param t right side (n), each entry off by no more than that of `error`
 * @returns undefined when the bound cannot be had, for a matrix near a singular one
 * Cost: O(n^3).
 *
 * Source: Rump, Verification methods, Acta Numerica 2010, section 10.
 */
export function solveEnclosed(M: Float64Array, t: Float64Array, error: Float64Array): Enclosed | undefined {
  const n = t.length;
  const Y = inverse(M, n);
  if (Y === undefined) return undefined;
  const gamma = (n + 3) * UNIT * SLACK;
  let a = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    const sums = new Float64Array(n);
    const sizes = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const y = Y[i * n + k]!;
      for (let j = 0, p = k * n; j < n; j++, p++) {
        const product = y * M[p]!;
        sums[j]! += product;
        sizes[j]! += Math.abs(product);
      }
    }
    for (let j = 0; j < n; j++) row += Math.abs(sums[j]! - (i === j ? 1 : 0)) + gamma * (sizes[j]! + 1);
    a = Math.max(a, row * SLACK);
  }
  if (!(a < 0.5)) return undefined;

  const x = new Float64Array(n);
  const rest = t.slice();
  const bound = new Float64Array(n);
  // the second time refines
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += Y[i * n + k]! * rest[k]!;
      x[i]! += sum;
    }
    for (let i = 0; i < n; i++) {
      let sum = t[i]!;
      let size = Math.abs(sum);
      for (let k = 0; k < n; k++) {
        const product = M[i * n + k]! * x[k]!;
        sum -= product;
        size += Math.abs(product);
      }
      rest[i] = sum;
      bound[i] = Math.abs(sum) + gamma * size + error[i]!;
    }
  }
  let off = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += Math.abs(Y[i * n + k]!) * bound[k]!;
    off = Math.max(off, sum);
  }
  let norm = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += Math.abs(Y[i * n + k]!);
    norm = Math.max(norm, sum);
  }
  return { x, off: (off / (1 - a)) * SLACK, inverseNorm: (norm / (1 - a)) * SLACK };
}

/** By Gauss and Jordan with pivots by size; undefined where none is left. */
function inverse(M: Float64Array, n: number): Float64Array | undefined {
  const A = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(2 * n);
    row.set(M.subarray(i * n, i * n + n));
    row[n + i] = 1;
    return row;
  });
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(A[i]![k]!) > Math.abs(A[best]![k]!)) best = i;
    [A[k], A[best]] = [A[best]!, A[k]!];
    const own = A[k]!;
    const pivot = own[k]!;
    if (!(Math.abs(pivot) > 0)) return undefined;
    for (let j = k; j < 2 * n; j++) own[j]! /= pivot;
    for (let i = 0; i < n; i++) {
      const row = A[i]!;
      const factor = row[k]!;
      if (i === k || factor === 0) continue;
      for (let j = k; j < 2 * n; j++) row[j]! -= factor * own[j]!;
    }
  }
  const Y = new Float64Array(n * n);
  A.forEach((row, i) => {
    Y.set(row.subarray(n), i * n);
  });
  return Y.every(Number.isFinite) ? Y : undefined;
}

/** Entries are off by as much as `error`, which must be little of the bound. */
const MOST_DOUBT = 0.5;

/**
 * A bound below the least eigenvalue of a symmetric matrix: H - c 1 is positive definite, for its Cholesky factorization
 * runs to the end with c beyond what rounding may do.
 *
 * @param H (n x n), each entry off by `error` at most
 * @returns undefined where none above 0 is found
 * Cost: O(n^3).
 *
 * Source: Rump, Verification of positive definiteness, BIT 2006.
 */
export function leastEigenvalueBound(H: Float64Array, n: number, error: number): number | undefined {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const factors = factorize(H, order, 0);
  if (factors.dependent.length > 0) return undefined;
  // inverse iteration guesses
  let x = new Float64Array(n).fill(1 / Math.sqrt(n));
  let y = new Float64Array(n);
  let growth = 0;
  for (let step = 0; step < GUESSES; step++) {
    factors.solve(x, y);
    growth = Math.hypot(...y);
    if (!(growth > 0 && growth < Number.POSITIVE_INFINITY)) return undefined;
    for (let i = 0; i < n; i++) y[i]! /= growth;
    [x, y] = [y, x];
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += Math.abs(H[i * n + i]!);
  const doubt = n * error + (n + 3) * UNIT * SLACK * 2 * trace;
  const shifted = H.slice();
  for (let bound = 0.5 / growth; bound > doubt / MOST_DOUBT; bound /= 8) {
    for (let i = 0; i < n; i++) shifted[i * n + i] = H[i * n + i]! - (bound + doubt) * SLACK;
    if (factorize(shifted, order, 0).dependent.length === 0) return bound;
  }
  return undefined;
}

const GUESSES = 4;
