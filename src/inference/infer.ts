/** What the data say of the weights beyond their values: standard errors, tests, intervals, and the fit. */

import type { Description } from '../dataset/dataset.js';
import type { Diagnosis } from '../diagnostics/diagnose.js';
import { BceError } from '../errors.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import type { Table } from '../objective/table.js';
import { MOST_NEWTON_WEIGHTS } from '../optimizer/newton.js';
import { grouped } from '../text.js';
import { type JointTest, jointTests } from './jointTests.js';
import { standardErrors } from './standardErrors.js';
import { type WeightStatistics, waldStatistics } from './wald.js';

/** Why the figures are to be read with care. */
export type Caution =
  /** The weights are shrunken, and the figures describe the penalised objective. */
  | 'l2'
  /** The weights are not those of the optimum. */
  | 'not-converged'
  /** There is no optimum. */
  | 'separated'
  /** Some weights are not unique; those have no figures. */
  | 'collinear'
  /** Weights by class are no counts of rows. */
  | 'class-weight';

export interface Inference {
  /** Share of such intervals that hold the true weight. */
  readonly confidence: number;
  /** Empty when the figures are what they say. */
  readonly cautions: readonly Caution[];
  /** Estimated distance of the weights from the optimum, in standard errors; no weight is further off. */
  readonly distance: number;
  readonly deviance: number;
  /** That of the intercept alone; without an intercept that of h = 0. */
  readonly nullDeviance: number;
  /** Rows less weights that the data tell. */
  readonly degreesOfFreedom: number;
  readonly nullDegreesOfFreedom: number;
  readonly aic: number;
  readonly bic: number;
  /** In the layout of the weights in the units of the file (terms, and the intercept last if there is one). */
  readonly weights: readonly WeightStatistics[];
  /** Of the terms that have several weights. */
  readonly tests: readonly JointTest[];
  /** q of the intervals w -+ q se. */
  readonly quantile: number;
  /** Variance of the sum of a_j w_j over all weights but the intercept, about their columns' means (terms). */
  readonly variance: (a: Float64Array) => number;
}

/** Standard errors that weights may be off the optimum before it shows in the figures. */
const NEAR = 0.01;

/**
 * Wald statistics of the weights of a fit, and its deviances.
 *
 *   se = sqrt(diag H^-1),   z = w / se,   p = 2 Phi(-|z|),   w -+ q se,   Phi(q) - Phi(-q) = confidence
 *   deviance = 2 sum_i c_i l_i,   AIC = deviance + 2 k,   BIC = deviance + k log m
 *
 * H is that of the summed objective, its L2 penalty included; l_i is without. k counts the weights that the
 * data tell. A row of weight c counts as c rows in H and in the deviance, but as one in m and in the degrees of
 * freedom, as in R's glm.
 *
 * @param confidence in (0, 1)
 * @throws BceError USAGE when there are too many weights for a Hessian
 * Cost: two or three visits to the data, one of them for a Hessian; O(n^3) and two matrices of n^2 doubles.
 */
export async function infer(
  dataset: Table,
  options: FitOptions,
  { loss, problem, run, w, v, low }: Fit,
  { separation, isNearlyCollinear, gap, optimum }: Diagnosis,
  confidence: number,
): Promise<Inference> {
  const { standardize, l2 } = options;
  const {
    rows,
    design: { intercept },
    scaling: { pivot },
    weighting,
  } = dataset;
  const size = w.length;
  requireInference(dataset);

  const plain = composeProblem(dataset, { ...options, standardize: true, l2: 0 }, { loss });
  const { mu, s } = plain.columns;
  let J = await plain.objective.evaluate(standardize ? v : plain.fromFileUnits(w), new Float64Array(size));
  const { parabola, objective } = problem;
  const g = new Float64Array(size);
  await objective.evaluate(v, g);
  const { factors } = await parabola.curvature(v, undefined, true);
  if (low !== undefined && parabola.precisely !== undefined) {
    // J of the same digits of the weights as the run tells
    J = (await parabola.precisely(v, low, g)) - penaltyOf(v, l2, problem.factors);
  } else if (isNearlyCollinear) await parabola.precisely?.(v, new Float64Array(size), g);
  // J is the mean over this many rows, but what the data tell grows with their number
  const unit = options.reduction === 'sum' ? 1 : dataset.weightSum;
  const inverse =
    factors.dependent.length === 0 ? await parabola.inverse(v, low ?? new Float64Array(size)) : undefined;
  const errors = standardErrors(factors, { mu, pivot, s, intercept }, inverse).map(
    (error) => error / Math.sqrt(unit),
  );
  const isUnknown = gap === undefined && optimum === 'unknown';
  const distance = isUnknown
    ? Number.POSITIVE_INFINITY
    : Math.sqrt(unit * factors.quadratic(parabola.toStandard(g)));
  const isUnfinished = run.ending.status === 'epochs' && options.tolerance > 0;
  const cautions: Readonly<Record<Caution, boolean>> = {
    l2: l2 > 0,
    'class-weight': weighting.classWeight !== undefined,
    collinear: factors.dependent.length > 0,
    separated: separation !== undefined,
    // without an optimum nothing is near it
    'not-converged': separation === undefined && (isUnfinished || !(distance <= NEAR)),
  };
  // most runs need no normal distribution
  const { centralQuantile } = await import('../math/normal.js');
  const quantile = centralQuantile(confidence);
  const told = size - factors.dependent.length;
  const standard = w.map((wj, j) => wj * (s[j] ?? 1));
  const deviance = 2 * unit * J;
  return {
    confidence,
    cautions: (Object.keys(cautions) as Caution[]).filter((caution) => cautions[caution]),
    distance,
    deviance,
    nullDeviance: await nullDeviance(dataset, plain),
    degreesOfFreedom: rows - told,
    nullDegreesOfFreedom: rows - (intercept ? 1 : 0),
    aic: deviance + 2 * told,
    bic: deviance + Math.log(rows) * told,
    weights: await waldStatistics(w, errors, quantile),
    quantile,
    tests: await jointTests(dataset, factors, standard, errors, unit),
    variance(a) {
      const scaled = new Float64Array(size);
      a.forEach((aj, j) => {
        scaled[j] = aj / s[j]!;
      });
      return factors.quadratic(scaled) / unit;
    },
  };
}

/** l2/2 |v|^2 over the weights that are penalised. */
function penaltyOf(v: Float64Array, l2: number, factors: Float64Array): number {
  return (l2 / 2) * v.reduce((sum, vj, j) => sum + factors[j]! * vj * vj, 0);
}

/** Why a fit has no statistics, as a sentence; undefined when it has. */
export function whyNoInference({ l1, bounds }: FitOptions, { w }: Pick<Fit, 'w'>): string | undefined {
  if (bounds !== undefined) {
    return 'With bounds weights stick at them, and no standard error follows from the Hessian.';
  }
  if (l1 > 0) {
    return 'With an L1 penalty weights stick at the corner of |w|, and no standard error follows from the Hessian.';
  }
  return w.length > MOST_NEWTON_WEIGHTS
    ? `Standard errors are computed for up to ${grouped(MOST_NEWTON_WEIGHTS)} weights.`
    : undefined;
}

/**
 * To be asked before training: afterwards it would have been in vain.
 *
 * @throws BceError USAGE when there are too many weights for a Hessian
 */
export function requireInference(dataset: Table): void {
  const { size } = dataset.design;
  const most = Math.min(dataset.mostCurved, MOST_NEWTON_WEIGHTS);
  if (size <= most) return;
  throw new BceError(
    'USAGE',
    `--stats: expected at most ${grouped(most)} weights, found ${grouped(size)}`,
    'standard errors need a matrix with a row and a column for each weight',
  );
}

/**
 * The deviance of the intercept alone, which makes every z the share of y = 1; without an intercept that of z
 * = 1/2.
 *
 *   -2 [ W_1 log(W_1/W) + W_0 log(W_0/W) ],   W_k the weights of class k
 */
async function nullDeviance({ target, weightSum, weighting }: Description, plain: Problem): Promise<number> {
  if (!plain.intercept) return 2 * weightSum * Math.LN2;
  const isWeighted = weighting.column !== undefined || weighting.classWeight !== undefined;
  const shares = isWeighted
    ? await classShares(plain)
    : [target.negatives / weightSum, target.positives / weightSum];
  return -2 * weightSum * shares.reduce((sum, share) => sum + share * Math.log(share), 0);
}

/** An intercept that makes every z exactly 0 or 1, in which it is finite. */
const SATURATED = 800;

/** Shares of the classes in the weights: where every z is 1 or 0, the gradient of the intercept is one. */
async function classShares({ objective: { size, evaluate } }: Problem): Promise<readonly number[]> {
  const u = new Float64Array(size);
  const g = new Float64Array(size);
  const weights: number[] = [];
  for (const b of [SATURATED, -SATURATED]) {
    u[size - 1] = b;
    await evaluate(u, g);
    weights.push(Math.abs(g[size - 1]!));
  }
  const sum = weights[0]! + weights[1]!;
  return weights.map((weight) => weight / sum);
}
