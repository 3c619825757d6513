/** What the fast objective needs from outside: the file of the kernel, and threads. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Thread, ThreadData, ThreadListeners } from './crew.js';
import { isSimdThere } from './simd.js';

export interface Host {
  /** The kernel, as a WebAssembly module; undefined where it cannot run. */
  readKernel(): Promise<Uint8Array | undefined>;
  /** Threads that the machine has room for. */
  availableThreads(): number;
  startThreads(): Promise<(data: ThreadData, listeners: ThreadListeners) => Thread>;
}

/** Node, from the files beside this one or beside the bundled command. */
export const node: Host = {
  async readKernel() {
    return isSimdThere() ? readFileSync(fileOf('kernel.wasm')) : undefined;
  },
  availableThreads: availableParallelism,
  async startThreads() {
    // loaded only where it is needed: small tables never are on other threads
    const { Worker } = await import('node:worker_threads');
    return (data, { onDone, onEnd }) => {
      // not the flags of this process: those of `node --eval` would be refused
      const worker = new Worker(fileOf('worker.cjs'), { workerData: data, execArgv: [] });
      worker.on('message', onDone);
      worker.on('error', (error) => onEnd(error.message));
      worker.on('exit', (code) => onEnd(`exit code ${code}`));
      worker.unref();
      return {
        setNeeded: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
        terminate: () => worker.terminate(),
      };
    };
  },
};

/** The bundle says that its modules lie where those of src/ do; threads take the bundled worker in any case. */
function fileOf(what: 'kernel.wasm' | 'worker.cjs'): URL {
  return new URL(`../../${what}`, import.meta.url);
}
