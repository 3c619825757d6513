/** From a dataset to weights: poses the problem and runs the optimizer on it. */
import type { Dataset, Description } from '../dataset/dataset.js';
import type { RowReading } from '../dataset/read/rowStream.js';
import { termNames } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { miniBatches, streamedBatches } from '../objective/batch/miniBatches.js';
import { largestCurvature, ROUGHLY } from '../objective/curvature.js';
import type { LossObjective, Objective } from '../objective/objective.js';
import { requireRows, type Table } from '../objective/table.js';
import { type BatchOptimizer, type BatchOptions, miniBatchDescent } from '../optimizer/miniBatch.js';
import { MOST_NEWTON_WEIGHTS } from '../optimizer/newton.js';
import { type LearningRate, type Optimizer, quickest, stepsOf, TRAITS } from '../optimizer/optimizers.js';
import { type Epoch, type Run, run, type Validation } from '../optimizer/run.js';
import type { Step } from '../optimizer/step.js';
import { grouped, quoted, shellWord } from '../text.js';
import { boundOf, composeProblem, type Problem, solvedMoments } from './problem.js';
import type { ProblemOptions } from './problemOptions.js';
import { type SampleStart, sampleStart } from './sampleStart.js';

export interface FitOptions extends ProblemOptions {
  readonly optimizer: Optimizer;
  /** Step length alpha; undefined for an optimizer that finds its own. */
  readonly learningRate: LearningRate | undefined;
  /** Updates at most. */
  readonly epochs: number;
  /** The run ends when max |dJ/dv|, of the weights that are solved for, is at most this; 0 turns it off. */
  readonly tolerance: number;
  /** Epochs without a new low of the validation loss that end the run; undefined for no such end. */
  readonly patience: number | undefined;
  /** Updates by batches of rows, with gd and adam; undefined for one of all rows an epoch. */
  readonly batch?: BatchOptions | undefined;
}

export interface Fit {
  readonly run: Run;
  /** Open: whoever is done with it must close the fit. */
  readonly problem: Problem;
  /** The loss that the problem is made of, open as long as it. */
  readonly loss: LossObjective;
  readonly step: StepLength;
  /** What the rows of a stream have been; undefined where the table holds them. */
  readonly streamed: Description | undefined;
  /** Weights in the units of the file (terms, and the intercept last if there is one). */
  readonly w: Float64Array;
  /** The same weights as they were solved for, and what they lack where more than doubles is known. */
  readonly v: Float64Array;
  readonly low: Float64Array | undefined;
  /** Ends the threads that the problem is evaluated on. */
  readonly close: () => Promise<void>;
}

/** How long the steps are, and how long they may be. */
export interface StepLength {
  /** alpha; undefined for an optimizer that finds its own. */
  readonly alpha: number | undefined;
  /** The largest curvature of the objective; undefined where no step depends on it. */
  readonly L: number | undefined;
  /** Whether L is about that only: alpha is far from too long, and a large table told no more than that. */
  readonly isRough?: true;
  /** Visits to the data that L took. */
  readonly passes: number;
}

export interface FitHooks {
  /** Gives the weights to start from, in the variables that are solved for; default zeros. */
  readonly start?: ((problem: Problem) => Float64Array) | undefined;
  /** Rows that are not trained on, for a second loss in every epoch. */
  readonly validation?: Table | undefined;
  /** Threads at most; default as many as the machine has room for. Their number changes no bit. */
  readonly threads?: number | undefined;
  /** Told what a person may want to know of how the loss is computed. */
  readonly onNote?: ((text: string) => void) | undefined;
  /** Told before the first step. */
  readonly onStepLength?: ((step: StepLength) => void) | undefined;
  /** Told every step as it comes, in the variables that are solved for. */
  readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
  /** When aborted, the run ends after the current epoch. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Minimises J over the dataset, on several threads where it is large.
 *
 * @throws BceError SCALE_TOO_LARGE when the curvature is asked for and is beyond the range of doubles, USAGE
 *   when there are too many weights for the optimizer
 */
export async function fit(dataset: Table, options: FitOptions, hooks: FitHooks = {}): Promise<Fit> {
  const { reduction } = options;
  const { threads, validation } = hooks;
  const loss = await dataset.loss(reduction, threads);
  let second: LossObjective | undefined;
  try {
    if (loss.note !== undefined) hooks.onNote?.(loss.note);
    second = validation && (await validation.loss('mean', threads));
    const problem = composeProblem(dataset, options, { loss });
    const watched = validation && second && validationOn(validation, second, options);
    return {
      ...(await descend(dataset, problem, loss, options, watched, hooks)),
      loss,
      close: () => loss.close(),
    };
  } catch (error) {
    await loss.close();
    throw error;
  } finally {
    await second?.close();
  }
}

async function descend(
  dataset: Table,
  problem: Problem,
  loss: LossObjective,
  options: FitOptions,
  validation: Validation | undefined,
  hooks: FitHooks,
): Promise<Omit<Fit, 'loss' | 'close'>> {
  const { optimizer, batch } = options;
  const { objective, penalty } = problem;
  if (options.epochs > 0) requireRoom(options, objective.size);
  const sampled = beginsAtSample(options, hooks)
    ? await sampleStart(dataset.rows, problem, options.reduction, loss)
    : undefined;
  if (sampled !== undefined) hooks.onNote?.(sampleNote(sampled));
  const v = sampled?.v ?? hooks.start?.(problem).slice() ?? new Float64Array(objective.size);
  // from outside the bounds to the nearest weights within
  if (penalty.isBounded) penalty.shrink(v, 0);
  const step = await stepLength(dataset, problem, options, loss);
  hooks.onStepLength?.(step);
  const reading = batch && (await dataset.stream?.read());
  const settle = async (w: Float64Array) => {
    const whole = dataset.stream === undefined ? objective : await wholeStream(dataset, problem);
    if (whole === undefined) return undefined;
    const g = new Float64Array(objective.size);
    const J = (await whole.evaluate(w, g)) + penalty.value(w);
    return { loss: J, maxGradient: penalty.steepness(w, g) };
  };
  const result = await run(
    batch === undefined
      ? stepsOf(optimizer, problem, v, step.alpha, sampled)
      : batchSteps(requireRows(dataset, '--batch'), reading, problem, options, batch, v),
    { ...options, isMonotone: batch === undefined && TRAITS[optimizer].isMonotone },
    validation,
    hooks.onEpoch ?? (() => {}),
    hooks.signal,
    settle,
  ).finally(() => reading?.abandon());
  // a stream that is interrupted ends like one that is read
  const { status } = result.ending;
  const isCut =
    reading !== undefined &&
    hooks.signal?.aborted === true &&
    (status === 'epochs' || status === 'precision');
  const { w: chosen, low } = result.chosen;
  const streamed = reading?.described();
  return {
    run: isCut ? { ...result, ending: { status: 'interrupted' } } : result,
    streamed,
    problem,
    step,
    w: problem.toFileUnits(chosen, low),
    v: chosen,
    low,
  };
}

/** Whether nobody has said where to begin, and the optimum is all that is wanted, not the way there. */
function beginsAtSample(
  { optimizer, epochs, batch, patience }: FitOptions,
  { start, validation }: FitHooks,
): boolean {
  const isOnItsWay = validation !== undefined && patience !== undefined;
  return optimizer === 'lbfgs' && epochs > 0 && batch === undefined && start === undefined && !isOnItsWay;
}

function sampleNote({ rows }: SampleStart): string {
  return `L-BFGS begins at the optimum of ${grouped(rows)} of the rows, with their second derivatives`;
}

/** J over all rows of a stream that can be read once more; undefined where it cannot. */
async function wholeStream(dataset: Table, { objectiveOf }: Problem): Promise<Objective | undefined> {
  const reading = await dataset.stream?.read();
  if (reading === undefined) return undefined;
  const whole = { rows: Number.POSITIVE_INFINITY, seed: 0 };
  return objectiveOf(streamedBatches(requireRows(dataset, '--batch'), reading, whole));
}

function batchSteps(
  dataset: Dataset,
  reading: RowReading | undefined,
  { objective, objectiveOf, penalty }: Problem,
  { optimizer, reduction, learningRate, epochs }: FitOptions,
  batch: BatchOptions,
  v: Float64Array,
): AsyncGenerator<Step, void> {
  const batches =
    reading === undefined ? miniBatches(dataset, reduction, batch) : streamedBatches(dataset, reading, batch);
  return miniBatchDescent(
    optimizer as BatchOptimizer,
    objective,
    batches,
    objectiveOf(batches),
    v,
    learningRate as number,
    penalty,
    batch,
    epochs,
  );
}

/** Whether only proximal steps lead to the minimum: an L1 penalty has no gradient at 0, a bound none beyond it. */
export function needsProximal({ l1, bounds = [] }: Pick<FitOptions, 'l1' | 'bounds'>): boolean {
  return l1 > 0 || bounds.length > 0;
}

/** @throws BceError USAGE */
function requireRoom(options: FitOptions, size: number): void {
  const { optimizer } = options;
  if (!TRAITS[optimizer].isCurved || size <= MOST_NEWTON_WEIGHTS) return;
  throw new BceError(
    'USAGE',
    `--optimizer ${optimizer}: expected at most ${grouped(MOST_NEWTON_WEIGHTS)} weights, found ${grouped(size)}`,
    `it needs a matrix with a row and a column for each weight; --optimizer ${quickest(needsProximal(options), size)} needs none`,
  );
}

/** h is about this at the ends of the differences that show the curvature. */
const SMALL_H = 1e-5;

/** Cells from which on an alpha that is given is worth no more than a rough L. */
const MANY_CELLS = 1 << 21;

/** A step is far from too long when it may be so many times longer. */
const FAR = 2;

/** Rows for each weight that tell L to a tenth. */
const SAMPLE_ROWS = 400;

/**
 * Settles alpha, and where it depends on the curvature or may be too long for it, L.
 *
 * @param loss that the problem is made of, where it may tell of some of the rows
 * @throws BceError SCALE_TOO_LARGE
 */
export async function stepLength(
  dataset: Description,
  problem: Problem,
  options: FitOptions,
  loss?: Pick<LossObjective, 'sample'>,
): Promise<StepLength> {
  const { objective } = problem;
  const { learningRate, optimizer, batch } = options;
  const { autoRate, limit } = TRAITS[optimizer];
  if (learningRate === undefined) return { alpha: undefined, L: undefined, passes: 0 };
  // the curvature of all rows says little of a batch
  if (autoRate === undefined || batch !== undefined)
    return { alpha: learningRate as number, L: undefined, passes: 0 };
  const { mean, sd } = solvedMoments(dataset, options);
  const typicalH = mean.reduce((most, mu, j) => Math.max(most, Math.hypot(mu, sd[j]!)), 1);
  const e = SMALL_H / typicalH;
  const bound = boundOf(dataset, options).whole;
  let spent = 0;
  if (learningRate !== 'auto' && dataset.rows * objective.size >= MANY_CELLS) {
    // some rows may know nothing of a direction that is steep, so they are asked only where no step is unsafe
    const isSafe = learningRate * bound <= limit;
    const sample = isSafe ? loss?.sample?.(SAMPLE_ROWS * objective.size) : undefined;
    const some = sample === undefined ? objective : problem.objectiveOf(sample);
    const rough = await largestCurvature(some, e, bound, ROUGHLY);
    spent = Math.ceil(rough.passes * (sample?.share ?? 1));
    if (FAR * learningRate * rough.L <= limit && rough.L > 0)
      return { alpha: learningRate, L: rough.L, isRough: true, passes: spent };
  }
  const exact = await largestCurvature(objective, e, bound);
  const { L } = exact;
  const passes = exact.passes + spent;
  const isUsable = L > 0 && Number.isFinite(L) && Number.isFinite(1 / L);
  if (learningRate !== 'auto') return { alpha: learningRate, L: isUsable ? L : undefined, passes };
  if (isUsable) return { alpha: autoRate(L), L, passes };
  throw new BceError(
    'SCALE_TOO_LARGE',
    `${dataset.name}: the curvature of J is ${L}, and no step follows from it`,
    options.standardize ? 'give the columns in other units' : 'leave out --no-standardize',
  );
}

/** The mean loss on rows that are not trained on, without penalties, in the variables that are solved for. */
function validationOn(rows: Table, loss: LossObjective, options: FitOptions): Validation {
  const { objective } = composeProblem(
    rows,
    { ...options, reduction: 'mean', l2: 0, l1: 0, unpenalised: [], bounds: [] },
    { loss },
  );
  const g = new Float64Array(objective.size);
  return { evaluate: (v) => objective.evaluate(v, g), patience: options.patience };
}

/** The failure of a run that diverged, with a step that would not have. */
export function divergence(
  dataset: Description,
  { run: { last, ending }, step, v }: Fit,
  options: FitOptions,
): BceError {
  const why = ending.status === 'diverged' ? ending.why : ending.status;
  const { alpha } = step;
  const { limit } = TRAITS[options.optimizer];
  const safe = roundDown(limit / boundOf(dataset, options).whole);
  const hints = [
    alpha === undefined ? '' : `--lr ${alpha} is too large a step`,
    // columns near the end of the range of doubles leave no step, and of a batch nothing is known
    options.batch === undefined && Number.isFinite(safe) && safe > 0
      ? `--lr ${safe} cannot diverge on these data`
      : '',
    options.standardize || dataset.design.terms === 0 ? '' : withoutStandardizing(dataset, options),
  ].filter((hint) => hint !== '');
  if (last.epoch === 0 && v.some((weight) => weight !== 0)) {
    return new BceError(
      'DIVERGED',
      `diverged at epoch 0: ${why}`,
      'the weights of --init lead beyond the doubles on these rows: leave out --init',
    );
  }
  const isBeyond =
    dataset.design.terms > 0 && !Number.isFinite(largestColumn(dataset, options).size * dataset.rows);
  const isAtOnce = isBeyond || (last.epoch === 0 && options.standardize && dataset.design.terms > 0);
  return new BceError(
    'DIVERGED',
    `diverged at epoch ${last.epoch}: ${why}`,
    isAtOnce ? tooLarge(dataset, options) : hints.join('; '),
  );
}

/** The column of the largest values, and about how large they are. */
function largestColumn(dataset: Description, options: FitOptions): { name: string; size: number } {
  const { mean, sd } = solvedMoments(dataset, { ...options, standardize: false });
  const size = mean.map((mu, j) => Math.hypot(mu, sd[j]!));
  const j = size.indexOf(size.reduce((most, one) => Math.max(most, one)));
  return { name: termNames(dataset.features)[j]!, size: Number(size[j]!.toPrecision(2)) };
}

/** What to do about numbers whose sums are none. */
function tooLarge(dataset: Description, options: FitOptions): string {
  const { name, size } = largestColumn(dataset, options);
  return `${quoted(name)} has values of about ${size}, whose sum is beyond the doubles: give it in larger units${dataset.design.terms > 1 ? `, leave it out with --drop ${shellWord(name)}` : ''}, or name such a number with --missing-values if it means a missing cell`;
}

/** Which column's scale makes long steps impossible. */
function withoutStandardizing(dataset: Description, options: FitOptions): string {
  const { name, size } = largestColumn(dataset, options);
  return `${quoted(name)} drives it, with values of about ${size}; without --no-standardize much larger steps are safe`;
}

/** The largest number with two significant digits that is not above x. */
function roundDown(x: number): number {
  const rounded = Number(x.toPrecision(2));
  return rounded <= x ? rounded : Number((rounded - 10 ** (Math.floor(Math.log10(x)) - 1)).toPrecision(2));
}
