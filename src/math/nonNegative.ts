/** Least squares with weights that must not be negative, for systems with few equations and many unknowns. */
import { addScaled, dot } from './vector.js';

export interface NonNegative {
  /** The unknowns (m), none negative; those above 0 belong to independent rows of E. */
  readonly x: Float64Array;
  /** f - E^T x (n): no row of E has a positive product with it, beyond rounding. */
  readonly residual: Float64Array;
  /** Whether nothing is left of f, to rounding. */
  readonly isExact: boolean;
}

/** What is left of f, or of a row of E, below this share of it is rounding. */
const ROUNDING = 1e-11;

/** A row enters when its product with the residual is above this share of the residual. */
const ENTERING = 1e-9;

/**
 * Minimises |E^T x - f| over x >= 0.
 *
 * @param E rows of length 1 (m x n), row after row
 * @param f what they are to sum to (n)
 * Cost: about 2 n rounds of O(m n + n^2), and O(n k^2) where a row leaves again.
 *
 * Source: Lawson & Hanson, Solving Least Squares Problems, 1974, chapter 23.
 */
export function nonNegativeLeastSquares(E: Float64Array, f: Float64Array): NonNegative {
  const n = f.length;
  const m = n === 0 ? 0 : E.length / n;
  const x = new Float64Array(m);
  const size = Math.sqrt(dot(f, f));
  const basis = new Basis(n);
  let active: number[] = [];
  const blocked = new Uint8Array(m);
  const residual = f.slice();
  for (let round = 0; round < 20 * n + 200; round++) {
    const left = Math.sqrt(dot(residual, residual));
    if (left <= ROUNDING * size) break;
    const entering = steepest(E, residual, blocked, ENTERING * left);
    if (entering < 0) break;
    blocked[entering] = 1;
    if (!basis.append(E.subarray(entering * n, entering * n + n))) continue;
    active.push(entering);
    let solution = basis.solve(f);
    if (!(solution.at(-1)! > 0)) {
      basis.truncate(active.length - 1);
      active.pop();
      continue;
    }
    // back to the border where unknowns would turn negative
    while (solution.some((value) => value <= 0)) {
      let t = 1;
      active.forEach((i, k) => {
        if (solution[k]! <= 0) t = Math.min(t, x[i]! / (x[i]! - solution[k]!));
      });
      active.forEach((i, k) => {
        x[i]! += t * (solution[k]! - x[i]!);
        if (solution[k]! <= 0 && x[i]! <= ROUNDING * ROUNDING) x[i] = 0;
      });
      // the one that set t has come to rest at 0, whatever rounding says
      if (active.every((i) => x[i]! > 0)) {
        const least = active.reduce((a, b, k) => (solution[k]! <= 0 && x[b]! < x[a]! ? b : a));
        x[least] = 0;
      }
      const from = active.findIndex((i) => x[i] === 0);
      active = active.filter((i) => x[i]! > 0);
      basis.truncate(from);
      for (const i of active.slice(from)) basis.append(E.subarray(i * n, i * n + n));
      solution = basis.solve(f);
    }
    blocked.fill(0);
    active.forEach((i, k) => {
      x[i] = solution[k]!;
      blocked[i] = 1;
    });
    residual.set(f);
    basis.removeFrom(residual);
  }
  return { x, residual, isExact: Math.sqrt(dot(residual, residual)) <= 10 * ROUNDING * size };
}

/** The row with the largest product above `least`; -1 when there is none. */
function steepest(E: Float64Array, r: Float64Array, blocked: Uint8Array, least: number): number {
  const n = r.length;
  let best = -1;
  let most = least;
  for (let i = 0, p = 0; i < blocked.length; i++, p += n) {
    if (blocked[i] === 1) continue;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += E[p + j]! * r[j]!;
    if (sum > most) {
      most = sum;
      best = i;
    }
  }
  return best;
}

/** An orthonormal basis of vectors that come one by one, with the triangle that leads back to them. */
class Basis {
  readonly #n: number;
  readonly #Q: Float64Array[] = [];
  readonly #R: Float64Array[] = [];

  constructor(n: number) {
    this.#n = n;
  }

  /** @returns whether it does not follow from those before */
  append(v: Float64Array): boolean {
    const k = this.#Q.length;
    if (k >= this.#n) return false;
    const q = v.slice();
    const r = new Float64Array(k + 1);
    // twice is enough
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < k; l++) {
        const a = dot(this.#Q[l]!, q);
        r[l]! += a;
        addScaled(-a, this.#Q[l]!, q);
      }
    }
    const left = Math.sqrt(dot(q, q));
    if (left <= ROUNDING) return false;
    r[k] = left;
    for (let j = 0; j < q.length; j++) q[j]! /= left;
    this.#Q.push(q);
    this.#R.push(r);
    return true;
  }

  truncate(length: number): void {
    this.#Q.length = length;
    this.#R.length = length;
  }

  /** Coefficients of the vectors whose sum is nearest to f. */
  solve(f: Float64Array): Float64Array {
    const k = this.#Q.length;
    const x = Float64Array.from(this.#Q, (q) => dot(q, f));
    for (let p = k - 1; p >= 0; p--) {
      x[p]! /= this.#R[p]![p]!;
      for (let l = 0; l < p; l++) x[l]! -= this.#R[p]![l]! * x[p]!;
    }
    return x;
  }

  removeFrom(f: Float64Array): void {
    for (let pass = 0; pass < 2; pass++) for (const q of this.#Q) addScaled(-dot(q, f), q, f);
  }
}
