/** The rows of every fold under the weights that were found without them. */
import type { Dataset } from '../dataset/dataset.js';
import { type Scored, ScoredCollector } from '../metrics/scored.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS } from '../storage/shards.js';
import type { Folds } from './folds.js';

/**
 * As `scoredRows`, in one visit to the rows.
 *
 * @param weights for each fold, of the columns as stored (terms, and the intercept last if there is one); undefined
 *   where its rows are not asked for
 */
export async function heldScores(
  { shards, design, weighting }: Dataset,
  folds: Folds,
  weights: readonly (Float64Array | undefined)[],
): Promise<Scored[]> {
  const { numerics: d, factors, terms, intercept } = design;
  const k = factors.length;
  const { column, classWeight = [1, 1] } = weighting;
  const collectors = weights.map(() => new ScoredCollector(column !== undefined));
  const yielder = createYielder();
  let first = 0;
  for await (const { X, codes, y, c, rows } of shards) {
    for (let i = 0; i < rows; i++) {
      const fold = folds[first + i]!;
      const w = weights[fold];
      if (w === undefined) continue;
      const inBlock = i % BLOCK_ROWS;
      const block = i - inBlock;
      let h = intercept ? w[terms]! : 0;
      for (let j = 0, p = block * d + inBlock; j < d; j++, p += BLOCK_ROWS) h += X[p]! * w[j]!;
      for (let f = 0, p = block * k + inBlock; f < k; f++, p += BLOCK_ROWS) {
        const level = codes[p]!;
        if (level > 0) h += w[factors[f]!.start - 1 + level]!;
      }
      const yi = y[i]!;
      collectors[fold]!.push(h, yi, column === undefined ? 1 : c![i]! / classWeight[yi === 1 ? 1 : 0]);
    }
    first += rows;
    if (yielder.isDue(rows * (d + k))) await yielder.yield();
  }
  return collectors.map((collector) => collector.finalize());
}
