/** Where the parts of a shard lie. */
import { aligned } from '../runtime/bumpAllocator.js';
import { formsBytes } from './codec.js';
import { BLOCK_ROWS, type ShardArrays, type ShardShape } from './shards.js';

/** Bytes in a memory. */
export interface Extent {
  /** Index of the memory. */
  readonly memory: number;
  readonly start: number;
}

/** Bytes from the start of a shard, and its length. */
export interface Layout {
  /** Columns as their forms say, which are at 0. */
  readonly X: number;
  readonly codes: number;
  readonly y: number;
  /** 0 for none. */
  readonly c: number;
  readonly byteLength: number;
}

/** Byte offsets into a memory. */
export interface Place {
  /** Index of the memory. */
  readonly memory: number;
  readonly rows: number;
  readonly forms: number;
  readonly X: number;
  readonly codes: number;
  readonly y: number;
  /** 0 for none. */
  readonly c: number;
}

/** @param bytes of the columns; default as doubles */
export function layoutOf({ rows, d, k, isWeighted }: ShardShape, bytes = 8 * rows * d): Layout {
  const X = aligned(formsBytes(d));
  const codes = X + aligned(bytes);
  const y = codes + aligned(4 * rows * k);
  const end = y + aligned(8 * rows);
  return { X, codes, y, c: isWeighted ? end : 0, byteLength: isWeighted ? end + aligned(8 * rows) : end };
}

/** The arrays of a shard, its columns being doubles. */
export function arraysAt(
  buffer: ArrayBufferLike,
  start: number,
  layout: Layout,
  shape: ShardShape,
): ShardArrays {
  return {
    X: new Float64Array(buffer, start + layout.X, shape.rows * shape.d),
    ...rowsAt(buffer, start, layout, shape),
  };
}

/** The arrays of a shard but for its columns. */
export function rowsAt(
  buffer: ArrayBufferLike,
  start: number,
  { codes, y, c }: Layout,
  { rows, k }: ShardShape,
): Omit<ShardArrays, 'X'> {
  return {
    codes: new Int32Array(buffer, start + codes, rows * k),
    y: new Float64Array(buffer, start + y, rows),
    c: c === 0 ? undefined : new Float64Array(buffer, start + c, rows),
  };
}

export function placeAt({ memory, start }: Extent, { X, codes, y, c }: Layout, rows: number): Place {
  return {
    memory,
    rows,
    forms: start,
    X: start + X,
    codes: start + codes,
    y: start + y,
    c: c === 0 ? 0 : start + c,
  };
}

/** Rows up to whole blocks. */
export function padded(rows: number): number {
  return Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS;
}
