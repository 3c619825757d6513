/** The library: what the command line does, from JavaScript. */
import type { Readable } from 'node:stream';
import type { Entries } from './check/theirs/theirWeights.js';
import { isAddress } from './clickhouse/address.js';
import type { Arrays } from './dataset/read/arrays.js';
import { describeTable } from './describe/describe.js';
import type { TableDescription } from './describe/description.js';
import { diagnoseWeights, readEntries, type WeightsDiagnosis } from './diagnose.js';
import { BceError } from './errors.js';
import type { Model } from './model/model.js';
import { parseWeights, readWeights, weightsOf } from './model/weightsFile.js';
import { openTables, type ReadEvent } from './open.js';
import type { Epoch } from './optimizer/run.js';
import type { TrainOptions } from './options/library.js';
import { together } from './options/refusals.js';
import { type Resolved, refuseIdleOptions, refuseReadingOptions, resolveOptions } from './options/resolve.js';
import {
  type PathLibraryOptions,
  requirePathOptions,
  resolveCv,
  resolvePath,
} from './options/resolvePath.js';
import { pathOf, type RegularizationPath } from './selection/regularizationPath.js';
import { select } from './selection/select.js';
import type { PathPoint } from './selection/solution.js';
import { arePaths, type Files, readsAgain } from './source/table.js';
import { printable, quoted } from './text.js';
import { type TrainEvent, trainModel } from './train.js';

export {
  type CheckOptions,
  checkGradient,
  type GradientCheck,
  type WeightCheck,
} from './check/checkGradient.js';
export type { Cause } from './check/theirs/causes.js';
export type { OnTheWay } from './check/theirs/diagnoseTheirs.js';
export type { RowsUsed } from './check/theirs/rowsUsed.js';
export type { Remaining } from './check/theirs/stopped.js';
export type { Baseline } from './check/theirs/theirWeights.js';
export type { Arrays } from './dataset/read/arrays.js';
export type { Target } from './dataset/schema/labels.js';
export type { DescribedColumn, Obstacle, TableDescription } from './describe/description.js';
export type { WeightsDiagnosis } from './diagnose.js';
export type { Collinearity } from './diagnostics/collinear.js';
export type { ColumnRule } from './diagnostics/separation/columns.js';
export type { Separation } from './diagnostics/separation/verdict.js';
export { BceError, type ErrorCode } from './errors.js';
export type { FitOptions } from './fit/fit.js';
export type { Bound } from './fit/singled.js';
export type { Caution } from './inference/infer.js';
export type { JointTest } from './inference/jointTests.js';
export type { WeightStatistics } from './inference/wald.js';
export type { Metrics } from './metrics/metrics.js';
export type { FitMetrics } from './metrics/ofDataset.js';
export type { ModelFeature } from './model/features.js';
export {
  type Descent,
  type Model,
  type ModelInference,
  type ModelTerm,
  type NamedWeight,
  namedWeights,
  type Result,
  type ValidationResult,
} from './model/model.js';
export type { Provenance } from './model/provenance.js';
export type { ReadEvent } from './open.js';
export type { Epoch } from './optimizer/run.js';
export type { Step } from './optimizer/step.js';
export type { TrainOptions } from './options/library.js';
export type { EvaluateOptions, ExportOptions, PredictOptions } from './options/resolvePredict.js';
export type { Evaluation } from './predict/evaluate.js';
export type { Rows } from './predict/scoreArrays.js';
export type { ScoreCounts } from './predict/scoreRows.js';
export type { EstimatedMetric } from './selection/choices.js';
export type { CrossValidation, CvPoint } from './selection/crossValidation.js';
export type { Estimate, FoldResult, OutOfSample } from './selection/outOfSample.js';
export type { PathSolution, RegularizationPath } from './selection/regularizationPath.js';
export type { PathPoint } from './selection/solution.js';
export type { SourceRecord } from './source/digest.js';
export type { TrainEvent } from './train.js';
export { evaluate, exportModel, loadModel, type PredictHooks, predict, saveModel } from './use.js';

/** What `train` takes besides the options of the command line. */
export interface Hooks {
  /** Model, or path of a file of weights, to begin at; default zeros. */
  init?: Model | string | undefined;
  /** Rows of a table of ClickHouse, as an expression of its SQL; default all. */
  where?: string | undefined;
  /** Password of its server, where the address holds none. */
  password?: string | undefined;
  /** Told every step as it comes; its weights are live and as they are solved for. */
  onStep?: ((step: Epoch) => void) | undefined;
  /** Told what else happens: what is read, the length of the steps, notes, the end, the model. */
  onEvent?: ((event: ReadEvent | TrainEvent) => void) | undefined;
  /** When aborted, training ends after the current epoch and gives the weights so far. */
  signal?: AbortSignal | undefined;
}

/**
 * Trains logistic regression on the mean binary cross-entropy, by full-batch gradient descent or another
 * optimizer.
 *
 * @param data path of a CSV file or paths of several, address of a table of ClickHouse (`clickhouse://host/database/table`), a stream of
 *   the bytes of a CSV, or arrays
 * @param options as on the command line; for arrays, those that say how to read a file are refused
 * @returns the model, its weights in the units of the data
 * @throws BceError with a stable `code`, for bad options, bad data and divergence (`DIVERGED`)
 */
export async function train(
  data: string | readonly string[] | Readable | Arrays,
  options: TrainOptions & Hooks = {},
): Promise<Model> {
  if (typeof options !== 'object' || options === null) {
    throw new BceError('USAGE', 'options: expected an object');
  }
  const { init, where, password, onStep, onEvent, signal, ...asked } = options;
  const from = sourceOf(data);
  if (where !== undefined && !(typeof from === 'string' && isAddress(from))) {
    throw new BceError('USAGE', 'where: says which rows of a table of ClickHouse, but the data are none');
  }
  const resolved = resolveOptions(asked);
  if (init !== undefined && asked.cv !== undefined) {
    throw together('init', 'cv', 'weights that have seen all rows would tell of those that are held out');
  }
  if (typeof from === 'object' && 'X' in from) refuseReadingOptions(asked);
  const initial = await (typeof init === 'string' ? readWeights(init) : init && weightsOf(init));
  const emit = (event: ReadEvent | TrainEvent) => {
    if (event.kind === 'epoch') onStep?.(event.epoch);
    onEvent?.(event);
  };
  const validation = typeof asked.validation === 'string' ? asked.validation : undefined;
  const tables = await openTables(
    { data: from, where, password, validation, options: resolved, wantsDigest: true },
    emit,
    signal,
  );
  try {
    const { model, lost, failures } = await trainModel({ tables, options: resolved, initial }, emit, signal);
    const [failure] = lost === undefined ? failures : [lost];
    if (failure !== undefined) throw failure;
    return model;
  } finally {
    await tables.close();
  }
}

/**
 * Tells what is in a file, and the options that train on it, without training.
 *
 * @param data path of a CSV file, or paths of several, or a stream of the bytes of one, which is kept in memory
 * @param options those of `train`: how to read the file is heeded, and all of them are kept in the command
 * @returns columns, what training refuses the file for and what settles it, and a command; null where none was found
 * @throws BceError for a file that is no text or holds no rows, and for options that are not valid
 */
export async function describe(
  data: string | readonly string[] | Readable,
  options: TrainOptions & Pick<Hooks, 'signal'> = {},
): Promise<TableDescription> {
  if (typeof options !== 'object' || options === null) {
    throw new BceError('USAGE', 'options: expected an object');
  }
  const { signal, ...asked } = options;
  const from = sourceOf(data);
  if (typeof from === 'object' && 'X' in from) {
    throw new BceError('USAGE', 'data: expected the path of a file or a stream of its bytes, got arrays');
  }
  if (typeof from === 'string' && isAddress(from)) {
    throw new BceError(
      'USAGE',
      'data: expected a file, got a table of ClickHouse',
      'it tells its columns itself',
    );
  }
  return describeTable(from, asked, resolveOptions(asked).heap, { signal });
}

/** What `regularizationPath` takes besides the options of reading. */
export interface PathHooks extends PathLibraryOptions, Pick<Hooks, 'where' | 'password' | 'signal'> {
  /** Told every solution as it comes; its weights are in the order of the terms. */
  onPoint?: ((point: PathPoint) => void) | undefined;
}

/**
 * Solves for descending lambdas, each begun at the weights of the one before.
 *
 * @param data as for `train`
 * @param options those of `train` that say how to read, `standardize`, `intercept`, `threads` and `tolerance`, and
 *   those of the path
 * @returns the solutions, each with the largest violation of its optimality conditions
 * @throws BceError with a stable `code`
 */
export async function regularizationPath(
  data: string | readonly string[] | Readable | Arrays,
  options: TrainOptions & PathHooks = {},
): Promise<RegularizationPath> {
  if (typeof options !== 'object' || options === null) {
    throw new BceError('USAGE', 'options: expected an object');
  }
  const { where, password, signal, onPoint, ...others } = options;
  const { lambdas, lambdaRatio, l1Ratio, lambdaCount, cvMetric, choose, ...asked } = others;
  const chosen = { lambdas, lambdaRatio, l1Ratio, lambdaCount, cvMetric, choose };
  const from = sourceOf(data);
  if (where !== undefined && !(typeof from === 'string' && isAddress(from))) {
    throw new BceError('USAGE', 'where: says which rows of a table of ClickHouse, but the data are none');
  }
  // the seed is that of the folds, and the path says what is penalised
  const resolved = resolveOptions({ ...asked, seed: undefined, unpenalised: undefined });
  requirePathOptions(chosen, asked);
  if (typeof from === 'object' && 'X' in from) refuseReadingOptions(asked);
  const request = resolvePath(chosen, asked);
  const folds = resolveCv(chosen, asked);
  const tables = await openTables(
    { data: from, where, password, validation: undefined, options: resolved },
    () => {},
    signal,
  );
  try {
    const selected = await select(tables.training, request, folds, {
      threads: resolved.threads,
      signal,
      onPoint,
    });
    const { points, asked: count, crossValidation } = selected;
    return pathOf(tables.training, request, points, count, crossValidation);
  } finally {
    await tables.close();
  }
}

/**
 * Tells what weights of another program minimise on these data, from the gradient of the plain loss there.
 *
 * @param data as for `train`
 * @param weights a model or its file, path of a file of names and weights, or those by their names, the intercept as `intercept`; names are
 *   those of the columns, with a level behind it, as R, pandas, patsy and scikit-learn write them
 * @param options those of `train` that say how to read
 * @throws BceError with a stable `code`, `WEIGHTS_UNREADABLE` for weights that mean none of these columns
 */
export async function diagnose(
  data: string | readonly string[] | Readable | Arrays,
  weights: string | Model | Readonly<Record<string, number>>,
  options: TrainOptions & Pick<Hooks, 'where' | 'password' | 'signal'> = {},
): Promise<WeightsDiagnosis> {
  if (typeof options !== 'object' || options === null) {
    throw new BceError('USAGE', 'options: expected an object');
  }
  const { where, password, signal, ...asked } = options;
  const from = sourceOf(data);
  if (where !== undefined && !(typeof from === 'string' && isAddress(from))) {
    throw new BceError('USAGE', 'where: says which rows of a table of ClickHouse, but the data are none');
  }
  const resolved = resolveOptions(asked);
  refuseIdleOptions(asked, 'diagnose', 'a diagnosis');
  const isArrays = typeof from === 'object' && 'X' in from;
  if (isArrays) refuseReadingOptions(asked);
  const [entries, name] = entriesGiven(weights);
  const open = (other: Resolved) =>
    openTables({ data: from, where, password, validation: undefined, options: other }, () => {}, signal);
  const tables = await open(resolved);
  try {
    const { training: table } = tables;
    const again = async (other: Resolved) =>
      !isArrays && (await readsAgain(from)) ? open(other) : undefined;
    return await diagnoseWeights({ table, options: resolved, entries, where: name, again });
  } finally {
    await tables.close();
  }
}

function entriesGiven(weights: unknown): [entries: Entries, name: string] {
  if (typeof weights === 'string') {
    return [readEntries(weights), printable(weights)];
  }
  if (typeof weights !== 'object' || weights === null) {
    throw new BceError(
      'USAGE',
      'weights: expected the path of a file, a model, or an object of numbers by their names',
    );
  }
  if ('terms' in weights && Array.isArray(weights.terms)) {
    return [[...parseWeights(JSON.stringify(weights), 'weights').byName], 'weights'];
  }
  const entries = Object.entries(weights);
  const broken = entries.find(([, weight]) => typeof weight !== 'number' || !Number.isFinite(weight));
  if (broken !== undefined) {
    throw new BceError(
      'USAGE',
      `weights: expected a number for ${quoted(broken[0])}, got ${String(broken[1])}`,
    );
  }
  if (entries.length === 0) throw new BceError('USAGE', 'weights: expected at least one, got none');
  return [entries, 'weights'];
}

/** @throws BceError USAGE for what is no data */
function sourceOf(data: unknown): Files | Arrays {
  if (arePaths(data)) return data;
  if (typeof (data as Partial<Readable> | undefined)?.read === 'function') {
    return { stream: data as Readable, name: '<stream>' };
  }
  if (typeof data === 'object' && data !== null && 'X' in data && 'y' in data) return data as Arrays;
  throw new BceError(
    'USAGE',
    'data: expected the path of a file, paths of several, a stream of its bytes, or arrays { X, y }',
    'X is a list of rows of numbers, y a list of 0 and 1',
  );
}
