/** What can be said of the weights at the end: how far from the optimum, and whether there is one. */
import type { Description } from '../dataset/dataset.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import type { Curvature } from '../fit/parabola.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import { addScaled, maxAbs } from '../math/vector.js';
import { leastSlope } from '../objective/penalty/penalty.js';
import type { Table } from '../objective/table.js';
import { MOST_NEWTON_WEIGHTS, takingOrder } from '../optimizer/newton.js';
import type { Run } from '../optimizer/run.js';
import { type Collinearity, findCollinear } from './collinear.js';
import { MOST_FORESEEN, remainingEpochs } from './remaining.js';
import { leastSampleWork, type SampledCurvature, sampledCurvature } from './sampledCurvature.js';
import { judgeSeparation, type NearParabola } from './separation/separation.js';
import type { Separation } from './separation/verdict.js';

/**
 * Where the weights are: at the optimum, or not; `none` where there is no optimum, `unknown` where one of these
 * cannot be told.
 */
export type Optimum = 'reached' | 'not-reached' | 'none' | 'unknown';

export interface Diagnosis {
  readonly optimum: Optimum;
  /** Why the optimum is unknown. */
  readonly whyUnknown: string | undefined;
  /**
   * Estimate of J(w) - J*, half the squared Newton decrement and what rounding to doubles adds; undefined where it is
   * unknown.
   */
  readonly gap: number | undefined;
  /** The part of it that comes from rounding the weights to doubles in the units of the file. */
  readonly rounding: number;
  /** Whether columns follow from others so nearly that gradients alone hardly tell them apart. */
  readonly isNearlyCollinear: boolean;
  /** Epochs of gradient descent still needed; undefined for other optimizers, or when nobody knows. */
  readonly remaining: number | undefined;
  /** Terms whose weights are not unique. */
  readonly collinear: readonly Collinearity[];
  /** Why there is no optimum; undefined when there is one, as far as is known. */
  readonly separation: Separation | undefined;
  /** Why it is not known whether there is an optimum; undefined when it is, or was not asked. */
  readonly unjudged: string | undefined;
}

/** Of weights that were not judged. */
export const NOTHING_KNOWN: Diagnosis = {
  optimum: 'unknown',
  whyUnknown: 'the weights were not judged',
  gap: undefined,
  rounding: 0,
  isNearlyCollinear: false,
  remaining: undefined,
  collinear: [],
  separation: undefined,
  unjudged: undefined,
};

/** Why training ended; `converged` where the tolerance was met and the weights are at the optimum. */
export type Status = Run['ending']['status'] | 'converged';

export function statusOf({ ending, last, chosen }: Run, { optimum }: Pick<Diagnosis, 'optimum'>): Status {
  const { status } = ending;
  if (status !== 'tolerance') return status;
  if (optimum === 'reached') return 'converged';
  // weights of an earlier epoch are not meant to be at the optimum
  return chosen.epoch < last.epoch ? 'patience' : status;
}

/** Weights that a matrix of second derivatives is computed for at most where nobody insists. */
const MOST_WEIGHTS = 1000;

/** How much more work than the training separation is worth to who insists. */
const STRICT_EFFORT = 10;

/** Multiplications for that matrix that are always worth while: a few tenths of a second. */
const CHEAP_WORK = 2e9;

/** What J - J* is at the optimum at most, as a share of the tolerance; and where there is none. */
const NEAR = 1e-2;
const USUAL_TOLERANCE = 1e-6;

/** What rounding the weights may cost at the optimum, as a share of J. */
const MOST_ROUNDING = 1e-8;

/** Below, J - J* is the rounding of J, as a share of it. */
const ROUNDING = 1e-15;

/**
 * Judges the weights of a fit.
 *
 * With a penalty on every slope J has one optimum whatever the data, so collinear columns and separated classes
 * matter only without.
 *
 * @param isStrict whether the answer is worth more work than the training
 * @param signal when aborted, what is not yet known stays unknown
 * @param onSummed told when no more is asked of the loss of the fit
 * Cost: one Hessian, which is never more work than the training was, and a few visits to the data.
 */
export async function diagnose(
  dataset: Table,
  options: FitOptions,
  fitted: Fit,
  isStrict = false,
  signal?: AbortSignal,
  onSummed: () => void = () => {},
): Promise<Diagnosis> {
  const { loss, problem, run, w, v } = fitted;
  if (signal?.aborted === true || run.ending.status === 'lost') return NOTHING_KNOWN;
  const hasOptimum = isHeld(options, problem);
  const standard = options.standardize
    ? problem
    : composeProblem(dataset, { ...options, standardize: true }, { loss });
  const isWhole = isAffordable(dataset, v.length, isStrict ? Number.POSITIVE_INFINITY : run.chosen.passes);
  const isSampled = !isStrict && loss.sample !== undefined && leastSampleWork(v.length) <= CHEAP_WORK;
  const known =
    isWhole || isSampled
      ? await distanceOf(dataset, options, fitted, standard, isStrict, isWhole)
      : undefined;
  const distance: Distance = known ?? {
    ...UNKNOWN_DISTANCE,
    why: `J - J* takes more work than the training${isStrict ? '' : ': --strict does it'}`,
  };
  onSummed();
  const { collinear } = distance;
  if (hasOptimum) return judged(distance, options, run.chosen.loss);

  const u = options.standardize ? v : standard.fromFileUnits(w);
  const verdict = await judgeSeparation(dataset, u, signal, {
    passes: (isStrict ? STRICT_EFFORT : 1) * run.chosen.passes,
    near: distance.near,
    isPenalised: isRestrained(options, problem),
  });
  if (verdict.kind === 'separated' && isRestrained(options, problem)) {
    return { ...judged(distance, options, run.chosen.loss), ...RESTRAINED };
  }
  // without an optimum nothing is near it
  if (verdict.kind === 'separated') {
    return {
      ...NOTHING_KNOWN,
      optimum: 'none',
      whyUnknown: undefined,
      collinear,
      separation: verdict.separation,
    };
  }
  const near = judged(distance, options, run.chosen.loss);
  if (verdict.kind === 'none' || isAborted(signal)) return near;
  return {
    ...near,
    optimum: 'unknown',
    whyUnknown: near.whyUnknown ?? verdict.why,
    unjudged: verdict.why,
  };
}

/** Whether every slope is held by a penalty or between two bounds, so that J has a minimum whatever the data. */
function isHeld({ l1, l2 }: FitOptions, problem: Problem): boolean {
  return slopesOf(problem).every((j) => isHeldAt(j, l1 + l2, problem));
}

/** Whether any slope is held in any way, so that what separates the classes may be out of reach. */
function isRestrained({ l1, l2 }: FitOptions, problem: Problem): boolean {
  const { penalty, factors } = problem;
  return penalty.isBounded || (l1 + l2 > 0 && slopesOf(problem).some((j) => factors[j]! > 0));
}

function slopesOf({ factors, intercept }: Problem): number[] {
  return [...factors.keys()].slice(0, intercept ? -1 : undefined);
}

function isHeldAt(j: number, lambda: number, { factors, penalty }: Problem): boolean {
  const isBetween = Number.isFinite(penalty.lowerOf(j)) && Number.isFinite(penalty.upperOf(j));
  return lambda * factors[j]! > 0 || isBetween;
}

/** Of classes that are separated where a penalty on some weights, or bounds, may forbid the weights that do it. */
const RESTRAINED = {
  optimum: 'unknown',
  whyUnknown:
    'the classes are separated, and it is not known whether by weights that carry no penalty and have no bound in their way',
} as const;

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** How far the weights are from the optimum, if there is one. */
interface Distance
  extends Pick<Diagnosis, 'gap' | 'rounding' | 'isNearlyCollinear' | 'remaining' | 'collinear'> {
  /** Why the gap is unknown. */
  readonly why: string | undefined;
  /** The slopes and the second derivatives it is made of, where these have digits enough for a proof. */
  readonly near: NearParabola | undefined;
}

const UNKNOWN_DISTANCE = {
  gap: undefined,
  rounding: 0,
  isNearlyCollinear: false,
  remaining: undefined,
  collinear: [],
  near: undefined,
} as const;

/** What J - J* is at the optimum at most. */
function nearGap({ tolerance }: FitOptions, J: number): number {
  return Math.max(NEAR * (tolerance > 0 ? tolerance : USUAL_TOLERANCE), ROUNDING * Math.abs(J));
}

function judged({ why, near: _, ...known }: Distance, options: FitOptions, J: number): Diagnosis {
  const { gap, rounding } = known;
  const isReached =
    gap !== undefined && gap - rounding <= nearGap(options, J) && rounding <= MOST_ROUNDING * Math.abs(J);
  const optimum = known.gap === undefined ? 'unknown' : isReached ? 'reached' : 'not-reached';
  return { ...known, optimum, whyUnknown: why, separation: undefined, unjudged: undefined };
}

/** Whether a Hessian is little work, or no more than the passes of the training were. */
function isAffordable(dataset: Table, size: number, passes: number): boolean {
  if (dataset.local === undefined) return size <= dataset.mostCurved;
  if (passes === Number.POSITIVE_INFINITY) return size <= MOST_NEWTON_WEIGHTS;
  return size <= MOST_WEIGHTS && (dataset.rows * size ** 2 <= CHEAP_WORK || size <= 4 * passes);
}

/**
 * Half the squared Newton decrement, over the weights that neither an L1 penalty holds at 0 nor a bound where they are.
 *
 * Of many rows some tell enough, unless it is nearly what it may be at most: then all are asked, if that is no more work
 * than the training was, or nothing is known.
 * Where the columns nearly follow from each other the gradient of doubles is rounding along what tells them apart,
 * so it is taken with more digits.
 */
async function distanceOf(
  dataset: Table,
  options: FitOptions,
  { problem, loss, run, step, w, v, low }: Fit,
  standard: Problem,
  isStrict: boolean,
  isWhole: boolean,
): Promise<Distance | undefined> {
  const { standardize, tolerance } = options;
  const { intercept } = dataset.design;
  const { parabola, objective, penalty } = problem;
  const g = run.chosen.g?.slice() ?? new Float64Array(v.length);
  if (run.chosen.g === undefined) await objective.evaluate(v, g);
  const slopeOf = (j: number) =>
    leastSlope(v[j]!, g[j]!, penalty.rateOf(j), penalty.lowerOf(j), penalty.upperOf(j));
  const isAtCorner = (j: number) =>
    (v[j] === 0 && penalty.rateOf(j) > 0) || v[j] === penalty.lowerOf(j) || v[j] === penalty.upperOf(j);
  const isActive = (j: number) => !isAtCorner(j) || slopeOf(j) !== 0;
  const order = takingOrder(v.length, intercept).filter(isActive);
  const sampled =
    isStrict || low !== undefined ? undefined : await sampledCurvature(loss, parabola, v, order);
  const isDecisive = (some: SampledCurvature) => {
    const estimate = some.factors.quadratic(parabola.toStandard(g.map((_, j) => slopeOf(j)))) / 2;
    const most = nearGap(options, run.chosen.loss);
    return estimate <= most * some.share || estimate > most / some.share;
  };
  const share = sampled !== undefined && isDecisive(sampled) ? sampled.share : 1;
  if (share === 1 && !isWhole) return undefined;
  const curvature = share < 1 ? sampled! : await parabola.curvature(v, order);
  const { factors, isTrusted, isOfRows } = curvature;
  // weights that are known to more digits are judged by all of them
  const isPrecise = isOfRows || low !== undefined;
  if (isPrecise) await parabola.precisely!(v, low ?? new Float64Array(v.length), g);
  const slopes = g.map((_, j) => slopeOf(j));
  const rounding = roundingOf(dataset, options, w);
  const standardSlopes = parabola.toStandard(slopes);
  const gap = factors.quadratic(standardSlopes) / 2 + rounding;
  const isEnough = (later: Float64Array) => {
    const whole = new Float64Array(v.length);
    order.forEach((j, k) => {
      whole[j] = later[k]!;
    });
    return (
      maxAbs(later) <= tolerance &&
      factors.quadratic(parabola.toStandard(whole)) / 2 <= nearGap(options, run.chosen.loss)
    );
  };
  const isForeseen = options.optimizer === 'gd' && options.batch === undefined;
  const isAsked = isForeseen && (standardize || isWhole) && tolerance > 0 && order.length <= MOST_FORESEEN;
  const H = isAsked ? ((standardize ? curvature.H : undefined) ?? (await matrixOf(problem, v))) : undefined;
  const remaining =
    H && remainingEpochs(submatrix(H, v.length, order), pick(slopes, order), step.alpha!, isEnough);

  const collinear = isHeld(options, problem) ? [] : await findCollinear(dataset, standard, factors);
  const isExplained =
    factors.dependent.length === collinear.length && collinear.every(({ isExact }) => isExact);
  const why =
    isExplained && (isTrusted || factors.leastPivot > REMOTE_DOUBTFUL) && Number.isFinite(gap)
      ? undefined
      : 'columns so nearly follow from others that rounding hides how far the optimum is';
  return {
    gap: why === undefined ? gap : undefined,
    rounding,
    isNearlyCollinear: !isExplained || factors.leastPivot < NEARLY_COLLINEAR,
    remaining,
    collinear,
    why,
    near: isTrusted && !isOfRows ? nearOf(dataset, options, standardSlopes, curvature, share) : undefined,
  };
}

/**
 * The parabola of the mean loss, with Newton's step, which the reduction does not change.
 *
 * @param share of the rows that H is made of; those left out can only add to it
 */
function nearOf(
  { weightSum }: Table,
  { reduction }: FitOptions,
  g: Float64Array,
  { H, factors }: Curvature,
  share: number,
): NearParabola | undefined {
  if (H === undefined) return undefined;
  const p = new Float64Array(g.length);
  factors.solve(g, p);
  const unit = reduction === 'mean' ? 1 : 1 / weightSum;
  return { g: scaled(g, unit), H: scaled(H, unit * share), p, isBound: share < 1 };
}

/** a x, or x itself for 1. */
function scaled(x: Float64Array, a: number): Float64Array {
  if (a === 1) return x;
  const y = new Float64Array(x.length);
  addScaled(a, x, y);
  return y;
}

/** 1 - R^2 below which columns are called nearly collinear: steps along the gradient take some 10^6 epochs. */
const NEARLY_COLLINEAR = 1e-6;

/** 1 - R^2 below which sums of squares and products leave too few digits. */
const REMOTE_DOUBTFUL = 1e-9;

/**
 * What J may grow by when the weights are rounded to doubles in the units of the file:
 *
 *   1/2 z(1-z) e^2,   e = 2^-53 sum_j |w_j| (|mean_j| + sd_j),   z(1-z) <= 1/4
 */
function roundingOf(
  { design: { intercept }, scaling: { mean, pivot, scale }, weightSum }: Description,
  options: FitOptions,
  w: Float64Array,
): number {
  let size = intercept ? Math.abs(w.at(-1)!) : 0;
  for (let j = 0; j < mean.length; j++) {
    size += Math.abs(w[j]! * (mean[j]! + pivot[j]!)) + Math.abs(w[j]! * scale[j]!);
  }
  return ((size * 2 ** -53) ** 2 / 8) * (options.reduction === 'sum' ? weightSum : 1);
}

async function matrixOf({ objective }: Problem, v: Float64Array): Promise<Float64Array> {
  const H = new Float64Array(v.length ** 2);
  await objective.hessian(v, H);
  return H;
}

function pick(x: Float64Array, kept: Int32Array): Float64Array {
  return Float64Array.from(kept, (j) => x[j]!);
}

function submatrix(A: Float64Array, n: number, kept: Int32Array): Float64Array {
  const k = kept.length;
  return Float64Array.from({ length: k * k }, (_, p) => A[kept[Math.floor(p / k)]! * n + kept[p % k]!]!);
}
