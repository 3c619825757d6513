/**
 * What another program solved, from the gradient of the plain loss at its weights.
 *
 * At the optimum of J(w) + lambda P(w) that gradient is -lambda dP/dw, in the columns that were penalised. Each
 * hypothesis says in which units the weights are, what the labels mean, how the rows count and what is penalised; lambda is
 * what fits best, and a hypothesis is named only where what is left is smaller than chance would leave
 * (`mostRest`).
 */
import { composeProblem, type ProblemOptions } from '../../fit/problem.js';
import { factorize } from '../../math/cholesky.js';
import type { Table } from '../../objective/table.js';
import { dot, type Fitted, fitPenalties, type Inner, mostRest } from './leastSquares.js';
import type { TheirWeights } from './theirWeights.js';

/** Columns that the weights are of: those of the file, or standardized with divisor m or m - 1. */
export type Units = 'file' | 'population' | 'sample';
export type PenaltyKind = 'none' | 'l2' | 'l1' | 'elastic-net';

export interface Cause {
  readonly units: Units;
  /** Whether they predict the other label. */
  readonly isFlipped: boolean;
  /** Whether both classes weigh the same in sum. */
  readonly isBalanced: boolean;
  readonly penalty: PenaltyKind;
  /** Whether the penalty is on standardized columns. */
  readonly isStandardized: boolean;
  readonly interceptPenalised: boolean;
  /** lambda of lambda/2 |w|^2 and of lambda |w|, both beside the mean loss; 0 for none. */
  readonly l2: number;
  readonly l1: number;
  /** |gradient left| / |gradient|; without a penalty, over the gradient at zero weights. */
  readonly rest: number;
}

export interface TheirDiagnosis {
  /** Those that fit, the simplest and best first; none where nothing fits. */
  readonly causes: readonly Cause[];
  /** Mean loss at their weights as they are, and of the shares of the classes alone. */
  readonly loss: number;
  readonly nullLoss: number;
  /** Rows, or their weights in sum. */
  readonly rows: number;
}

/** A gradient this much smaller than that at zero weights is only rounding; one that is told as no penalty's. */
const ROUNDING = 1e-11;
const SMALL = 1e-3;

/** Weights up to which second derivatives are asked for. */
const MOST_CURVED = 500;
const ROUNDS = 3;
/** Of a standardized column, where 1/4 is the most. */
const LEAST_CURVATURE = 1e-4;
const ABOUT_AS_GOOD = 10;

/** Whether lambda is about that of C = 1, which scikit-learn and LIBLINEAR take by default: solvers stop short of it. */
export function isDefaultC(lambda: number, rows: number): boolean {
  const C = 1 / (lambda * rows);
  return C > 0.75 && C < 1.33;
}

/** A reading of their weights: one gradient for every pair of it and of the weights of the classes. */
interface Reading {
  readonly units: Units;
  readonly isFlipped: boolean;
  /** Weights of their columns in the units of the file, and their intercept. */
  readonly theta: readonly number[];
  readonly b: number;
}

/**
 * @param table with an intercept in its design
 * @throws BceError what evaluating the loss may throw
 */
export async function diagnoseTheirs(
  table: Table,
  options: ProblemOptions,
  theirs: TheirWeights,
): Promise<TheirDiagnosis> {
  const { weightSum } = table;
  const plain = { ...options, standardize: false, reduction: 'mean', l1: 0, l2: 0 } as const;
  const ofClass = ([c0, c1]: readonly [number, number]) =>
    composeProblem(table, plain, { classWeights: [c0, c1] }).objective;
  const [zeros, ones] = [ofClass([1, 0]), ofClass([0, 1])];
  const gradients = async (w: Float64Array) => {
    const [g0, g1] = [new Float64Array(w.length), new Float64Array(w.length)];
    const J = (await zeros.evaluate(w, g0)) + (await ones.evaluate(w, g1));
    return { J, g0, g1 };
  };
  const start = await gradients(new Float64Array(table.design.size));
  // at w = 0 every row pulls with a half: the weight of each class is twice that of its intercept's gradient
  const share = -2 * start.g1.at(-1)!;
  const nullLoss = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  const atStart = standardized(theirs, start.g0, start.g1, 1, 1);
  const reference = dot(atStart, atStart);
  const causes: Cause[] = [];
  let loss = Number.NaN;
  for (const reading of readingsOf(theirs, weightSum)) {
    const w = ourWeights(theirs, reading, table.design.size);
    const { J, g0, g1 } = await gradients(w);
    if (reading.units === 'file' && !reading.isFlipped) loss = J;
    if (![J, ...g0, ...g1].every(Number.isFinite)) continue;
    const curvature = await curvatureAt(theirs, table, plain, w);
    for (const isBalanced of [false, true]) {
      // balanced classes of equal weight are no other hypothesis
      if (isBalanced && Math.abs(share - 0.5) < 1e-9) continue;
      const a = isBalanced
        ? standardized(theirs, g0, g1, 0.5 / (1 - share), 0.5 / share)
        : standardized(theirs, g0, g1, 1, 1);
      causes.push(...causesOf({ theirs, reading, a, curvature, rows: weightSum }, reference, isBalanced));
    }
  }
  return {
    causes: simplestFirst(causes),
    loss,
    nullLoss,
    rows: weightSum,
  };
}

function readingsOf({ terms, intercept = 0 }: TheirWeights, m: number): Reading[] {
  const readings: Reading[] = [];
  for (const units of ['file', 'population', 'sample'] as const) {
    const stretch = units === 'sample' ? Math.sqrt(m / (m - 1)) : 1;
    const file = terms.map(({ weight, sd }) => (units === 'file' ? weight : weight / (sd * stretch)));
    const shift = units === 'file' ? 0 : file.reduce((sum, w, k) => sum + w * terms[k]!.mean, 0);
    for (const isFlipped of [false, true]) {
      const sign = isFlipped ? -1 : 1;
      readings.push({ units, isFlipped, theta: file.map((w) => sign * w), b: sign * (intercept - shift) });
    }
  }
  return readings;
}

/** The weights of our columns that give their logits. */
function ourWeights({ terms }: TheirWeights, { theta, b }: Reading, size: number): Float64Array {
  const w = new Float64Array(size);
  w[size - 1] = b;
  terms.forEach(({ parts }, k) => {
    for (const [index, times] of parts) w[index]! += times * theta[k]!;
  });
  return w;
}

/** The gradient by the weights of their columns, standardized, and by the intercept, if they have one. */
function standardized(
  { terms, intercept }: TheirWeights,
  g0: Float64Array,
  g1: Float64Array,
  c0: number,
  c1: number,
): number[] {
  const g = g0.map((gj, j) => c0 * gj + c1 * g1[j]!);
  const gb = g.at(-1)!;
  const a = terms.map(({ parts, mean, sd }) => {
    const gk = parts.reduce((sum, [index, times]) => sum + times * g[index]!, 0);
    return intercept === undefined ? gk / Math.hypot(mean, sd) : (gk - mean * gb) / sd;
  });
  return intercept === undefined ? a : [...a, gb];
}

/** Weights under one reading, with the gradient and the second derivatives that `standardized` goes by. */
interface Point {
  readonly theirs: TheirWeights;
  readonly reading: Reading;
  readonly a: readonly number[];
  /** (n x n), row after row; undefined where it would be much work. */
  readonly curvature: Float64Array | undefined;
  readonly rows: number;
}

function causesOf(point: Point, reference: number, isBalanced: boolean): Cause[] {
  const { theirs, reading, a } = point;
  const { units, isFlipped } = reading;
  const size = dot(a, a);
  const cause = {
    units,
    isFlipped,
    isBalanced,
    isStandardized: false,
    interceptPenalised: false,
    l1: 0,
    l2: 0,
  };
  const none = { ...cause, penalty: 'none', rest: Math.sqrt(size / reference) } as const;
  if (none.rest <= ROUNDING) return [none];
  const found: Cause[] = [];
  for (const isStandardized of units === 'file' ? [false, true] : [true]) {
    for (const interceptPenalised of theirs.intercept === undefined ? [false] : [false, true]) {
      for (const penalty of ['l2', 'l1', 'elastic-net'] as const) {
        const fit = fitOf(point, penalty, isStandardized, interceptPenalised);
        if (fit === undefined) continue;
        found.push({ ...cause, penalty, isStandardized, interceptPenalised, ...fit });
      }
    }
  }
  if (found.length > 0) return found;
  const isPlain = none.rest <= Math.min(SMALL, Math.sqrt(mostRest(a.length, 0)));
  return isPlain ? [none] : [];
}

function fitOf(
  { theirs, reading, a, curvature, rows }: Point,
  penalty: Exclude<PenaltyKind, 'none'>,
  isStandardized: boolean,
  interceptPenalised: boolean,
): Pick<Cause, 'l1' | 'l2' | 'rest'> | undefined {
  const ridge = gradientOf(theirs, reading, (w) => w, isStandardized, interceptPenalised);
  const lasso = gradientOf(theirs, reading, Math.sign, isStandardized, interceptPenalised);
  const all = penalty === 'l2' ? [ridge] : penalty === 'l1' ? [lasso] : [ridge, lasso];
  // where |w| has no gradient, that of the loss may be anything up to lambda
  const isFree = (j: number) => penalty !== 'l2' && j < theirs.terms.length && reading.theta[j] === 0;
  const kept = a.map((_, j) => j).filter((j) => !isFree(j));
  const pick = (v: readonly number[]) => kept.map((j) => v[j]!);
  const fits = (one: Fitted | undefined): one is Fitted =>
    one !== undefined &&
    one.rest <= mostRest(kept.length, all.length, all.length === 1 && isDefaultC(one.factors[0]!, rows));
  const flat = fitPenalties(pick(a), all.map(pick), dot);
  const curved =
    curvature &&
    fitByGap(pick(a), all.map(pick), (l2) => {
      const shifted = curvature.slice();
      const n = a.length;
      for (let j = 0; j < n; j++) {
        const sd = isStandardized ? 1 : (theirs.terms[j]?.sd ?? 1);
        const own = j < theirs.terms.length ? (penalty === 'l1' ? 0 : l2) / sd ** 2 : 0;
        shifted[j * n + j]! += own + 1e-9 * curvature[j * n + j]!;
      }
      return innerOf(shifted, n, kept);
    });
  const good = [flat, curved].filter(fits);
  if (good.length === 0) return undefined;
  const fit = good.reduce((best, one) => (one.rest < best.rest ? one : best));
  const l1 = penalty === 'l2' ? 0 : fit.factors.at(-1)!;
  const bound = gradientOf(theirs, reading, () => 1, isStandardized, interceptPenalised);
  const isWithin = a.every((aj, j) => !isFree(j) || Math.abs(aj) <= 1.02 * l1 * Math.abs(bound[j]!));
  if (!isWithin) return undefined;
  return { l1, l2: penalty === 'l1' ? 0 : fit.factors[0]!, rest: Math.sqrt(fit.rest) };
}

/** The fit measured by how much lower the objective could be, g.H^-1 g / 2: so solvers stop, whatever the units. */
function fitByGap(
  a: readonly number[],
  ps: readonly (readonly number[])[],
  innerAt: (l2: number) => Inner,
): Fitted | undefined {
  let fit = fitPenalties(a, ps, innerAt(0));
  // the second derivatives of the objective hold lambda, which is what is looked for
  for (let k = 0; k < ROUNDS && fit !== undefined; k++) fit = fitPenalties(a, ps, innerAt(fit.factors[0]!));
  return fit;
}

/** u.A^-1 v over the rows `kept` of A (n x n). */
function innerOf(A: Float64Array, n: number, kept: readonly number[]): Inner {
  const factors = factorize(A, Int32Array.from(kept), 1e-13);
  const [b, x] = [new Float64Array(n), new Float64Array(n)];
  return (u, v) => {
    kept.forEach((j, k) => {
      b[j] = v[k]!;
    });
    factors.solve(b, x);
    return kept.reduce((sum, j, k) => sum + u[k]! * x[j]!, 0);
  };
}

/** The second derivatives of the plain loss by what `standardized` goes by. */
async function curvatureAt(
  theirs: TheirWeights,
  table: Table,
  options: ProblemOptions,
  w: Float64Array,
): Promise<Float64Array | undefined> {
  const size = w.length;
  if (size > MOST_CURVED || size > table.mostCurved) return undefined;
  const H = new Float64Array(size * size);
  await composeProblem(table, options).objective.hessian(w, H);
  if (!H.every(Number.isFinite)) return undefined;
  const rows = Array.from({ length: size }, (_, i) =>
    standardized(theirs, H.subarray(i * size, (i + 1) * size), new Float64Array(size), 1, 0),
  );
  const n = rows[0]!.length;
  const column = new Float64Array(size);
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    rows.forEach((row, i) => {
      column[i] = row[k]!;
    });
    result.set(standardized(theirs, column, new Float64Array(size), 1, 0), k * n);
  }
  // where nearly all rows are saturated, the objective is no parabola
  return result.every((h, i) => i % (n + 1) !== 0 || h > LEAST_CURVATURE) ? result : undefined;
}

/** The gradient of a penalty by the weights that `standardized` goes by. */
function gradientOf(
  { terms, intercept }: TheirWeights,
  { theta, b }: Reading,
  slope: (w: number) => number,
  isStandardized: boolean,
  interceptPenalised: boolean,
): number[] {
  if (intercept === undefined) {
    return terms.map(({ sd, mean }, k) =>
      isStandardized
        ? (slope(theta[k]! * sd) * sd) / Math.hypot(mean, sd)
        : slope(theta[k]!) / Math.hypot(mean, sd),
    );
  }
  if (isStandardized) {
    const vb = theta.reduce((sum, w, k) => sum + w * terms[k]!.mean, b);
    return [...theta.map((w, k) => slope(w * terms[k]!.sd)), interceptPenalised ? slope(vb) : 0];
  }
  const pb = interceptPenalised ? slope(b) : 0;
  return [...theta.map((w, k) => (slope(w) - terms[k]!.mean * pb) / terms[k]!.sd), pb];
}

/** Those about as good as the best, it first; a mixture of two penalties only where neither alone fits as well. */
function simplestFirst(causes: readonly Cause[]): Cause[] {
  const isNested = (one: Cause) =>
    one.penalty === 'elastic-net' &&
    causes.some(
      (other) =>
        (other.penalty === 'l1' || other.penalty === 'l2') &&
        other.units === one.units &&
        other.isFlipped === one.isFlipped &&
        other.isBalanced === one.isBalanced &&
        other.isStandardized === one.isStandardized &&
        other.interceptPenalised === one.interceptPenalised &&
        other.rest <= 10 * one.rest,
    );
  const best = Math.min(...causes.map(({ rest }) => rest));
  return causes
    .filter((cause) => cause.rest <= ABOUT_AS_GOOD * best && !isNested(cause))
    .sort((x, y) => x.rest - y.rest);
}
