/** Bytes of a WebAssembly memory, taken piece by piece and never given back. */
import { MOST_PAGES, PAGE, type SharedMemory } from './sharedMemory.js';

/** Whole cache lines, so that no two pieces share one. */
const ALIGNMENT = 64;

export interface BumpAllocator {
  readonly memory: SharedMemory;
  /**
   * Address of `byteLength` fresh bytes, which are zeros. The memory may grow by it: buffers from before stay good
   * for their part.
   *
   * @throws RangeError when the memory cannot grow any more
   */
  take(byteLength: number): number;
  /** Bytes that may still be taken. */
  readonly left: number;
}

/**
 * @param start first byte that may be taken; address 0 is left alone, since it stands for "nowhere"
 * @param stepPages pages by which the memory grows at least, while there are so many
 */
export function bumpAllocator(memory: SharedMemory, start = ALIGNMENT, stepPages = 1): BumpAllocator {
  let next = aligned(start);
  return {
    memory,
    take(byteLength) {
      const address = next;
      const end = aligned(address + byteLength);
      const pages = memory.buffer.byteLength / PAGE;
      if (end > pages * PAGE) {
        const wanted = Math.max(Math.ceil(end / PAGE), Math.min(pages + stepPages, MOST_PAGES));
        memory.grow(wanted - pages);
      }
      next = end;
      return address;
    },
    get left() {
      return MOST_PAGES * PAGE - next - ALIGNMENT;
    },
  };
}

/** The next multiple of a cache line. */
export function aligned(byteLength: number): number {
  return Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
}
