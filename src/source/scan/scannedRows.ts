/** Rows as the scanner gives them: columns of numbers and codes. */

import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory } from '../../runtime/sharedMemory.js';
import type { SealedColumns } from '../../storage/sealedColumns.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import type { Place, Scanner, ScanPlan } from './scanner.js';

/** Bytes of the numbers and codes of a batch, about: they stay in the second-level cache. */
const BATCH_BYTES = 1 << 18;

/**
 * n rows of d numbers, k codes and a label each, in the blocks of src/storage/shards.ts. Cells are indexed by
 * columns as the plan lists them. The arrays are views of the scanner's memory: the next batch overwrites them.
 */
export interface ScannedRows {
  /** n */
  readonly rows: number;
  /** Numbers less their pivots (blocks x d x 32); NaN where missing. */
  readonly X: Float64Array;
  /** Places of texts in `texts` (blocks x k x 32); -1 where missing. */
  readonly codes: Int32Array;
  /** Places of texts in `labels` (blocks x 32); -1 where missing. */
  readonly y: Float64Array;
  /** Row weights (blocks x 32), NaN where missing; undefined when no column holds them. */
  readonly c: Float64Array | undefined;
  /** Line on which each row starts (n). */
  readonly lines: Uint32Array;
  /** Missing cells of each row (n), out of all but the ignored columns. */
  readonly missing: Uint32Array;
  /** Whether any of these cells is missing. */
  readonly hasMissing: boolean;
  /**
   * The different texts of each factor (k), trimmed, in order of first appearance. The list of a factor is the
   * same object in every batch that was coded by it, and only ever grows; there may be several in turn.
   */
  readonly texts: readonly (readonly string[])[];
  /** The different texts of the target, likewise. */
  readonly labels: readonly string[];
  /** The numbers once more, sealed, where the rows are a whole shard of which no cell is missing. */
  readonly sealed: SealedColumns | undefined;
}

/** Rows that a batch has room for. */
export function batchRows({ numerics, factors }: ScanPlan): number {
  return Math.max(1, Math.floor(BATCH_BYTES / (8 * numerics.length + 4 * factors.length + 8)));
}

/** Takes the memory of a batch of so many rows, or a few more. */
export function createPlace(
  { take }: BumpAllocator,
  { numerics, factors, weight }: ScanPlan,
  rows: number,
): Place {
  const [d, k] = [numerics.length, factors.length];
  const room = BLOCK_ROWS * Math.ceil(rows / BLOCK_ROWS);
  return {
    room,
    X: take(8 * room * d),
    codes: take(4 * room * k),
    y: take(8 * room),
    c: weight === undefined ? 0 : take(8 * room),
    lines: take(4 * room),
    missing: take(4 * room),
  };
}

/** What a scanner tells of the rows that it has written to a place, from its first on. */
export type ScannedBatch = Pick<ScannedRows, 'rows' | 'hasMissing' | 'texts' | 'labels' | 'sealed'>;

export function batchOf(scanner: Scanner): ScannedBatch {
  return {
    rows: scanner.rows,
    hasMissing: scanner.hasMissing,
    texts: scanner.plan.factors.map((_, f) => scanner.texts(f)),
    labels: scanner.labels(),
    sealed: undefined,
  };
}

/** Views of a place with what is told of its rows. */
export function scannedRows(
  { buffer }: SharedMemory,
  { numerics, factors }: ScanPlan,
  place: Place,
  batch: ScannedBatch,
): ScannedRows {
  const { rows } = batch;
  const padded = BLOCK_ROWS * Math.ceil(rows / BLOCK_ROWS);
  return {
    ...batch,
    X: new Float64Array(buffer, place.X, padded * numerics.length),
    codes: new Int32Array(buffer, place.codes, padded * factors.length),
    y: new Float64Array(buffer, place.y, padded),
    c: place.c === 0 ? undefined : new Float64Array(buffer, place.c, padded),
    lines: new Uint32Array(buffer, place.lines, rows),
    missing: new Uint32Array(buffer, place.missing, rows),
  };
}
