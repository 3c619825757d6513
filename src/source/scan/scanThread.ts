/** What a thread does that scans: chunk after chunk, each in a slot of the memory that it shares with the reader. */

import { bumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory, WasmModule } from '../../runtime/sharedMemory.js';
import { codecOver } from '../../storage/codec.js';
import { type SealingPlace, sealColumns } from '../../storage/sealedColumns.js';
import type { ShardShape } from '../../storage/shards.js';
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
  /** Full shards are sealed by the thread; undefined where none are wanted. */
  readonly sealing: Sealing | undefined;
  /** First byte that the thread may take. */
  readonly free: number;
}

export interface Sealing {
  /** Of a full shard. */
  readonly shape: ShardShape;
  readonly codec: WasmModule;
}

/** Addresses of a slot. */
export interface SlotPlace {
  /** Of the bytes of a chunk. */
  readonly bytes: number;
  /** Of all rows that these can hold. */
  readonly place: Place;
  /** Where a full shard is sealed. */
  readonly sealed: SealingPlace | undefined;
}

/** Whole rows to be scanned: the bytes [start, end) of a slot. */
export interface ScanTask {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
  /** Whether they are a full shard, as far as is known, and to be sealed. */
  readonly isShard: boolean;
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
  /** Bytes of the columns where the rows have been sealed. */
  readonly columnBytes: number | undefined;
}

/** Prepares a thread; returns what does its tasks. */
export function startScanning({ module, memory, plan, slots, sealing, free }: ScanStart) {
  const bump = bumpAllocator(memory, free);
  const scanner = new Scanner(plan, bump, instantiateScan(module, memory));
  const told = plan.factors.map(() => 0);
  let labelsTold = 0;
  const codec = sealing && codecOver(memory, sealing.codec);
  const seal = ({ place, sealed }: SlotPlace) =>
    sealed !== undefined && !scanner.hasMissing && scanner.rows === sealing!.shape.rows
      ? sealColumns(codec!, memory, sealing!.shape, place.X, sealed)
      : undefined;
  return ({ slot, start, end, isShard }: ScanTask): ScanAnswer => {
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
    const columnBytes = isShard ? seal(slots[slot]!) : undefined;
    return { rows, hasMissing, offset: start + offset, lines: line, texts, labels, columnBytes };
  };
}
