/**
 * Threads that scan chunks while others are read, and this one where they have enough to do.
 *
 * Each has a memory of its own with a few slots, for the bytes of a chunk and for all rows that they can hold.
 * The reader fills a slot, the thread scans it, and the reader takes the rows from where they lie.
 */

import type { BceError } from '../../errors.js';
import { type BumpAllocator, bumpAllocator } from '../../runtime/bumpAllocator.js';
import { createMemory, type SharedMemory, type WasmModule } from '../../runtime/sharedMemory.js';
import { type Thread, threadFailed } from '../../runtime/threads.js';
import { codecModule } from '../../storage/codec.js';
import { type SealingPlace, sealedColumns, sealingBytes } from '../../storage/sealedColumns.js';
import { momentsLength } from '../../storage/shardMoments.js';
import type { ShardShape } from '../../storage/shards.js';
import { type Room, roomAt, takeRoom } from './room.js';
import type { ScanHost } from './scanHost.js';
import { instantiateScan } from './scanModule.js';
import { createPlace, type ScannedRows, scannedRows } from './scannedRows.js';
import type { ScanPlan } from './scanner.js';
import {
  type ScanAnswer,
  type ScanStart,
  type ScanTask,
  type SlotPlace,
  startScanning,
} from './scanThread.js';

/** Slots of a thread: one that is scanned, one that waits for it, and one whose rows wait for their turn. */
const SLOTS = 3;
/** Of this one: while it scans, nothing is read for the others. */
const SLOTS_HERE = 1;
/** The number of this thread. */
const HERE = 0;

type ScanThread = Thread<ScanStart | ScanTask>;

/** A place for a chunk in the memory of a thread. */
export interface Slot extends Room {
  readonly member: Member;
  readonly index: number;
}

/** What the threads are to do. */
export interface ScanOrders {
  readonly module: WasmModule;
  readonly plan: ScanPlan;
  /** A full shard, where such are to be sealed by the threads. */
  readonly shape: ShardShape | undefined;
  /** Bytes of a chunk at most. */
  readonly slotBytes: number;
}

/** What came of the bytes [start, end) of a slot. */
export interface ScannedPart {
  readonly rows: ScannedRows;
  /** Where it stopped: at the end, or at a row that is not plain. */
  readonly offset: number;
  /** Line ends before that; the lines of the rows are counted from 0. */
  readonly lines: number;
}

/** A thread that knows what to do. */
interface Member {
  /** Has a task done; the answer is heard later. */
  post(task: ScanTask): void;
  readonly memory: SharedMemory;
  /** Address of a number that this side writes (u32). */
  readonly counter: number;
  readonly plan: ScanPlan;
  readonly shape: ShardShape | undefined;
  readonly places: readonly SlotPlace[];
  /** Slots that nobody has. */
  readonly free: Slot[];
  isReady: boolean;
  /** Who waits for its answers, in the order of the tasks. */
  readonly waiting: Waiting<ScannedPart, { readonly slot: Slot }>[];
  /** Texts of its codes, by factor, and of the target. */
  readonly texts: string[][];
  readonly labels: string[];
}

type Waiting<T, About = unknown> = About & {
  readonly resolve: (value: T) => void;
  readonly reject: (error: BceError) => void;
};

/** Starts when it is made, is told what to do by `begin`, and must be closed. */
export class ScanPool {
  readonly #threads: number;
  /** By their number, this one left out. */
  readonly #started: ScanThread[] = [];
  /** By the number of the thread, once it has begun. */
  readonly #members: (Member | undefined)[] = [];
  readonly #takers: Waiting<Slot>[] = [];
  #orders: ScanOrders | undefined;
  #slots = 0;
  #failure: BceError | undefined;
  #isClosed = false;

  constructor(threads: number, host: ScanHost) {
    this.#threads = threads;
    host.startThreads().then(
      (startThread) => {
        for (let id = HERE + 1; id < threads && !this.#isClosed; id++) {
          const thread = startThread(undefined, {
            onMessage: (answer) => this.#hear(id, answer),
            onEnd: (why) => this.#fail(id, why),
          });
          this.#started[id] = thread;
          this.#instruct(id);
        }
      },
      (error: Error) => this.#fail(HERE + 1, error.message),
    );
  }

  /** Tells the threads what to do; they have slots from when they are ready. */
  begin(orders: ScanOrders): void {
    if (this.#orders !== undefined) return;
    this.#orders = orders;
    for (let id = HERE; id < this.#threads; id++) this.#instruct(id);
  }

  /** Lays out the memory of a thread and hands it over. */
  #instruct(id: number): void {
    if (this.#orders === undefined || (id !== HERE && this.#started[id] === undefined)) return;
    const { module, plan, shape, slotBytes } = this.#orders;
    const bump = this.#memoryFor(id);
    if (bump === undefined) return;
    // every cell is followed by a delimiter or a line end, but for the last one
    const rows = Math.floor((slotBytes + 1) / plan.columns);
    const places = Array.from({ length: id === HERE ? SLOTS_HERE : SLOTS }, () => ({
      bytes: takeRoom(bump, slotBytes),
      place: createPlace(bump, plan, rows),
      sealed: shape && sealingPlace(bump, shape),
    }));
    const { memory } = bump;
    const counter = bump.take(4);
    const sealing = shape && { shape, codec: codecModule() };
    const start: ScanStart = { module, memory, plan, slots: places, sealing, free: bump.take(0) };
    this.#members[id] = {
      post: id === HERE ? this.#scannerHere(start) : (task) => this.#started[id]!.post(task),
      memory,
      counter,
      plan,
      shape,
      places,
      free: [],
      isReady: false,
      waiting: [],
      texts: plan.factors.map(() => []),
      labels: [],
    };
    if (id === HERE) this.#hear(HERE, undefined);
    else this.#started[id]!.post(start);
  }

  /** Does tasks on this thread, each in a turn of its own: what can be handed to others is handed to them first. */
  #scannerHere(start: ScanStart): Member['post'] {
    const scan = startScanning(start);
    return (task) => {
      setImmediate(() => {
        if (this.#isClosed) return;
        try {
          this.#hear(HERE, scan(task));
        } catch (error) {
          this.#fail(HERE, (error as Error).message);
        }
      });
    };
  }

  #memoryFor(id: number): BumpAllocator | undefined {
    try {
      return bumpAllocator(createMemory());
    } catch (error) {
      this.#fail(id, (error as Error).message);
      return undefined;
    }
  }

  /** Bytes that a slot has room for. */
  get slotBytes(): number {
    return this.#orders?.slotBytes ?? 0;
  }

  /** Slots of all threads that are ready. */
  get slots(): number {
    return this.#slots;
  }

  /** Whether slots can be asked for: a thread is ready, or one has failed. */
  get isThere(): boolean {
    return this.#slots > 0 || this.#failure !== undefined;
  }

  /** A slot of the thread that has the least to do, this one last, when there is one. @throws BceError WORKER_FAILED */
  take(): Promise<Slot> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const freest = this.#freest();
    if (freest !== undefined) return Promise.resolve(freest.free.pop()!);
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject });
    });
  }

  #freest(): Member | undefined {
    const [here, ...others] = this.#members;
    const most = Math.max(...others.map((member) => member?.free.length ?? 0));
    if (most > 0) return others.find((member) => member?.free.length === most);
    return here !== undefined && here.free.length > 0 ? here : undefined;
  }

  giveBack(slot: Slot): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve(slot);
    else slot.member.free.push(slot);
  }

  /**
   * Scans whole rows, the bytes [start, end) of a slot.
   *
   * @param isShard whether they are a full shard, as far as is known, and to be sealed
   * @throws BceError WORKER_FAILED
   */
  scan(slot: Slot, start: number, end: number, isShard: boolean): Promise<ScannedPart> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    // what was being read ahead; the threads may belong to others already
    if (this.#isClosed) return Promise.reject(new Error('the threads have been left to others'));
    const { member } = slot;
    return new Promise((resolve, reject) => {
      member.waiting.push({ slot, resolve, reject });
      member.post({ slot: slot.index, start, end, isShard });
    });
  }

  #hear(id: number, answer: ScanAnswer | undefined): void {
    // others may not know yet that it is over
    if (this.#isClosed || this.#failure !== undefined) return;
    const member = this.#members[id]!;
    const { memory, plan, shape, places, waiting, texts, labels } = member;
    if (answer === undefined) {
      member.isReady = true;
      // at the speed of memory: on this thread
      const exports = instantiateScan(this.#orders!.module, memory);
      places.forEach(({ bytes }, index) => {
        this.#slots++;
        const room = roomAt(memory, exports, bytes, this.slotBytes, member.counter);
        this.giveBack({ ...room, member, index });
      });
      return;
    }
    answer.texts.forEach((fresh, f) => {
      for (const text of fresh) texts[f]!.push(text);
    });
    for (const label of answer.labels) labels.push(label);
    const { slot, resolve } = waiting.shift()!;
    const { rows, hasMissing, offset, lines, columnBytes } = answer;
    const { place, sealed: at } = places[slot.index]!;
    const sealed = columnBytes === undefined ? undefined : sealedColumns(memory, shape!, at!, columnBytes);
    const batch = { rows, hasMissing, texts, labels, sealed };
    resolve({ rows: scannedRows(memory, plan, place, batch), offset, lines });
  }

  #fail(id: number, why: string): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    const failure = threadFailed(id, this.#threads, why);
    this.#failure = failure;
    for (const { reject } of this.#takers.splice(0)) reject(failure);
    for (const member of this.#members) {
      for (const { reject } of member?.waiting.splice(0) ?? []) reject(failure);
    }
  }

  /** Leaves the threads that have nothing to do to others, and ends the rest. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isIdle = (id: number) => {
      const member = this.#members[id];
      return member === undefined || (member.isReady && member.waiting.length === 0);
    };
    await Promise.all(
      this.#started.map((thread, id) =>
        this.#failure === undefined && isIdle(id) ? thread.giveBack() : thread.terminate(),
      ),
    );
  }
}

function sealingPlace({ take }: BumpAllocator, shape: ShardShape): SealingPlace {
  return { columns: take(sealingBytes(shape)), moments: take(8 * momentsLength(shape.d)) };
}
