/** A fold held out of a dataset, and the table that is left: filled and standardized by its own rows alone. */
import type { Dataset, FilledCells } from '../dataset/dataset.js';
import { ColumnMoments } from '../dataset/describe/moments.js';
import { setLevelMoments } from '../dataset/describe/table.js';
import { ClassSums, classFactors } from '../dataset/describe/weighting.js';
import type { CreateStore } from '../dataset/read/collect.js';
import { fillNumbers, MISSING_CODE, multiplyClasses } from '../dataset/read/finalize.js';
import { localTable } from '../objective/localTable.js';
import type { Table } from '../objective/table.js';
import { BLOCK_ROWS, eachBlock, type Shard } from '../storage/shards.js';
import { ShardWriter } from '../storage/shardWriter.js';
import { ArrayStore, type ShardStore } from '../storage/store.js';
import type { Folds } from './folds.js';

/** A fold held out, and what is left: with means and deviations of its own. */
export interface Split {
  readonly training: Table;
  readonly heldOut: Dataset;
}

/**
 * Balanced classes are balanced in the rows that are left. Cells that were missing take the mean, or the commonest level, of the rows that are left, where they are known.
 *
 * @param createStore makes the homes of the rows; default plain arrays
 * Cost: a copy of the rows.
 */
export async function splitAt(
  dataset: Dataset,
  folds: Folds,
  held: number,
  createStore: CreateStore = () => new ArrayStore(),
): Promise<Split> {
  const { shards, design, filledCells } = dataset;
  const { numerics: d, factors } = design;
  const k = factors.length;
  const stores = [createStore(), createStore()] as const;
  const isWeighted = dataset.weighting.column !== undefined || dataset.weighting.classWeight !== undefined;
  const writers = stores.map((store) => new ShardWriter(store, d, k, isWeighted));
  const reopen = reopening(filledCells);
  const x = new Float64Array(d);
  const codes = new Int32Array(k);
  let row = 0;
  for await (const shard of shards) {
    const { X } = shard;
    for (let i = 0; i < shard.rows; i++) {
      const block = i - (i % BLOCK_ROWS);
      for (let j = 0; j < d; j++) x[j] = X[block * d + j * BLOCK_ROWS + (i % BLOCK_ROWS)]!;
      for (let f = 0; f < k; f++) codes[f] = shard.codes[block * k + f * BLOCK_ROWS + (i % BLOCK_ROWS)]!;
      reopen?.(row, x, codes);
      const isHeld = folds[row++] === held;
      writers[isHeld ? 1 : 0]!.push(x, codes, shard.y[i]!, shard.c?.[i] ?? 1);
    }
  }
  for (const writer of writers) writer.finish();
  const [training, heldOut] = stores;
  const weighting = await rebalanced(dataset, training);
  const sums = await sumsOf(dataset, training);
  const known = {
    ...dataset,
    leftOut: [],
    rowGroups: undefined,
    filledCells: undefined,
    ...momentsOf(dataset, sums),
  };
  if (filledCells !== undefined) {
    for (const store of stores) await store.update((shard) => filled(shard, d, known.fills));
  }
  const ofHeld = await sumsOf(dataset, heldOut);
  return {
    training: localTable({ ...known, weighting, ...countsOf(dataset, sums), shards: training }),
    heldOut: { ...known, ...countsOf(dataset, ofHeld), shards: heldOut },
  };
}

/** Has both classes of a store weigh the same, where those of the dataset do. */
async function rebalanced({ weighting }: Dataset, store: ShardStore): Promise<Dataset['weighting']> {
  const { classWeight, isBalanced } = weighting;
  if (classWeight === undefined || isBalanced !== true) return weighting;
  const classes = new ClassSums();
  for await (const shard of store) classes.add(shard);
  const [c0, c1] = classFactors('balanced', classes.byClass);
  await store.update((shard) => {
    multiplyClasses(shard, [c0, c1]);
    return shard;
  });
  return { ...weighting, classWeight: [classWeight[0] * c0, classWeight[1] * c1] };
}

/** Puts what a missing cell is before it is filled into a row; asked for the rows in their order. */
function reopening(
  cells: FilledCells | undefined,
): ((row: number, x: Float64Array, codes: Int32Array) => void) | undefined {
  if (cells === undefined) return undefined;
  const next = { numerics: cells.numerics.map(() => 0), factors: cells.factors.map(() => 0) };
  const isMissing = (rows: Uint32Array, places: number[], column: number, row: number) => {
    if (rows[places[column]!] !== row) return false;
    places[column]!++;
    return true;
  };
  return (row, x, codes) => {
    cells.numerics.forEach((rows, j) => {
      if (isMissing(rows, next.numerics, j, row)) x[j] = Number.NaN;
    });
    cells.factors.forEach((rows, f) => {
      if (isMissing(rows, next.factors, f, row)) codes[f] = MISSING_CODE;
    });
  };
}

/** Sums over the rows of a store, those of missing cells apart. */
interface Sums {
  readonly rows: number;
  readonly positives: number;
  readonly weight: number;
  readonly moments: ColumnMoments;
  /** Weights of the rows of each factor by level, and last of those that lack one. */
  readonly byLevel: readonly Float64Array[];
}

async function sumsOf({ design: { numerics, factors } }: Dataset, store: ShardStore): Promise<Sums> {
  const moments = new ColumnMoments(numerics);
  const classes = new ClassSums();
  const byLevel = factors.map(({ levels }) => new Float64Array(levels + 1));
  let rows = 0;
  let positives = 0;
  for await (const shard of store) {
    rows += shard.rows;
    for (let i = 0; i < shard.rows; i++) positives += shard.y[i]!;
    classes.add(shard);
    moments.add(shard);
    addByLevel(shard, byLevel);
  }
  return { rows, positives, weight: classes.sum, moments, byLevel };
}

/** Adds the weights of the rows of each level, factor by factor, and last of those that lack one. */
export function addByLevel(shard: Shard, byLevel: readonly Float64Array[]): void {
  const { codes, c } = shard;
  byLevel.forEach((totals, f) => {
    const last = totals.length - 1;
    let row = 0;
    eachBlock(shard, byLevel.length, f, (start, n) => {
      for (let i = start; i < start + n; i++, row++) {
        totals[codes[i] === MISSING_CODE ? last : codes[i]!]! += c === undefined ? 1 : c[row]!;
      }
    });
  });
}

/** What a missing cell takes, by numeric column and by factor. */
interface Fills {
  readonly numbers: Float64Array;
  readonly levels: Int32Array;
}

/** The scaling by these rows alone, and what their missing cells take. */
function momentsOf(
  { design: { numerics: d, factors, terms }, scaling }: Dataset,
  { weight, moments, byLevel }: Sums,
): Pick<Dataset, 'scaling'> & { readonly fills: Fills } {
  const mean = new Float64Array(terms);
  const scale = new Float64Array(terms);
  for (let j = 0; j < d; j++) {
    const present = moments.weightOf(j);
    // of a column that lacks every cell nothing is known
    if (present > 0) ({ mean: mean[j], sd: scale[j] } = moments.of(j, weight - present));
  }
  const levels = byLevel.map((totals) => {
    const known = totals.subarray(0, -1);
    return known.indexOf(known.reduce((a, b) => Math.max(a, b)));
  });
  factors.forEach(({ start }, f) => {
    const totals = byLevel[f]!.slice(0, -1);
    totals[levels[f]!]! += byLevel[f]!.at(-1)!;
    setLevelMoments(start, totals, weight, mean, scale);
  });
  return {
    // a column that is the same in all rows left has no weight, whatever its scale
    scaling: { ...scaling, mean, scale: scale.map((sd) => (sd > 0 ? sd : 1)) },
    fills: { numbers: mean.slice(0, d), levels: Int32Array.from(levels) },
  };
}

/** The shard with its missing cells filled. */
function filled(shard: Shard, d: number, { numbers, levels }: Fills): Shard {
  for (let j = 0; j < d; j++) fillNumbers(shard, d, j, numbers[j]!);
  levels.forEach((level, f) => {
    eachBlock(shard, levels.length, f, (start, n) => {
      for (let i = start; i < start + n; i++) {
        if (shard.codes[i] === MISSING_CODE) shard.codes[i] = level;
      }
    });
  });
  return shard;
}

function countsOf(
  { target }: Dataset,
  { rows, positives, weight }: Sums,
): Pick<Dataset, 'rows' | 'weightSum' | 'target'> {
  return { rows, weightSum: weight, target: { ...target, positives, negatives: rows - positives } };
}
