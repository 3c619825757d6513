/** What the columns say of y one by one. */
import type { Dataset } from '../dataset/dataset.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS, eachBlock, type Shard } from '../storage/shards.js';

/** Least and greatest value of a numeric column in the rows of one class; min > max where there are none. */
export interface Range {
  min: number;
  max: number;
}

export interface ByClass {
  /** Of each numeric column as stored (d), in the rows with y = 0 and with y = 1. */
  readonly ranges: readonly (readonly [Range, Range])[];
  /** Rows of each level of each factor, with y = 0 and with y = 1. */
  readonly counts: readonly (readonly (readonly [number, number])[])[];
}

/**
 * Cost: one pass over the rows at most; a column is not looked at any more once its rows rule a rule out.
 */
export async function byClassOf({ design: { numerics: d, factors }, shards }: Dataset): Promise<ByClass> {
  const ranges = Array.from({ length: d }, (): [Range, Range] => [emptyRange(), emptyRange()]);
  const counts = factors.map(({ levels }) => Array.from({ length: levels }, (): [number, number] => [0, 0]));
  const yielder = createYielder();
  let numerics = [...ranges.keys()];
  let categorical = [...counts.keys()];
  for await (const shard of shards) {
    for (const j of numerics) widen(ranges[j]!, shard, d, j);
    for (const f of categorical) count(counts[f]!, shard, factors.length, f);
    numerics = numerics.filter((j) => !areMixed(ranges[j]!));
    categorical = categorical.filter((f) => counts[f]!.some(([zeros, ones]) => zeros === 0 || ones === 0));
    if (numerics.length === 0 && categorical.length === 0) break;
    if (yielder.isDue(shard.X.length + shard.codes.length)) await yielder.yield();
  }
  return { ranges, counts };
}

/** Whether neither class is all on one side of the other. */
function areMixed([zeros, ones]: readonly [Range, Range]): boolean {
  return zeros.max > ones.min && ones.max > zeros.min;
}

function emptyRange(): Range {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
}

function widen(ranges: readonly [Range, Range], shard: Shard, d: number, j: number): void {
  const { X, y, rows } = shard;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rows - row);
    for (let i = 0, p = row * d + j * BLOCK_ROWS; i < n; i++, p++) {
      const range = ranges[y[row + i] as 0 | 1];
      const x = X[p]!;
      if (x < range.min) range.min = x;
      if (x > range.max) range.max = x;
    }
  }
}

/** Adds the rows of each level of factor f of k, by label. */
function count(rows: readonly [number, number][], { codes, y, ...shard }: Shard, k: number, f: number): void {
  let row = 0;
  eachBlock({ codes, y, ...shard }, k, f, (start, n) => {
    for (let i = start; i < start + n; i++, row++) rows[codes[i]!]![y[row] as 0 | 1]++;
  });
}
