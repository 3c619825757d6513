/**
 * Threads that scan chunks while others are read.
 *
 * Each has a memory of its own with a few slots, for the bytes of a chunk and for all rows that they can hold.
 * The reader fills a slot, the thread scans it, and the reader takes the rows from where they lie.
 */

import type { BceError } from '../../errors.js';
import { type BumpAllocator, bumpAllocator } from '../../runtime/bumpAllocator.js';
import { createMemory, type SharedMemory, type WasmModule } from '../../runtime/sharedMemory.js';
import { type Thread, threadFailed } from '../../runtime/threads.js';
import type { ScanHost } from './scanHost.js';
import { createPlace, type ScannedRows, scannedRows } from './scannedRows.js';
import { PADDING_BYTES, type ScanPlan } from './scanner.js';
import type { ScanAnswer, ScanStart, ScanTask, SlotPlace } from './scanThread.js';

/** Slots of a thread: one that is scanned, one that waits for it, and one whose rows wait for their turn. */
const SLOTS = 3;

type ScanThread = Thread<ScanStart | ScanTask>;

/** A place for a chunk in the memory of a thread. */
export interface Slot {
  readonly member: Member;
  readonly index: number;
  /** Room for the bytes of a chunk. */
  readonly bytes: Buffer;
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
  readonly thread: ScanThread;
  readonly memory: SharedMemory;
  readonly plan: ScanPlan;
  readonly places: readonly SlotPlace[];
  /** Slots that nobody has. */
  readonly free: Slot[];
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
  /** Bytes that a slot has room for. */
  readonly slotBytes: number;
  readonly #threads: number;
  readonly #started: ScanThread[] = [];
  /** By the number of the thread, once it has begun. */
  readonly #members: (Member | undefined)[] = [];
  readonly #takers: Waiting<Slot>[] = [];
  #orders: { readonly module: WasmModule; readonly plan: ScanPlan } | undefined;
  #slots = 0;
  #failure: BceError | undefined;
  #isClosed = false;

  constructor(threads: number, slotBytes: number, host: ScanHost) {
    this.slotBytes = slotBytes;
    this.#threads = threads;
    host.startThreads().then(
      (startThread) => {
        for (let id = 0; id < threads && !this.#isClosed; id++) {
          const thread = startThread(undefined, {
            onMessage: (answer) => this.#hear(id, answer),
            onEnd: (why) => this.#fail(id, why),
          });
          this.#started.push(thread);
          this.#instruct(id);
        }
      },
      (error: Error) => this.#fail(0, error.message),
    );
  }

  /** Tells the threads what to do; they have slots from when they are ready. */
  begin(module: WasmModule, plan: ScanPlan): void {
    if (this.#orders !== undefined) return;
    this.#orders = { module, plan };
    for (let id = 0; id < this.#started.length; id++) this.#instruct(id);
  }

  /** Lays out the memory of a thread and hands it over. */
  #instruct(id: number): void {
    if (this.#orders === undefined) return;
    const { module, plan } = this.#orders;
    const bump = this.#memoryFor(id);
    if (bump === undefined) return;
    // every cell is followed by a delimiter or a line end, but for the last one
    const rows = Math.floor((this.slotBytes + 1) / plan.columns);
    const places = Array.from({ length: SLOTS }, () => ({
      bytes: bump.take(this.slotBytes + PADDING_BYTES),
      place: createPlace(bump, plan, rows),
    }));
    const { memory } = bump;
    const thread = this.#started[id]!;
    this.#members[id] = {
      thread,
      memory,
      plan,
      places,
      free: [],
      waiting: [],
      texts: plan.factors.map(() => []),
      labels: [],
    };
    thread.post({ module, memory, plan, slots: places, free: bump.take(0) } satisfies ScanStart);
  }

  #memoryFor(id: number): BumpAllocator | undefined {
    try {
      return bumpAllocator(createMemory());
    } catch (error) {
      this.#fail(id, (error as Error).message);
      return undefined;
    }
  }

  /** Slots of all threads that are ready. */
  get slots(): number {
    return this.#slots;
  }

  /** Whether slots can be asked for: a thread is ready, or one has failed. */
  get isThere(): boolean {
    return this.#slots > 0 || this.#failure !== undefined;
  }

  /** A slot of the thread that has the least to do, when there is one. @throws BceError WORKER_FAILED */
  take(): Promise<Slot> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    let freest: Member | undefined;
    for (const member of this.#members) {
      if (member !== undefined && member.free.length > (freest?.free.length ?? 0)) freest = member;
    }
    if (freest !== undefined) return Promise.resolve(freest.free.pop()!);
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject });
    });
  }

  giveBack(slot: Slot): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve(slot);
    else slot.member.free.push(slot);
  }

  /** Scans whole rows, the bytes [start, end) of a slot. @throws BceError WORKER_FAILED */
  scan(slot: Slot, start: number, end: number): Promise<ScannedPart> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { thread, waiting } = slot.member;
    return new Promise((resolve, reject) => {
      waiting.push({ slot, resolve, reject });
      thread.post({ slot: slot.index, start, end });
    });
  }

  #hear(id: number, answer: ScanAnswer | undefined): void {
    // others may not know yet that it is over
    if (this.#isClosed || this.#failure !== undefined) return;
    const member = this.#members[id]!;
    const { memory, plan, places, waiting, texts, labels } = member;
    if (answer === undefined) {
      places.forEach(({ bytes }, index) => {
        this.#slots++;
        this.giveBack({ member, index, bytes: Buffer.from(memory.buffer, bytes, this.slotBytes) });
      });
      return;
    }
    answer.texts.forEach((fresh, f) => {
      for (const text of fresh) texts[f]!.push(text);
    });
    for (const label of answer.labels) labels.push(label);
    const { slot, resolve } = waiting.shift()!;
    const { rows, hasMissing, offset, lines } = answer;
    const { place } = places[slot.index]!;
    resolve({ rows: scannedRows(memory, plan, place, { rows, hasMissing, texts, labels }), offset, lines });
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

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#started.map((thread) => thread.terminate()));
  }
}
