/** The loss over rows that are parted into folds: each problem leaves the rows of one out, and is told their loss. */
import type { Dataset, Rows } from '../dataset/dataset.js';
import type { Shard } from '../storage/shards.js';
import { referenceHessian } from './hessian.js';
import { type FoldedLoss, type FoldProblem, NO_FOLD } from './objective.js';
import { referenceObjective } from './reference.js';
import { type ParallelOptions, parallelObjective } from './simd/parallel.js';

/** Problems that are visited at once at most: what they share is the reading of the rows. */
const MOST_AT_ONCE = 16;

/**
 * In one visit to the rows where the kernel serves, or else problem by problem.
 *
 * @param folds fold of each row
 * @param problems how many there will be
 * @param isFactored whether a problem weighs the classes in its own way
 * @throws BceError OUT_OF_MEMORY; later WORKER_FAILED, TEMP_FILE
 */
export async function foldedLoss(
  dataset: Dataset,
  folds: Uint32Array,
  problems: number,
  isFactored: boolean,
  options: ParallelOptions = {},
): Promise<FoldedLoss> {
  const most = Math.min(problems, MOST_AT_ONCE);
  const loss = await parallelObjective(dataset, 'sum', {
    ...options,
    folds: { of: folds, most, isFactored },
  });
  const note = loss.note === undefined ? {} : { note: loss.note };
  const close = () => loss.close();
  if (loss.folded !== undefined) return { most, ...loss.folded, ...note, close };
  const scratch = new Float64Array(loss.size);
  return {
    most,
    async visit(visits) {
      for (const visit of visits) {
        const { problem, w, g } = visit;
        const { held, classWeights } = problem;
        visit.kept = await referenceObjective(
          withoutFold(dataset, folds, held),
          'sum',
          classWeights,
        ).evaluate(w, g);
        visit.held =
          held === NO_FOLD
            ? 0
            : await referenceObjective(foldAlone(dataset, folds, held), 'sum', classWeights).evaluate(
                w,
                scratch,
              );
      }
    },
    hessian: (problem, mu, s, w, H) => referenceHessian(rowsOf(dataset, folds, problem), 'sum', mu, s, w, H),
    ...note,
    close,
  };
}

/** The rows that a problem keeps, with the weights that it gives them. */
export function rowsOf(dataset: Dataset, folds: Uint32Array, { held, classWeights }: FoldProblem): Rows {
  const [c0, c1] = classWeights;
  if (held === NO_FOLD && c0 === 1 && c1 === 1) return dataset;
  return weighted(dataset, folds, (fold, y) => (fold === held ? 0 : y === 0 ? c0 : c1));
}

function withoutFold(dataset: Dataset, folds: Uint32Array, held: number): Rows {
  return held === NO_FOLD ? dataset : weighted(dataset, folds, (fold) => (fold === held ? 0 : 1));
}

function foldAlone(dataset: Dataset, folds: Uint32Array, held: number): Rows {
  return weighted(dataset, folds, (fold) => (fold === held ? 1 : 0));
}

/** The dataset with the weights of its rows multiplied by what their fold and label say. */
function weighted(dataset: Dataset, folds: Uint32Array, factorOf: (fold: number, y: number) => number): Rows {
  const { shards } = dataset;
  return {
    ...dataset,
    shards: {
      async *[Symbol.asyncIterator](): AsyncGenerator<Shard> {
        let row = 0;
        for await (const shard of shards) {
          const c = Float64Array.from({ length: shard.rows }, (_, i) => {
            return factorOf(folds[row + i]!, shard.y[i]!) * (shard.c?.[i] ?? 1);
          });
          row += shard.rows;
          yield { ...shard, c };
        }
      },
    },
  };
}
