/** Room for bytes in the memory of a scanner: what is read into it is looked at, and scanned, where it lies. */
import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory } from '../../runtime/sharedMemory.js';
import { findQuotesIn } from './quoteOrder.js';
import type { ScanExports } from './scanModule.js';
import { PADDING_BYTES } from './scanner.js';

export interface Room {
  readonly bytes: Buffer;
  /**
   * After the `lines`-th line feed of the first `byteLength` bytes, or after the last, and how many there are up to it,
   * but for those in quotes. A row begins with the first byte.
   */
  endOfLines(byteLength: number, lines: number): { readonly end: number; readonly lines: number };
}

/** Takes the memory of room for so many bytes; returns its address. */
export function takeRoom({ take }: BumpAllocator, byteLength: number): number {
  return take(byteLength + PADDING_BYTES);
}

/** @param counter address of a number (u32) that only this side writes */
export function roomAt(
  memory: SharedMemory,
  exports: ScanExports,
  address: number,
  byteLength: number,
  counter: number,
): Room {
  const { buffer } = memory;
  findQuotesIn(buffer, exports);
  return {
    bytes: Buffer.from(buffer, address, byteLength),
    endOfLines(byteLength, lines) {
      // addresses up to 4 GiB: read as unsigned
      const after = exports.endOfLines(address, address + byteLength, lines, counter) >>> 0;
      return { end: after - address, lines: new Uint32Array(buffer, counter, 1)[0]! };
    },
  };
}
