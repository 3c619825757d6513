/** Cross-validation along a path: how good each lambda is on rows that were not trained on. */
import type { Dataset } from '../dataset/dataset.js';
import { type Metrics, metricsOf } from '../metrics/metrics.js';
import { THRESHOLD } from '../metrics/ofDataset.js';
import { scoredRows } from '../metrics/scoredRows.js';
import type { Folds } from './folds.js';
import { type PathHooks, type PathOptions, solvePath } from './path.js';
import { splitAt } from './split.js';

export const CV_METRICS = ['loss', 'auc', 'brier', 'error'] as const;
export type CvMetric = (typeof CV_METRICS)[number];

export const CHOICES = ['min', '1se'] as const;
export type Choice = (typeof CHOICES)[number];

/** The metric at one lambda over the folds. */
export interface CvPoint {
  readonly lambda: number;
  /** Mean over the folds, by the weights of their rows. */
  readonly mean: number;
  /** Standard error of it. */
  readonly se: number;
}

export interface CrossValidation {
  readonly folds: number;
  readonly metric: CvMetric;
  readonly points: readonly CvPoint[];
  /** The lambda of the best mean, and the largest within one standard error of it. */
  readonly lambdaMin: number;
  readonly lambda1se: number;
  readonly choose: Choice;
  /** Whether every solution of every fold met its tolerance. */
  readonly isConverged: boolean;
}

const OF: Readonly<Record<CvMetric, (metrics: Metrics) => number>> = {
  loss: ({ logLoss }) => logLoss,
  auc: ({ rocAuc }) => rocAuc ?? Number.NaN,
  brier: ({ brier }) => brier,
  error: ({ accuracy }) => 1 - accuracy,
};

/**
 * Solves the path once for each fold without its rows, on columns standardized without them, and measures on them.
 *
 *   mean = sum_k W_k x_k / W     se = sqrt( sum_k W_k (x_k - mean)^2 / W / (K - 1) )
 *
 * Source: Friedman, Hastie & Tibshirani, 2010 (cv.glmnet).
 *
 * @param options with the lambdas of the path over all rows
 * @param count number of folds, K
 * @param onFold told after each how many are done
 * @returns undefined when it was aborted
 */
export async function crossValidate(
  dataset: Dataset,
  options: PathOptions & { readonly lambdas: readonly number[] },
  folds: Folds,
  count: number,
  { metric, choose }: { readonly metric: CvMetric; readonly choose: Choice },
  hooks: Pick<PathHooks, 'threads' | 'signal'> & { readonly onFold?: (done: number) => void } = {},
): Promise<CrossValidation | undefined> {
  const { lambdas } = options;
  const values: Float64Array[] = [];
  const weights: number[] = [];
  let isConverged = true;
  for (let k = 0; k < count; k++) {
    const { training, heldOut } = await splitAt(dataset, folds, k);
    const points = await solvePath(training, options, { threads: hooks.threads, signal: hooks.signal });
    if (points.length < lambdas.length) return undefined;
    const found = new Float64Array(lambdas.length);
    let weight = 0;
    for (const [l, point] of points.entries()) {
      const metrics = metricsOf(await scoredRows(heldOut, point.stored), THRESHOLD);
      found[l] = OF[metric](metrics);
      weight = metrics.weight;
      isConverged &&= point.isConverged;
    }
    values.push(found);
    weights.push(weight);
    hooks.onFold?.(k + 1);
  }
  const points = lambdas.map((lambda, l) => ({
    lambda,
    ...summaryOf(
      values.map((found) => found[l]!),
      weights,
    ),
  }));
  return { folds: count, metric, points, ...chosenOf(points, metric), choose, isConverged };
}

/** Mean over the folds by their weights, and its standard error. */
export function summaryOf(
  values: readonly number[],
  weights: readonly number[],
): { mean: number; se: number } {
  const W = weights.reduce((sum, w) => sum + w, 0);
  const mean = values.reduce((sum, x, k) => sum + weights[k]! * x, 0) / W;
  const variance = values.reduce((sum, x, k) => sum + weights[k]! * (x - mean) ** 2, 0) / W;
  return { mean, se: Math.sqrt(variance / (values.length - 1)) };
}

/** Among equals the larger lambda is the better. */
function chosenOf(
  points: readonly CvPoint[],
  metric: CvMetric,
): Pick<CrossValidation, 'lambdaMin' | 'lambda1se'> {
  const sign = metric === 'auc' ? -1 : 1;
  const best = points.reduce((least, point) => (sign * point.mean < sign * least.mean ? point : least));
  const most = sign * best.mean + best.se;
  const within = points.find(({ mean }) => sign * mean <= most) ?? best;
  return { lambdaMin: best.lambda, lambda1se: within.lambda };
}

export function chosenLambda({ choose, lambdaMin, lambda1se }: CrossValidation): number {
  return choose === 'min' ? lambdaMin : lambda1se;
}
