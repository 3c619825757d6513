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

export interface Shard {
  readonly rows: number;
  readonly X: Float64Array;
  readonly codes: Int32Array;
  readonly y: Float64Array;
  readonly c: Float64Array | undefined;
}

/** Copies a full shard to where it is to stay, so that its buffers may be used for the next. */
export type Keep = (shard: Shard) => Shard;

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
  readonly #isWeighted: boolean;
  readonly #capacity: number;
  readonly #keep: Keep | undefined;
  readonly #full: Shard[] = [];
  #buffers: Omit<Shard, 'rows'>;
  /** Rows that the buffers have room for. */
  #room = 0;
  #rows = 0;

  /**
   * @param keep takes full shards; without it they stay in the buffers that they were filled in
   * @param capacity rows of a full shard, a multiple of 32
   */
  constructor(d: number, k: number, isWeighted = false, keep?: Keep, capacity = rowsPerShard(d, k)) {
    this.#d = d;
    this.#k = k;
    this.#isWeighted = isWeighted;
    this.#capacity = capacity;
    this.#keep = keep;
    this.#room = Math.min(FIRST_ROWS, capacity);
    this.#buffers = this.#allocate();
  }

  #allocate(): Omit<Shard, 'rows'> {
    const room = this.#room;
    return {
      X: new Float64Array(room * this.#d),
      codes: new Int32Array(room * this.#k),
      y: new Float64Array(room),
      c: this.#isWeighted ? new Float64Array(room) : undefined,
    };
  }

  /** Appends one row: x (d), codes (k), y, and its weight. */
  push(x: Float64Array, rowCodes: Int32Array, label: number, weight = 1): void {
    if (this.#rows === this.#room) this.#makeRoom();
    const { X, codes, y, c } = this.#buffers;
    const d = this.#d;
    const k = this.#k;
    const b = Math.floor(this.#rows / BLOCK_ROWS);
    const i = this.#rows % BLOCK_ROWS;
    for (let j = 0, p = b * d * BLOCK_ROWS + i; j < d; j++, p += BLOCK_ROWS) X[p] = x[j]!;
    for (let f = 0, p = b * k * BLOCK_ROWS + i; f < k; f++, p += BLOCK_ROWS) codes[p] = rowCodes[f]!;
    if (c !== undefined) c[this.#rows] = weight;
    y[this.#rows++] = label;
  }

  /** Widens the buffers, or starts the next shard when they are full. */
  #makeRoom(): void {
    const filled = this.#buffers;
    const isFull = this.#room === this.#capacity;
    if (isFull && this.#keep !== undefined) {
      this.#full.push(this.#keep({ rows: this.#rows, ...filled }));
      this.#rows = 0;
      for (const buffer of [filled.X, filled.codes, filled.y]) buffer.fill(0);
      return;
    }
    if (isFull) this.#full.push({ rows: this.#rows, ...filled });
    else this.#room = Math.min(4 * this.#room, this.#capacity);
    this.#buffers = this.#allocate();
    if (isFull) {
      this.#rows = 0;
    } else {
      // whole blocks, so they keep their places
      this.#buffers.X.set(filled.X);
      this.#buffers.codes.set(filled.codes);
      this.#buffers.y.set(filled.y);
      if (filled.c !== undefined) this.#buffers.c?.set(filled.c);
    }
  }

  /** All rows so far. The writer must not be used afterwards. */
  finish(): Shard[] {
    if (this.#rows > 0) {
      const padded = Math.ceil(this.#rows / BLOCK_ROWS) * BLOCK_ROWS;
      const { X, codes, y, c } = this.#buffers;
      this.#full.push({
        rows: this.#rows,
        X: X.slice(0, padded * this.#d),
        codes: codes.slice(0, padded * this.#k),
        y: y.slice(0, padded),
        c: c?.slice(0, padded),
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
  // the shards themselves where nothing goes: they may lie where they are to stay
  if (numerics.length === d && factors.length === k) return [...shards];
  return shards.map((shard) => ({
    ...shard,
    X: keepInBlocks(shard.X, d, numerics),
    codes: keepInBlocks(shard.codes, k, factors),
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
