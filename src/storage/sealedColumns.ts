/** The columns of one full shard, sealed by the thread that has read them, in a memory of its own. */
import type { SharedMemory } from '../runtime/sharedMemory.js';
import { type Codec, roomBytes } from './codec.js';
import { layoutOf } from './place.js';
import {
  kernelLoops,
  loopsBytes,
  momentsIn,
  momentsLength,
  momentsOf,
  rangesIn,
  type ShardMoments,
} from './shardMoments.js';
import { BLOCK_ROWS, type ShardShape } from './shards.js';

/** A view of the memory of the thread: holds until the rows are taken. */
export interface SealedColumns {
  /** Forms and columns as they begin a sealed shard (`place.ts`). */
  readonly bytes: Uint8Array;
  /** Of these, those of the columns. */
  readonly columnBytes: number;
  readonly moments: ShardMoments;
}

/** Byte offsets into the memory of a thread, for the columns of one shard and for their moments. */
export interface SealingPlace {
  readonly columns: number;
  readonly moments: number;
}

/** Bytes that the columns of a full shard take at most, those that sealing takes for itself included. */
export function sealingBytes(shape: ShardShape): number {
  return layoutOf(shape).byteLength + roomBytes(shape.d) + loopsBytes(shape.d);
}

/**
 * Seals d columns of doubles (blocks x d x 32) that lie in the memory at `X`.
 *
 * @returns bytes of the columns at `to`
 */
export function sealColumns(
  codec: Codec,
  { buffer }: SharedMemory,
  shape: ShardShape,
  X: number,
  to: SealingPlace,
): number {
  const { rows, d } = shape;
  const layout = layoutOf(shape);
  const room = to.columns + layout.byteLength;
  const shard = { rows, X: new Float64Array(buffer, X, rows * d) };
  const values = new Float64Array(buffer, to.moments, momentsLength(d));
  const roomOfLoops = room + roomBytes(d);
  const loops = kernelLoops(codec, buffer, shard, roomOfLoops);
  momentsOf({ ...shard, codes: NO_CODES, y: NO_LABELS, c: undefined }, d, loops, values);
  const ranges = rangesIn(roomOfLoops);
  return codec.encode(X, rows / BLOCK_ROWS, d, ranges, to.columns, to.columns + layout.X, room);
}

const NO_CODES = new Int32Array(0);
const NO_LABELS = new Float64Array(0);

/** What `sealColumns` has left in the memory. */
export function sealedColumns(
  { buffer }: SharedMemory,
  shape: ShardShape,
  { columns, moments }: SealingPlace,
  columnBytes: number,
): SealedColumns {
  const { X } = layoutOf(shape);
  return {
    bytes: new Uint8Array(buffer, columns, X + columnBytes),
    columnBytes,
    moments: momentsIn(new Float64Array(buffer, moments, momentsLength(shape.d))),
  };
}
