/** The library: what the command line does, from JavaScript. */

import type { Readable } from 'node:stream';
import { isAddress } from './clickhouse/address.js';
import type { Dataset, Datasets } from './dataset/dataset.js';
import { type Arrays, datasetOf } from './dataset/read/arrays.js';
import type { CreateStore } from './dataset/read/collect.js';
import { scanDataset } from './dataset/read/read.js';
import { readValidation } from './dataset/read/validation.js';
import { audit } from './diagnostics/diagnose.js';
import { BceError } from './errors.js';
import { divergence, fit } from './fit/fit.js';
import { infer, requireInference } from './inference/infer.js';
import { metricsOfFit } from './metrics/ofDataset.js';
import { type Model, modelOf } from './model/model.js';
import { type InitialWeights, parseWeights, startAt, weightsOf } from './model/weightsFile.js';
import { createHeap } from './objective/simd/host.js';
import type { Epoch } from './optimizer/run.js';
import { type Resolved, refuseReadingOptions, resolveOptions } from './options/resolve.js';
import type { TrainOptions } from './options/train.js';
import { openSource, readBytes, readText, streamSource } from './source/open.js';
import type { ShardStore } from './storage/store.js';
import { printable } from './text.js';

export {
  type CheckOptions,
  checkGradient,
  type GradientCheck,
  type WeightCheck,
} from './check/checkGradient.js';
export type { Arrays } from './dataset/read/arrays.js';
export type { Target } from './dataset/schema/labels.js';
export type { Collinearity } from './diagnostics/collinear.js';
export type { ColumnRule } from './diagnostics/separation/columns.js';
export type { Separation } from './diagnostics/separation/separation.js';
export { BceError, type ErrorCode } from './errors.js';
export type { FitOptions } from './fit/fit.js';
export type { Caution } from './inference/infer.js';
export type { WeightStatistics } from './inference/wald.js';
export type { Metrics } from './metrics/metrics.js';
export type { FitMetrics } from './metrics/ofDataset.js';
export {
  type Descent,
  type Model,
  type ModelFeature,
  type ModelInference,
  type NamedStatistics,
  type NamedWeight,
  namedWeights,
  type Result,
  type ValidationResult,
} from './model/model.js';
export type { Epoch } from './optimizer/run.js';
export type { Step } from './optimizer/step.js';
export type { TrainOptions } from './options/train.js';

/** What `train` takes besides the options of the command line. */
export interface Hooks {
  /** Model, or path of a file of weights, to begin at; default zeros. */
  init?: Model | string | undefined;
  /** Told every step as it comes; its weights are live and as they are solved for. */
  onStep?: ((step: Epoch) => void) | undefined;
  /** When aborted, training ends after the current epoch and gives the weights so far. */
  signal?: AbortSignal | undefined;
}

/**
 * Trains logistic regression on the mean binary cross-entropy, by full-batch gradient descent or another
 * optimizer.
 *
 * @param data path of a CSV file, a stream of its bytes, or arrays
 * @param options as on the command line; for arrays, those that say how to read a file are refused
 * @returns the model, its weights in the units of the data
 * @throws BceError with a stable `code`, for bad options, bad data and divergence (`DIVERGED`)
 */
export async function train(
  data: string | Readable | Arrays,
  options: TrainOptions & Hooks = {},
): Promise<Model> {
  if (typeof options !== 'object' || options === null) {
    throw new BceError('USAGE', 'options: expected an object');
  }
  const isArrays = (value: unknown) =>
    typeof value === 'object' && value !== null && 'X' in value && 'y' in value;
  const isStream = typeof (data as Partial<Readable> | undefined)?.read === 'function';
  if (typeof data !== 'string' && !isStream && !isArrays(data)) {
    throw new BceError(
      'USAGE',
      'data: expected the path of a file, a stream of its bytes, or arrays { X, y }',
      'X is a list of rows of numbers, y a list of 0 and 1',
    );
  }
  const { init, onStep, signal, ...asked } = options;
  if (typeof data === 'string' && isAddress(data)) {
    throw new BceError(
      'USAGE',
      'data: tables of ClickHouse are for the command line, bce-train clickhouse://...',
    );
  }
  const resolved = resolveOptions(asked);
  const initial =
    typeof init === 'string' ? parseWeights(readText(init), printable(init)) : init && weightsOf(init);
  const heap = createHeap(resolved.heap);
  try {
    const createStore = () => heap.createStore();
    const { training: dataset, heldOut } = await read(data, asked, resolved, createStore, signal);
    const validation =
      typeof asked.validation === 'string'
        ? await readOther(asked.validation, resolved, dataset, createStore(), signal)
        : heldOut;
    return await trainOn(dataset, validation, initial, resolved, onStep, signal);
  } finally {
    await heap.close();
  }
}

async function trainOn(
  dataset: Dataset,
  validation: Dataset | undefined,
  initial: InitialWeights | undefined,
  resolved: Resolved,
  onEpoch: Hooks['onStep'],
  signal: AbortSignal | undefined,
): Promise<Model> {
  if (resolved.confidence !== undefined) requireInference(dataset);
  const fitted = await fit(dataset, resolved.fit, {
    start: initial && ((problem) => startAt(initial, dataset, problem)),
    validation,
    threads: resolved.threads,
    onEpoch,
    signal,
  });
  try {
    if (fitted.run.ending.status === 'diverged') throw divergence(dataset, fitted, resolved.fit);
    const judged = await audit(dataset, resolved.fit, fitted, false, signal);
    const { confidence } = resolved;
    const inference =
      confidence !== undefined && signal?.aborted !== true
        ? await infer(dataset, resolved.fit, fitted, judged, confidence)
        : undefined;
    const metrics = resolved.metrics
      ? await metricsOfFit(dataset, validation, fitted.problem.toStored(fitted.v))
      : undefined;
    return modelOf(dataset, validation, fitted, judged, resolved.fit, { metrics, inference });
  } finally {
    await fitted.close();
  }
}

function read(
  data: string | Readable | Arrays,
  asked: TrainOptions,
  resolved: Resolved,
  createStore: CreateStore,
  signal: AbortSignal | undefined,
): Promise<Datasets> {
  if (typeof data === 'string' || 'read' in data) {
    const source = typeof data === 'string' ? openSource(data) : streamSource(data, '<stream>');
    return scanDataset(
      readBytes(source, () => {}, signal),
      source.name,
      resolved.read,
      createStore,
      { threads: resolved.threads, byteLength: source.byteLength },
    );
  }
  refuseReadingOptions(asked);
  return datasetOf(data, resolved.read, createStore);
}

function readOther(
  path: string,
  { read, threads }: Resolved,
  training: Dataset,
  store: ShardStore,
  signal: AbortSignal | undefined,
): Promise<Dataset> {
  const source = openSource(path);
  const bytes = readBytes(source, () => {}, signal);
  const { byteLength } = source;
  return readValidation(bytes, source.name, read, training, store, { threads, byteLength });
}
