/** The scanner on the thread of whoever takes the rows. */

import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { WasmModule } from '../../runtime/sharedMemory.js';
import { type Room, roomAt, takeRoom } from './room.js';
import { instantiateScan } from './scanModule.js';
import { batchOf, batchRows, createPlace, type ScannedRows, scannedRows } from './scannedRows.js';
import { Scanner, type ScanPlan } from './scanner.js';

export interface ScanHere {
  /** For a chunk. */
  readonly room: Room;
  /**
   * Scans whole rows, the first of which starts on `line`, up to the end or to a row that is not plain.
   *
   * @param bytes anywhere; those in the room are scanned there
   * @param take given the rows, batch by batch
   * @returns where that is: byte and line
   */
  scan(
    bytes: Buffer,
    line: number,
    take: (rows: ScannedRows) => void,
  ): { readonly offset: number; readonly line: number };
}

/** @throws RangeError where there is no room in the memory */
export function scannerHere(
  module: WasmModule,
  bump: BumpAllocator,
  plan: ScanPlan,
  roomBytes: number,
): ScanHere {
  const { memory } = bump;
  const exports = instantiateScan(module, memory);
  const scanner = new Scanner(plan, bump, exports);
  const place = createPlace(bump, plan, batchRows(plan));
  const room = roomAt(memory, exports, takeRoom(bump, roomBytes), roomBytes, bump.take(4));
  return {
    room,
    scan(bytes, line, take) {
      if (bytes.buffer === room.bytes.buffer) scanner.loadAt(bytes.byteOffset, bytes.length, line);
      else scanner.load(bytes, line);
      for (let isFull = true; isFull; ) {
        isFull = scanner.scan(place, 0) === 'full';
        if (scanner.rows > 0) take(scannedRows(memory, plan, place, batchOf(scanner)));
      }
      return { offset: scanner.offset, line: scanner.line };
    },
  };
}
