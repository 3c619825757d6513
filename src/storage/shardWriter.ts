/** Collects rows into shards. */

import type { SealedColumns } from './sealedColumns.js';
import {
  allocate,
  BLOCK_ROWS,
  rowsPerShard,
  type Shard,
  type ShardArrays,
  type ShardShape,
  shardOf,
} from './shards.js';
import type { ShardStore } from './store.js';

/** Rows that there is room for at first: most tables are small, and fresh memory costs time. */
const FIRST_ROWS = 1024;

export class ShardWriter {
  readonly #store: ShardStore;
  readonly #onShard: (shard: Shard) => void;
  /** Shape of a full shard. */
  readonly #full: ShardShape;
  /** None are needed where whole shards are adopted. */
  #arrays: ShardArrays | undefined;
  /** Rows that the arrays have room for. */
  #room: number;
  #rows = 0;

  /**
   * @param onShard told every shard before it goes to the store
   * @param capacity rows of a full shard, a multiple of 32
   */
  constructor(
    store: ShardStore,
    d: number,
    k: number,
    isWeighted = false,
    onShard: (shard: Shard) => void = () => {},
    capacity = rowsPerShard(d, k),
  ) {
    this.#store = store;
    this.#onShard = onShard;
    this.#full = { rows: capacity, d, k, isWeighted };
    this.#room = Math.min(FIRST_ROWS, capacity);
    this.#arrays = this.#allocate();
  }

  /** Only full shards go to where they are to stay: for a small table it may never be needed. */
  #allocate(): ShardArrays {
    return this.#room === this.#full.rows
      ? this.#store.room(this.#full)
      : allocate({ ...this.#full, rows: this.#room });
  }

  /** Appends one row: x (d), codes (k), y, and its weight. */
  push(x: Float64Array, rowCodes: Int32Array, label: number, weight = 1): void {
    const { X, codes, y, c } = this.#arraysWithRoom();
    const { d, k } = this.#full;
    const b = Math.floor(this.#rows / BLOCK_ROWS);
    const i = this.#rows % BLOCK_ROWS;
    for (let j = 0, p = b * d * BLOCK_ROWS + i; j < d; j++, p += BLOCK_ROWS) X[p] = x[j]!;
    for (let f = 0, p = b * k * BLOCK_ROWS + i; f < k; f++, p += BLOCK_ROWS) codes[p] = rowCodes[f]!;
    if (c !== undefined) c[this.#rows] = weight;
    y[this.#rows++] = label;
  }

  /**
   * Appends rows that are in blocks already.
   *
   * @param c their weights; 1 where there are none
   */
  pushBlocks({ rows, X, codes, y, c }: Shard): void {
    const { d, k } = this.#full;
    for (let row = 0; row < rows; ) {
      const arrays = this.#arraysWithRoom();
      // to the end of a block here or there; the room is whole blocks
      const from = row % BLOCK_ROWS;
      const to = this.#rows % BLOCK_ROWS;
      const whole = from === 0 && to === 0 ? wholeBlocks(Math.min(rows - row, this.#room - this.#rows)) : 0;
      if (whole > 0) {
        arrays.X.set(X.subarray(row * d, (row + whole) * d), this.#rows * d);
        arrays.codes.set(codes.subarray(row * k, (row + whole) * k), this.#rows * k);
        arrays.y.set(y.subarray(row, row + whole), this.#rows);
        if (c !== undefined) arrays.c!.set(c.subarray(row, row + whole), this.#rows);
        else arrays.c?.fill(1, this.#rows, this.#rows + whole);
        row += whole;
        this.#rows += whole;
        continue;
      }
      const n = Math.min(rows - row, BLOCK_ROWS - Math.max(from, to));
      copyNumbers(X, (row - from) * d + from, arrays.X, (this.#rows - to) * d + to, d, n);
      copyCodes(codes, (row - from) * k + from, arrays.codes, (this.#rows - to) * k + to, k, n);
      copyNumbers(y, row, arrays.y, this.#rows, 1, n);
      if (c !== undefined) copyNumbers(c, row, arrays.c!, this.#rows, 1, n);
      else arrays.c?.fill(1, this.#rows, this.#rows + n);
      row += n;
      this.#rows += n;
    }
  }

  /** Rows in the shard that is being filled, and those of a full one. */
  get fill(): { readonly rows: number; readonly capacity: number } {
    const { rows: capacity } = this.#full;
    return { rows: this.#rows % capacity, capacity };
  }

  /**
   * Appends a full shard that has been sealed elsewhere; takes a copy of it.
   *
   * @returns false where a shard is being filled, or it is not a full one; then nothing is taken
   */
  adopt(shard: Shard, sealed: SealedColumns): boolean {
    const { rows: capacity, isWeighted } = this.#full;
    if (this.fill.rows > 0 || shard.rows !== capacity || isWeighted) return false;
    if (this.#rows > 0) {
      this.#flush();
      this.#arrays = undefined;
    }
    this.#store.adopt(shardOf(shard, capacity, this.#full.d, this.#full.k), sealed);
    return true;
  }

  /** With room for a row: widens the arrays, or starts the next shard when they are full. */
  #arraysWithRoom(): ShardArrays {
    if (this.#arrays !== undefined && this.#rows < this.#room) return this.#arrays;
    const { rows: capacity } = this.#full;
    const before = this.#arrays;
    if (before !== undefined && this.#room === capacity) this.#flush();
    else if (before !== undefined) this.#room = Math.min(4 * this.#room, capacity);
    const arrays = this.#allocate();
    this.#arrays = arrays;
    if (before !== undefined && this.#rows > 0) {
      // whole blocks, so they keep their places
      arrays.X.set(before.X);
      arrays.codes.set(before.codes);
      arrays.y.set(before.y);
      if (before.c !== undefined) arrays.c!.set(before.c);
    }
    return arrays;
  }

  #flush(): void {
    const shard = shardOf(this.#arrays!, this.#rows, this.#full.d, this.#full.k);
    this.#onShard(shard);
    this.#store.append(shard);
    this.#rows = 0;
  }

  /** Puts all rows so far into the store. The writer must not be used afterwards. */
  finish(): void {
    if (this.#rows > 0) this.#flush();
  }
}

/** Of so many rows, those of whole blocks. */
function wholeBlocks(rows: number): number {
  return rows - (rows % BLOCK_ROWS);
}

/** Copies n rows of a block of `columns` columns, the first of which are at `p` and at `q`. */
function copyNumbers(
  from: Float64Array,
  p: number,
  to: Float64Array,
  q: number,
  columns: number,
  n: number,
): void {
  for (let j = 0; j < columns; j++, p += BLOCK_ROWS, q += BLOCK_ROWS) {
    let i = 0;
    for (; i <= n - 4; i += 4) {
      to[q + i] = from[p + i]!;
      to[q + i + 1] = from[p + i + 1]!;
      to[q + i + 2] = from[p + i + 2]!;
      to[q + i + 3] = from[p + i + 3]!;
    }
    for (; i < n; i++) to[q + i] = from[p + i]!;
  }
}

/** The same for codes: one loop over both kinds of arrays would be several times slower. */
function copyCodes(from: Int32Array, p: number, to: Int32Array, q: number, columns: number, n: number): void {
  for (let j = 0; j < columns; j++, p += BLOCK_ROWS, q += BLOCK_ROWS) {
    for (let i = 0; i < n; i++) to[q + i] = from[p + i]!;
  }
}
