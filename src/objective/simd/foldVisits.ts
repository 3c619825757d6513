/** One visit to rows that are parted into folds, for several problems at once. */
import type { FoldedLoss } from '../objective.js';
import { even, foldBytes } from './kernelTask.js';
import { FOLD_HEAD_BYTES, PROBLEM_BYTES, PROBLEMS_HEAD_BYTES } from './layout.js';
import { type Visits, writeProblem } from './visits.js';

/** Doubles of the slot of a problem before its gradient. */
const FOLD_HEAD = FOLD_HEAD_BYTES / 8;

/** @param unit what sums over the rows are multiplied by */
export function foldVisits(
  { task, heap, toKernel, inKernelOrder, steps, visitAll }: Visits,
  unit: number,
): FoldedLoss['visit'] {
  /** Gradient of each problem. */
  const totals: Float64Array[] = [];
  const stride = even(task.size);
  const bytes = foldBytes(task);
  return async (visits) => {
    visits.forEach(({ problem, w }, p) => {
      const weights = inKernelOrder(w);
      task.args.forEach(({ problems }, memory) => {
        const { buffer } = heap.memories[memory]!;
        if (p === 0) new Uint32Array(buffer, problems, 1)[0] = visits.length;
        const first = problems + PROBLEMS_HEAD_BYTES;
        writeProblem(buffer, first + p * PROBLEM_BYTES, problem);
        const start = first + visits.length * PROBLEM_BYTES + 8 * p * stride;
        new Float64Array(buffer, start, task.size).set(weights);
      });
      totals[p] = totals[p]?.fill(0) ?? new Float64Array(task.size);
    });
    for (const visit of visits) [visit.kept, visit.held] = [0, 0];
    await visitAll(steps('folds'), (batch) => {
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
      for (let j = 0; j < g.length; j++) g[j] = totals[p]![toKernel[j]!]! * unit;
    });
    for (const visit of visits) [visit.kept, visit.held] = [visit.kept * unit, visit.held * unit];
  };
}
