/** Rows parted into folds, and the tables that are left and held out. */
import type { Dataset } from '../dataset/dataset.js';
import { ColumnMoments } from '../dataset/describe/moments.js';
import { setLevelMoments } from '../dataset/describe/table.js';
import { ClassSums } from '../dataset/describe/weighting.js';
import { BceError } from '../errors.js';
import { seededRandom } from '../math/random.js';
import { localTable } from '../objective/localTable.js';
import type { Table } from '../objective/table.js';
import { BLOCK_ROWS, eachBlock, type Shard } from '../storage/shards.js';
import { ShardWriter } from '../storage/shardWriter.js';
import { ArrayStore } from '../storage/store.js';
import { grouped, quoted } from '../text.js';

/** The fold of each row (m), from 0, in the order of the rows that are used. */
export type Folds = Uint32Array;

/**
 * Deals the rows of each class into `count` folds of one size, as nearly as it goes, in an order shuffled by the seed.
 *
 * @throws BceError USAGE where a class has fewer rows than there are folds
 */
export async function stratifiedFolds(
  { shards, rows, target }: Dataset,
  count: number,
  seed: number,
): Promise<Folds> {
  for (const [label, found] of [
    [target.positive, target.positives],
    [target.negative, target.negatives],
  ] as const) {
    if (found >= count) continue;
    throw new BceError(
      'USAGE',
      `--cv ${count}: expected at least ${grouped(count)} rows of each class, found ${grouped(found)} with ${quoted(label)}`,
      'fewer folds have a row of each class in every one',
    );
  }
  const places: [number[], number[]] = [[], []];
  let row = 0;
  for await (const shard of shards) {
    for (let i = 0; i < shard.rows; i++) places[shard.y[i] === 1 ? 1 : 0].push(row++);
  }
  const { uniform } = seededRandom(seed);
  const folds = new Uint32Array(rows);
  let dealt = 0;
  for (const list of places) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    // one class goes on where the other ended, so that the folds differ by one row at most
    for (const place of list) folds[place] = dealt++ % count;
  }
  return folds;
}

/** A fold held out, and what is left: with means and deviations of its own. */
export interface Split {
  readonly training: Table;
  readonly heldOut: Dataset;
}

/** Cost: a copy of the rows in memory. */
export async function splitAt(dataset: Dataset, folds: Folds, held: number): Promise<Split> {
  const { shards, design } = dataset;
  const { numerics: d, factors } = design;
  const k = factors.length;
  const stores = [new ArrayStore(), new ArrayStore()] as const;
  const isWeighted = dataset.weighting.column !== undefined || dataset.weighting.classWeight !== undefined;
  const writers = stores.map((store) => new ShardWriter(store, d, k, isWeighted));
  const x = new Float64Array(d);
  const codes = new Int32Array(k);
  let row = 0;
  for await (const shard of shards) {
    for (let i = 0; i < shard.rows; i++) {
      const block = i - (i % BLOCK_ROWS);
      for (let j = 0; j < d; j++) x[j] = shard.X[block * d + j * BLOCK_ROWS + (i % BLOCK_ROWS)]!;
      for (let f = 0; f < k; f++) codes[f] = shard.codes[block * k + f * BLOCK_ROWS + (i % BLOCK_ROWS)]!;
      const isHeld = folds[row++] === held;
      writers[isHeld ? 1 : 0]!.push(x, codes, shard.y[i]!, shard.c?.[i] ?? 1);
    }
  }
  for (const writer of writers) writer.finish();
  const [training, heldOut] = stores.map((store) => datasetOver(dataset, store.shards));
  return { training: localTable(training!), heldOut: heldOut! };
}

/** The dataset with these rows in place of its own. */
function datasetOver(dataset: Dataset, shards: readonly Shard[]): Dataset {
  const { design, scaling, target } = dataset;
  const { numerics: d, factors, terms } = design;
  const moments = new ColumnMoments(d);
  const classes = new ClassSums();
  const byLevel = factors.map(({ levels }) => new Float64Array(levels));
  let rows = 0;
  let positives = 0;
  for (const shard of shards) {
    rows += shard.rows;
    for (let i = 0; i < shard.rows; i++) positives += shard.y[i]!;
    classes.add(shard);
    moments.add(shard);
    addByLevel(shard, byLevel);
  }
  const mean = new Float64Array(terms);
  const scale = new Float64Array(terms);
  for (let j = 0; j < d; j++) ({ mean: mean[j], sd: scale[j] } = moments.of(j));
  factors.forEach(({ start }, f) => {
    setLevelMoments(start, byLevel[f]!, classes.sum, mean, scale);
  });
  return {
    ...dataset,
    rows,
    weightSum: classes.sum,
    shards,
    leftOut: [],
    // a column that is the same in all rows left has no weight, whatever its scale
    scaling: { ...scaling, mean, scale: scale.map((sd) => (sd > 0 ? sd : 1)) },
    target: { ...target, positives, negatives: rows - positives },
  };
}

/** Adds the weights of the rows of each level, factor by factor. */
function addByLevel(shard: Shard, byLevel: readonly Float64Array[]): void {
  const { codes, c } = shard;
  byLevel.forEach((totals, f) => {
    let row = 0;
    eachBlock(shard, byLevel.length, f, (start, n) => {
      for (let i = start; i < start + n; i++, row++) totals[codes[i]!]! += c === undefined ? 1 : c[row]!;
    });
  });
}
