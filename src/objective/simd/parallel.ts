/**
 * The objective at the speed of the machine: the SIMD kernel over shards in shared memory, on all cores.
 *
 * It gives what the reference gives, but for rounding. Its own bits depend on the data alone: shards are
 * summed one by one and their sums added in order, whichever thread was when done with which.
 */

import type { Dataset } from '../../dataset/dataset.js';
import type { WasmModule } from '../../runtime/sharedMemory.js';
import { HeapStore, storeOf } from '../../storage/heapStore.js';
import { isOutOfMemory, SharedHeap } from '../../storage/sharedHeap.js';
import { referenceHessian } from '../hessian.js';
import type { FoldedLoss, LossObjective } from '../objective.js';
import { type ClassWeights, type Reduction, referenceObjective } from '../reference.js';
import { stepsOf } from './batches.js';
import { foldVisits } from './foldVisits.js';
import { type Host, node } from './host.js';
import { kernelOver } from './kernel.js';
import { alone, poolOf } from './kernelPool.js';
import { slotBytes, type VisitKind } from './kernelTask.js';
import { type FoldPlan, layOut, prepare } from './prepare.js';
import { sumsOver, unitOf } from './sums.js';
import { createVisits } from './visits.js';

export interface ParallelOptions {
  /** Threads at most, at least 1; default as many as the machine has room for. */
  readonly threads?: number | undefined;
  readonly classWeights?: ClassWeights | undefined;
  /** Where shards are copied that do not lie in a heap; default a new one. */
  readonly heap?: SharedHeap | undefined;
  readonly host?: Host | undefined;
  /** Rows parted into folds, for several problems at once. */
  readonly folds?: FoldPlan | undefined;
  /** Sizes from which on it pays to leave the plain kernel; default `PAYS_FROM`. */
  readonly paysFrom?:
    | {
        readonly kernel: number;
        readonly threads: number;
        readonly idleThreads?: number;
        readonly bands?: number;
      }
    | undefined;
  /** Bytes of slots in a memory, though always as many slots as threads; default `SLOTS_BYTES`. */
  readonly slotsBytes?: Readonly<Partial<Record<VisitKind, number>>> | undefined;
  /** Shards of the file that are read at once; default `GROUP_SHARDS`, or as many as threads. */
  readonly groupShards?: number | undefined;
}

export interface ParallelObjective extends LossObjective {
  /** Threads at work; 1 is this one alone. */
  readonly threads: number;
  readonly kernel: 'plain' | 'simd';
  /** Visits for several problems at once, where folds were planned and the kernel serves. */
  readonly folded?: Pick<FoldedLoss, 'visit' | 'hessian'>;
}

/**
 * Cells (rows times columns, with some more for what a row costs) from which on the kernel is worth loading,
 * and an epoch worth sharing: below, the start takes longer than what it spares. And weights from which on their second
 * derivatives are summed in bands.
 */
export const PAYS_FROM = { kernel: 1 << 10, threads: 1 << 21, idleThreads: 1 << 20, bands: 1 << 9 } as const;

/** A part of these cells is worth waking threads for that are there. */
const WAKING = 4;

/** What exp and the like cost a row, in columns. */
const ROW_COST = 8;

/** Shards of the file that are read at once. */
const GROUP_SHARDS = 4;

/** Bytes of slots in a memory. */
const SLOTS_BYTES = { sum: 2 ** 26, hessian: 2 ** 28, folds: 2 ** 27, curved: 2 ** 26 } as const;

/**
 * Binary cross-entropy of a dataset, as `referenceObjective` defines it. Shards in a heap are visited where they
 * lie.
 *
 * @throws BceError OUT_OF_MEMORY; the objective, later, WORKER_FAILED when a thread ends, and TEMP_FILE
 */
export async function parallelObjective(
  dataset: Dataset,
  reduction: Reduction,
  options: ParallelOptions = {},
): Promise<ParallelObjective> {
  const { classWeights = [1, 1], host = node, paysFrom = PAYS_FROM } = options;
  const cells = cellsOf(dataset);
  const plain = () => plainObjective(dataset, reduction, classWeights);
  if (cells < paysFrom.kernel) return plain();
  const { shards } = dataset;
  const isScarce = shards instanceof HeapStore && shards.heap.isScarce;
  const module = isScarce ? undefined : host.kernel();
  if (module === undefined) return { ...plain(), note: PLAIN };
  try {
    return await simdObjective(dataset, reduction, module, options);
  } catch (error) {
    // a limit on addresses (`ulimit -v`) leaves room for arrays where it leaves none for another memory
    if (isOutOfMemory(error)) return { ...plain(), note: PLAIN };
    throw error;
  }
}

const PLAIN =
  'the plain kernel serves, on one thread: this machine lacks SIMD, or this process the addresses for more (ulimit -v)';

async function simdObjective(
  dataset: Dataset,
  reduction: Reduction,
  module: WasmModule,
  options: ParallelOptions,
): Promise<ParallelObjective> {
  const { classWeights = [1, 1], host = node, paysFrom = PAYS_FROM, slotsBytes = {} } = options;
  const cells = cellsOf(dataset);
  const { shards } = dataset;
  const store =
    shards instanceof HeapStore ? shards : await storeOf(shards, options.heap ?? new SharedHeap());
  const { heap } = store;
  const entries = store.placed();
  const asked = Math.min(options.threads ?? host.availableThreads(), entries.length);
  // those that have scanned the file need not be started
  const isThere = (host.idleThreads?.() ?? 0) >= asked - 1;
  const { idleThreads = paysFrom.threads, bands = PAYS_FROM.bands } = paysFrom;
  const threads = cells >= (isThere ? idleThreads : paysFrom.threads) ? asked : 1;
  const { runs, places, file } = layOut(
    entries,
    heap,
    options.groupShards ?? Math.max(GROUP_SHARDS, threads),
  );
  const task = prepare(dataset, places, classWeights, heap, threads, options.folds);
  const { memories } = heap;
  const kernels = memories.map((memory) => kernelOver(module, memory));
  for (const kernel of kernels) kernel.writeTable(0);
  const pool =
    threads > 1
      ? poolOf(
          threads,
          paysFrom.threads / WAKING,
          kernels,
          { module, memories, task },
          await host.startThreads(),
        )
      : alone(kernels, task);
  const visits = createVisits(dataset.design, task, heap, pool, file, (kind) => {
    const slots = Math.floor((slotsBytes[kind] ?? SLOTS_BYTES[kind]) / slotBytes(task, kind));
    return stepsOf(task, kind, runs, heap, Math.max(threads, slots));
  });
  const { hessianOf: hessian, ...sums } = sumsOver(dataset, reduction, visits, bands);
  const visit = task.folds && foldVisits(visits, unitOf(dataset, reduction));
  return {
    threads,
    kernel: 'simd',
    ...sums,
    ...(visit && { folded: { visit, hessian } }),
    close: () => pool.close(),
  };
}

function cellsOf({ rows, design: { numerics, factors } }: Dataset): number {
  return rows * (numerics + factors.length + ROW_COST);
}

/** The same by the reference alone, on this thread. */
export function plainObjective(
  dataset: Dataset,
  reduction: Reduction,
  classWeights: ClassWeights = [1, 1],
): ParallelObjective {
  return {
    threads: 1,
    kernel: 'plain',
    ...referenceObjective(dataset, reduction, classWeights),
    hessian: (mu, s, w, H) => referenceHessian(dataset, reduction, mu, s, w, H),
    async close() {},
  };
}
