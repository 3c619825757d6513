/** How far weights are from the optimum: half the squared Newton decrement, and what goes with the matrix that it takes. */
import type { Description } from '../dataset/dataset.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import type { Curvature } from '../fit/parabola.js';
import type { Problem } from '../fit/problem.js';
import { addScaled, maxAbs } from '../math/vector.js';
import { leastSlope } from '../objective/penalty/penalty.js';
import type { Table } from '../objective/table.js';
import { MOST_NEWTON_WEIGHTS, takingOrder } from '../optimizer/newton.js';
import { type Collinearity, findCollinear } from './collinear.js';
import { MOST_FORESEEN, remainingEpochs } from './remaining.js';
import { isHeld } from './restraint.js';
import { leastSampleWork, type SampledCurvature, sampledCurvature } from './sampledCurvature.js';
import type { NearParabola } from './separation/separation.js';

/** How far the weights are from the optimum, if there is one. */
export interface Distance {
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
  /** Why the gap is unknown. */
  readonly why: string | undefined;
  /** The slopes and the second derivatives it is made of, where these have digits enough for a proof. */
  readonly near: NearParabola | undefined;
}

export const UNKNOWN_DISTANCE = {
  gap: undefined,
  rounding: 0,
  isNearlyCollinear: false,
  remaining: undefined,
  collinear: [],
  near: undefined,
} as const;

/** Weights that a matrix of second derivatives is computed for at most where nobody insists. */
const MOST_WEIGHTS = 1000;

/** Multiplications for that matrix that are always worth while: a few tenths of a second. */
const CHEAP_WORK = 2e9;

/** What J - J* is at the optimum at most, as a share of the tolerance; and where there is none. */
const NEAR = 1e-2;
const USUAL_TOLERANCE = 1e-6;

/** Below, J - J* is the rounding of J, as a share of it. */
const ROUNDING = 1e-15;

/** What J - J* is at the optimum at most. */
export function nearGap({ tolerance }: FitOptions, J: number): number {
  return Math.max(NEAR * (tolerance > 0 ? tolerance : USUAL_TOLERANCE), ROUNDING * Math.abs(J));
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
 * than the training was, or nothing is known. Where the columns nearly follow from each other, the gradient of doubles is rounding along what
 * tells them apart, so it is taken with more digits.
 *
 * @param standard the problem on standardized columns
 * @param isStrict whether the answer is worth more work than the training
 * @returns undefined where that is more work than it is worth
 */
export async function distanceOf(
  dataset: Table,
  options: FitOptions,
  fit: Fit,
  standard: Problem,
  isStrict: boolean,
): Promise<Distance | undefined> {
  const { problem, loss, run, w, v, low } = fit;
  const isWhole = isAffordable(dataset, v.length, isStrict ? Number.POSITIVE_INFINITY : run.chosen.passes);
  const isSampled = !isStrict && loss.sample !== undefined && leastSampleWork(v.length) <= CHEAP_WORK;
  if (!isWhole && !isSampled) return undefined;
  const { parabola, objective, penalty } = problem;
  const g = run.chosen.g?.slice() ?? new Float64Array(v.length);
  if (run.chosen.g === undefined) await objective.evaluate(v, g);
  const slopeOf = (j: number) =>
    leastSlope(v[j]!, g[j]!, penalty.rateOf(j), penalty.lowerOf(j), penalty.upperOf(j));
  const isAtCorner = (j: number) =>
    (v[j] === 0 && penalty.rateOf(j) > 0) || v[j] === penalty.lowerOf(j) || v[j] === penalty.upperOf(j);
  const isActive = (j: number) => !isAtCorner(j) || slopeOf(j) !== 0;
  const order = takingOrder(v.length, dataset.design.intercept).filter(isActive);
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
  const isForeseen = options.standardize || isWhole;
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
    remaining: isForeseen ? await remainingOf(options, fit, curvature, slopes, order) : undefined,
    collinear,
    why,
    near: isTrusted && !isOfRows ? nearOf(dataset, options, standardSlopes, curvature, share) : undefined,
  };
}

/**
 * Epochs of gradient descent that are still needed; undefined for other optimizers, or when nobody knows.
 *
 * @param slopes of the problem as it is solved
 * @param order of the weights that are not at rest
 */
async function remainingOf(
  options: FitOptions,
  { problem, run, step, v }: Fit,
  { H, factors }: Curvature,
  slopes: Float64Array,
  order: Int32Array,
): Promise<number | undefined> {
  const { optimizer, batch, standardize, tolerance } = options;
  if (optimizer !== 'gd' || batch !== undefined || tolerance === 0 || order.length > MOST_FORESEEN)
    return undefined;
  const near = nearGap(options, run.chosen.loss);
  const isEnough = (later: Float64Array) => {
    const whole = new Float64Array(v.length);
    order.forEach((j, k) => {
      whole[j] = later[k]!;
    });
    return maxAbs(later) <= tolerance && factors.quadratic(problem.parabola.toStandard(whole)) / 2 <= near;
  };
  const solved = (standardize ? H : undefined) ?? (await matrixOf(problem, v));
  return remainingEpochs(submatrix(solved, v.length, order), pick(slopes, order), step.alpha!, isEnough);
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
