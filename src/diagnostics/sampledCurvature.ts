/** Second derivatives by some of the rows, where these tell enough. */
import type { Curvature, Parabola } from '../fit/parabola.js';
import type { LossObjective } from '../objective/objective.js';

/** The matrix over a sample, which is near that over all rows, and at least this part of theirs. */
export interface SampledCurvature extends Curvature {
  /** Of the rows: terms of a sum of squares that are left out only take from it. */
  readonly share: number;
}

/** Multiplications that are always worth while: some milliseconds. */
const CHEAP_WORK = 2e7;
/** What a row costs beside its products, in columns. */
const ROW_COST = 10;
/** Rows for each weight, at least: then the matrix is within a third. */
const LEAST_ROWS = 32;

/** Multiplications that the smallest sample takes. */
export function leastSampleWork(n: number): number {
  return LEAST_ROWS * n ** 3;
}

/**
 * @param loss over all rows
 * @param v weights of what is solved for
 * @param order those that count
 * @param cheapWork multiplications that are always worth while
 * @returns undefined where all rows are little work, most would be taken, or these tell no more than that columns may follow
 * from others
 */
export async function sampledCurvature(
  loss: LossObjective,
  { curvatureOver }: Parabola,
  v: Float64Array,
  order: Int32Array,
  cheapWork = CHEAP_WORK,
): Promise<SampledCurvature | undefined> {
  const n = v.length;
  const sample = loss.sample?.(Math.max(LEAST_ROWS * n, cheapWork / (n * (n + ROW_COST))));
  if (sample === undefined) return undefined;
  const curvature = await curvatureOver(sample, v, order);
  return curvature.isTrusted ? { ...curvature, share: sample.share } : undefined;
}
