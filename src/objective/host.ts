/** What the fast objective needs from outside: the file of the kernel, and threads. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
    return isSimdThere() ? await readFile(fileOf('kernel')) : undefined;
  },
  availableThreads: availableParallelism,
  async startThreads() {
    // loaded only where it is needed: small tables never are on other threads
    const { Worker } = await import('node:worker_threads');
    return (data, { onDone, onEnd }) => {
      // not the flags of this process: those of `node --eval` would be refused
      const worker = new Worker(fileOf('worker'), { workerData: data, execArgv: [] });
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

/** The bundler puts a path in the place of the address of this module. */
function fileOf(what: 'kernel' | 'worker'): string {
  const here = import.meta.url;
  if (!here.startsWith('file:')) return join(dirname(here), what === 'kernel' ? 'kernel.wasm' : 'worker.cjs');
  return join(dirname(fileURLToPath(here)), what === 'kernel' ? '../../kernel.wasm' : 'worker.js');
}
