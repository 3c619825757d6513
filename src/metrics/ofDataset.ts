/** The metrics of a model on the rows of a dataset. */
import type { Dataset } from '../dataset/dataset.js';
import { type Metrics, metricsOf } from './metrics.js';
import { scoredRows } from './scoredRows.js';

/** How good a model is on the rows that it was trained on, and on those that it was not. */
export interface FitMetrics {
  readonly training: Metrics;
  /** Undefined when there are no validation rows. */
  readonly validation: Metrics | undefined;
}

/** @param w weights of the columns as stored (terms, and the intercept last if there is one) */
export async function metricsOfFit(
  dataset: Dataset,
  validation: Dataset | undefined,
  w: Float64Array,
): Promise<FitMetrics> {
  return {
    training: await metricsOfDataset(dataset, w),
    validation: validation && (await metricsOfDataset(validation, w)),
  };
}

/** Of two classes with one loss the threshold is where they are as likely. */
export const THRESHOLD = 0.5;

async function metricsOfDataset(dataset: Dataset, w: Float64Array): Promise<Metrics> {
  return metricsOf(await scoredRows(dataset, w), THRESHOLD);
}
