/** What can be said of the weights at the end: how far from the optimum, and whether there is one. */
import { termCount } from '../dataset/dataset.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import { factorize } from '../math/cholesky.js';
import { dot } from '../math/vector.js';
import { leastSlope } from '../objective/lasso.js';
import { isRemote, MOST_REMOTE_WEIGHTS, type Table } from '../objective/table.js';
import { DEPENDENT, newtonOrder } from '../optimizer/newton.js';
import { type Collinearity, findCollinear } from './collinear.js';
import { remainingEpochs } from './remaining.js';
import { marginsOf } from './rows.js';
import { findSeparation, type Separation } from './separation.js';

export interface Audit {
  /** Estimate of J(w) - J*, half the squared Newton decrement; undefined with too many weights. */
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
  gap: undefined,
  remaining: undefined,
  collinear: [],
  separation: undefined,
};

/** Weights that a matrix of second derivatives is computed for at most. */
const MOST_WEIGHTS = 1000;

/** Multiplications for that matrix that are always worth while: a few tenths of a second. */
const CHEAP_WORK = 2e8;

/**
 * Judges the weights of a fit.
 *
 * With a penalty J has one optimum whatever the data, so collinear columns and separated classes matter
 * only without.
 *
 * @param signal when aborted, what is not yet known stays unknown
 * Cost: one Hessian, which is never more work than the training was, and a few visits to the data.
 */
export async function audit(
  dataset: Table,
  options: FitOptions,
  { loss, problem, step, run, w, v }: Fit,
  signal?: AbortSignal,
): Promise<Audit> {
  const isOver = signal?.aborted === true || run.ending.status === 'lost';
  if (isOver || !isAffordable(dataset, v.length, run.chosen.passes)) return NOTHING_KNOWN;
  const { g, H } = await derivatives(problem, v);
  const active = activeWeights(v, g, options.l1, termCount(dataset));
  const lambdaOf = (j: number) => (j < termCount(dataset) ? options.l1 : 0);
  const slopes = Float64Array.from(active, (j) => leastSlope(v[j]!, g[j]!, lambdaOf(j)));
  const inner = submatrix(H, v.length, active);
  const p = new Float64Array(active.length);
  factorize(inner, newtonOrder(active.length, options.intercept), DEPENDENT).solve(slopes, p);
  const gap = dot(slopes, p) / 2;
  const judged = {
    gap: Number.isFinite(gap) ? Math.max(gap, 0) : undefined,
    remaining:
      options.optimizer === 'gd' ? remainingEpochs(inner, slopes, step.alpha!, options.tolerance) : undefined,
  };
  if (options.l2 > 0 || options.l1 > 0) return { ...NOTHING_KNOWN, ...judged };

  const standard = options.standardize
    ? problem
    : composeProblem(dataset, { ...options, standardize: true }, { loss });
  const u = options.standardize ? v : standard.fromFileUnits(w);
  const factors = factorize(
    options.standardize ? H : (await derivatives(standard, u)).H,
    newtonOrder(u.length, options.intercept),
    DEPENDENT,
  );
  const collinear = await findCollinear(dataset, standard, factors);
  // proves an optimum, as in `hasOptimum`: c z(1-z) x.H^-1 x is at most the sum of weights
  const unit = options.reduction === 'sum' ? 1 : dataset.weightSum;
  const bound = 2 * gap * unit;
  // z(1-z) is nowhere above 1/4, and the least c not above their mean
  const mayBeNear = bound < dataset.weightSum / dataset.rows / 4;
  const isNear = mayBeNear && bound < (await marginsOf(dataset, standard, u)).leastCurvature;
  const separation = isNear
    ? undefined
    : await findSeparation(dataset, options.intercept, u, factors.dependent.length, signal);
  // without an optimum nothing is near it
  return separation === undefined
    ? { ...judged, collinear, separation }
    : { ...NOTHING_KNOWN, collinear, separation };
}

/** Whether a Hessian is little work, or no more than the passes of the training were. */
function isAffordable(dataset: Table, size: number, passes: number): boolean {
  const most = isRemote(dataset) ? MOST_REMOTE_WEIGHTS : MOST_WEIGHTS;
  return size <= most && (dataset.rows * size ** 2 <= CHEAP_WORK || size <= 4 * passes);
}

async function derivatives(problem: Problem, v: Float64Array): Promise<{ g: Float64Array; H: Float64Array }> {
  const g = new Float64Array(v.length);
  const H = new Float64Array(v.length ** 2);
  await problem.objective.evaluate(v, g);
  await problem.objective.hessian(v, H);
  return { g, H };
}

/** Indices of the weights that an L1 penalty does not hold at 0; all without one. */
function activeWeights(v: Float64Array, g: Float64Array, l1: number, terms: number): Int32Array {
  const isActive = (j: number) => l1 === 0 || j >= terms || leastSlope(v[j]!, g[j]!, l1) !== 0 || v[j] !== 0;
  return Int32Array.from([...v.keys()].filter(isActive));
}

function submatrix(A: Float64Array, n: number, kept: Int32Array): Float64Array {
  if (kept.length === n) return A;
  const k = kept.length;
  return Float64Array.from({ length: k * k }, (_, p) => A[kept[Math.floor(p / k)]! * n + kept[p % k]!]!);
}
