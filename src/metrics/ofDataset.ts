/** The metrics of a model on the rows of a dataset. */
import type { Dataset } from '../dataset/dataset.js';
import { eachLogits } from '../objective/logits.js';
import { type Metrics, metricsOf } from './metrics.js';
import { ScoredCollector } from './scored.js';

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
  intercept: boolean,
  w: Float64Array,
): Promise<FitMetrics> {
  return {
    training: await metricsOfDataset(dataset, intercept, w),
    validation: validation && (await metricsOfDataset(validation, intercept, w)),
  };
}

/** Of two classes with one loss the threshold is where they are as likely. */
const THRESHOLD = 0.5;

/**
 * Rows weigh what their column of weights says; class weights are a matter of training and are taken out
 * again, so that the log loss is J only without them.
 *
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 */
async function metricsOfDataset(dataset: Dataset, intercept: boolean, w: Float64Array): Promise<Metrics> {
  const { column, classWeight = [1, 1] } = dataset.weighting;
  const collector = new ScoredCollector(column !== undefined);
  await eachLogits(dataset, intercept, w, ({ y, c }, row, n, h) => {
    for (let i = 0; i < n; i++) {
      const yi = y[row + i]!;
      const weight = column === undefined ? 1 : c![row + i]! / classWeight[yi === 1 ? 1 : 0];
      collector.push(h[i]!, yi, weight);
    }
  });
  return metricsOf(collector.settle(), THRESHOLD);
}
