/**
 * The objective at the speed of the machine: the SIMD kernel over shards in shared memory, on all cores.
 *
 * It gives what the reference gives, but for rounding. Its own bits depend on the data alone: shards are
 * summed one by one and their sums added in order, whichever thread was when done with which.
 */

import type { Dataset } from '../../dataset/dataset.js';
import type { WasmModule } from '../../runtime/sharedMemory.js';
import { FilePrefetch } from '../../storage/filePrefetch.js';
import { type Filed, HeapStore, type Placed, storeOf } from '../../storage/heapStore.js';
import { type Place, padded, placeAt } from '../../storage/place.js';
import { type Extent, isOutOfMemory, SharedHeap } from '../../storage/sharedHeap.js';
import { completeHessian, powersOver, referenceHessian, restOfScale } from '../hessian.js';
import {
  type FoldedLoss,
  type FoldProblem,
  type FoldVisit,
  type LossObjective,
  NO_FOLD,
} from '../objective.js';
import { type ClassWeights, type Reduction, referenceObjective } from '../reference.js';
import { type Run, runsOf, type Step, stepsOf } from './batches.js';
import { type AddHessian, inBands, shardByShard, type VisitAll } from './hessianSums.js';
import { type Host, node } from './host.js';
import { kernelOver } from './kernel.js';
import { kernelIndices } from './kernelOrder.js';
import { alone, type KernelPool, poolOf } from './kernelPool.js';
import {
  type Arguments,
  type Batch,
  even,
  foldBytes,
  foldRoomBytes,
  type KernelTask,
  piecesOf,
  problemsBytes,
  scratchBytes,
  slotBytes,
  type VisitKind,
} from './kernelTask.js';
import { FOLD_HEAD_BYTES, PROBLEM_BYTES, PROBLEMS_HEAD_BYTES, SLOT_HEAD_BYTES } from './layout.js';

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

export interface FoldPlan {
  /** Fold of each row. */
  readonly of: Uint32Array;
  /** Problems that are visited at once, at most. */
  readonly most: number;
  /** Whether a problem may weigh the classes in its own way. */
  readonly isFactored: boolean;
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
export const PAYS_FROM = { kernel: 1 << 14, threads: 1 << 21, idleThreads: 1 << 20, bands: 1 << 9 } as const;

/** What exp and the like cost a row, in columns. */
const ROW_COST = 8;

/** Shards of a sample at least, so that they come from all over the table. */
const SAMPLE_SHARDS = 8;

/** Shards of the file that are read at once. */
const GROUP_SHARDS = 4;

/** Doubles of a slot before its gradient. */
const SLOT_HEAD = SLOT_HEAD_BYTES / 8;
const FOLD_HEAD = FOLD_HEAD_BYTES / 8;

/** Weights from which on the kernel adds up the gradients in the slots, all threads at once. */
const MANY_WEIGHTS = 1 << 12;

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
      ? poolOf(threads, kernels, { module, memories, task }, await host.startThreads())
      : alone(kernels, task);
  return {
    threads,
    kernel: 'simd',
    ...objectiveOver(dataset, reduction, heap, task, pool, file, bands, (kind) => {
      const slots = Math.floor((slotsBytes[kind] ?? SLOTS_BYTES[kind]) / slotBytes(task, kind));
      return stepsOf(task, kind, runs, heap, Math.max(threads, slots));
    }),
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

/** Where each shard is when it is visited, in which runs that is, and how those of the file get there. */
function layOut(
  entries: readonly (Placed | Filed)[],
  heap: SharedHeap,
  perGroup: number,
): { runs: readonly Run[]; places: readonly Place[]; file: FilePrefetch } {
  const filed = entries.filter((entry) => entry.kind === 'filed');
  const shardBytes = filed.reduce((most, { layout }) => Math.max(most, layout.byteLength), 0);
  const buffers = [0, 1]
    .filter((buffer) => filed.length > buffer * perGroup)
    .map(() => heap.reserveAnywhere(perGroup * shardBytes));
  const runs = runsOf(entries, perGroup, buffers);
  const groups: { entry: Filed; to: Extent }[][] = [];
  const places = runs.flatMap(({ first, count, group }) =>
    entries.slice(first, first + count).map((entry, i): Place => {
      if (entry.kind === 'placed') return placeAt(entry.extent, entry.layout, entry.rows);
      const { memory, start } = buffers[group! % 2]!;
      const to = { memory, start: start + i * shardBytes };
      groups[group!] ??= [];
      groups[group!]!.push({ entry, to });
      return placeAt(to, entry.layout, entry.rows);
    }),
  );
  return { runs, places, file: new FilePrefetch(heap, groups) };
}

/** Puts what threads are told into the heap. */
function prepare(
  dataset: Dataset,
  places: readonly Place[],
  classWeights: ClassWeights,
  heap: SharedHeap,
  threads: number,
  folds: FoldPlan | undefined,
): KernelTask {
  const { numerics: d, factors } = dataset.design;
  const size = d + 1 + factors.reduce((sum, { levels }) => sum + levels, 0);
  const args = heap.memories.map((memory, index): Arguments => {
    const addresses = {
      w: heap.reserve(index, 8 * size),
      mu: heap.reserve(index, 16 * d),
      starts: heap.reserve(index, 4 * factors.length),
      scratch: heap.reserve(index, threads * scratchBytes(d)),
      problem: heap.reserve(index, PROBLEM_BYTES),
      problems: folds === undefined ? 0 : heap.reserve(index, problemsBytes(size, folds.most)),
      foldRoom: folds === undefined ? 0 : heap.reserve(index, threads * foldRoomBytes(d, folds.most)),
    };
    const starts = new Int32Array(memory.buffer, addresses.starts, factors.length);
    let start = d + 1;
    factors.forEach(({ levels }, f) => {
      starts[f] = 8 * start;
      start += levels;
    });
    return addresses;
  });
  const isWeighted = places.some(({ c }) => c !== 0) || classWeights[0] !== 1 || classWeights[1] !== 1;
  const parted = folds && { ...folds, of: placeFolds(folds.of, places, heap) };
  return { d, k: factors.length, size, classWeights, isWeighted, args, places, folds: parted };
}

/** Puts the folds of the rows of each shard into its memory. */
function placeFolds(folds: Uint32Array, places: readonly Place[], heap: SharedHeap): number[] {
  let done = 0;
  return places.map(({ memory, rows }) => {
    const start = heap.reserve(memory, 4 * padded(rows));
    new Uint32Array(heap.memories[memory]!.buffer, start, rows).set(folds.subarray(done, done + rows));
    done += rows;
    return start;
  });
}

function objectiveOver(
  dataset: Dataset,
  reduction: Reduction,
  heap: SharedHeap,
  task: KernelTask,
  pool: KernelPool,
  file: FilePrefetch,
  bandsFrom: number,
  stepsFor: (kind: VisitKind) => readonly Step[],
): Pick<ParallelObjective, 'size' | 'evaluate' | 'hessian' | 'sample' | 'folded'> {
  const { design, weightSum, rows } = dataset;
  const { size } = design;
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  const { d } = task;
  const weights = new Float64Array(task.size);
  const toKernel = kernelIndices(design, d + 1);
  let sums: readonly Step[] | undefined;
  const sum = new Float64Array(task.size);
  const totals = new Map<number, number>();
  // the Hessian takes room that most trainings never need
  let addHessian: AddHessian | undefined;
  let parted: { steps: readonly Step[]; sums: Float64Array[] } | undefined;

  function tell(w: Float64Array, mu?: Float64Array, per?: Float64Array): void {
    for (let j = 0; j < size; j++) weights[toKernel[j]!] = w[j]!;
    task.args.forEach((address, memory) => {
      const { buffer } = heap.memories[memory]!;
      new Float64Array(buffer, address.w, task.size).set(weights);
      if (mu === undefined || per === undefined) return;
      const shifts = new Float64Array(buffer, address.mu, 2 * d);
      shifts.set(mu.subarray(0, d));
      shifts.set(per, d);
    });
  }

  const visitAll: VisitAll = async (steps, add) => {
    for (const { group, batches } of steps) {
      if (group !== undefined) await file.ready(group);
      for (const batch of batches) {
        await pool.run(batch);
        await add(batch);
      }
      if (group !== undefined) file.release(group);
    }
  };

  /** Adds the gradients in the slots of a batch to `sum`, each weight in the order of the shards. */
  async function addInKernel(batch: Batch): Promise<void> {
    const { memory, count } = batch;
    const total = totals.get(memory) ?? heap.reserve(memory, 8 * even(task.size));
    totals.set(memory, total);
    const here = new Float64Array(heap.memories[memory]!.buffer, total, task.size);
    here.set(sum);
    await pool.run({ ...batch, kind: 'add', first: count, count: piecesOf(task), total });
    sum.set(here);
  }

  /** The loss and its gradient over the shards of the steps, each row in this unit. */
  async function evaluateOn(
    steps: readonly Step[],
    unit: number,
    w: Float64Array,
    g: Float64Array,
  ): Promise<number> {
    tell(w);
    let J = 0;
    sum.fill(0);
    await visitAll(steps, async (batch) => {
      const { buffer } = heap.memories[batch.memory]!;
      const slotOf = (i: number, length: number) =>
        new Float64Array(buffer, batch.slots + i * batch.slotBytes, length);
      for (let i = 0; i < batch.count; i++) J += slotOf(i, 1)[0]!;
      if (task.size >= MANY_WEIGHTS) await addInKernel(batch);
      else
        for (let i = 0; i < batch.count; i++) {
          const slot = slotOf(i, SLOT_HEAD + task.size);
          for (let j = 0; j < sum.length; j++) sum[j]! += slot[SLOT_HEAD + j]!;
        }
    });
    for (let j = 0; j < size; j++) g[j] = sum[toKernel[j]!]! * unit;
    return J * unit;
  }

  const allSums = () => {
    sums ??= stepsFor('sum');
    return sums;
  };

  return {
    size,
    evaluate: (w, g) => evaluateOn(allSums(), unit, w, g),
    sample(wanted) {
      const count = task.places.length;
      const every = Math.floor(Math.min(rows / wanted, count / SAMPLE_SHARDS));
      if (every < 2 || task.isWeighted) return undefined;
      const steps = everyShard(allSums(), every);
      const taken = task.places.reduce((all, place, i) => all + (i % every === 0 ? place.rows : 0), 0);
      const share = taken / rows;
      return { share, loss: { size, evaluate: (w, g) => evaluateOn(steps, unit / share, w, g) } };
    },
    hessian: (mu, s, w, H) => hessianOf({ held: NO_FOLD, classWeights: task.classWeights }, mu, s, w, H),
    ...(task.folds && { folded: { visit: visitFolds, hessian: hessianOf } }),
  };

  async function hessianOf(
    problem: FoldProblem,
    mu: Float64Array,
    s: Float64Array,
    w: Float64Array,
    H: Float64Array,
  ): Promise<void> {
    addHessian ??=
      size < bandsFrom
        ? shardByShard(task, design, heap, stepsFor('hessian'), visitAll)
        : inBands(task, design, heap, stepsFor('curved'), visitAll, pool);
    const per = powersOver(s, d);
    tell(w, mu, per);
    task.args.forEach((address, memory) => {
      writeProblem(heap.memories[memory]!.buffer, address.problem, problem);
    });
    H.fill(0);
    await addHessian(H);
    completeHessian(H, design, mu, restOfScale(s, per), unit);
  }

  async function visitFolds(visits: readonly FoldVisit[]): Promise<void> {
    parted ??= { steps: stepsFor('folds'), sums: visits.map(() => new Float64Array(0)) };
    const { steps, sums: totals } = parted;
    const stride = even(task.size);
    visits.forEach(({ problem, w }, p) => {
      for (let j = 0; j < size; j++) weights[toKernel[j]!] = w[j]!;
      task.args.forEach(({ problems }, memory) => {
        const { buffer } = heap.memories[memory]!;
        if (p === 0) new Uint32Array(buffer, problems, 1)[0] = visits.length;
        const first = problems + PROBLEMS_HEAD_BYTES;
        writeProblem(buffer, first + p * PROBLEM_BYTES, problem);
        const start = first + visits.length * PROBLEM_BYTES + 8 * p * stride;
        new Float64Array(buffer, start, task.size).set(weights);
      });
      totals[p] = totals[p]?.length === task.size ? totals[p].fill(0) : new Float64Array(task.size);
    });
    for (const visit of visits) [visit.kept, visit.held] = [0, 0];
    const bytes = foldBytes(task);
    await visitAll(steps, (batch) => {
      const { buffer } = heap.memories[batch.memory]!;
      for (let i = 0; i < batch.count; i++) {
        visits.forEach((visit, p) => {
          const start = batch.slots + i * batch.slotBytes + p * bytes;
          const slot = new Float64Array(buffer, start, FOLD_HEAD + task.size);
          visit.kept += slot[0]!;
          visit.held += slot[1]!;
          const total = totals[p]!;
          for (let j = 0; j < total.length; j++) total[j]! += slot[FOLD_HEAD + j]!;
        });
      }
    });
    visits.forEach(({ g }, p) => {
      for (let j = 0; j < size; j++) g[j] = totals[p]![toKernel[j]!]! * unit;
    });
    for (const visit of visits) [visit.kept, visit.held] = [visit.kept * unit, visit.held * unit];
  }
}

/** The steps with one of so many shards alone, each a batch of its own. */
function everyShard(steps: readonly Step[], every: number): Step[] {
  return steps.map(({ group, batches }) => ({
    group,
    batches: batches.flatMap((batch) =>
      Array.from({ length: batch.count }, (_, i) => ({ ...batch, first: batch.first + i, count: 1 })).filter(
        ({ first }) => first % every === 0,
      ),
    ),
  }));
}

/** Writes what the kernel must know of a problem besides its weights. */
function writeProblem(buffer: ArrayBufferLike, at: number, { classWeights, held }: FoldProblem): void {
  new Float64Array(buffer, at, 2).set(classWeights);
  new Uint32Array(buffer, at + 16, 1)[0] = held;
}
