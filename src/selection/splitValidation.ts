/** Cross-validation along a path where the folds differ in more than the weights of rows: in what missing cells take. */
import type { Dataset } from '../dataset/dataset.js';
import { metricsOf } from '../metrics/metrics.js';
import { THRESHOLD } from '../metrics/ofDataset.js';
import { scoredRows } from '../metrics/scoredRows.js';
import { type CrossValidation, chosenOf, type Judgement, OF, summaryOf } from './crossValidation.js';
import type { Folds } from './folds.js';
import { type PathHooks, type PathOptions, solvePath } from './path.js';
import { splitAt } from './split.js';

/**
 * Solves the path once for each fold on a table of the rows that are left, filled and standardized by these alone.
 *
 * @param options with the lambdas of the path over all rows
 * @param count number of folds
 * @param hooks `onFold` is told how many folds are done
 * @returns undefined when it was aborted
 * Cost: a copy of the rows for each fold, one at a time, and its path.
 */
export async function validateSplits(
  dataset: Dataset,
  options: PathOptions & { readonly lambdas: readonly number[] },
  folds: Folds,
  count: number,
  { metric, choose }: Judgement,
  {
    threads,
    signal,
    onFold,
  }: Pick<PathHooks, 'threads' | 'signal'> & { onFold?: ((done: number) => void) | undefined },
): Promise<CrossValidation | undefined> {
  const { lambdas } = options;
  const values: Float64Array[] = [];
  const weights: number[] = [];
  let violation = 0;
  let isConverged = true;
  for (let k = 0; k < count; k++) {
    onFold?.(k);
    const { training, heldOut } = await splitAt(dataset, folds, k);
    const points = await solvePath(training, options, { threads, signal });
    if (points.length < lambdas.length) return undefined;
    const found = new Float64Array(lambdas.length);
    for (const [l, point] of points.entries()) {
      const metrics = metricsOf(await scoredRows(heldOut, point.stored), THRESHOLD);
      found[l] = OF[metric](metrics);
      weights[k] = metrics.weight;
      violation = Math.max(violation, point.violation);
      isConverged &&= point.isConverged;
    }
    values.push(found);
  }
  const points = lambdas.map((lambda, l) => ({
    lambda,
    ...summaryOf(
      values.map((found) => found[l]!),
      weights,
    ),
  }));
  return { folds: count, metric, points, ...chosenOf(points, metric), choose, violation, isConverged };
}
