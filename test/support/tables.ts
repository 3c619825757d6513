/** Tables of random numbers, straight in shards, for the kernels. */
import { type Dataset, designOf } from '../../src/dataset/dataset.js';
import type { Shard } from '../../src/storage/shards.js';
import { ShardWriter } from '../../src/storage/shardWriter.js';
import { ArrayStore, type ShardStore } from '../../src/storage/store.js';
import { seeded } from './support.js';

export interface TableShape {
  readonly rows: number;
  /** Numeric columns. */
  readonly d: number;
  /** Levels of each factor, at least 2. */
  readonly levels?: readonly number[];
  readonly isWeighted?: boolean;
  /** Default true. */
  readonly intercept?: boolean;
  /** Rows of a full shard, a multiple of 32. */
  readonly shardRows?: number;
  readonly seed?: number;
  /** Value of a row in numeric column j, from a random number in (-1, 1); default that number. */
  readonly cell?: (random: number, j: number, row: number) => number;
  /** Where the shards go; default plain arrays. */
  readonly store?: ShardStore;
}

/** What a kernel reads of a dataset: numbers in (-1, 1), labels, codes, weights in (0, 2). */
export function tableOf({
  rows,
  d,
  levels = [],
  isWeighted = false,
  intercept = true,
  shardRows,
  seed = 1,
  cell = (value) => value,
  store = new ArrayStore(),
}: TableShape): Dataset {
  const random = seeded(seed);
  const writer = new ShardWriter(store, d, levels.length, isWeighted, undefined, shardRows);
  const x = new Float64Array(d);
  const codes = new Int32Array(levels.length);
  let weightSum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) x[j] = cell(random(), j, i);
    levels.forEach((count, f) => {
      codes[f] = Math.floor(((random() + 1) / 2) * count);
    });
    const c = isWeighted ? random() + 1.0001 : 1;
    weightSum += c;
    writer.push(x, codes, random() > 0 ? 1 : 0, c);
  }
  writer.finish();
  let terms = d;
  const factors = levels.map((count) => {
    const start = terms;
    terms += count - 1;
    return { start, levels: count };
  });
  const zeros = new Float64Array(terms);
  return {
    name: 'table',
    shards: store,
    leftOut: [],
    rows,
    weightSum,
    weighting: { column: undefined, classWeight: undefined },
    design: designOf(d, factors, intercept),
    scaling: {
      pivot: zeros,
      mean: zeros,
      scale: zeros.map(() => 1),
      least: zeros.map(() => Number.NEGATIVE_INFINITY),
      most: zeros.map(() => Number.POSITIVE_INFINITY),
    },
    // no kernel looks at the rest
    features: [],
    target: { name: 'y', positive: '1', negative: '0', positives: 0, negatives: 0 },
    reading: { rowsRead: rows, dropped: 0, zeroWeights: 0, missing: [], numbersInHeader: [], filled: 0 },
  };
}

/** Shards that are in memory, each in arrays of its own. */
export function shardsOf({ shards }: Dataset): readonly Shard[] {
  if (shards instanceof ArrayStore) return shards.shards;
  return shards as readonly Shard[];
}

/** The rows as the weights see them: numeric columns, a column of 0 and 1 for each level, and one of ones. */
export function expandedRows(dataset: Dataset): { x: number[]; y: number; c: number }[] {
  const { numerics: d, factors, intercept } = dataset.design;
  return shardsOf(dataset).flatMap((shard) =>
    Array.from({ length: shard.rows }, (_, i) => {
      const block = i >> 5;
      const x = Array.from({ length: d }, (_, j) => shard.X[(block * d + j) * 32 + (i & 31)]!);
      factors.forEach(({ levels }, f) => {
        const code = shard.codes[(block * factors.length + f) * 32 + (i & 31)]!;
        for (let level = 1; level < levels; level++) x.push(code === level ? 1 : 0);
      });
      if (intercept) x.push(1);
      return { x, y: shard.y[i]!, c: shard.c?.[i] ?? 1 };
    }),
  );
}
