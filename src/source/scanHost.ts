/** What scanning on several threads needs from outside. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ScanAnswer, ScanStart, ScanTask } from './scanThread.js';

export interface ScanThread {
  /** First its start, then its tasks, which it does one after another. */
  post(message: ScanStart | ScanTask): void;
  terminate(): Promise<unknown>;
}

export interface ScanListeners {
  /** Undefined once the thread has started, then an answer to each task. */
  readonly onAnswer: (answer: ScanAnswer | undefined) => void;
  /** The thread has ended, whatever made it. */
  readonly onEnd: (why: string) => void;
}

export interface ScanHost {
  /** Threads that the machine has room for. */
  availableThreads(): number;
  /** Threads that this process has the addresses for; as many as you like where nobody tells. */
  mostThreads?(): number;
  startThreads(): Promise<(listeners: ScanListeners) => ScanThread>;
}

/** Addresses that each thread sets aside for its memory, whatever of it is used, and something on top. */
const THREAD_BYTES = 12 * 2 ** 30;

/** Threads of node, which take the bundled worker in any case. */
export const node: ScanHost = {
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
    // loaded only where it is needed: small files are scanned where they are read
    const { Worker } = await import('node:worker_threads');
    return ({ onAnswer, onEnd }) => {
      // not the flags of this process: those of `node --eval` would be refused
      const worker = new Worker(new URL('../../scanWorker.cjs', import.meta.url), { execArgv: [] });
      worker.on('message', onAnswer);
      worker.on('error', (error) => onEnd(error.message));
      worker.on('exit', (code) => onEnd(`exit code ${code}`));
      return {
        post: (message) => worker.postMessage(message),
        terminate: () => worker.terminate(),
      };
    };
  },
};
