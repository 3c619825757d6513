/**
 * What another program solved, from the gradient of the plain loss at its weights.
 *
 * At the optimum of J(w) + lambda P(w) that gradient is -lambda dP/dw, in the columns that were penalised. Each
 * hypothesis says in which units the weights are, what the labels mean, how the rows count and what is penalised; lambda is
 * what fits best, and a hypothesis is named only where what is left is smaller than chance would leave
 * (`mostRest`). Where none fits all rows, some of them are tried (`rowsUsed.ts`), then whether a descent ended on its way
 * (`descent.ts`, `stopped.ts`).
 */
import type { ProblemOptions } from '../../fit/problemOptions.js';
import type { Table } from '../../objective/table.js';
import { type Cause, causesOf, isDefaultC, simplestFirst } from './causes.js';
import { descentThrough } from './descent.js';
import { dot } from './leastSquares.js';
import {
  metricAsIs,
  ourWeights,
  type Reading,
  readingsOf,
  standardized,
  type Units,
  weightsOfStandardized,
} from './readings.js';
import { fittingRows, type TheirRows, theirRows } from './rowsUsed.js';
import { type Remaining, remainingAt } from './stopped.js';
import { plainLossOf, type TheirLoss, theirLoss } from './theirLoss.js';
import type { TheirWeights } from './theirWeights.js';

/** Weights on the way of gradient descent on the plain loss, from zero weights. */
export interface OnTheWay {
  readonly units: Units;
  readonly isFlipped: boolean;
  /** Whether the steps were of the weights of standardized columns. */
  readonly isStandardized: boolean;
  /** alpha x epochs, as far as small steps tell. */
  readonly time: number;
  /** Distance from the way over that to the optimum. */
  readonly rest: number;
}

export interface TheirDiagnosis {
  /** Those that fit, the simplest and best first; none where nothing fits. */
  readonly causes: readonly Cause[];
  /** The way that they are on; undefined where they are on none, or a cause fits. */
  readonly onTheWay: OnTheWay | undefined;
  /** What is left to the nearer of the optima without a penalty and with C = 1; undefined where it is not known. */
  readonly remaining: Remaining | undefined;
  /** Whether a solver that looks at the gradient of the columns as they are stops here, though the loss may fall yet. */
  readonly isStopped: boolean;
  /** Whether parts of the rows were looked at, where no cause fits all. */
  readonly triedRows: boolean;
  /** Mean loss at their weights as they are, and of the shares of the classes alone. */
  readonly loss: number;
  readonly nullLoss: number;
  /** Rows, and their weights in sum. */
  readonly rows: number;
  readonly weightSum: number;
}

/** Of a standardized column, where 1/4 is the most. */
const LEAST_CURVATURE = 1e-4;
/** A cause that fits less well may fit some rows better. */
const FITS_WELL = 1e-3;
/** That much better. */
const CLEARLY = 2;
/** m n^2 up to which a way down is followed. */
const MOST_OF_A_WAY = 2e7;
/** A gradient that is so small beside that at zero weights, and whose square is so small beside what J can fall yet. */
const STOPS_AT = 1e-3;
const MOST_OF_FALL = 3e-5;

/** Weights as they are read, with the gradient there. */
interface Seen {
  readonly reading: Reading;
  readonly w: Float64Array;
  readonly J: number;
  readonly a: readonly number[];
  readonly curvature: Float64Array | undefined;
}

/**
 * @param table with an intercept in its design
 * @param isThorough whether parts of the rows, and descents that ended early, are tried where no cause fits
 * @throws BceError what evaluating the loss may throw
 */
export async function diagnoseTheirs(
  table: Table,
  options: ProblemOptions,
  theirs: TheirWeights,
  isThorough = true,
): Promise<TheirDiagnosis> {
  const { weightSum, rows: count } = table;
  const all = { kind: 'all', count, weight: weightSum } as const;
  const lossOf = theirLoss(table, options, theirs);
  const start = await lossOf.at(new Float64Array(table.design.size));
  // at w = 0 every row pulls with a half: the weight of each class is twice that of its intercept's gradient
  const share = -2 * start.g1.at(-1)!;
  const nullLoss = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  const atZero = standardized(theirs, start.g0, start.g1, 1, 1);
  const reference = dot(atZero, atZero);
  let causes: Cause[] = [];
  let loss = Number.NaN;
  const seen: Seen[] = [];
  for (const reading of readingsOf(theirs, weightSum)) {
    const w = ourWeights(theirs, reading, table.design.size);
    const { J, J0, J1, g0, g1 } = await lossOf.at(w);
    if (reading.units === 'file' && !reading.isFlipped) loss = J;
    if (![J, ...g0, ...g1].every(Number.isFinite)) continue;
    const H = await lossOf.hessian(w);
    // where nearly all rows are saturated, the objective is no parabola
    const curvature = H !== undefined && isCurved(H) ? H : undefined;
    for (const isBalanced of [false, true]) {
      // balanced classes of equal weight are no other hypothesis
      if (isBalanced && Math.abs(share - 0.5) < 1e-9) continue;
      const [c0, c1] = isBalanced ? [0.5 / (1 - share), 0.5 / share] : [1, 1];
      const a = standardized(theirs, g0, g1, c0, c1);
      // at an optimum the objective is no more than at zero weights, whatever the penalty
      if (c0 * J0 + c1 * J1 <= Math.LN2) {
        causes.push(...causesOf({ theirs, reading, a, curvature, rows: all }, reference, isBalanced));
      }
      if (!isBalanced) seen.push({ reading, w, J, a, curvature });
    }
  }
  causes = simplestFirst(causes);
  // weights of some of the rows, or on the way down, tell more than the shares of the classes
  const least = Math.min(...seen.map(({ J }) => J));
  const better = seen.filter(({ J, reading }) => J < (least + nullLoss) / 2 && reading.units !== 'sample');
  if (theirs.terms.every(({ weight }) => weight === 0) && (theirs.intercept ?? 0) === 0) {
    const onTheWay = { units: 'file', isFlipped: false, isStandardized: false, time: 0, rest: 0 } as const;
    const start = { causes: [], onTheWay, remaining: undefined, isStopped: false, triedRows: false };
    return { ...start, loss, nullLoss, rows: count, weightSum };
  }
  const best = causes[0]?.rest ?? Number.POSITIVE_INFINITY;
  const isSettled = best <= FITS_WELL || !isThorough;
  let triedRows = false;
  if (!isSettled && table.local !== undefined) {
    const rows = await theirRows(table.local, theirs);
    triedRows = rows !== undefined;
    const found = rows === undefined ? [] : await causesOfRows(rows, theirs, better);
    const clear = found.filter(({ rest }) => rest < best / CLEARLY);
    if (clear.length > 0) causes = simplestFirst(clear);
  }
  const known = { causes, triedRows, loss, nullLoss, rows: count, weightSum };
  const none = { onTheWay: undefined, remaining: undefined, isStopped: false };
  if (isSettled || causes.some(({ rows }) => rows.kind !== 'all')) return { ...known, ...none };
  // early on a way weights are a multiple of the gradient, as those of a strong penalty are, but not of a default one
  const isDefault = causes.some(({ l1, l2, rows }) => isDefaultC(l1 + l2, rows.weight));
  const isLittle = table.local !== undefined && weightSum * atZero.length ** 2 <= MOST_OF_A_WAY;
  const onTheWay =
    isLittle && !isDefault ? await wayOf(lossOf, theirs, better, table.design.size) : undefined;
  if (onTheWay !== undefined && onTheWay.rest < best) {
    return { ...known, ...none, causes: [], onTheWay };
  }
  if (causes.length > 0) return { ...known, ...none };
  const nearest = better.filter(({ curvature }) => curvature !== undefined).sort((x, y) => x.J - y.J)[0];
  if (nearest === undefined) return { ...known, ...none };
  const [remaining] = [0, 1 / weightSum]
    .map((lambda) => remainingAt(theirs, nearest.reading, nearest.a, atZero, nearest.curvature!, lambda))
    .sort((x, y) => x.gap - y.gap);
  const fall = remaining!.gap / (Math.LN2 - nearest.J);
  const isStopped = remaining!.slope <= STOPS_AT && remaining!.slope ** 2 <= MOST_OF_FALL * fall && fall < 1;
  return { ...known, onTheWay: undefined, remaining, isStopped };
}

function isCurved(H: Float64Array): boolean {
  const n = Math.round(Math.sqrt(H.length));
  return H.every((h, i) => i % (n + 1) !== 0 || h > LEAST_CURVATURE);
}

/** What they are the optimum of over some of the rows. */
async function causesOfRows(rows: TheirRows, theirs: TheirWeights, seen: readonly Seen[]): Promise<Cause[]> {
  const causes: Cause[] = [];
  for (const { reading, curvature } of seen) {
    for (const { rows: used, a, atZero } of await fittingRows(rows, theirs, reading, curvature)) {
      causes.push(...causesOf({ theirs, reading, a, curvature, rows: used }, dot(atZero, atZero), false));
    }
  }
  return causes;
}

/** The way of gradient descent that they are on: by steps of the columns as they are, or standardized. */
async function wayOf(
  lossOf: TheirLoss,
  theirs: TheirWeights,
  seen: readonly Seen[],
  size: number,
): Promise<OnTheWay | undefined> {
  const n = theirs.terms.length + (theirs.intercept === undefined ? 0 : 1);
  const identity = new Float64Array(n * n).map((_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const ways: OnTheWay[] = [];
  for (const { reading } of seen) {
    const { units, isFlipped, theta, b } = reading;
    // those of m - 1 differ by less than steps do
    if (units === 'sample') continue;
    const v = weightsOfStandardized(theirs, theta, b);
    for (const isStandardized of units === 'file' ? [false, true] : [true]) {
      const metric = isStandardized ? identity : metricAsIs(theirs);
      const way = await descentThrough(plainLossOf(lossOf, theirs, size), v, metric);
      if (way !== undefined) ways.push({ units, isFlipped, isStandardized, ...way });
    }
  }
  return ways.sort((x, y) => x.rest - y.rest)[0];
}
