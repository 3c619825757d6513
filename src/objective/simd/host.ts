/** What the fast objective needs from outside: the kernel, threads, and a heap for the shards. */
import { tmpdir, totalmem } from 'node:os';
import { kernelModule } from '../../runtime/kernelModule.js';
import { createMemory, isSimdKnown, type WasmModule } from '../../runtime/sharedMemory.js';
import { openTempFile } from '../../runtime/tempFile.js';
import { type ThreadHost, threadsOfNode } from '../../runtime/threads.js';
import { HeapStore } from '../../storage/heapStore.js';
import { SharedHeap } from '../../storage/sharedHeap.js';
import type { ShardStore } from '../../storage/store.js';
import type { ThreadData } from './kernelPool.js';

export interface Host extends ThreadHost<ThreadData, never, void> {
  /** The kernel; undefined where it cannot run. */
  kernel(): WasmModule | undefined;
}

export const node: Host = {
  ...threadsOfNode(),
  kernel: () => (isSimdKnown() && hasAddresses() ? kernelModule() : undefined),
};

/** Whether the address space has room for a memory, which a limit (`ulimit -v`) may forbid. */
function hasAddresses(): boolean {
  try {
    createMemory();
    return true;
  } catch {
    return false;
  }
}

export interface HeapPlan {
  /** Bytes of shards that are held in memory; default half of what the machine, or this process, may have. */
  readonly memory: number | undefined;
  /** Directory of the file for those beyond; default that of the system. */
  readonly tempDir: string | undefined;
}

/** Where the shards of a run go. */
export interface Heap {
  /** A home for the shards of one dataset. */
  readonly createStore: () => ShardStore;
  /** Bytes in the file. */
  readonly fileBytes: number;
  /** Gives up the file. */
  close(): Promise<void>;
}

export function createHeap({ memory, tempDir }: HeapPlan): Heap {
  // 0 where nobody has set a bound, and more than there is where it is meaningless
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const bytes = memory ?? Math.min(totalmem(), allowed) / 2;
  const heap = new SharedHeap({ bound: { bytes, openFile: () => openTempFile(tempDir ?? tmpdir()) } });
  return {
    createStore: () => new HeapStore(heap),
    get fileBytes() {
      return heap.fileBytes;
    },
    close: () => heap.close(),
  };
}
