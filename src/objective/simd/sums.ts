/** Loss, gradient and second derivatives as sums over the shards, all of them or those of a sample. */
import type { Dataset } from '../../dataset/dataset.js';
import { completeHessian, powersOver, restOfScale } from '../hessian.js';
import { type FoldProblem, type LossObjective, NO_FOLD } from '../objective.js';
import type { Reduction } from '../reference.js';
import { type Step, sampledSteps, sampleOf } from './batches.js';
import { type AddHessian, inBands, shardByShard } from './hessianSums.js';
import { type Batch, even, piecesOf } from './kernelTask.js';
import { SLOT_HEAD_BYTES } from './layout.js';
import type { Visits } from './visits.js';

/** Doubles of a slot before its gradient. */
const SLOT_HEAD = SLOT_HEAD_BYTES / 8;

/** Weights from which on the kernel adds up the gradients in the slots, all threads at once. */
const MANY_WEIGHTS = 1 << 12;

export interface Sums extends Pick<LossObjective, 'size' | 'evaluate' | 'hessian' | 'sample'> {
  hessianOf(
    problem: FoldProblem,
    mu: Float64Array,
    s: Float64Array,
    w: Float64Array,
    H: Float64Array,
  ): Promise<void>;
}

/** What sums over all rows are multiplied by. */
export function unitOf({ weightSum }: Pick<Dataset, 'weightSum'>, reduction: Reduction): number {
  return reduction === 'mean' ? 1 / weightSum : 1;
}

/** @param bandsFrom weights from which on second derivatives are summed in bands */
export function sumsOver(dataset: Dataset, reduction: Reduction, visits: Visits, bandsFrom: number): Sums {
  const { design, rows } = dataset;
  const { size } = design;
  const { task, heap, pool, toKernel, tell, tellProblem, visitAll } = visits;
  const unit = unitOf(dataset, reduction);
  const sum = new Float64Array(task.size);
  const totals = new Map<number, number>();
  const curvedKind = size < bandsFrom ? 'hessian' : 'curved';
  let addHessian: AddHessian | undefined;

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

  /** The loss and its gradient over the rows of the steps, each in this unit. */
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

  /** The second derivatives over the rows of the steps, each in this unit. */
  async function hessianOn(
    steps: readonly Step[],
    unit: number,
    problem: FoldProblem,
    mu: Float64Array,
    s: Float64Array,
    w: Float64Array,
    H: Float64Array,
  ): Promise<void> {
    addHessian ??= curvedKind === 'hessian' ? shardByShard(visits, design) : inBands(visits, design);
    const per = powersOver(s, task.d);
    tell(w, mu, per);
    tellProblem(problem);
    H.fill(0);
    await addHessian(steps, H);
    completeHessian(H, design, mu, restOfScale(s, per), unit);
  }

  const plain = { held: NO_FOLD, classWeights: task.classWeights };
  const hessianOf: Sums['hessianOf'] = (problem, ...rest) =>
    hessianOn(visits.steps(curvedKind), unit, problem, ...rest);
  return {
    size,
    evaluate: (w, g) => evaluateOn(visits.steps('sum'), unit, w, g),
    hessian: (...rest) => hessianOf(plain, ...rest),
    hessianOf,
    sample(wanted) {
      if (task.isWeighted) return undefined;
      const rowCounts = task.places.map((place) => place.rows);
      const sample = sampleOf(rowCounts, wanted);
      if (sample === undefined) return undefined;
      const share = sample.count / rows;
      const stepsOf = (kind: 'sum' | typeof curvedKind) => sampledSteps(visits.steps(kind), sample);
      const sums = stepsOf('sum');
      return {
        share,
        size,
        evaluate: (w, g) => evaluateOn(sums, unit / share, w, g),
        hessian: (...rest) => hessianOn(stepsOf(curvedKind), unit / share, plain, ...rest),
      };
    },
  };
}
