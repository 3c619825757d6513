/** How good a fit is on rows that it has not seen: cross-validation of the model as it is asked for. */
import type { Dataset } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { divergence, type FitOptions, fit } from '../fit/fit.js';
import { type Metrics, metricsOf } from '../metrics/metrics.js';
import { THRESHOLD } from '../metrics/ofDataset.js';
import { scoredRows } from '../metrics/scoredRows.js';
import { createHeap, type HeapPlan } from '../objective/simd/host.js';
import type { Run } from '../optimizer/run.js';
import { ESTIMATED, type EstimatedMetric } from './choices.js';
import { summaryOf } from './crossValidation.js';
import type { FoldOptions, Folds } from './folds.js';
import { splitAt } from './split.js';

export interface Estimate {
  /** Mean over the folds, by the weights of their rows. */
  readonly mean: number;
  /** Standard error of it. */
  readonly se: number;
}

/** Every row is predicted once, by a fit without its fold. */
export interface OutOfSample {
  readonly folds: number;
  /** Column whose rows of one text stayed together; undefined for none. */
  readonly column: string | undefined;
  /** Undefined where a fold has none. */
  readonly metrics: Readonly<Record<EstimatedMetric, Estimate | undefined>>;
  readonly byFold: readonly FoldResult[];
}

/** The rows of a fold under the fit without them. */
export interface FoldResult extends Metrics {
  /** Why that fit ended. */
  readonly status: Run['ending']['status'];
  readonly epochs: number;
}

export interface OutOfSampleHooks {
  readonly threads?: number | undefined;
  readonly heap: HeapPlan;
  /** Told after each fold how many are done, from 0 on. */
  readonly onFold?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fits once for each fold without its rows, and measures on them.
 *
 *   mean = sum_k W_k x_k / W     se = sqrt( sum_k W_k (x_k - mean)^2 / W / (K - 1) )
 *
 * @param folds as `foldsOf` deals them
 * @returns undefined when it was aborted
 * @throws BceError DIVERGED, and what `fit` throws
 * Cost: K fits, and for each a copy of the rows, held as the rows themselves are.
 */
export async function outOfSample(
  dataset: Dataset,
  options: FitOptions,
  folds: Folds,
  { folds: count }: FoldOptions,
  { threads, heap: plan, onFold, signal }: OutOfSampleHooks,
): Promise<OutOfSample | undefined> {
  const byFold: FoldResult[] = [];
  onFold?.(0);
  for (let k = 0; k < count; k++) {
    const heap = createHeap(plan);
    try {
      const { training, heldOut } = await splitAt(dataset, folds, k, heap.createStore);
      const fitted = await fit(training, options, { threads, signal });
      try {
        const { ending, last } = fitted.run;
        if (signal?.aborted === true || ending.status === 'interrupted') return undefined;
        if (ending.status === 'diverged') {
          const { code, message, hint } = divergence(training, fitted, options);
          throw new BceError(code, `fold ${k + 1}: ${message}`, hint);
        }
        const metrics = metricsOf(await scoredRows(heldOut, fitted.problem.toStored(fitted.v)), THRESHOLD);
        byFold.push({ ...metrics, status: ending.status, epochs: last.epoch });
      } finally {
        await fitted.close();
      }
    } finally {
      await heap.close();
    }
    onFold?.(k + 1);
  }
  const weights = byFold.map(({ weight }) => weight);
  const estimateOf = (name: EstimatedMetric): Estimate | undefined => {
    const values = byFold.map((fold) => fold[name]);
    return values.every((value) => value !== undefined) ? summaryOf(values, weights) : undefined;
  };
  return {
    folds: count,
    column: dataset.rowGroups?.column,
    metrics: Object.fromEntries(ESTIMATED.map((name) => [name, estimateOf(name)])) as OutOfSample['metrics'],
    byFold,
  };
}
