/** Room in a WebAssembly memory, taken piece by piece and never given back. */

const PAGE_BYTES = 1 << 16;
/** Whole cache lines, so that no two pieces share one. */
const ALIGNMENT = 64;

export interface BumpMemory {
  readonly memory: WebAssembly.Memory;
  /**
   * Address of `byteLength` fresh bytes, which are zeros. The memory may grow by it: typed arrays over its
   * buffer from before are then empty.
   *
   * @throws RangeError when the memory cannot grow any more
   */
  take(byteLength: number): number;
}

/** @param start first byte that may be taken; address 0 is left alone, since it stands for "nowhere" */
export function createBumpMemory(memory: WebAssembly.Memory, start = ALIGNMENT): BumpMemory {
  let next = roundUp(start);
  return {
    memory,
    take(byteLength) {
      const address = next;
      next = roundUp(address + byteLength);
      const lacking = next - memory.buffer.byteLength;
      if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE_BYTES));
      return address;
    },
  };
}

function roundUp(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}
