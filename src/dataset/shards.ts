/**
 * The data in memory: shards of whole blocks of 32 rows, each block stored column by column.
 *
 *   m rows, d numeric columns, k factors; block b holds rows [32 b, 32 b + 32) of its shard
 *
 *   X      (blocks x d x 32)   X[(b d + j) 32 + i]      value of numeric column j
 *   codes  (blocks x k x 32)   codes[(b k + f) 32 + i]  level of factor f, 0 is the baseline
 *   y      (blocks x 32)       y[b 32 + i]              label, 0 or 1
 *
 * A block of a few dozen columns stays in the first-level cache for the forward and the backward visit.
 * Shards are cut by size alone, so sums over them come out the same however they are computed. Rows past
 * the end of the last block are zeros and must not be visited.
 */

export const BLOCK_ROWS = 32;

const SHARD_BYTES = 1 << 20;

export interface Shard {
  readonly rows: number;
  readonly X: Float64Array;
  readonly codes: Int32Array;
  readonly y: Float64Array;
}

/** Rows of a full shard of d numeric columns and k factors: a multiple of 32, about a MiB. */
export function rowsPerShard(d: number, k: number): number {
  const blockBytes = BLOCK_ROWS * (8 * d + 4 * k + 8);
  return BLOCK_ROWS * Math.max(1, Math.floor(SHARD_BYTES / blockBytes));
}

/** Rows that a shard has room for at first: most tables are small, and fresh memory costs time. */
const FIRST_ROWS = 1024;

/** Collects rows into shards. */
export class ShardWriter {
  readonly #d: number;
  readonly #k: number;
  readonly #capacity: number;
  readonly #full: Shard[] = [];
  #X: Float64Array;
  #codes: Int32Array;
  #y: Float64Array;
  /** Rows that the buffers have room for. */
  #room = 0;
  #rows = 0;

  /** @param capacity rows of a full shard, a multiple of 32 */
  constructor(d: number, k: number, capacity = rowsPerShard(d, k)) {
    this.#d = d;
    this.#k = k;
    this.#capacity = capacity;
    this.#room = Math.min(FIRST_ROWS, capacity);
    this.#X = new Float64Array(this.#room * d);
    this.#codes = new Int32Array(this.#room * k);
    this.#y = new Float64Array(this.#room);
  }

  /** Appends one row: x (d), codes (k), y. */
  push(x: Float64Array, codes: Int32Array, y: number): void {
    if (this.#rows === this.#room) this.#makeRoom();
    const d = this.#d;
    const k = this.#k;
    const b = Math.floor(this.#rows / BLOCK_ROWS);
    const i = this.#rows % BLOCK_ROWS;
    for (let j = 0, p = b * d * BLOCK_ROWS + i; j < d; j++, p += BLOCK_ROWS) this.#X[p] = x[j]!;
    for (let f = 0, p = b * k * BLOCK_ROWS + i; f < k; f++, p += BLOCK_ROWS) this.#codes[p] = codes[f]!;
    this.#y[this.#rows++] = y;
  }

  /** Widens the buffers, or starts the next shard when they are full. */
  #makeRoom(): void {
    const [X, codes, y] = [this.#X, this.#codes, this.#y];
    const isFull = this.#room === this.#capacity;
    if (isFull) this.#full.push({ rows: this.#rows, X, codes, y });
    else this.#room = Math.min(4 * this.#room, this.#capacity);
    this.#X = new Float64Array(this.#room * this.#d);
    this.#codes = new Int32Array(this.#room * this.#k);
    this.#y = new Float64Array(this.#room);
    if (isFull) {
      this.#rows = 0;
    } else {
      // whole blocks, so they keep their places
      this.#X.set(X);
      this.#codes.set(codes);
      this.#y.set(y);
    }
  }

  /** All rows so far. The writer must not be used afterwards. */
  finish(): Shard[] {
    if (this.#rows > 0) {
      const padded = Math.ceil(this.#rows / BLOCK_ROWS) * BLOCK_ROWS;
      this.#full.push({
        rows: this.#rows,
        X: this.#X.slice(0, padded * this.#d),
        codes: this.#codes.slice(0, padded * this.#k),
        y: this.#y.slice(0, padded),
      });
    }
    return this.#full;
  }
}

/**
 * The shards with only the named columns left, in their order; moves the values in place.
 *
 * @param numerics kept numeric columns, ascending indices below d
 * @param factors kept factors, ascending indices below k
 */
export function keepColumns(
  shards: readonly Shard[],
  d: number,
  k: number,
  numerics: readonly number[],
  factors: readonly number[],
): Shard[] {
  return shards.map(({ rows, X, codes, y }) => ({
    rows,
    X: keepInBlocks(X, d, numerics),
    codes: keepInBlocks(codes, k, factors),
    y,
  }));
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
  return values.slice(0, to) as T;
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
