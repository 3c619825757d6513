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
import { judgeSeparation, type Separation, type SeparationVerdict } from './separation.js';

export interface Audit {
  /** Estimate of J(w) - J*, half the squared Newton decrement; undefined with too many weights. */
  readonly gap: number | undefined;
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
export const NOTHING_KNOWN: Audit = {
  gap: undefined,
  remaining: undefined,
  collinear: [],
  separation: undefined,
  unjudged: undefined,
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
  const isPenalised = options.l2 > 0 || options.l1 > 0;
  if (signal?.aborted === true || run.ending.status === 'lost') return NOTHING_KNOWN;
  const standard = options.standardize
    ? problem
    : composeProblem(dataset, { ...options, standardize: true }, { loss });
  const u = options.standardize ? v : standard.fromFileUnits(w);
  const { passes } = run.chosen;
  const verdict = isPenalised
    ? NO_QUESTION
    : await judgeSeparation(dataset, options.intercept, u, signal, { passes });
  const separation = verdict.kind === 'separated' ? verdict.separation : undefined;
  const unjudged = verdict.kind === 'unknown' && !isAborted(signal) ? verdict.why : undefined;
  const known = { ...NOTHING_KNOWN, separation, unjudged };
  if (!isAffordable(dataset, v.length, passes)) return known;
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
  if (isPenalised) return { ...known, ...judged };

  const factors = factorize(
    options.standardize ? H : (await derivatives(standard, u)).H,
    newtonOrder(u.length, options.intercept),
    DEPENDENT,
  );
  const collinear = await findCollinear(dataset, standard, factors);
  // without an optimum nothing is near it
  return separation === undefined ? { ...known, ...judged, collinear } : { ...known, collinear };
}

/** With a penalty J has a minimum whatever the data. */
const NO_QUESTION: SeparationVerdict = { kind: 'none' };

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
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
