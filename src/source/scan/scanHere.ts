/** The scanner on the thread of whoever takes the rows. */

import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { WasmModule } from '../../runtime/sharedMemory.js';
import { instantiateScan } from './scanModule.js';
import { batchOf, batchRows, createPlace, type ScannedRows, scannedRows } from './scannedRows.js';
import { Scanner, type ScanPlan } from './scanner.js';

/**
 * Scans whole rows, the first of which starts on `line`, up to the end or to a row that is not plain.
 *
 * @param take given the rows, batch by batch
 * @returns where that is: byte and line
 */
export type ScanHere = (
  bytes: Buffer,
  line: number,
  take: (rows: ScannedRows) => void,
) => { readonly offset: number; readonly line: number };

/** @throws RangeError where there is no room in the memory */
export function scannerHere(module: WasmModule, bump: BumpAllocator, plan: ScanPlan): ScanHere {
  const { memory } = bump;
  const scanner = new Scanner(plan, bump, instantiateScan(module, memory));
  const place = createPlace(bump, plan, batchRows(plan));
  return (bytes, line, take) => {
    scanner.load(bytes, line);
    for (let isFull = true; isFull; ) {
      isFull = scanner.scan(place, 0) === 'full';
      if (scanner.rows > 0) take(scannedRows(memory, plan, place, batchOf(scanner)));
    }
    return { offset: scanner.offset, line: scanner.line };
  };
}
