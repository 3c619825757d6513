/** The gradient check of a training problem: at random weights of several sizes, with the mistake named. */
import type { Description } from '../dataset/dataset.js';
import { INTERCEPT, termNames } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { composeProblem, type Problem, solvedMoments } from '../fit/problem.js';
import type { ProblemOptions } from '../fit/problemOptions.js';
import { seededRandom } from '../math/random.js';
import { type Batching, firstBatch } from '../objective/batch/miniBatches.js';
import type { Mistake } from '../objective/mistakes.js';
import type { Objective } from '../objective/objective.js';
import type { ClassWeights } from '../objective/reference.js';
import { requireRows, type Table } from '../objective/table.js';
import { checkGradient, type GradientCheck } from './checkGradient.js';
import { type FoundMistake, nameMistake, type Point } from './nameMistake.js';
import { slopeAt } from './slope.js';

/** Sizes of h at which the gradient is checked: flat, ordinary, sure of itself, saturated. */
export const SCALES: readonly number[] = [0.1, 1, 10, 1000];

/** Sizes up to which every loss can be computed; beyond, e^h or log(1 - z) may leave the doubles. */
const SAFE_SCALE = 1;

/** Larger weights tell a mistake no better: most rows are saturated. */
const MOST_TELLING_SCALE = 10;

export interface ObjectiveCheck {
  /** Names of the weights, in their order. */
  readonly names: readonly string[];
  readonly seed: number;
  readonly scales: readonly ScaleCheck[];
  readonly passes: boolean;
  /** What is wrong; undefined when nothing is. */
  readonly diagnosis: FoundMistake | undefined;
  /** Where a program failed that had not at smaller sizes, so that neither this size nor larger ones were checked. */
  readonly failed?: { readonly scale: number; readonly why: string } | undefined;
}

export interface ScaleCheck extends GradientCheck {
  /** Typical size of h. */
  readonly scale: number;
}

/**
 * Checks the objective that the options ask for, in the variables that are solved for: that of all rows, or of the first
 * batch of some.
 *
 * @param mistake how the gradient is to be wrong, if it is; the check does not look at it
 * @param seed of the weights and the directions
 * @param onPoint told how many of all scales are done
 * @param signal when aborted, the check ends after the current evaluation
 * @throws BceError INTERRUPTED
 */
export async function checkObjective(
  table: Table,
  options: ProblemOptions & { readonly batch?: Batching | undefined },
  mistake: Mistake | undefined,
  seed: number,
  onPoint: (done: number) => void = () => {},
  signal?: AbortSignal,
): Promise<ObjectiveCheck> {
  const dataset = options.batch === undefined ? table : tableOfBatch(table, options.batch);
  // the gradient that training uses, unless it is to be wrong
  const loss = mistake === undefined ? await dataset.loss(options.reduction) : undefined;
  try {
    return await checkProblem(
      dataset,
      options,
      composeProblem(dataset, options, { mistake, loss }),
      seed,
      onPoint,
      signal,
    );
  } finally {
    await loss?.close();
  }
}

/** The table with the losses of a batch in the place of its own. */
function tableOfBatch(table: Table, batching: Batching): Table {
  const dataset = requireRows(table, '--batch');
  const plainLoss: Table['plainLoss'] = (reduction, classWeights) => ({
    // second derivatives are not looked at
    ...table.plainLoss(reduction),
    ...firstBatch(dataset, reduction, batching, classWeights),
  });
  return { ...table, plainLoss, loss: async (reduction) => plainLoss(reduction) };
}

/**
 * Checks a loss and a gradient that are computed elsewhere, against differences of that loss; the rows tell the mistake.
 *
 * @param program J and its gradient by the weights of the columns as they are (terms, and the intercept last)
 * @throws BceError INTERRUPTED, and what the program may throw
 */
export async function checkProgram(
  dataset: Table,
  program: Objective,
  seed: number,
  onPoint: (done: number) => void = () => {},
  signal?: AbortSignal,
): Promise<ObjectiveCheck & { readonly loss: LossKind }> {
  const plain = { standardize: false, reduction: 'mean', l2: 0, l1: 0 } as const;
  const problem = composeProblem(dataset, plain);
  const g = new Float64Array(program.size);
  const zeros = new Float64Array(program.size);
  // where a penalty is 0, which is where J tells what it is divided by
  const ratio = (await program.evaluate(zeros, g)) / (await problem.objective.evaluate(zeros, g));
  const is = (x: number) => Math.abs(ratio / x - 1) < CLOSE;
  const loss = is(1) ? 'mean' : is(dataset.weightSum) ? 'sum' : 'other';
  const options = { ...plain, reduction: loss === 'sum' ? 'sum' : 'mean' } as const;
  const theirs = { ...problem, objective: { ...problem.objective, evaluate: program.evaluate } };
  return { ...(await checkProblem(dataset, options, theirs, seed, onPoint, signal)), loss };
}

/** What a loss that is computed elsewhere comes to at zero weights: the mean, the sum, or neither. */
export type LossKind = 'mean' | 'sum' | 'other';

/** Relative difference up to which a loss is the same. */
const CLOSE = 1e-6;

async function checkProblem(
  dataset: Table,
  options: ProblemOptions,
  problem: Problem,
  seed: number,
  onPoint: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<ObjectiveCheck> {
  const objective = interruptible(problem.objective, signal);
  const units = unitsOf(dataset, options);
  const unit = options.reduction === 'sum' ? dataset.weightSum : 1;
  const random = seededRandom(seed);
  const points = SCALES.map((scale) =>
    units.map((unit) => (scale * unit * random.normal()) / Math.sqrt(units.length)),
  );
  const scales: ScaleCheck[] = [];
  let failed: ObjectiveCheck['failed'];
  for (const w of points) {
    const scale = SCALES[scales.length]!;
    try {
      const check = await checkGradient(functionOf(objective), gradientOf(objective), w, {
        units,
        magnitude: unit * largestSummand(problem, w),
        seed,
      });
      scales.push({ scale, ...check });
    } catch (error) {
      if (scale <= SAFE_SCALE || !(error instanceof BceError) || error.code !== 'PROGRAM_FAILED') throw error;
      failed = { scale, why: error.message };
      break;
    }
    onPoint(scales.length);
  }
  const names = [...termNames(dataset.features), ...(dataset.design.intercept ? [INTERCEPT] : [])];
  const passes = scales.every((check) => check.passes);
  const diagnosis = passes
    ? undefined
    : await diagnosisOf(dataset, options, points.slice(0, scales.length), scales, units);
  return { names, seed, scales, passes, diagnosis, failed };
}

async function diagnosisOf(
  dataset: Table,
  options: ProblemOptions,
  ws: readonly Float64Array[],
  scales: readonly ScaleCheck[],
  units: Float64Array,
): Promise<FoundMistake> {
  const { l2 } = options;
  const { intercept } = dataset.design;
  const points: Point[] = [];
  for (let k = 0; SCALES[k]! <= MOST_TELLING_SCALE; k++) {
    const w = ws[k]!;
    const { weights } = scales[k]!;
    points.push({
      analytic: weights.map(({ analytic }) => analytic),
      whole: weights.map(({ numeric }) => numeric),
      zeros: await classSlopes(dataset, options, [1, 0], w, units),
      ones: await classSlopes(dataset, options, [0, 1], w, units),
      isWrong: weights.map(({ isWrong }) => isWrong),
      interceptPenalty: intercept && l2 > 0 ? l2 * w[dataset.design.terms]! : undefined,
    });
  }
  if (intercept && l2 === 0)
    return nameMistake({ points: withInferredPenalty(points, ws), rows: dataset.weightSum });
  return nameMistake({ points, rows: dataset.weightSum });
}

/** What a penalty on the intercept would add, its lambda taken from the last point: the largest weights. */
function withInferredPenalty(points: readonly Point[], ws: readonly Float64Array[]): Point[] {
  const { analytic, whole } = points.at(-1)!;
  const lambda = (analytic.at(-1)! - whole.at(-1)!) / ws[points.length - 1]!.at(-1)!;
  return points.map((point, k) => ({
    ...point,
    interceptPenalty: lambda > 0 ? lambda * ws[k]!.at(-1)! : undefined,
  }));
}

/** Slopes of the loss of one class of rows, without the penalty. */
async function classSlopes(
  dataset: Table,
  options: ProblemOptions,
  classWeights: ClassWeights,
  w: Float64Array,
  units: Float64Array,
): Promise<number[]> {
  const { objective } = composeProblem(dataset, { ...options, l2: 0 }, { classWeights });
  const slopes: number[] = [];
  for (let j = 0; j < w.length; j++) {
    slopes.push((await slopeAt(functionOf(objective), w, j, units[j]!, 0)).value);
  }
  return slopes;
}

/** Size of what h is summed from: a column far from zero for its spread leaves its rounding in J. */
function largestSummand({ columns: { mu, s } }: Problem, v: Float64Array): number {
  return mu.reduce((most, mean, j) => Math.max(most, Math.abs(v[j]! * (mean / s[j]!))), 1);
}

function interruptible({ size, evaluate }: Objective, signal?: AbortSignal): Objective {
  return {
    size,
    evaluate(w, g) {
      if (signal?.aborted) throw new BceError('INTERRUPTED', 'interrupted while checking: no verdict');
      return evaluate(w, g);
    },
  };
}

/** Weights of this size give an h of about 1. */
function unitsOf(dataset: Description, options: ProblemOptions): Float64Array {
  const { mean, sd } = solvedMoments(dataset, options);
  const units = mean.map((mu, j) => 1 / Math.hypot(mu, sd[j]!));
  return dataset.design.intercept ? Float64Array.of(...units, 1) : units;
}

function functionOf(objective: Objective): (w: Float64Array) => number | Promise<number> {
  const g = new Float64Array(objective.size);
  return (w) => objective.evaluate(w, g);
}

function gradientOf(objective: Objective): (w: Float64Array) => Promise<Float64Array> {
  const g = new Float64Array(objective.size);
  return async (w) => {
    await objective.evaluate(w, g);
    return g;
  };
}
