/**
 * Second derivatives summed by the kernel: each shard by itself, or, of many weights, in bands of rows of the one matrix,
 * each over all shards in their order, since a matrix for every shard would be most of the work.
 */
import type { Design } from '../../dataset/dataset.js';
import type { Step } from './batches.js';
import { addLowerTriangle, kernelIndices } from './kernelOrder.js';
import { bandsOf, hessianWidth, paddedColumns } from './kernelTask.js';
import type { Visits } from './visits.js';

/** Adds the sums over the rows of the steps to what lies on and below the diagonal of H (size x size). */
export type AddHessian = (steps: readonly Step[], H: Float64Array) => Promise<void>;

/** Of steps of the kind `hessian`: their slots hold a matrix each. */
export function shardByShard({ task, heap, visitAll }: Visits, design: Design): AddHessian {
  const width = hessianWidth(task);
  const indices = kernelIndices(design, paddedColumns(task.d));
  return (steps, H) =>
    visitAll(steps, (batch) => {
      const { buffer } = heap.memories[batch.memory]!;
      for (let i = 0; i < batch.count; i++) {
        const slot = new Float64Array(buffer, batch.slots + i * batch.slotBytes, width * width);
        addLowerTriangle(slot, width, indices, H, design.size);
      }
    });
}

/** Of steps of the kind `curved`: their slots hold the columns of a shard. */
export function inBands({ task, heap, pool, visitAll }: Visits, design: Design): AddHessian {
  const width = hessianWidth(task);
  const indices = kernelIndices(design, paddedColumns(task.d));
  const totals = new Map<number, number>();
  return async (steps, H) => {
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
