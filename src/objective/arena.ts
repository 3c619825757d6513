/**
 * Shards in the memory of the kernel, where threads and plain TypeScript see the same bytes, and past a bound in a
 * temporary file.
 *
 *   memory   [table of constants | shards, up to a GiB of them | what objectives reserve]
 *
 * A memory ends at 4 GiB, so there are as many as it takes.
 */
import { BceError } from '../errors.js';
import type { TempFile } from '../source/tempFile.js';
import { ArenaStore } from './arenaStore.js';
import { createMemory, MOST_PAGES, PAGE, type SharedMemory, TABLE_BYTES } from './simd.js';

export interface ArenaOptions {
  /** Bytes of shards in all memories together, default no bound; and what opens the file for those beyond. */
  readonly bound?: { readonly bytes: number; readonly openFile: () => TempFile } | undefined;
  /** Bytes of shards in one memory, unless a single one takes more; default a GiB. */
  readonly memoryBytes?: number | undefined;
}

/** Bytes in a memory. */
export interface Extent {
  /** Index of the memory. */
  readonly memory: number;
  readonly start: number;
}

/** Bytes of shards in a memory at most; what objectives need comes on top. */
const MEMORY_BYTES = 2 ** 30;

/** Memory grows by this much at a time; what is not written to costs nothing. */
const STEP_PAGES = 256;

/** Offsets are multiples of the line of a cache. */
const ALIGN = 64;

export class Arena {
  readonly memories: SharedMemory[] = [];
  readonly #bound: ArenaOptions['bound'];
  readonly #memoryBytes: number;
  /** Bytes in use of each memory. */
  readonly #used: number[] = [];
  #shardBytes = 0;
  #file: TempFile | undefined;
  #fileBytes = 0;
  /** Whether addresses have run out, so that shards lie elsewhere, where the kernel does not see them. */
  isScarce = false;

  constructor({ bound, memoryBytes = MEMORY_BYTES }: ArenaOptions = {}) {
    this.#bound = bound;
    this.#memoryBytes = memoryBytes;
  }

  /** A home for the shards of one dataset. */
  createStore(): ArenaStore {
    return new ArenaStore(this);
  }

  /** Whether a shard may be held in memory. */
  hasRoom(byteLength: number): boolean {
    return this.#bound === undefined || this.#shardBytes + byteLength <= this.#bound.bytes;
  }

  /** The same, but undefined where the process may have no more addresses (`ulimit -v`). */
  tryTakeShard(byteLength: number): Extent | undefined {
    if (!this.isScarce) {
      try {
        return this.takeShard(byteLength);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        this.isScarce = true;
        return undefined;
      }
    }
    // elsewhere they are memory as well
    this.#shardBytes += byteLength;
    return undefined;
  }

  /** Room for the bytes of a shard, which are zeros. @throws BceError OUT_OF_MEMORY */
  takeShard(byteLength: number): Extent {
    this.#shardBytes += byteLength;
    const last = this.memories.length - 1;
    const isFull = last < 0 || this.#used[last]! + byteLength > this.#memoryBytes;
    const memory = isFull ? this.#addMemory() : last;
    return { memory, start: this.reserve(memory, byteLength) };
  }

  #addMemory(): number {
    this.#used.push(TABLE_BYTES);
    return this.memories.push(orOutOfMemory(createMemory)) - 1;
  }

  /** Room in the last memory that has it, or in a new one; as `reserve` gives it. */
  reserveAnywhere(byteLength: number): Extent {
    const last = this.memories.length - 1;
    const memory = last >= 0 && this.left(last) >= byteLength ? last : this.#addMemory();
    return { memory, start: this.reserve(memory, byteLength) };
  }

  /**
   * Room for something else, not zeroed; stays taken as long as the arena.
   *
   * @returns byte offset into the memory
   */
  reserve(memory: number, byteLength: number): number {
    const start = this.#used[memory]!;
    const end = start + aligned(byteLength);
    const { buffer } = this.memories[memory]!;
    if (end > buffer.byteLength) grow(this.memories[memory]!, end);
    this.#used[memory] = end;
    return start;
  }

  /** Bytes that may still be reserved in a memory. */
  left(memory: number): number {
    return MOST_PAGES * PAGE - this.#used[memory]! - ALIGN;
  }

  /** The file, and where in it `byteLength` fresh bytes are. @throws BceError TEMP_FILE */
  takeFile(byteLength: number): { readonly file: TempFile; readonly start: number } {
    this.#file ??= this.#bound!.openFile();
    const start = this.#fileBytes;
    this.#fileBytes += byteLength;
    return { file: this.#file, start };
  }

  /** Bytes in the file. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Gives the file up, and with it the shards that are there. */
  async close(): Promise<void> {
    await this.#file?.close();
  }
}

export function aligned(byteLength: number): number {
  return Math.ceil(byteLength / ALIGN) * ALIGN;
}

function grow(memory: SharedMemory, byteLength: number): void {
  const pages = memory.buffer.byteLength / PAGE;
  const wanted = Math.max(Math.ceil(byteLength / PAGE), Math.min(pages + STEP_PAGES, MOST_PAGES));
  orOutOfMemory(() => memory.grow(wanted - pages));
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof BceError && error.code === 'OUT_OF_MEMORY';
}

function orOutOfMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new BceError(
      'OUT_OF_MEMORY',
      `no memory for the data: ${(error as Error).message}`,
      '--memory SIZE holds less of them, and the rest in a temporary file',
    );
  }
}
