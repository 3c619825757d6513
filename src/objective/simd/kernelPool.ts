/**
 * Who visits the shards of a batch: this thread, alone or with others.
 *
 * Each thread begins with shards of its own, the same in every epoch, so that its cache may still hold them, and then
 * helps the slower ones; one that is still starting is helped with all of its own. Which thread visits a shard changes
 * nothing in its sums.
 */
import type { BceError } from '../../errors.js';
import type { SharedMemory, WasmModule } from '../../runtime/sharedMemory.js';
import { type StartThread, type Thread, threadFailed } from '../../runtime/threads.js';
import { createYielder } from '../../runtime/yield.js';
import { type Kernel, kernelOver } from './kernel.js';
import { BAND, type Batch, type KernelTask, KINDS, visit } from './kernelTask.js';

export interface KernelPool {
  /** Visits all shards of a batch. @throws BceError WORKER_FAILED */
  run(batch: Batch): Promise<void>;
  /** Ends all threads. */
  close(): Promise<void>;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly id: number;
  readonly threads: number;
  readonly module: WasmModule;
  readonly memories: readonly SharedMemory[];
  readonly task: KernelTask;
  /** See `CONTROL`. */
  readonly control: Int32Array;
}

/**
 * Places in the array that tells the threads what to do; after them, for each thread, come its counter of shards,
 * whether it has started, and the batch that it is wanted for.
 */
const CONTROL = {
  /** Counts the batches, from 1: threads sleep until it changes. */
  batch: 0,
  kind: 1,
  memory: 2,
  first: 3,
  every: 4,
  count: 5,
  rows: 6,
  slots: 7,
  slotBytes: 8,
  total: 9,
  /** Threads that are done: those that wait for it sleep until it changes. */
  done: 10,
  threads: 11,
} as const;

const counterOf = (id: number) => CONTROL.threads + 3 * id;
const startedOf = (id: number) => CONTROL.threads + 3 * id + 1;
const wantedOf = (id: number) => CONTROL.threads + 3 * id + 2;

/** Milliseconds after which one who waits for others looks whether they are still there. */
const PATIENCE = 20;

/** What a visit costs in cells of plain work, so that the event loop turns often enough. */
const SPEED = 8;

/** Cells, or products, of piece i of a batch. */
function workOf(task: KernelTask, batch: Batch, i: number): number {
  const { kind, first, every, slotBytes } = batch;
  if (kind === 'add') return 0;
  // half of a slot is columns, as doubles
  if (kind === 'band') return first * (slotBytes / 16) * BAND;
  const columns = task.d + task.k + SPEED;
  const rows = Math.min(task.places[first + i * every]!.rows, batch.rows);
  return rows * (kind === 'hessian' ? columns ** 2 : columns * (task.folds?.most ?? 1));
}

/** No threads: the work is done here, and the event loop turns between shards. */
export function alone(kernels: readonly Kernel[], task: KernelTask): KernelPool {
  const yielder = createYielder();
  return {
    async run(batch) {
      for (let i = 0; i < batch.count; i++) {
        visit(kernels[batch.memory]!, task, batch, i, 0);
        if (yielder.isDue(workOf(task, batch, i) / SPEED)) await yielder.yield();
      }
    },
    async close() {},
  };
}

/**
 * This thread, with number 0, and others that share the work. They sleep between batches.
 *
 * @param sharedFrom cells, or products, of a batch that they are woken for, at least
 */
export function poolOf(
  threads: number,
  sharedFrom: number,
  kernels: readonly Kernel[],
  data: Omit<ThreadData, 'id' | 'threads' | 'control'>,
  startThread: StartThread<ThreadData, never, void>,
): KernelPool {
  const { task } = data;
  const control = new Int32Array(new SharedArrayBuffer(4 * counterOf(threads)));
  const others: Thread<never>[] = [];
  const yielder = createYielder();
  let failure: BceError | undefined;
  let isClosed = false;

  const onEnd = (id: number, why: string) => {
    if (isClosed || failure !== undefined) return;
    failure = threadFailed(id, threads, why);
    void close();
  };
  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all(others.map((thread) => thread.terminate()));
  }
  const refuse = () => {
    if (failure !== undefined) throw failure;
    if (isClosed) throw new Error('the threads have been ended');
  };

  for (let id = 1; id < threads; id++) {
    const thread = startThread(
      { ...data, id, threads, control },
      { onMessage() {}, onEnd: (why: string) => onEnd(id, why) },
    );
    // it stands in nobody's way at the end of the process
    thread.setNeeded(false);
    others.push(thread);
  }
  return {
    async run(batch) {
      refuse();
      const kernel = kernels[batch.memory]!;
      // to wake another thread takes longer than what it would spare, as far as the first shard tells
      if (batch.kind !== 'add' && batch.count * workOf(task, batch, 0) < sharedFrom) {
        for (let i = 0; i < batch.count; i++) visit(kernel, task, batch, i, 0);
        return;
      }
      const members = post(control, threads, batch);
      for (let i = takeShard(0, threads, batch.count, control); i >= 0; ) {
        visit(kernel, task, batch, i, 0);
        if (yielder.isDue(workOf(task, batch, i) / SPEED)) await yielder.yield();
        i = takeShard(0, threads, batch.count, control);
      }
      Atomics.add(control, CONTROL.done, 1);
      for (;;) {
        const done = Atomics.load(control, CONTROL.done);
        if (done === members) return;
        // the last shards of the others: to sleep is faster than to be told
        if (Atomics.wait(control, CONTROL.done, done, PATIENCE) === 'timed-out') await yielder.yield();
        refuse();
      }
    },
    close,
  };
}

/** Hands a batch to the threads that have started; returns how many they are, this one included. */
function post(control: Int32Array, threads: number, batch: Batch): number {
  control[CONTROL.kind] = KINDS.indexOf(batch.kind);
  control[CONTROL.memory] = batch.memory;
  control[CONTROL.first] = batch.first;
  control[CONTROL.every] = batch.every;
  control[CONTROL.count] = batch.count;
  control[CONTROL.rows] = batch.rows;
  // offsets up to 4 GiB: read as unsigned
  control[CONTROL.slots] = batch.slots;
  control[CONTROL.slotBytes] = batch.slotBytes;
  control[CONTROL.total] = batch.total;
  control[CONTROL.done] = 0;
  const number = (control[CONTROL.batch]! + 1) | 0;
  let members = 1;
  for (let id = 0; id < threads; id++) {
    control[counterOf(id)] = startOf(id, threads, batch.count);
    if (Atomics.load(control, startedOf(id)) === 0) continue;
    Atomics.store(control, wantedOf(id), number);
    members++;
  }
  Atomics.store(control, CONTROL.batch, number);
  Atomics.notify(control, CONTROL.batch);
  return members;
}

/** First shard of the batch that belongs to a thread. */
function startOf(id: number, threads: number, count: number): number {
  return Math.floor((count * id) / threads);
}

/** A shard of the batch for a thread: one of its own, or one that others have not come to; -1 where none is left. */
function takeShard(id: number, threads: number, count: number, control: Int32Array): number {
  for (let k = 0; k < threads; k++) {
    const owner = (id + k) % threads;
    const i = Atomics.add(control, counterOf(owner), 1);
    if (i < startOf(owner + 1, threads, count)) return i;
  }
  return -1;
}

/** The life of another thread: sleep, work, for ever; it is ended from outside. */
export function work({ id, threads, module, memories, task, control }: ThreadData): never {
  const kernels = memories.map((memory) => kernelOver(module, memory));
  Atomics.store(control, startedOf(id), 1);
  for (let last = 0; ; ) {
    const number = Atomics.load(control, CONTROL.batch);
    // one that it is wanted for does not end without it
    if (number === last || Atomics.load(control, wantedOf(id)) !== number) {
      Atomics.wait(control, CONTROL.batch, number);
      continue;
    }
    last = number;
    const batch: Batch = {
      kind: KINDS[control[CONTROL.kind]!]!,
      memory: control[CONTROL.memory]!,
      first: control[CONTROL.first]!,
      every: control[CONTROL.every]!,
      count: control[CONTROL.count]!,
      rows: control[CONTROL.rows]!,
      slots: control[CONTROL.slots]! >>> 0,
      slotBytes: control[CONTROL.slotBytes]! >>> 0,
      total: control[CONTROL.total]! >>> 0,
    };
    const kernel = kernels[batch.memory]!;
    for (let i = takeShard(id, threads, batch.count, control); i >= 0; ) {
      visit(kernel, task, batch, i, id);
      i = takeShard(id, threads, batch.count, control);
    }
    Atomics.add(control, CONTROL.done, 1);
    Atomics.notify(control, CONTROL.done);
  }
}
