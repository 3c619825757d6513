/** The loss of a few rows at a time, as an estimate of that of all. */
import type { Dataset } from '../../dataset/dataset.js';
import type { RowReading } from '../../dataset/read/rowStream.js';
import { createYielder } from '../../runtime/yield.js';
import type { BatchObjective, Objective } from '../objective.js';
import type { ClassWeights, Reduction } from '../reference.js';
import { addRows } from './rowLoss.js';
import { mixedRows, type RowShuffle, type RowWindow, shuffledRows } from './rowShuffle.js';

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
  { rows, seed }: Batching,
  classWeights: ClassWeights = [1, 1],
): BatchObjective {
  const { rows: m, weightSum } = dataset;
  const unit = reduction === 'mean' ? m / weightSum : m;
  return batchesOf(dataset, shuffledRows(dataset, seed), rows, classWeights, m, (_, n) => unit / n);
}

/**
 * J_B = sum_{i in B} c_i l_i / sum_{i in B} c_i over batches of a stream, whose rows and weights nobody knows before its
 * end.
 *
 * @param dataset its first rows: what they are many of counts as an epoch
 */
export function streamedBatches(
  dataset: Dataset,
  reading: RowReading,
  { rows, seed }: Batching,
): BatchObjective {
  const shuffled = mixedRows(dataset.design, reading, seed);
  return batchesOf(dataset, shuffled, rows, [1, 1], dataset.rows, (weight) => 1 / weight);
}

/**
 * @param wanted rows of a batch
 * @param epoch rows that count as one
 * @param scaleOf what the sums over a batch are multiplied by, from the sum of its weights and its number of rows
 */
function batchesOf(
  { design }: Dataset,
  shuffled: RowShuffle,
  wanted: number,
  classWeights: ClassWeights,
  epoch: number,
  scaleOf: (weight: number, rows: number) => number,
): BatchObjective {
  const { numerics, factors, size } = design;
  const yielder = createYielder();
  let window: RowWindow | undefined;
  let at = 0;
  let taken = 0;
  let seen = 0;
  const advance = async () => {
    window = await shuffled.next();
    at = 0;
  };
  return {
    size,
    get taken() {
      return taken;
    },
    get isLast() {
      return window === undefined;
    },
    get epochs() {
      return seen / epoch;
    },
    async evaluate(w, g) {
      g.fill(0);
      let J = 0;
      let weight = 0;
      taken = 0;
      if (window === undefined) await advance();
      while (window !== undefined && taken < wanted) {
        const end = Math.min(window.rows, at + wanted - taken);
        J += addRows(window, at, end, design, w, classWeights, g);
        weight += weightOf(window, at, end);
        taken += end - at;
        if (yielder.isDue((end - at) * (numerics + factors.length + ROW_COST))) await yielder.yield();
        at = end;
        // whether this is the last batch is told by what comes after it
        if (at === window.rows) await advance();
      }
      seen += taken;
      const scale = scaleOf(weight, taken);
      for (let j = 0; j < size; j++) g[j]! *= scale;
      return J * scale;
    },
  };
}

function weightOf({ c }: RowWindow, first: number, end: number): number {
  if (c === undefined) return end - first;
  let sum = 0;
  for (let row = first; row < end; row++) sum += c[row]!;
  return sum;
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
