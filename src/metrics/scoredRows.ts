/** The rows of a dataset under a model, as metrics look at them. */
import type { Dataset } from '../dataset/dataset.js';
import { eachLogits } from '../objective/logits.js';
import { type Scored, ScoredCollector } from './scored.js';

/**
 * Rows weigh what their column of weights says; class weights are a matter of training and are taken out again,
 * so that the log loss is J only without them.
 *
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 */
export async function scoredRows(dataset: Dataset, w: Float64Array): Promise<Scored> {
  const { column, classWeight = [1, 1] } = dataset.weighting;
  const collector = new ScoredCollector(column !== undefined);
  await eachLogits(dataset, w, ({ y, c }, row, n, h) => {
    for (let i = 0; i < n; i++) {
      const yi = y[row + i]!;
      const weight = column === undefined ? 1 : c![row + i]! / classWeight[yi === 1 ? 1 : 0];
      collector.push(h[i]!, yi, weight);
    }
  });
  return collector.finalize();
}
