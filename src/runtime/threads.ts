/** Other threads: how many there may be, how one starts, and what is told when one ends early. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { BceError } from '../errors.js';
import { locate } from './files.js';

/** A thread that has been started. */
export interface Thread<Message> {
  post(message: Message): void;
  /** Whether the process must wait for it, as it does at first. */
  setNeeded(isNeeded: boolean): void;
  terminate(): Promise<unknown>;
  /** Leaves it, idle, to whoever starts the next one: a start takes as long as many a task. It ends for its listeners. */
  giveBack(): void;
}

export interface ThreadListeners<Answer> {
  readonly onMessage: (answer: Answer) => void;
  /** The thread has ended, whatever made it, or has been given back. */
  readonly onEnd: (why: string) => void;
}

/** @param data its first message; undefined for none yet */
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
  /** Threads that have been given back: to start one of them takes no time. */
  idleThreads?(): number;
  /** Loaded only where it is needed: most tables are never on other threads. */
  startThreads(): Promise<StartThread<Data, Message, Answer>>;
}

/** Addresses that each thread sets aside for its memory, whatever of it is used, and something on top. */
const THREAD_BYTES = 12 * 2 ** 30;

/** Given back by those who started them, for the next ones. */
const idle: Worker[] = [];

/** Threads of node that run our own file, a bundle in any case. */
export function threadsOfNode<Data, Message, Answer>(): ThreadHost<Data, Message, Answer> {
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
    idleThreads: () => idle.length,
    async startThreads() {
      const { Worker } = await import('node:worker_threads');
      return (data, { onMessage, onEnd }) => {
        // not the flags of this process: those of `node --eval` would be refused
        const worker = idle.pop() ?? new Worker(locate('worker.cjs'), { execArgv: [] });
        worker.removeAllListeners();
        worker.on('message', onMessage);
        worker.on('error', (error) => onEnd(error.message));
        worker.on('exit', (code) => onEnd(`exit code ${code}`));
        worker.ref();
        if (data !== undefined) worker.postMessage(data);
        return {
          post: (message) => worker.postMessage(message),
          setNeeded: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
          terminate: () => worker.terminate(),
          giveBack() {
            worker.removeAllListeners();
            const forget = () => {
              const place = idle.indexOf(worker);
              if (place >= 0) idle.splice(place, 1);
            };
            // an error that nobody listens to would end the process
            worker.on('error', forget);
            worker.on('exit', forget);
            worker.unref();
            idle.push(worker);
            onEnd('it was given back');
          },
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
