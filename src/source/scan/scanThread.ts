/** What a thread does that scans: chunk after chunk, each in a slot of the memory that it shares with the reader. */

import { bumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory, WasmModule } from '../../runtime/sharedMemory.js';
import { instantiateScan } from './scanModule.js';
import { type Place, Scanner, type ScanPlan } from './scanner.js';

/**
 * All that a thread is told before its first task. The slots lie in the memory already:
 *
 *   memory   [slots: bytes, rows | what the thread takes: tables, texts]
 */
export interface ScanStart {
  readonly module: WasmModule;
  readonly memory: SharedMemory;
  readonly plan: ScanPlan;
  readonly slots: readonly SlotPlace[];
  /** First byte that the thread may take. */
  readonly free: number;
}

/** Addresses of a slot. */
export interface SlotPlace {
  /** Of the bytes of a chunk. */
  readonly bytes: number;
  /** Of all rows that these can hold. */
  readonly place: Place;
}

/** Whole rows to be scanned: the bytes [start, end) of a slot. */
export interface ScanTask {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
}

/** What came of a task; the rows are in the slot, and their lines are counted from 0. */
export interface ScanAnswer {
  readonly rows: number;
  readonly hasMissing: boolean;
  /** Where in the slot it stopped: at the end, or at a row that is not plain. */
  readonly offset: number;
  /** Line ends before that. */
  readonly lines: number;
  /** Texts of each factor that are new, in the order of their codes. */
  readonly texts: readonly (readonly string[])[];
  readonly labels: readonly string[];
}

/** Prepares a thread; returns what does its tasks. */
export function startScanning({ module, memory, plan, slots, free }: ScanStart) {
  const bump = bumpAllocator(memory, free);
  const scanner = new Scanner(plan, bump, instantiateScan(module, memory));
  const told = plan.factors.map(() => 0);
  let labelsTold = 0;
  return ({ slot, start, end }: ScanTask): ScanAnswer => {
    const { bytes, place } = slots[slot]!;
    scanner.loadAt(bytes + start, end - start, 0);
    scanner.scan(place, 0);
    const texts = plan.factors.map((_, f) => {
      const all = scanner.texts(f);
      const fresh = all.slice(told[f]);
      told[f] = all.length;
      return fresh;
    });
    const labels = scanner.labels().slice(labelsTold);
    labelsTold += labels.length;
    const { rows, hasMissing, offset, line } = scanner;
    return { rows, hasMissing, offset: start + offset, lines: line, texts, labels };
  };
}
