/**
 * Where L-BFGS begins on a large table: at the minimum over some of the rows, with their second derivatives as its metric.
 *
 * Of k rows the minimum is off by some sqrt(n/k) standard deviations of a row, and so is H_S, as a share of H:
 *
 *   w <- w - H_S^-1 g   leaves   I - H_S^-1 H,   about 2 sqrt(n/k),   of what is missing
 *
 * Newton's method finds it, on few rows first. Rows are counted, not timed, so no bit depends on the machine.
 */
import type { LossObjective } from '../objective/objective.js';
import type { Reduction } from '../objective/reference.js';
import type { Metric } from '../optimizer/lbfgs.js';
import type { Problem } from './problem.js';

export interface SampleStart {
  readonly v: Float64Array;
  readonly metric: Metric;
  /** Rows of the sample. */
  readonly rows: number;
  /** Visits to as many rows as there are that it took. */
  readonly passes: number;
}

/** Rows of a sample for each weight, at least. */
const LEAST_ROWS = 50;
/** How many times as many rows the next sample has. */
const GROWTH = 16;
/** Newton's steps on the last sample, which has to cost no more than one pass over all rows. */
const LAST_STEPS = 2;
/** Steps on a sample. */
const MOST_STEPS = 12;
/** What a step near a minimum leaves of the squared decrement at most: where there is none, each leaves a third or so. */
const CONTRACTION = 0.2;

/** Visits to rows that their second derivatives are worth. */
function curvatureCost(n: number): number {
  return (n + 15) / 5;
}

/**
 * @param rows of the table
 * @param loss that the problem is made of
 * @returns undefined where the rows are few beside the weights, or a sample has no minimum or columns that follow from
 *   others
 */
export async function sampleStart(
  rows: number,
  { objective: { size }, objectiveOf, parabola }: Problem,
  reduction: Reduction,
  loss: Pick<LossObjective, 'sample'>,
): Promise<SampleStart | undefined> {
  const most = rows / (LAST_STEPS * (1 + curvatureCost(size)));
  const v = new Float64Array(size);
  const g = new Float64Array(size);
  const p = new Float64Array(size);
  let metric: Metric | undefined;
  let visited = 0;
  let taken = 0;
  for (const wanted of sampleSizes(most, LEAST_ROWS * size)) {
    const sample = loss.sample?.(wanted);
    if (sample === undefined) return undefined;
    const { evaluate } = objectiveOf(sample);
    taken = Math.round(sample.share * rows);
    // what chance leaves between the minimum of the sample and that of all rows
    const chance = (size / taken) * (reduction === 'sum' ? rows : 1);
    let lastJ = Number.POSITIVE_INFINITY;
    let square = Number.POSITIVE_INFINITY;
    for (let step = 0, isNear = false; !isNear; step++) {
      const J = await evaluate(v, g);
      if (!(J < lastJ) || step === MOST_STEPS) return undefined;
      const { factors, isTrusted } = await parabola.curvatureOver(sample, v);
      if (!isTrusted) return undefined;
      metric = (slopes, step) => parabola.newtonStep(factors, slopes, step);
      const decrement = metric(g, p);
      isNear = decrement <= chance && decrement <= CONTRACTION * square;
      [lastJ, square] = [J, decrement];
      for (let j = 0; j < size; j++) v[j]! -= p[j]!;
      visited += 2 * sample.share;
    }
  }
  return metric && { v, metric, rows: taken, passes: Math.ceil(visited) };
}

/** From few rows to most, the last as many as that; none where even that is too few. */
function sampleSizes(most: number, least: number): number[] {
  const sizes: number[] = [];
  for (let rows = most; rows >= least; rows /= GROWTH) sizes.unshift(Math.ceil(rows));
  return sizes;
}
