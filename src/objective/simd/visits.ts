/** Visits to the shards in their order, whoever makes them: weights are told, batches run, what is in the slots taken up. */
import type { Design } from '../../dataset/dataset.js';
import type { FilePrefetch } from '../../storage/filePrefetch.js';
import type { SharedHeap } from '../../storage/sharedHeap.js';
import type { FoldProblem } from '../objective.js';
import type { Step } from './batches.js';
import { kernelIndices } from './kernelOrder.js';
import type { KernelPool } from './kernelPool.js';
import type { Batch, KernelTask, VisitKind } from './kernelTask.js';

export interface Visits {
  readonly task: KernelTask;
  readonly heap: SharedHeap;
  readonly pool: KernelPool;
  /** Place of each weight in those of the kernel (size). */
  readonly toKernel: Int32Array;
  /** Weights (size) as the kernel takes them, live. */
  inKernelOrder(w: Float64Array): Float64Array;
  /** Tells all threads the weights, and what the Hessian needs of the columns. */
  tell(w: Float64Array, mu?: Float64Array, per?: Float64Array): void;
  /** Tells them the problem that the Hessian is of. */
  tellProblem(problem: FoldProblem): void;
  /** What visits all shards; their slots are reserved when first asked for. */
  steps(kind: VisitKind): readonly Step[];
  /** Has every batch run, in order, and `add` take up what is in its slots. */
  visitAll(steps: readonly Step[], add: (batch: Batch) => void | Promise<void>): Promise<void>;
}

export function createVisits(
  design: Design,
  task: KernelTask,
  heap: SharedHeap,
  pool: KernelPool,
  file: FilePrefetch,
  stepsFor: (kind: VisitKind) => readonly Step[],
): Visits {
  const { size } = design;
  const { d } = task;
  const weights = new Float64Array(task.size);
  const toKernel = kernelIndices(design, d + 1);
  const known = new Map<VisitKind, readonly Step[]>();
  const inKernelOrder = (w: Float64Array) => {
    for (let j = 0; j < size; j++) weights[toKernel[j]!] = w[j]!;
    return weights;
  };
  return {
    task,
    heap,
    pool,
    toKernel,
    inKernelOrder,
    tell(w, mu, per) {
      inKernelOrder(w);
      task.args.forEach((address, memory) => {
        const { buffer } = heap.memories[memory]!;
        new Float64Array(buffer, address.w, task.size).set(weights);
        if (mu === undefined || per === undefined) return;
        const shifts = new Float64Array(buffer, address.mu, 2 * d);
        shifts.set(mu.subarray(0, d));
        shifts.set(per, d);
      });
    },
    tellProblem(problem) {
      task.args.forEach((address, memory) => {
        writeProblem(heap.memories[memory]!.buffer, address.problem, problem);
      });
    },
    steps(kind) {
      const steps = known.get(kind) ?? stepsFor(kind);
      known.set(kind, steps);
      return steps;
    },
    async visitAll(steps, add) {
      for (const { group, next, batches } of steps) {
        if (group !== undefined) await file.ready(group);
        for (const batch of batches) {
          await pool.run(batch);
          await add(batch);
        }
        if (next !== undefined) file.prefetch(next);
      }
    },
  };
}

/** Writes what the kernel must know of a problem besides its weights. */
export function writeProblem(buffer: ArrayBufferLike, at: number, { classWeights, held }: FoldProblem): void {
  new Float64Array(buffer, at, 2).set(classWeights);
  new Uint32Array(buffer, at + 16, 1)[0] = held;
}
