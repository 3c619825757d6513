/** Collects rows into shards. */
import { allocate, BLOCK_ROWS, rowsPerShard, type ShardArrays, type ShardShape, shardOf } from './shards.js';
import type { ShardStore } from './store.js';

/** Rows that there is room for at first: most tables are small, and fresh memory costs time. */
const FIRST_ROWS = 1024;

export class ShardWriter {
  readonly #store: ShardStore;
  /** Shape of a full shard. */
  readonly #full: ShardShape;
  #arrays: ShardArrays;
  /** Rows that the arrays have room for. */
  #room: number;
  #rows = 0;

  /** @param capacity rows of a full shard, a multiple of 32 */
  constructor(store: ShardStore, d: number, k: number, isWeighted = false, capacity = rowsPerShard(d, k)) {
    this.#store = store;
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
    if (this.#rows === this.#room) this.#makeRoom();
    const { X, codes, y, c } = this.#arrays;
    const { d, k } = this.#full;
    const b = Math.floor(this.#rows / BLOCK_ROWS);
    const i = this.#rows % BLOCK_ROWS;
    for (let j = 0, p = b * d * BLOCK_ROWS + i; j < d; j++, p += BLOCK_ROWS) X[p] = x[j]!;
    for (let f = 0, p = b * k * BLOCK_ROWS + i; f < k; f++, p += BLOCK_ROWS) codes[p] = rowCodes[f]!;
    if (c !== undefined) c[this.#rows] = weight;
    y[this.#rows++] = label;
  }

  /** Widens the arrays, or starts the next shard when they are full. */
  #makeRoom(): void {
    if (this.#room === this.#full.rows) {
      this.#flush();
      this.#arrays = this.#allocate();
      return;
    }
    const { X, codes, y, c } = this.#arrays;
    this.#room = Math.min(4 * this.#room, this.#full.rows);
    this.#arrays = this.#allocate();
    // whole blocks, so they keep their places
    this.#arrays.X.set(X);
    this.#arrays.codes.set(codes);
    this.#arrays.y.set(y);
    if (c !== undefined) this.#arrays.c!.set(c);
  }

  #flush(): void {
    this.#store.append(shardOf(this.#arrays, this.#rows, this.#full.d, this.#full.k));
    this.#rows = 0;
  }

  /** Puts all rows so far into the store. The writer must not be used afterwards. */
  finish(): void {
    if (this.#rows > 0) this.#flush();
  }
}
