/**
 * The data in memory: shards of whole blocks of 32 rows, each block stored column by column.
 *
 *   m rows, d numeric columns, k factors; block b holds rows [32 b, 32 b + 32) of its shard
 *
 *   X      (blocks x d x 32)   X[(b d + j) 32 + i]      value of numeric column j
 *   codes  (blocks x k x 32)   codes[(b k + f) 32 + i]  level of factor f, 0 is the baseline
 *   y      (blocks x 32)       y[b 32 + i]              label, 0 or 1
 *   c      (blocks x 32)       c[b 32 + i]              weight of the row, positive; absent where all are 1
 *
 * A block of a few dozen columns stays in the first-level cache for the forward and the backward visit.
 * Shards are cut by size alone, so sums over them come out the same however they are computed. Rows past
 * the end of the last block are zeros and must not be visited.
 */

export const BLOCK_ROWS = 32;

const SHARD_BYTES = 1 << 20;

export interface ShardArrays {
  readonly X: Float64Array;
  readonly codes: Int32Array;
  readonly y: Float64Array;
  readonly c: Float64Array | undefined;
}

export interface Shard extends ShardArrays {
  readonly rows: number;
}

/** What a shard has room for. */
export interface ShardShape {
  /** A multiple of 32. */
  readonly rows: number;
  readonly d: number;
  readonly k: number;
  readonly isWeighted: boolean;
}

/** Rows of a full shard of d numeric columns and k factors: a multiple of 32, about a MiB. */
export function rowsPerShard(d: number, k: number): number {
  const blockBytes = BLOCK_ROWS * (8 * d + 4 * k + 8);
  return BLOCK_ROWS * Math.max(1, Math.floor(SHARD_BYTES / blockBytes));
}

/** Where the number of a row is in X, or in codes, of d columns. */
export function placeIn(d: number, column: number, row: number): number {
  const inBlock = row % BLOCK_ROWS;
  return (row - inBlock) * d + column * BLOCK_ROWS + inBlock;
}

export function allocate({ rows, d, k, isWeighted }: ShardShape): ShardArrays {
  return {
    X: new Float64Array(rows * d),
    codes: new Int32Array(rows * k),
    y: new Float64Array(rows),
    c: isWeighted ? new Float64Array(rows) : undefined,
  };
}

/** The arrays cut to the blocks that hold `rows` rows; views of the same memory. */
export function shardOf({ X, codes, y, c }: ShardArrays, rows: number, d: number, k: number): Shard {
  const padded = Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS;
  return {
    rows,
    X: X.subarray(0, padded * d),
    codes: codes.subarray(0, padded * k),
    y: y.subarray(0, padded),
    c: c?.subarray(0, padded),
  };
}

/** The same in arrays of its own. */
export function copyOf({ rows, X, codes, y, c }: Shard): Shard {
  return { rows, X: X.slice(), codes: codes.slice(), y: y.slice(), c: c?.slice() };
}

/**
 * The shard with only the named columns left, in their order; moves the values in place.
 *
 * @param numerics kept numeric columns, ascending indices below d
 * @param factors kept factors, ascending indices below k
 */
export function keepColumns(
  shard: Shard,
  d: number,
  k: number,
  numerics: readonly number[],
  factors: readonly number[],
): Shard {
  // columns that stay are not looked at
  if (numerics.length === d && factors.length === k) return shard;
  return {
    ...shard,
    X: keepInBlocks(shard.X, d, numerics),
    codes: keepInBlocks(shard.codes, k, factors),
  };
}

function keepInBlocks<T extends Float64Array | Int32Array>(
  values: T,
  columns: number,
  kept: readonly number[],
): T {
  if (kept.length === columns) return values;
  let to = 0;
  for (let block = 0; block < values.length; block += columns * BLOCK_ROWS) {
    for (const column of kept) {
      const from = block + column * BLOCK_ROWS;
      values.copyWithin(to, from, from + BLOCK_ROWS);
      to += BLOCK_ROWS;
    }
  }
  return values.subarray(0, to) as T;
}

/**
 * Calls `visit` with the start of column `column` in each block of a table of `columns` columns, and the
 * number of rows of that block.
 */
export function eachBlock(
  shard: Shard,
  columns: number,
  column: number,
  visit: (start: number, rows: number) => void,
): void {
  for (let row = 0; row < shard.rows; row += BLOCK_ROWS) {
    visit(row * columns + column * BLOCK_ROWS, Math.min(BLOCK_ROWS, shard.rows - row));
  }
}
