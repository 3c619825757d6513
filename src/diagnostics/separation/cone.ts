/**
 * Directions that separate the rows of a pool, or the proof that none does.
 *
 *   a_i = (2 y_i - 1) x_i
 *
 * In part: a_i.w >= 0 in every row and more in one. By Stiemke there is no such w exactly when weights lambda,
 * all of them positive, have sum lambda_i a_i = 0. Completely: a_i.w > 0 in every row; by Gordan there is no
 * such w exactly when weights lambda, none negative and not all 0, have sum lambda_i a_i = 0.
 *
 * Both are least squares over x >= 0, whose residual is the direction where it does not vanish:
 *
 *   in part      sum x_i a_i = -sum a_i,  lambda = 1 + x
 *   completely   sum x_i a_i = 0, sum x_i = 1
 *
 * Source: Lawson & Hanson, Solving Least Squares Problems, 1974, chapter 23; Albert & Anderson, 1984.
 */
import { exactSigns } from '../../math/exact.js';
import { nonNegativeLeastSquares } from '../../math/nonNegative.js';
import { addScaled, dot } from '../../math/vector.js';
import { solveEnclosed } from '../../math/verified.js';
import { type Candidate, cellOf, type PooledRow, standardCellOf } from './pool.js';

/** How far a separation goes: a_i.w > 0 in some rows, or in all. */
export type Extent = 'part' | 'whole';

export interface ConeAnswer {
  /** False when the work allowed did not suffice; then nothing of this is final. */
  readonly isDone: boolean;
  /** Multiplications that it took, about, beside those of the frame. */
  readonly work: number;
  /** Weights of the standardized columns; undefined when no direction separates the rows. */
  readonly v: Float64Array | undefined;
  /** Of a pool that cannot be separated, weights that prove it, to rounding (rows). */
  readonly lambda: Float64Array;
  readonly frame: Frame;
}

/** An orthonormal basis of the columns, without those that follow from others. */
export interface Frame {
  readonly rows: number;
  /** Indices of the candidates that are kept, the intercept first. */
  readonly kept: readonly number[];
  /** Indices of those that are not, with the weights (candidates) of a direction that vanishes to rounding. */
  readonly dropped: readonly { readonly index: number; readonly v: Float64Array }[];
  /** The rows in that basis, (rows x kept), signed. */
  readonly Q: Float64Array;
  /** The weights of the standardized columns (candidates) for those of the basis (kept). */
  toColumns(q: Float64Array): Float64Array;
}

/** What is left of a column that follows from others, as a share of it. */
const DEPENDENT = 1e-12;

/** Cost: that of least squares. */
export function separate(frame: Frame, extent: Extent, mostWork: number): ConeAnswer {
  const { Q, kept, rows: m } = frame;
  const r = kept.length;
  const width = extent === 'whole' ? r + 1 : r;
  const E = new Float64Array(m * width);
  const sizes = new Float64Array(m);
  const f = new Float64Array(width);
  // an extra entry for "sum x_i = 1"
  if (extent === 'whole') f[r] = 1;
  for (let i = 0; i < m; i++) {
    const q = Q.subarray(i * r, i * r + r);
    const size = Math.sqrt(dot(q, q));
    sizes[i] = size;
    const own = E.subarray(i * width, i * width + width);
    if (size > 0) for (let j = 0; j < r; j++) own[j] = q[j]! / size;
    if (extent === 'part') addScaled(-1, own, f);
    else {
      own[r] = 1;
      const length = Math.hypot(1, size > 0 ? 1 : 0);
      for (let j = 0; j <= r; j++) own[j]! /= length;
    }
  }
  const { x, residual, isExact, isDone, work } = nonNegativeLeastSquares(E, f, mostWork);
  const lambda = x.map((xi, i) => (sizes[i]! > 0 ? (xi + (extent === 'part' ? 1 : 0)) / sizes[i]! : 1));
  const isSeparated = extent === 'whole' ? !isExact : !isExact && dot(residual, f) > 0;
  const q = residual.subarray(0, r).map((value) => -value);
  return { isDone, work, v: isSeparated ? frame.toColumns(q) : undefined, lambda, frame };
}

/** By modified Gram-Schmidt, twice where much cancels. Cost: O(rows candidates^2). */
export function frameOf(rows: readonly PooledRow[], candidates: readonly Candidate[]): Frame {
  const m = rows.length;
  const n = candidates.length;
  const order = [...candidates.keys()].sort(
    (a, b) =>
      Number(candidates[b]!.kind === 'intercept') - Number(candidates[a]!.kind === 'intercept') || a - b,
  );
  const kept: number[] = [];
  const columns: Float64Array[] = [];
  const R: Float64Array[] = [];
  const late: { index: number; r: Float64Array }[] = [];
  for (const index of order) {
    const candidate = candidates[index]!;
    const column = Float64Array.from(rows, (row) => row.sign * standardCellOf(row, candidate));
    const whole = Math.sqrt(dot(column, column));
    const r = new Float64Array(kept.length + 1);
    let left = whole;
    for (let pass = 0; pass < 2; pass++) {
      columns.forEach((other, k) => {
        const a = dot(other, column);
        r[k]! += a;
        addScaled(-a, other, column);
      });
      const before = left;
      left = Math.sqrt(dot(column, column));
      if (left > before / 2) break;
    }
    if (!(left > DEPENDENT * whole)) {
      late.push({ index, r });
      continue;
    }
    r[kept.length] = left;
    for (let i = 0; i < m; i++) column[i]! /= left;
    kept.push(index);
    columns.push(column);
    R.push(r);
  }
  const width = kept.length;
  const Q = new Float64Array(m * width);
  columns.forEach((column, k) => {
    for (let i = 0; i < m; i++) Q[i * width + k] = column[i]!;
  });
  const solve = (q: ArrayLike<number>): Float64Array => {
    const v = new Float64Array(n);
    const b = Float64Array.from({ length: width }, (_, k) => q[k] ?? 0);
    for (let p = width - 1; p >= 0; p--) {
      const value = b[p]! / R[p]![p]!;
      v[kept[p]!] = value;
      for (let l = 0; l < p; l++) b[l]! -= R[p]![l]! * value;
    }
    return v;
  };
  return {
    rows: m,
    kept,
    dropped: late.map(({ index, r }) => {
      // beyond the columns kept before it there is nothing
      const v = solve(r.subarray(0, r.length - 1));
      v[index] = -1;
      return { index, v };
    }),
    Q,
    toColumns: solve,
  };
}

/** What is left of a row of length 1 that follows from others. */
const IN_SPAN = 1e-10;

/**
 * Independent rows, as many as there are, by elimination with the largest pivot of each column.
 *
 * @param E rows of length 1 (m x r)
 * Cost: O(m r^2).
 */
export function independentRows(E: Float64Array, m: number, r: number): number[] {
  const rest = E.slice();
  const isTaken = new Uint8Array(m);
  const found: number[] = [];
  for (let k = 0; k < r; k++) {
    let best = -1;
    let most = IN_SPAN;
    for (let i = 0, p = k; i < m; i++, p += r) {
      if (isTaken[i] === 0 && Math.abs(rest[p]!) > most) {
        most = Math.abs(rest[p]!);
        best = i;
      }
    }
    if (best < 0) continue;
    found.push(best);
    isTaken[best] = 1;
    const own = best * r;
    const pivot = rest[own + k]!;
    for (let i = 0; i < m; i++) {
      const p = i * r;
      const factor = rest[p + k]! / pivot;
      if (isTaken[i] === 1 || factor === 0) continue;
      for (let j = k; j < r; j++) rest[p + j]! -= factor * rest[own + j]!;
    }
  }
  return found;
}

/** Columns up to which systems are solved without rounding where doubles do not carry a proof. */
export const MOST_EXACT = 40;

/**
 * Whether no direction separates the rows, proved: positive weights with sum lambda_i a_i = 0 exist exactly.
 *
 * Those of all rows but r independent ones are taken as they are, and what that leaves for the others is
 * bounded, or computed without rounding. Cells are those stored, scaled by powers of two.
 */
export function isProvedInseparable(
  rows: readonly PooledRow[],
  candidates: readonly Candidate[],
  { lambda, frame: { kept, Q } }: ConeAnswer,
): boolean {
  const r = kept.length;
  if (r === 0) return true;
  const m = rows.length;
  const unit = Q.slice();
  for (let i = 0; i < m; i++) {
    const q = unit.subarray(i * r, i * r + r);
    const size = Math.sqrt(dot(q, q));
    if (size > 0) for (let j = 0; j < r; j++) q[j]! /= size;
  }
  const basis = independentRows(unit, m, r);
  if (basis.length < r) return false;
  const A = scaledCells(
    rows,
    kept.map((index) => candidates[index]!),
  );
  const inBasis = new Set(basis);
  // row i is multiplied by a power of two, and its weight divided
  const scales = A.map((row) => powerOfTwo(row.reduce((most, a) => Math.max(most, Math.abs(a)), 0)));
  const M = new Float64Array(r * r);
  basis.forEach((i, k) => {
    for (let j = 0; j < r; j++) M[j * r + k] = A[i]![j]! / scales[i]!;
  });
  const t = new Float64Array(r);
  const sizes = new Float64Array(r);
  const others: { row: Float64Array; by: number }[] = [];
  for (let i = 0; i < m; i++) {
    if (inBasis.has(i)) continue;
    const by = -lambda[i]! * scales[i]!;
    const row = A[i]!.map((a) => a / scales[i]!);
    others.push({ row, by });
    for (let j = 0; j < r; j++) {
      t[j]! += by * row[j]!;
      sizes[j]! += Math.abs(by * row[j]!);
    }
  }
  const error = sizes.map((size) => size * (m + 2) * 2 ** -53 * (1 + 1e-6));
  const enclosed = solveEnclosed(M, t, error);
  if (enclosed?.x.every((value) => value > enclosed.off)) return true;
  if (r > MOST_EXACT) return false;
  const signs = exactSigns(
    basis.map((i) => A[i]!.map((a) => a / scales[i]!)),
    others,
    r,
  );
  return signs?.every((sign) => sign > 0) === true;
}

/** Signed cells as stored, each column over a power of two near its largest. */
function scaledCells(rows: readonly PooledRow[], columns: readonly Candidate[]): Float64Array[] {
  const A = rows.map((row) => Float64Array.from(columns, (column) => row.sign * cellOf(row, column)));
  columns.forEach((_, j) => {
    const scale = powerOfTwo(A.reduce((most, row) => Math.max(most, Math.abs(row[j]!)), 0));
    for (const row of A) row[j]! /= scale;
  });
  return A;
}

function powerOfTwo(x: number): number {
  return x > 0 ? 2 ** Math.max(-1022, Math.min(1023, Math.floor(Math.log2(x)))) : 1;
}
