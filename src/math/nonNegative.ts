/** Least squares with weights that must not be negative, for systems with few equations and many unknowns. */
import { addScaled, dot } from './vector.js';

export interface NonNegative {
  /** The unknowns (m), none negative; those above 0 belong to independent rows of E. */
  readonly x: Float64Array;
  /** f - E^T x (n): no row of E has a positive product with it, beyond rounding. */
  readonly residual: Float64Array;
  /** Whether nothing is left of f, to rounding. */
  readonly isExact: boolean;
  /** False when the work allowed did not suffice; then nothing of this is final. */
  readonly isDone: boolean;
  /** Multiplications that it took, about. */
  readonly work: number;
}

/** Rows that are looked at again before all are: those with the largest products. */
const SHORT_LIST = 24;

/** Rounds after which the residual is computed afresh. */
const AFRESH = 16;

/** Share of the largest product that one of the short list must still have. */
const STILL_STEEP = 0.3;

/** What is left of f, or of a row of E, below this share of it is rounding. */
const ROUNDING = 1e-11;

/** A row enters when its product with the residual is above this share of the residual. */
const ENTERING = 1e-9;

/**
 * Minimises |E^T x - f| over x >= 0.
 *
 * @param E rows of length 1 (m x n), row after row
 * @param f what they are to sum to (n)
 * @param mostWork multiplications after which it gives up
 * Cost: about 2 n rounds of O(n^2), some of them with a visit to all rows, O(m n).
 *
 * Source: Lawson & Hanson, Solving Least Squares Problems, 1974, chapter 23.
 */
export function nonNegativeLeastSquares(E: Float64Array, f: Float64Array, mostWork: number): NonNegative {
  const n = f.length;
  const m = n === 0 ? 0 : E.length / n;
  const x = new Float64Array(m);
  const size = Math.sqrt(dot(f, f));
  const basis = new Basis(n);
  let active: number[] = [];
  const blocked = new Uint8Array(m);
  const residual = f.slice();
  const products = new Float64Array(m);
  let list: number[] = [];
  let steepness = 0;
  let work = 0;
  let isDone = false;
  let sinceWhole = 0;
  while (work < mostWork) {
    const left = Math.sqrt(dot(residual, residual));
    isDone = left <= ROUNDING * size;
    if (isDone) break;
    let entering = steepest(E, residual, blocked, list, STILL_STEEP * steepness);
    if (entering < 0) {
      list = longList(E, residual, blocked, products, ENTERING * left);
      work += m * n;
      entering = list[0] ?? -1;
      steepness = products[entering]!;
      isDone = entering < 0;
      if (isDone) break;
    }
    work += 6 * n * (active.length + 1) + SHORT_LIST * n;
    blocked[entering] = 1;
    if (!basis.append(E.subarray(entering * n, entering * n + n))) continue;
    active.push(entering);
    let solution = basis.solve(f);
    if (!(solution.at(-1)! > 0)) {
      active.pop();
      basis.remove(active.length);
      continue;
    }
    const before = active.length;
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
      for (let k = active.length - 1; k >= 0; k--) if (x[active[k]!] === 0) basis.remove(k);
      work += 6 * n * active.length;
      active = active.filter((i) => x[i]! > 0);
      solution = basis.solve(f);
    }
    blocked.fill(0);
    active.forEach((i, k) => {
      x[i] = solution[k]!;
      blocked[i] = 1;
    });
    // what is left is without the others already, but for rounding
    const isNearBefore = active.length === before && ++sinceWhole < AFRESH;
    if (!isNearBefore) {
      residual.set(f);
      sinceWhole = 0;
    }
    basis.removeFrom(residual, isNearBefore);
  }
  const isExact = Math.sqrt(dot(residual, residual)) <= 10 * ROUNDING * size;
  return { x, residual, isExact, isDone, work };
}

/** The row of the list with the largest product above `least`; -1 when there is none. */
function steepest(
  E: Float64Array,
  r: Float64Array,
  blocked: Uint8Array,
  list: readonly number[],
  least: number,
): number {
  let best = -1;
  let most = least;
  for (const i of list) {
    if (blocked[i] === 1) continue;
    const product = productOf(E, r, i);
    if (product > most) {
      most = product;
      best = i;
    }
  }
  return best;
}

/** The rows with the largest products above `least`, the largest first. */
function longList(
  E: Float64Array,
  r: Float64Array,
  blocked: Uint8Array,
  products: Float64Array,
  least: number,
): number[] {
  let list: number[] = [];
  for (let i = 0; i < blocked.length; i++) {
    if (blocked[i] === 1) continue;
    products[i] = productOf(E, r, i);
    if (products[i]! > least) list.push(i);
    if (list.length === 16 * SHORT_LIST) list = shortened(list, products);
  }
  return shortened(list, products);
}

function shortened(list: number[], products: Float64Array): number[] {
  return list.sort((a, b) => products[b]! - products[a]! || a - b).slice(0, SHORT_LIST);
}

function productOf(E: Float64Array, r: Float64Array, i: number): number {
  let sum = 0;
  for (let j = 0, p = i * r.length; j < r.length; j++, p++) sum += E[p]! * r[j]!;
  return sum;
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
    let left = 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < k; l++) {
        const a = dot(this.#Q[l]!, q);
        r[l]! += a;
        addScaled(-a, this.#Q[l]!, q);
      }
      left = Math.sqrt(dot(q, q));
      if (left > 0.5) break;
    }
    if (left <= ROUNDING) return false;
    r[k] = left;
    for (let j = 0; j < q.length; j++) q[j]! /= left;
    this.#Q.push(q);
    this.#R.push(r);
    return true;
  }

  /** Leaves vector k out: rotations bring those after it back to a triangle. */
  remove(k: number): void {
    const [Q, R] = [this.#Q, this.#R];
    R.splice(k, 1);
    for (let p = k; p < R.length; p++) {
      const [a, b] = [R[p]![p]!, R[p]![p + 1]!];
      const size = Math.hypot(a, b);
      const [cosine, sine] = [a / size, b / size];
      for (let l = p; l < R.length; l++) {
        const r = R[l]!;
        const [one, other] = [r[p]!, r[p + 1]!];
        r[p] = cosine * one + sine * other;
        r[p + 1] = cosine * other - sine * one;
      }
      R[p] = R[p]!.subarray(0, p + 1);
      const [q, next] = [Q[p]!, Q[p + 1]!];
      for (let j = 0; j < q.length; j++) {
        const [one, other] = [q[j]!, next[j]!];
        q[j] = cosine * one + sine * other;
        next[j] = cosine * other - sine * one;
      }
    }
    Q.pop();
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

  /** Takes the vectors off f, or the last one only. */
  removeFrom(f: Float64Array, isLastOnly: boolean): void {
    const Q = isLastOnly ? this.#Q.slice(-1) : this.#Q;
    for (let pass = 0; pass < 2; pass++) for (const q of Q) addScaled(-dot(q, f), q, f);
  }
}
