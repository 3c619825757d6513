/** What each fold leaves of a table: columns with means and deviations of their own, and weights of the classes. */
import type { Dataset, Description } from '../dataset/dataset.js';
import { ColumnMoments } from '../dataset/describe/moments.js';
import { setLevelMoments } from '../dataset/describe/table.js';
import { classFactors } from '../dataset/describe/weighting.js';
import type { FoldProblem } from '../objective/objective.js';
import { createYielder } from '../runtime/yield.js';
import { momentsOf } from '../storage/shardMoments.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';
import { ShardWriter } from '../storage/shardWriter.js';
import { ArrayStore } from '../storage/store.js';
import type { Folds } from './folds.js';
import { addByLevel } from './split.js';

/** The rows without those of one fold. */
export interface Kept {
  readonly problem: FoldProblem;
  readonly description: Description;
}

/**
 * Describes the rows without each fold in turn. Balanced classes are balanced in the rows that are kept.
 *
 * Cost: two visits to the rows, and one to each row for every fold that keeps it; a shard of rows.
 */
export async function keptOf(dataset: Dataset, folds: Folds, count: number): Promise<Kept[]> {
  const { design, weighting } = dataset;
  const byFold = await classesByFold(dataset, folds, count);
  const all = byFold.reduce(([a, b], [c, d]) => [a + c, b + d] as const, [0, 0] as const);
  const summaries = byFold.map(([zeros, ones], held) => {
    const left = [all[0] - zeros, all[1] - ones] as const;
    const classWeights = weighting.isBalanced === true ? classFactors('balanced', left) : ([1, 1] as const);
    return {
      problem: { held, classWeights },
      moments: new ColumnMoments(design.numerics),
      byLevel: design.factors.map(({ levels }) => new Float64Array(levels + 1)),
      rows: 0,
      positives: 0,
      weightSum: 0,
    };
  });
  const yielder = createYielder();
  for await (const [fold, part] of partsOf(dataset, folds, count)) {
    const asIs = momentsOf(part, design.numerics);
    for (const summary of summaries) {
      const { problem, moments, byLevel } = summary;
      if (problem.held === fold) continue;
      const own = reweighted(part, problem);
      moments.merge(own === part ? asIs : momentsOf(own, design.numerics));
      addByLevel(own, byLevel);
      summary.rows += own.rows;
      for (let i = 0; i < own.rows; i++) {
        summary.positives += own.y[i]!;
        summary.weightSum += own.c?.[i] ?? 1;
      }
      if (yielder.isDue(own.X.length + own.codes.length)) await yielder.yield();
    }
  }
  return summaries.map(({ problem, moments, byLevel, rows, positives, weightSum }) => {
    const mean = new Float64Array(design.terms);
    const scale = new Float64Array(design.terms);
    for (let j = 0; j < design.numerics; j++) ({ mean: mean[j], sd: scale[j] } = moments.of(j));
    design.factors.forEach(({ start }, f) => {
      setLevelMoments(start, byLevel[f]!.subarray(0, -1), weightSum, mean, scale);
    });
    return {
      problem,
      description: {
        ...dataset,
        rows,
        weightSum,
        // a column that is the same in all rows left has no weight, whatever its scale
        scaling: { ...dataset.scaling, mean, scale: scale.map((sd) => (sd > 0 ? sd : 1)) },
        target: { ...dataset.target, positives, negatives: rows - positives },
      },
    };
  });
}

/** Sums of the weights of the rows with y = 0 and y = 1 in each fold. */
async function classesByFold(
  { shards }: Dataset,
  folds: Folds,
  count: number,
): Promise<readonly (readonly [number, number])[]> {
  const zeros = new Float64Array(count);
  const ones = new Float64Array(count);
  let row = 0;
  for await (const { y, c, rows } of shards) {
    for (let i = 0; i < rows; i++) (y[i] === 0 ? zeros : ones)[folds[row++]!]! += c?.[i] ?? 1;
  }
  return Array.from(zeros, (sum, k) => [sum, ones[k]!] as const);
}

/** The rows in shards of one fold each. */
async function* partsOf(
  { shards, weighting, design: { numerics: d, factors } }: Dataset,
  folds: Folds,
  count: number,
): AsyncGenerator<readonly [fold: number, part: Shard]> {
  const k = factors.length;
  const isWeighted = weighting.column !== undefined || weighting.classWeight !== undefined;
  const stores = Array.from({ length: count }, () => new ArrayStore());
  const writers = stores.map((store) => new ShardWriter(store, d, k, isWeighted));
  const taken = () =>
    stores.flatMap(({ shards: full }, fold) => full.splice(0).map((part) => [fold, part] as const));
  const x = new Float64Array(d);
  const codes = new Int32Array(k);
  let row = 0;
  for await (const shard of shards) {
    const { X, codes: shardCodes, y, c, rows } = shard;
    for (let i = 0; i < rows; i++) {
      const inBlock = i % BLOCK_ROWS;
      const block = i - inBlock;
      for (let j = 0, p = block * d + inBlock; j < d; j++, p += BLOCK_ROWS) x[j] = X[p]!;
      for (let f = 0, p = block * k + inBlock; f < k; f++, p += BLOCK_ROWS) codes[f] = shardCodes[p]!;
      writers[folds[row++]!]!.push(x, codes, y[i]!, c?.[i] ?? 1);
    }
    yield* taken();
  }
  for (const writer of writers) writer.finish();
  yield* taken();
}

function reweighted(shard: Shard, { classWeights: [c0, c1] }: FoldProblem): Shard {
  if (c0 === 1 && c1 === 1) return shard;
  return { ...shard, c: shard.y.map((y, i) => (y === 0 ? c0 : c1) * (shard.c?.[i] ?? 1)) };
}
