/** Rows as the scanner gives them: columns of numbers and codes. */
import type { BumpMemory } from './bumpMemory.js';
import type { Place, Scanner, ScanPlan } from './scanner.js';

const BLOCK_ROWS = 32;

/** Bytes of the numbers and codes of a batch, about: they stay in the second-level cache. */
const BATCH_BYTES = 1 << 18;

/**
 * n rows of d numbers, k codes and a label each, in the blocks of src/dataset/shards.ts. Cells are indexed by
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
}

/** Takes the memory of a batch. */
export function createPlace({ take }: BumpMemory, { numerics, factors, weight }: ScanPlan): Place {
  const [d, k] = [numerics.length, factors.length];
  const blocks = Math.max(1, Math.floor(BATCH_BYTES / (BLOCK_ROWS * (8 * d + 4 * k + 8))));
  const room = BLOCK_ROWS * blocks;
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

/** The rows that the scanner has written to `place`, from its first on. */
export function scannedRows({ memory }: BumpMemory, scanner: Scanner, place: Place): ScannedRows {
  const { numerics, factors } = scanner.plan;
  const { rows } = scanner;
  const texts = factors.map((_, f) => scanner.texts(f));
  const labels = scanner.labels();
  const padded = BLOCK_ROWS * Math.ceil(rows / BLOCK_ROWS);
  const { buffer } = memory;
  return {
    rows,
    X: new Float64Array(buffer, place.X, padded * numerics.length),
    codes: new Int32Array(buffer, place.codes, padded * factors.length),
    y: new Float64Array(buffer, place.y, padded),
    c: place.c === 0 ? undefined : new Float64Array(buffer, place.c, padded),
    lines: new Uint32Array(buffer, place.lines, rows),
    missing: new Uint32Array(buffer, place.missing, rows),
    hasMissing: scanner.hasMissing,
    texts,
    labels,
  };
}
