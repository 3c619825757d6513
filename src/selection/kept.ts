/** What each fold leaves of a table: columns with means and deviations of their own, and weights of the classes. */
import type { Dataset, Description } from '../dataset/dataset.js';
import { ColumnMoments } from '../dataset/describe/moments.js';
import { setLevelMoments } from '../dataset/describe/table.js';
import { classFactors } from '../dataset/describe/weighting.js';
import type { FoldProblem } from '../objective/objective.js';
import { createYielder } from '../runtime/yield.js';
import { momentsOf } from '../storage/shardMoments.js';
import {
  allocate,
  BLOCK_ROWS,
  placeIn,
  rowsPerShard,
  type Shard,
  type ShardArrays,
  shardOf,
} from '../storage/shards.js';
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
 * Cost: two visits to the rows; two blocks of rows, or a shard, for each fold.
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

/** The rows in shards of one fold each, which are live until the next is asked for. */
async function* partsOf(
  { shards, weighting, design: { numerics: d, factors } }: Dataset,
  folds: Folds,
  count: number,
): AsyncGenerator<readonly [fold: number, part: Shard]> {
  const k = factors.length;
  const isWeighted = weighting.column !== undefined || weighting.classWeight !== undefined;
  // there is room for a block, whatever is there
  const capacity = Math.max(2 * BLOCK_ROWS, rowsPerShard(d, k));
  const parts = Array.from({ length: count }, () => allocate({ rows: capacity, d, k, isWeighted }));
  const filled = new Int32Array(count);
  const partOf = (fold: number) => [fold, shardOf(parts[fold]!, filled[fold]!, d, k)] as const;
  /** The part that each row of a block goes to, and its row there. */
  const to = new Array<ShardArrays>(BLOCK_ROWS);
  const rowIn = new Int32Array(BLOCK_ROWS);
  let row = 0;
  for await (const { X, codes, y, c, rows } of shards) {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - from);
      for (let i = 0; i < n; i++) {
        const fold = folds[row++]!;
        const part = parts[fold]!;
        const place = filled[fold]!++;
        part.y[place] = y[from + i]!;
        if (part.c !== undefined) part.c[place] = c?.[from + i] ?? 1;
        to[i] = part;
        rowIn[i] = place;
      }
      for (let j = 0, p = from * d; j < d; j++, p += BLOCK_ROWS) {
        for (let i = 0; i < n; i++) to[i]!.X[placeIn(d, j, rowIn[i]!)] = X[p + i]!;
      }
      for (let f = 0, p = from * k; f < k; f++, p += BLOCK_ROWS) {
        for (let i = 0; i < n; i++) to[i]!.codes[placeIn(k, f, rowIn[i]!)] = codes[p + i]!;
      }
      for (let fold = 0; fold < count; fold++) {
        if (filled[fold]! + BLOCK_ROWS <= capacity) continue;
        yield partOf(fold);
        filled[fold] = 0;
      }
    }
  }
  for (let fold = 0; fold < count; fold++) if (filled[fold]! > 0) yield partOf(fold);
}

function reweighted(shard: Shard, { classWeights: [c0, c1] }: FoldProblem): Shard {
  if (c0 === 1 && c1 === 1) return shard;
  return { ...shard, c: shard.y.map((y, i) => (y === 0 ? c0 : c1) * (shard.c?.[i] ?? 1)) };
}
