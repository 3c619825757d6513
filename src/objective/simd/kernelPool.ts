/**
 * Who visits the shards of a batch: this thread, or a pool of others.
 *
 * Each thread of a pool begins with shards of its own, the same in every epoch, so that its cache may still
 * hold them, and then helps the slower ones. Which thread visits a shard changes nothing in its sums.
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

/** Places in the array that tells the threads what to do; after them comes one counter for each thread. */
export const CONTROL = {
  /** Counts the batches: threads sleep until it changes. */
  batch: 0,
  kind: 1,
  memory: 2,
  first: 3,
  count: 4,
  slots: 5,
  slotBytes: 6,
  total: 7,
  /** Threads that are done. */
  done: 8,
  counters: 9,
} as const;

/** What a visit costs in cells of plain work, so that the event loop turns often enough. */
const SPEED = 8;

/** Cells, or products, of piece i of a batch. */
function workOf(task: KernelTask, { kind, first, slotBytes }: Batch, i: number): number {
  if (kind === 'add') return 0;
  // half of a slot is columns, as doubles
  if (kind === 'band') return first * (slotBytes / 16) * BAND;
  const columns = task.d + task.k + SPEED;
  const { rows } = task.places[first + i]!;
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

/** Threads that share the work. They sleep between batches. */
export function poolOf(
  threads: number,
  data: Omit<ThreadData, 'id' | 'threads' | 'control'>,
  startThread: StartThread<ThreadData, never, void>,
): KernelPool {
  const control = new Int32Array(new SharedArrayBuffer(4 * (CONTROL.counters + threads)));
  const pool: Thread<never>[] = [];
  let waiting: { resolve(): void; reject(error: BceError): void } | undefined;
  let failure: BceError | undefined;
  let isClosed = false;

  const onDone = () => {
    for (const thread of pool) thread.setNeeded(false);
    waiting?.resolve();
    waiting = undefined;
  };
  const onEnd = (id: number, why: string) => {
    if (isClosed || failure !== undefined) return;
    failure = threadFailed(id, threads, why);
    waiting?.reject(failure);
    waiting = undefined;
    void close();
  };
  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all(pool.map((thread) => thread.terminate()));
  }

  for (let id = 0; id < threads; id++) {
    const listeners = { onMessage: onDone, onEnd: (why: string) => onEnd(id, why) };
    const thread = startThread({ ...data, id, threads, control }, listeners);
    // asleep it stands in nobody's way at the end of the process
    thread.setNeeded(false);
    pool.push(thread);
  }
  return {
    run(batch) {
      if (failure !== undefined) return Promise.reject(failure);
      if (isClosed) return Promise.reject(new Error('the threads have been ended'));
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        for (const thread of pool) thread.setNeeded(true);
        post(control, threads, batch);
      });
    },
    close,
  };
}

function post(control: Int32Array, threads: number, batch: Batch): void {
  control[CONTROL.kind] = KINDS.indexOf(batch.kind);
  control[CONTROL.memory] = batch.memory;
  control[CONTROL.first] = batch.first;
  control[CONTROL.count] = batch.count;
  // offsets up to 4 GiB: read as unsigned
  control[CONTROL.slots] = batch.slots;
  control[CONTROL.slotBytes] = batch.slotBytes;
  control[CONTROL.total] = batch.total;
  control[CONTROL.done] = 0;
  for (let id = 0; id < threads; id++) control[CONTROL.counters + id] = startOf(id, threads, batch.count);
  Atomics.add(control, CONTROL.batch, 1);
  Atomics.notify(control, CONTROL.batch);
}

/** First shard of the batch that belongs to a thread. */
function startOf(id: number, threads: number, count: number): number {
  return Math.floor((count * id) / threads);
}

/**
 * The life of a thread: sleep, work, tell, for ever; it is ended from outside.
 *
 * @param tell called by the last thread to be done with a batch
 */
export function work({ id, threads, module, memories, task, control }: ThreadData, tell: () => void): never {
  const kernels = memories.map((memory) => kernelOver(module, memory));
  // counted here: by the time of a look at the array the next batch may be there
  for (let seen = 0; ; seen = (seen + 1) | 0) {
    Atomics.wait(control, CONTROL.batch, seen);
    const batch: Batch = {
      kind: KINDS[control[CONTROL.kind]!]!,
      memory: control[CONTROL.memory]!,
      first: control[CONTROL.first]!,
      count: control[CONTROL.count]!,
      slots: control[CONTROL.slots]! >>> 0,
      slotBytes: control[CONTROL.slotBytes]! >>> 0,
      total: control[CONTROL.total]! >>> 0,
    };
    const kernel = kernels[batch.memory]!;
    // its own shards first, then those that others have not come to
    for (let k = 0; k < threads; k++) {
      const owner = (id + k) % threads;
      const end = startOf(owner + 1, threads, batch.count);
      for (;;) {
        const i = Atomics.add(control, CONTROL.counters + owner, 1);
        if (i >= end) break;
        visit(kernel, task, batch, i, id);
      }
    }
    if (Atomics.add(control, CONTROL.done, 1) === threads - 1) tell();
  }
}
