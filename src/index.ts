/** The library: what the command line does, from JavaScript. */
import type { Readable } from 'node:stream';
import { type Arrays, datasetOf } from './dataset/arrays.js';
import { readDataset } from './dataset/read.js';
import { divergence, fit } from './model/fit.js';
import { type Model, modelOf } from './model/model.js';
import type { Step } from './optimizer/step.js';
import { refuseReadingOptions, resolveOptions, type TrainOptions } from './options.js';
import { openSource, readBytes, type Source, streamSource } from './source/open.js';
import { readRows } from './source/rows.js';

export {
  type CheckOptions,
  checkGradient,
  type GradientCheck,
  type WeightCheck,
} from './check/checkGradient.js';
export type { Arrays } from './dataset/arrays.js';
export type { Target } from './dataset/labels.js';
export { BceError, type ErrorCode } from './errors.js';
export type { FitOptions } from './model/fit.js';
export { type Model, type ModelFeature, type NamedWeight, namedWeights, type Result } from './model/model.js';
export type { Step } from './optimizer/step.js';
export type { TrainOptions } from './options.js';

/** What `train` takes besides the options of the command line. */
export interface Hooks {
  /** Told every step as it comes; its weights are live and in the variables of the descent. */
  onStep?: ((step: Step) => void) | undefined;
  /** When aborted, training ends after the current epoch and gives the weights so far. */
  signal?: AbortSignal | undefined;
}

/**
 * Trains logistic regression by full-batch gradient descent on the mean binary cross-entropy.
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
  const { onStep = () => {}, signal, ...asked } = options;
  const { read, fit: fitOptions } = resolveOptions(asked);
  const isTable = typeof data === 'string' || 'read' in data;
  if (!isTable) refuseReadingOptions(asked);
  const dataset = isTable
    ? await readTable(typeof data === 'string' ? openSource(data) : streamSource(data, '<stream>'))
    : await datasetOf(data, fitOptions.intercept);
  const fitted = await fit(dataset, fitOptions, onStep, signal);
  if (fitted.run.ending.status === 'diverged') throw divergence(dataset, fitted, fitOptions);
  return modelOf(dataset, fitted, fitOptions);

  function readTable(source: Source) {
    const bytes = readBytes(source, () => {}, signal);
    return readDataset(readRows(bytes, source.name, read.delimiter), source.name, read);
  }
}
