/** The loss of a few rows at a time, as an estimate of that of all. */
import type { Dataset } from '../../dataset/dataset.js';
import { createYielder } from '../../runtime/yield.js';
import type { BatchObjective, Objective } from '../objective.js';
import type { ClassWeights, Reduction } from '../reference.js';
import { addRows } from './rowLoss.js';
import { createRowShuffle, type RowWindow } from './rowShuffle.js';

/** Rows of a batch, and the seed of their order. */
export interface Batching {
  readonly rows: number;
  readonly seed: number;
}

/** What exp and log1p cost a row, in columns. */
const ROW_COST = 8;

/**
 * J_B = m/(n W) sum_{i in B} c_i l_i over the next batch B of n rows, and its gradient: over all batches of a pass their
 * mean is J of the m rows, whose weights are W in sum. Without the division by W where J is a sum.
 *
 * The last batch of a pass has the rows that are left.
 *
 * @param classWeights multiply the weights of the rows; the division stays by the sum without them
 */
export function miniBatches(
  dataset: Dataset,
  reduction: Reduction,
  { rows: wanted, seed }: Batching,
  classWeights: ClassWeights = [1, 1],
): BatchObjective {
  const { design, rows: m, weightSum } = dataset;
  const { numerics, factors, size } = design;
  const unit = reduction === 'mean' ? m / weightSum : m;
  const shuffled = createRowShuffle(dataset, seed);
  const yielder = createYielder();
  let window: RowWindow | undefined;
  let at = 0;
  let left = m;
  return {
    size,
    rows: m,
    batch: Math.min(wanted, m),
    async evaluate(w, g) {
      const n = Math.min(wanted, left);
      g.fill(0);
      let J = 0;
      for (let taken = 0; taken < n; ) {
        if (window === undefined || at === window.rows) {
          window = await shuffled.next();
          at = 0;
        }
        const end = Math.min(window.rows, at + n - taken);
        J += addRows(window, at, end, design, w, classWeights, g);
        taken += end - at;
        if (yielder.isDue((end - at) * (numerics + factors.length + ROW_COST))) await yielder.yield();
        at = end;
      }
      left = left === n ? m : left - n;
      const scale = unit / n;
      for (let j = 0; j < size; j++) g[j]! *= scale;
      return J * scale;
    },
  };
}

/** The loss of one batch alone, the first, as often as it is asked for. */
export function firstBatch(
  dataset: Dataset,
  reduction: Reduction,
  batching: Batching,
  classWeights?: ClassWeights,
): Objective {
  return {
    size: dataset.design.size,
    evaluate: (w, g) => miniBatches(dataset, reduction, batching, classWeights).evaluate(w, g),
  };
}
