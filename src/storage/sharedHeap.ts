/**
 * Shards in the memory of the kernel, where threads and plain TypeScript see the same bytes, and past a bound in a
 * temporary file.
 *
 *   memory   [table of constants | shards, up to a GiB of them | what objectives reserve]
 *
 * A memory ends at 4 GiB, so there are as many as it takes.
 */
import { BceError } from '../errors.js';
import { type BumpAllocator, bumpAllocator } from '../runtime/bumpAllocator.js';
import { createMemory, MOST_PAGES, PAGE, type SharedMemory } from '../runtime/sharedMemory.js';
import type { TempFile } from '../runtime/tempFile.js';
import { type Codec, codecOver, isCodecKnown } from './codec.js';
import type { Extent } from './place.js';

export interface HeapOptions {
  /** Bytes of shards in all memories together, default no bound; and what opens the file for those beyond. */
  readonly bound?: { readonly bytes: number; readonly openFile: () => TempFile } | undefined;
  /** Bytes of shards in one memory, unless a single one takes more; default a GiB. */
  readonly memoryBytes?: number | undefined;
}

/** Bytes of shards in a memory at most; what objectives need comes on top. */
const MEMORY_BYTES = 2 ** 30;

/** Memory grows by this much at a time; what is not written to costs nothing. */
const STEP_PAGES = 256;

/** What every memory begins with: constants of the kernel. */
export const TABLE_BYTES = 4096;

export class SharedHeap {
  readonly memories: SharedMemory[] = [];
  readonly #allocators: BumpAllocator[] = [];
  readonly #codecs: Codec[] = [];
  readonly #bound: HeapOptions['bound'];
  readonly #memoryBytes: number;
  #shardBytes = 0;
  #file: TempFile | undefined;
  #fileBytes = 0;
  /** Whether addresses have run out, or there is no SIMD, so that shards lie elsewhere, where the kernel does not see them. */
  isScarce = !isCodecKnown();

  constructor({ bound, memoryBytes = MEMORY_BYTES }: HeapOptions = {}) {
    this.#bound = bound;
    this.#memoryBytes = memoryBytes;
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

  /** Addresses for the bytes of a shard, which are zeros. @throws BceError OUT_OF_MEMORY */
  takeShard(byteLength: number): Extent {
    this.#shardBytes += byteLength;
    const last = this.memories.length - 1;
    const isFull = last < 0 || this.#bytesIn(last) + byteLength > this.#memoryBytes;
    const memory = isFull ? this.#addMemory() : last;
    return { memory, start: this.reserve(memory, byteLength) };
  }

  #bytesIn(memory: number): number {
    return MOST_PAGES * PAGE - this.left(memory);
  }

  #addMemory(): number {
    const memory = orOutOfMemory(createMemory);
    this.#allocators.push(bumpAllocator(memory, TABLE_BYTES, STEP_PAGES));
    return this.memories.push(memory) - 1;
  }

  /** Bytes of the last memory that has as many left, or of a new one; as `reserve` gives them. */
  reserveAnywhere(byteLength: number): Extent {
    const last = this.memories.length - 1;
    const memory = last >= 0 && this.left(last) >= byteLength ? last : this.#addMemory();
    return { memory, start: this.reserve(memory, byteLength) };
  }

  /**
   * Bytes for something else, which stay taken as long as the heap.
   *
   * @returns byte offset into the memory
   */
  reserve(memory: number, byteLength: number): number {
    return orOutOfMemory(() => this.#allocators[memory]!.take(byteLength));
  }

  /** What works on narrow columns in a memory. */
  codecOf(memory: number): Codec {
    this.#codecs[memory] ??= codecOver(this.memories[memory]!);
    return this.#codecs[memory]!;
  }

  bytesAt({ memory, start }: Extent, byteLength: number): Uint8Array {
    return new Uint8Array(this.memories[memory]!.buffer, start, byteLength);
  }

  /** Bytes that may still be reserved in a memory. */
  left(memory: number): number {
    return this.#allocators[memory]!.left;
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

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof BceError && error.code === 'OUT_OF_MEMORY';
}

function orOutOfMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw outOfMemory((error as Error).message);
  }
}

export function outOfMemory(why: string): BceError {
  return new BceError(
    'OUT_OF_MEMORY',
    `no memory for the data: ${why}`,
    '--memory SIZE holds less of them, and the rest in a temporary file',
  );
}
