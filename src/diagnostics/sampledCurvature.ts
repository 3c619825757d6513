/** Second derivatives by some of the rows, where all would take longer than the training. */
import type { FitOptions } from '../fit/fit.js';
import type { Curvature } from '../fit/parabola.js';
import { composeProblem } from '../fit/problem.js';
import { localTable } from '../objective/localTable.js';
import type { Table } from '../objective/table.js';
import { rowCountsOf, thinned } from '../storage/store.js';

/** The matrix of the mean loss of the sample, which is near that of all rows, and at least this part of theirs. */
export interface SampledCurvature extends Curvature {
  /** Of the rows: terms of a sum of squares that are left out only take from it. */
  readonly share: number;
}

/** Multiplications that are always worth while, on one thread: some 20 ms. */
const CHEAP_WORK = 1e8;
/** A sample of half of the rows spares little. */
const LEAST_THINNING = 4;
/** Rows of it for each weight, at least: then its matrix is within a few parts in a hundred. */
const LEAST_ROWS = 64;

/**
 * @param v weights of what is solved for
 * @param order those that count
 * @param cheapWork multiplications that are always worth while
 * @returns undefined where all rows are little work, too few are left, or these tell no more than that columns may follow
 * from others
 */
export async function sampledCurvature(
  { local, rows }: Table,
  options: FitOptions,
  v: Float64Array,
  order: Int32Array,
  cheapWork = CHEAP_WORK,
): Promise<SampledCurvature | undefined> {
  if (local === undefined || options.reduction !== 'mean') return undefined;
  const { weighting, shards } = local;
  const every = Math.floor((rows * v.length ** 2) / cheapWork);
  const isWeighted = weighting.column !== undefined || weighting.classWeight !== undefined;
  if (isWeighted || every < LEAST_THINNING || rows / every < LEAST_ROWS * v.length) return undefined;
  const some = thinned(shards, every);
  const left = rowCountsOf(some).reduce((sum, count) => sum + count, 0);
  const sample = localTable({ ...local, shards: some, rows: left, weightSum: left });
  const loss = await sample.loss('mean', 1);
  try {
    const curvature = await composeProblem(sample, options, { loss }).parabola.curvature(v, order);
    return curvature.isTrusted && !curvature.isOfRows ? { ...curvature, share: left / rows } : undefined;
  } finally {
    await loss.close();
  }
}
