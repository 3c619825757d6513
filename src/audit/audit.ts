/** What can be said of the weights at the end: how far from the optimum, and whether there is one. */
import { type Description, termCount } from '../dataset/dataset.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import { leastSlope } from '../objective/lasso.js';
import { isRemote, MOST_REMOTE_WEIGHTS, type Table } from '../objective/table.js';
import { MOST_NEWTON_WEIGHTS, takingOrder } from '../optimizer/newton.js';
import { type Collinearity, findCollinear } from './collinear.js';
import { remainingEpochs } from './remaining.js';
import { judgeSeparation, type Separation } from './separation.js';

/**
 * Where the weights are: at the optimum, or not; `none` where there is no optimum, `unknown` where one of these
 * cannot be told.
 */
export type Optimum = 'reached' | 'not-reached' | 'none' | 'unknown';

export interface Audit {
  readonly optimum: Optimum;
  /** Why the optimum is unknown. */
  readonly whyUnknown: string | undefined;
  /** Estimate of J(w) - J*, half the squared Newton decrement; undefined where it is unknown. */
  readonly gap: number | undefined;
  /** Epochs of gradient descent still needed; undefined for other optimizers, or when nobody knows. */
  readonly remaining: number | undefined;
  /** Terms whose weights are not unique. */
  readonly collinear: readonly Collinearity[];
  /** Why there is no optimum; undefined when there is one, as far as is known. */
  readonly separation: Separation | undefined;
}

/** Of weights that were not judged. */
export const NOTHING_KNOWN: Audit = {
  optimum: 'unknown',
  whyUnknown: 'the weights were not judged',
  gap: undefined,
  remaining: undefined,
  collinear: [],
  separation: undefined,
};

/** Weights that a matrix of second derivatives is computed for at most where nobody insists. */
const MOST_WEIGHTS = 1000;

/** Multiplications for that matrix that are always worth while: a few tenths of a second. */
const CHEAP_WORK = 2e8;

/** What J - J* is at the optimum at most, as a share of the tolerance; and where there is none. */
const NEAR = 1e-2;
const USUAL_TOLERANCE = 1e-6;

/** Below, J - J* is the rounding of J, as a share of it. */
const ROUNDING = 1e-15;

/**
 * Judges the weights of a fit.
 *
 * With a penalty J has one optimum whatever the data, so collinear columns and separated classes matter
 * only without.
 *
 * @param isStrict whether the answer is worth more work than the training
 * @param signal when aborted, what is not yet known stays unknown
 * Cost: one Hessian, which is never more work than the training was, and a few visits to the data.
 */
export async function audit(
  dataset: Table,
  options: FitOptions,
  fitted: Fit,
  isStrict = false,
  signal?: AbortSignal,
): Promise<Audit> {
  const { loss, problem, run, w, v } = fitted;
  if (signal?.aborted === true || run.ending.status === 'lost') return NOTHING_KNOWN;
  const isPenalised = options.l2 > 0 || options.l1 > 0;
  const standard = options.standardize
    ? problem
    : composeProblem(dataset, { ...options, standardize: true }, { loss });
  const isJudged = isAffordable(dataset, v.length, isStrict ? Number.POSITIVE_INFINITY : run.chosen.passes);
  const distance: Distance = isJudged
    ? await distanceOf(dataset, options, fitted, standard)
    : {
        ...UNKNOWN_DISTANCE,
        why: `J - J* takes more work than the training${isStrict ? '' : ': --strict does it'}`,
      };
  const { gap, remaining, collinear } = distance;
  if (isPenalised) return judged(distance, options, run.chosen.loss);

  const u = options.standardize ? v : standard.fromFileUnits(w);
  const verdict = await judgeSeparation(dataset, options.intercept, u, gap, signal);
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
  if (verdict.kind === 'unknown' && distance.why === undefined) {
    return { ...NOTHING_KNOWN, whyUnknown: verdict.why, gap, remaining, collinear };
  }
  return judged(distance, options, run.chosen.loss);
}

/** How far the weights are from the optimum, if there is one. */
interface Distance extends Pick<Audit, 'gap' | 'remaining' | 'collinear'> {
  /** Why the gap is unknown. */
  readonly why: string | undefined;
}

const UNKNOWN_DISTANCE = { gap: undefined, remaining: undefined, collinear: [] } as const;

function judged({ why, ...known }: Distance, { tolerance }: FitOptions, J: number): Audit {
  const most = Math.max(NEAR * (tolerance > 0 ? tolerance : USUAL_TOLERANCE), ROUNDING * Math.abs(J));
  const optimum = known.gap === undefined ? 'unknown' : known.gap <= most ? 'reached' : 'not-reached';
  return { ...known, optimum, whyUnknown: why, separation: undefined };
}

/** Whether a Hessian is little work, or no more than the passes of the training were. */
function isAffordable(dataset: Table, size: number, passes: number): boolean {
  if (isRemote(dataset)) return size <= MOST_REMOTE_WEIGHTS;
  if (passes === Number.POSITIVE_INFINITY) return size <= MOST_NEWTON_WEIGHTS;
  return size <= MOST_WEIGHTS && (dataset.rows * size ** 2 <= CHEAP_WORK || size <= 4 * passes);
}

/**
 * Half the squared Newton decrement, over the weights that an L1 penalty does not hold at 0.
 *
 * Where the columns nearly follow from each other the gradient of doubles is rounding along what tells them apart,
 * so it is taken with more digits.
 */
async function distanceOf(
  dataset: Table,
  options: FitOptions,
  { problem, step, w, v }: Fit,
  standard: Problem,
): Promise<Distance> {
  const { l1, l2, intercept, optimizer, tolerance } = options;
  const { parabola, objective } = problem;
  const terms = termCount(dataset);
  const g = new Float64Array(v.length);
  await objective.evaluate(v, g);
  const lambdaOf = (j: number) => (j < terms ? l1 : 0);
  const isActive = (j: number) => lambdaOf(j) === 0 || leastSlope(v[j]!, g[j]!, l1) !== 0 || v[j] !== 0;
  const order = takingOrder(v.length, intercept).filter(isActive);
  const { factors, H, isTrusted, isOfRows } = await parabola.curvature(v, order);
  if (isOfRows) await parabola.precisely!(v, new Float64Array(v.length), g);
  const slopes = g.map((_, j) => leastSlope(v[j]!, g[j]!, lambdaOf(j)));
  const gap = factors.quadratic(parabola.toStandard(slopes)) / 2 + roundingOf(dataset, options, w);
  const remaining =
    optimizer === 'gd' && H !== undefined && options.standardize
      ? remainingEpochs(
          submatrix(H, v.length, order),
          Float64Array.from(order, (j) => slopes[j]!),
          step.alpha!,
          tolerance,
        )
      : undefined;

  const collinear = l1 > 0 || l2 > 0 ? [] : await findCollinear(dataset, standard, factors);
  const isExplained = factors.dependent.length === collinear.length;
  const why =
    isExplained && (isTrusted || factors.leastPivot > REMOTE_DOUBTFUL) && Number.isFinite(gap)
      ? undefined
      : 'columns so nearly follow from others that rounding hides how far the optimum is';
  return { gap: why === undefined ? gap : undefined, remaining, collinear, why };
}

/** 1 - R^2 below which sums of squares and products leave too few digits. */
const REMOTE_DOUBTFUL = 1e-9;

/**
 * What J may grow by when the weights are rounded to doubles in the units of the file:
 *
 *   1/2 z(1-z) e^2,   e = 2^-53 sum_j |w_j| (|mean_j| + sd_j),   z(1-z) <= 1/4
 */
function roundingOf(
  { mean, pivot, scale, weightSum }: Description,
  options: FitOptions,
  w: Float64Array,
): number {
  let size = options.intercept ? Math.abs(w.at(-1)!) : 0;
  for (let j = 0; j < mean.length; j++) {
    size += Math.abs(w[j]! * (mean[j]! + pivot[j]!)) + Math.abs(w[j]! * scale[j]!);
  }
  return ((size * 2 ** -53) ** 2 / 8) * (options.reduction === 'sum' ? weightSum : 1);
}

function submatrix(A: Float64Array, n: number, kept: Int32Array): Float64Array {
  const k = kept.length;
  return Float64Array.from({ length: k * k }, (_, p) => A[kept[Math.floor(p / k)]! * n + kept[p % k]!]!);
}
