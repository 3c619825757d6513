/**
 * Shards in the memory of the kernel, where threads and plain TypeScript see the same bytes.
 *
 *   memory   [table of constants | shards, up to a GiB of them | what objectives reserve]
 *
 * A memory ends at 4 GiB, so there are as many as it takes.
 */
import type { Shard } from '../dataset/shards.js';
import { BceError } from '../errors.js';
import { createMemory, MOST_PAGES, PAGE, type SharedMemory, TABLE_BYTES } from './simd.js';

/** Where a shard lies: byte offsets into a memory. */
export interface Place {
  /** Index of the memory. */
  readonly memory: number;
  readonly rows: number;
  readonly X: number;
  readonly codes: number;
  readonly y: number;
  /** 0 for none. */
  readonly c: number;
}

export interface Arena {
  readonly memories: readonly SharedMemory[];
  /** Copies a shard into the arena; the copy takes its place, and what it was copied from may be used anew. */
  keep(shard: Shard): Shard;
  /** Where a shard that `keep` returned lies. */
  placeOf(shard: Shard): Place | undefined;
  /**
   * Room for something else, not zeroed; stays taken as long as the arena.
   *
   * @returns byte offset into the memory
   */
  reserve(memory: number, byteLength: number): number;
  /** Bytes that may still be reserved in a memory. */
  left(memory: number): number;
}

/** Bytes of shards in a memory at most; what objectives need comes on top. */
const SHARD_BYTES = 2 ** 30;

/** Memory grows by this much at a time; what is not written to costs nothing. */
const STEP_PAGES = 256;

/** Offsets are multiples of the line of a cache. */
const ALIGN = 64;

/** @param shardBytes bytes of shards in a memory at most, unless one shard alone takes more */
export function createArena(shardBytes = SHARD_BYTES): Arena {
  const memories: SharedMemory[] = [];
  /** Bytes in use of each memory. */
  const used: number[] = [];
  const places = new WeakMap<Shard, Place>();

  function reserve(memory: number, byteLength: number): number {
    const start = used[memory]!;
    const end = start + Math.ceil(byteLength / ALIGN) * ALIGN;
    const { buffer } = memories[memory]!;
    if (end > buffer.byteLength) grow(memories[memory]!, end);
    used[memory] = end;
    return start;
  }

  function copied<T extends Float64Array | Int32Array>(values: T, memory: number): readonly [T, number] {
    const start = reserve(memory, values.byteLength);
    const { buffer } = memories[memory]!;
    const copy = (
      values instanceof Float64Array
        ? new Float64Array(buffer, start, values.length)
        : new Int32Array(buffer, start, values.length)
    ) as T;
    copy.set(values);
    return [copy, start];
  }

  return {
    memories,
    keep({ rows, X, codes, y, c }) {
      const byteLength = X.byteLength + codes.byteLength + y.byteLength + (c?.byteLength ?? 0);
      let memory = memories.length - 1;
      if (memory < 0 || used[memory]! + byteLength > shardBytes) {
        memory = memories.push(orOutOfMemory(createMemory)) - 1;
        used.push(TABLE_BYTES);
      }
      const [keptX, atX] = copied(X, memory);
      const [keptCodes, atCodes] = copied(codes, memory);
      const [keptY, atY] = copied(y, memory);
      const [keptC, atC] = c === undefined ? [undefined, 0] : copied(c, memory);
      const kept = { rows, X: keptX, codes: keptCodes, y: keptY, c: keptC };
      places.set(kept, { memory, rows, X: atX, codes: atCodes, y: atY, c: atC });
      return kept;
    },
    placeOf: (shard) => places.get(shard),
    reserve,
    left: (memory) => MOST_PAGES * PAGE - used[memory]! - ALIGN,
  };
}

function grow(memory: SharedMemory, byteLength: number): void {
  const pages = memory.buffer.byteLength / PAGE;
  const wanted = Math.max(Math.ceil(byteLength / PAGE), Math.min(pages + STEP_PAGES, MOST_PAGES));
  orOutOfMemory(() => memory.grow(wanted - pages));
}

function orOutOfMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new BceError('OUT_OF_MEMORY', `no memory for the data: ${(error as Error).message}`);
  }
}
