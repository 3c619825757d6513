/** Other threads: how many there may be, how one starts, and what is told when one ends early. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { BceError } from '../errors.js';
import { locate, type OwnFile } from './files.js';

/** A thread that has been started. */
export interface Thread<Message> {
  post(message: Message): void;
  /** Whether the process must wait for it, as it does at first. */
  setNeeded(isNeeded: boolean): void;
  terminate(): Promise<unknown>;
}

export interface ThreadListeners<Answer> {
  readonly onMessage: (answer: Answer) => void;
  /** The thread has ended, whatever made it. */
  readonly onEnd: (why: string) => void;
}

/** @param data what the thread is started with */
export type StartThread<Data, Message, Answer> = (
  data: Data,
  listeners: ThreadListeners<Answer>,
) => Thread<Message>;

/** Threads as they are to be had; tests put others in their place. */
export interface ThreadHost<Data, Message, Answer> {
  /** Threads that the machine has room for. */
  availableThreads(): number;
  /** Threads that this process has the addresses for; as many as you like where nobody tells. */
  mostThreads?(): number;
  /** Loaded only where it is needed: most tables are never on other threads. */
  startThreads(): Promise<StartThread<Data, Message, Answer>>;
}

/** Addresses that each thread sets aside for its memory, whatever of it is used, and something on top. */
const THREAD_BYTES = 12 * 2 ** 30;

/** Threads of node that run one of our own files, a bundle in any case. */
export function threadsOf<Data, Message, Answer>(
  file: Extract<OwnFile, `${string}.cjs`>,
): ThreadHost<Data, Message, Answer> {
  return {
    availableThreads: availableParallelism,
    mostThreads() {
      try {
        const limits = readFileSync('/proc/self/limits', 'utf8');
        const bytes = Number(/^Max address space +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
        return Math.floor(bytes / THREAD_BYTES) - 2;
      } catch {
        return Number.POSITIVE_INFINITY;
      }
    },
    async startThreads() {
      const { Worker } = await import('node:worker_threads');
      return (workerData, { onMessage, onEnd }) => {
        // not the flags of this process: those of `node --eval` would be refused
        const worker = new Worker(locate(file), { workerData, execArgv: [] });
        worker.on('message', onMessage);
        worker.on('error', (error) => onEnd(error.message));
        worker.on('exit', (code) => onEnd(`exit code ${code}`));
        return {
          post: (message) => worker.postMessage(message),
          setNeeded: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
          terminate: () => worker.terminate(),
        };
      };
    },
  };
}

/** The failure of thread `id` (from 0) of so many. */
export function threadFailed(id: number, threads: number, why: string): BceError {
  return new BceError(
    'WORKER_FAILED',
    `thread ${id + 1} of ${threads} ended before its work was done: ${why.replace('EMFILE', 'too many open files')}`,
    '--threads 1 works without others',
  );
}
