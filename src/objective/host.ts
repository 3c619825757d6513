/** What the fast objective needs from outside: the file of the kernel, and threads. */
import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { openTempFile } from '../source/tempFile.js';
import { Arena } from './arena.js';
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

export interface ArenaPlan {
  /** Bytes of shards that are held in memory; default half of what the machine, or this process, may have. */
  readonly memory: number | undefined;
  /** Directory of the file for those beyond; default that of the system. */
  readonly tempDir: string | undefined;
}

/** Where the shards of a run go. */
export function createArena({ memory, tempDir }: ArenaPlan): Arena {
  // 0 where nobody has set a bound, and more than there is where it is meaningless
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const bytes = memory ?? Math.min(totalmem(), allowed) / 2;
  return new Arena({ bound: { bytes, openFile: () => openTempFile(tempDir ?? tmpdir()) } });
}

/** The bundle says that its modules lie where those of src/ do; threads take the bundled worker in any case. */
function fileOf(what: 'kernel.wasm' | 'worker.cjs'): URL {
  return new URL(`../../${what}`, import.meta.url);
}
