/** Which penalties a gradient is that of, and so which objective has its optimum there. */
import { factorize } from '../../math/cholesky.js';
import { dot, type Fitted, fitPenalties, type Inner, mostRest } from './leastSquares.js';
import { gradientOf, type Reading, type Units } from './readings.js';
import type { RowsUsed } from './rowsUsed.js';
import type { TheirWeights } from './theirWeights.js';

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
  /** Those whose optimum it is. */
  readonly rows: RowsUsed;
  /** |gradient left| / |gradient|; without a penalty, over the gradient at zero weights. */
  readonly rest: number;
}

/** A gradient this much smaller than that at zero weights is only rounding; one that is told as no penalty's. */
const ROUNDING = 1e-11;
const SMALL = 1e-3;

const ROUNDS = 3;
/** Parts of the rows that are looked at, and entries of a gradient that no part fits by chance. */
const PARTS = 1e3;
const MANY = 20;
/** Rests within this factor of each other are alike. */
const ABOUT_AS_GOOD = 10;

/** Whether lambda is about that of C = 1, which scikit-learn and LIBLINEAR take by default: solvers stop short of it. */
export function isDefaultC(lambda: number, rows: number): boolean {
  const C = 1 / (lambda * rows);
  return C > 0.75 && C < 1.33;
}

/** Weights under one reading, with the gradient and the second derivatives that `standardized` goes by. */
export interface Point {
  readonly theirs: TheirWeights;
  readonly reading: Reading;
  readonly a: readonly number[];
  /** (n x n), row after row; undefined where it would be much work. */
  readonly curvature: Float64Array | undefined;
  readonly rows: RowsUsed;
}

/** @param reference the square of the gradient at zero weights */
export function causesOf(point: Point, reference: number, isBalanced: boolean): Cause[] {
  const { theirs, reading, a, rows } = point;
  const { units, isFlipped } = reading;
  const size = dot(a, a);
  const cause = {
    units,
    isFlipped,
    isBalanced,
    rows,
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
  // parts of the rows are many, and a few weights fit one of them by chance
  const isPart = rows.kind !== 'all' && rows.kind !== 'distinct';
  const isDefault = (lambda: number) =>
    all.length === 1 && isDefaultC(lambda, rows.weight) && (!isPart || kept.length >= MANY);
  const fits = (one: Fitted | undefined): one is Fitted =>
    one !== undefined &&
    one.rest <= mostRest(kept.length, all.length, isDefault(one.factors[0]!), isPart ? PARTS : 1);
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

/** Those about as good as the best, it first; a mixture of two penalties only where neither alone fits as well. */
export function simplestFirst(causes: readonly Cause[]): Cause[] {
  const isNested = (one: Cause) =>
    one.penalty === 'elastic-net' &&
    causes.some(
      (other) =>
        (other.penalty === 'l1' || other.penalty === 'l2') &&
        other.units === one.units &&
        other.isFlipped === one.isFlipped &&
        other.isBalanced === one.isBalanced &&
        other.rows === one.rows &&
        other.isStandardized === one.isStandardized &&
        other.interceptPenalised === one.interceptPenalised &&
        other.rest <= 10 * one.rest,
    );
  const best = causes.reduce((one, other) => (other.rest < one.rest ? other : one), causes[0]!);
  return causes
    .filter(({ rest, rows }) => rest <= ABOUT_AS_GOOD * best.rest && rows === best.rows)
    .filter((cause) => !isNested(cause))
    .sort((x, y) => x.rest - y.rest);
}
