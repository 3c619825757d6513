/**
 * Second derivatives summed by the kernel: each shard by itself, or, of many weights, in bands of rows of the one matrix,
 * each over all shards in their order, since a matrix for every shard would be most of the work.
 */
import type { Design } from '../../dataset/dataset.js';
import type { SharedHeap } from '../../storage/sharedHeap.js';
import type { Step } from './batches.js';
import { addLowerTriangle, kernelIndices } from './kernelOrder.js';
import type { KernelPool } from './kernelPool.js';
import { type Batch, bandsOf, hessianWidth, type KernelTask, paddedColumns } from './kernelTask.js';

/** Has every batch run, in order, and `add` take up what is in its slots. */
export type VisitAll = (steps: readonly Step[], add: (batch: Batch) => void | Promise<void>) => Promise<void>;

/** Adds the sums over all rows to what lies on and below the diagonal of H (size x size). */
export type AddHessian = (H: Float64Array) => Promise<void>;

/** @param steps of the kind `hessian`: their slots hold a matrix each */
export function shardByShard(
  task: KernelTask,
  design: Design,
  heap: SharedHeap,
  steps: readonly Step[],
  visitAll: VisitAll,
): AddHessian {
  const width = hessianWidth(task);
  const indices = kernelIndices(design, paddedColumns(task.d));
  return (H) =>
    visitAll(steps, (batch) => {
      const { buffer } = heap.memories[batch.memory]!;
      for (let i = 0; i < batch.count; i++) {
        const slot = new Float64Array(buffer, batch.slots + i * batch.slotBytes, width * width);
        addLowerTriangle(slot, width, indices, H, design.size);
      }
    });
}

/** @param steps of the kind `curved`: their slots hold the columns of a shard */
export function inBands(
  task: KernelTask,
  design: Design,
  heap: SharedHeap,
  steps: readonly Step[],
  visitAll: VisitAll,
  pool: KernelPool,
): AddHessian {
  const width = hessianWidth(task);
  const indices = kernelIndices(design, paddedColumns(task.d));
  const totals = new Map<number, number>();
  return async (H) => {
    /** What there is of the sum, wherever the last shards were. */
    let sum: Float64Array | undefined;
    let memory = -1;
    await visitAll(steps, async (batch) => {
      const total = totals.get(batch.memory) ?? heap.reserve(batch.memory, 8 * width ** 2);
      totals.set(batch.memory, total);
      if (batch.memory !== memory) {
        const here = new Float64Array(heap.memories[batch.memory]!.buffer, total, width ** 2);
        if (sum === undefined) here.fill(0);
        else here.set(sum);
        [sum, memory] = [here, batch.memory];
      }
      await pool.run({ ...batch, kind: 'band', first: batch.count, count: bandsOf(task), total });
    });
    if (sum !== undefined) addLowerTriangle(sum, width, indices, H, design.size);
  };
}
