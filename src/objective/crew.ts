/**
 * Who visits the shards of a wave: this thread, or a crew of others.
 *
 * Each thread of a crew begins with shards of its own, the same in every epoch, so that its cache may still
 * hold them, and then helps the slower ones. Which thread visits a shard changes nothing in its sums.
 */
import { BceError } from '../errors.js';
import { createTurns } from '../turns.js';
import { type Task, visit, type Wave } from './shardTask.js';
import { instantiate, type Kernel, type KernelModule, type SharedMemory } from './simd.js';

export interface Crew {
  /** Visits all shards of a wave. @throws BceError WORKER_FAILED */
  run(wave: Wave): Promise<void>;
  /** Ends all threads. */
  close(): Promise<void>;
}

/** A thread as the host starts it; it stands in nobody's way at the end of the process. */
export interface Thread {
  /** Whether the process must wait for it. */
  setNeeded(isNeeded: boolean): void;
  terminate(): Promise<unknown>;
}

export interface ThreadListeners {
  /** The thread was the last to be done with a wave. */
  readonly onDone: () => void;
  /** The thread has ended, whatever made it. */
  readonly onEnd: (why: string) => void;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly id: number;
  readonly threads: number;
  readonly module: KernelModule;
  readonly memories: readonly SharedMemory[];
  readonly task: Task;
  /** See `CONTROL`. */
  readonly control: Int32Array;
}

/** Places in the array that tells the threads what to do; after them comes one counter for each thread. */
export const CONTROL = {
  /** Counts the waves: threads sleep until it changes. */
  wave: 0,
  isHessian: 1,
  memory: 2,
  first: 3,
  count: 4,
  slots: 5,
  slotBytes: 6,
  /** Threads that are done. */
  done: 7,
  counters: 8,
} as const;

/** What a visit costs in cells of plain work, so that the event loop turns often enough. */
const SPEED = 8;

/** No threads: the work is done here, and the event loop turns between shards. */
export function alone(kernels: readonly Kernel[], task: Task): Crew {
  const turns = createTurns();
  return {
    async run(wave) {
      const columns = task.d + task.k + SPEED;
      const cells = wave.kind === 'sum' ? columns : columns ** 2;
      for (let i = 0; i < wave.count; i++) {
        visit(kernels[wave.memory]!, task, wave, i);
        const { rows } = task.places[wave.first + i]!;
        if (turns.isDue((rows * cells) / SPEED)) await turns.take();
      }
    },
    async close() {},
  };
}

/** Threads that share the work. They sleep between waves. */
export function crewOf(
  threads: number,
  data: Omit<ThreadData, 'id' | 'threads' | 'control'>,
  startThread: (data: ThreadData, listeners: ThreadListeners) => Thread,
): Crew {
  const control = new Int32Array(new SharedArrayBuffer(4 * (CONTROL.counters + threads)));
  const crew: Thread[] = [];
  let waiting: { resolve(): void; reject(error: BceError): void } | undefined;
  let failure: BceError | undefined;
  let isClosed = false;

  const onDone = () => {
    for (const thread of crew) thread.setNeeded(false);
    waiting?.resolve();
    waiting = undefined;
  };
  const onEnd = (id: number, why: string) => {
    if (isClosed || failure !== undefined) return;
    failure = new BceError(
      'WORKER_FAILED',
      `thread ${id + 1} of ${threads} ended before its work was done: ${why.replace('EMFILE', 'too many open files')}`,
      '--threads 1 works without others',
    );
    waiting?.reject(failure);
    waiting = undefined;
    void close();
  };
  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all(crew.map((thread) => thread.terminate()));
  }

  for (let id = 0; id < threads; id++) {
    const listeners = { onDone, onEnd: (why: string) => onEnd(id, why) };
    crew.push(startThread({ ...data, id, threads, control }, listeners));
  }
  return {
    run(wave) {
      if (failure !== undefined) return Promise.reject(failure);
      if (isClosed) return Promise.reject(new Error('the threads have been ended'));
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        for (const thread of crew) thread.setNeeded(true);
        post(control, threads, wave);
      });
    },
    close,
  };
}

function post(control: Int32Array, threads: number, wave: Wave): void {
  control[CONTROL.isHessian] = wave.kind === 'hessian' ? 1 : 0;
  control[CONTROL.memory] = wave.memory;
  control[CONTROL.first] = wave.first;
  control[CONTROL.count] = wave.count;
  // offsets up to 4 GiB: read as unsigned
  control[CONTROL.slots] = wave.slots;
  control[CONTROL.slotBytes] = wave.slotBytes;
  control[CONTROL.done] = 0;
  for (let id = 0; id < threads; id++) control[CONTROL.counters + id] = startOf(id, threads, wave.count);
  Atomics.add(control, CONTROL.wave, 1);
  Atomics.notify(control, CONTROL.wave);
}

/** First shard of the wave that belongs to a thread. */
function startOf(id: number, threads: number, count: number): number {
  return Math.floor((count * id) / threads);
}

/**
 * The life of a thread: sleep, work, tell, for ever; it is ended from outside.
 *
 * @param tell called by the last thread to be done with a wave
 */
export function work({ id, threads, module, memories, task, control }: ThreadData, tell: () => void): never {
  const kernels = memories.map((memory) => instantiate(module, memory));
  // counted here: by the time of a look at the array the next wave may be there
  for (let seen = 0; ; seen = (seen + 1) | 0) {
    Atomics.wait(control, CONTROL.wave, seen);
    const wave: Wave = {
      kind: control[CONTROL.isHessian] === 1 ? 'hessian' : 'sum',
      memory: control[CONTROL.memory]!,
      first: control[CONTROL.first]!,
      count: control[CONTROL.count]!,
      slots: control[CONTROL.slots]! >>> 0,
      slotBytes: control[CONTROL.slotBytes]! >>> 0,
    };
    const kernel = kernels[wave.memory]!;
    // its own shards first, then those that others have not come to
    for (let k = 0; k < threads; k++) {
      const owner = (id + k) % threads;
      const end = startOf(owner + 1, threads, wave.count);
      for (;;) {
        const i = Atomics.add(control, CONTROL.counters + owner, 1);
        if (i >= end) break;
        visit(kernel, task, wave, i);
      }
    }
    if (Atomics.add(control, CONTROL.done, 1) === threads - 1) tell();
  }
}
