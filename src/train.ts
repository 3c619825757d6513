/**
 * Training, from tables to a model: fit, diagnose, infer, measure. The command shows the events of it, the library
 * hands them to its hooks.
 */
import { type Diagnosis, diagnose, NOTHING_KNOWN } from './diagnostics/diagnose.js';
import { BceError } from './errors.js';
import { divergence, type Fit, type FitOptions, fit, type StepLength } from './fit/fit.js';
import type { Inference } from './inference/infer.js';
import { lazily } from './lazily.js';
import { type FitMetrics, metricsOfFit } from './metrics/ofDataset.js';
import { type InitialWeights, startAt } from './model/initialWeights.js';
import type { Model } from './model/model.js';
import { modelOf } from './model/modelOf.js';
import type { Origin } from './model/provenance.js';
import { requireRows, type Table } from './objective/table.js';
import type { Tables } from './open.js';
import type { Epoch } from './optimizer/run.js';
import { LIBRARY } from './options/library.js';
import type { Resolved } from './options/resolve.js';
import { NODE_VERSION } from './runtime/versions.js';
import { FEW_WEIGHTS } from './selection/choices.js';
import type { FoldOptions, Folds } from './selection/folds.js';
import type { OutOfSample } from './selection/outOfSample.js';
import type { PathOptions } from './selection/path.js';
import type { PathSolution, RegularizationPath } from './selection/regularizationPath.js';

/** Statistics and folds are loaded where they are asked for: most runs want neither. */
const inference = () => import('./inference/infer.js');

export type TrainEvent =
  /** What a person may want to know of how the loss is computed. */
  | { readonly kind: 'note'; readonly text: string }
  /** How long steps are, before the first. */
  | { readonly kind: 'step'; readonly step: StepLength }
  /** A step; its weights are live and as they are solved for. */
  | { readonly kind: 'epoch'; readonly epoch: Epoch }
  /** The steps are over, however that came. */
  | { readonly kind: 'fitted'; readonly fit: Fit }
  /** How many folds of a cross-validation are done, from 0 on. */
  | { readonly kind: 'fold'; readonly done: number; readonly of: number }
  /** The weights in the units of the data, before anything that failed after them is told. */
  | { readonly kind: 'model'; readonly model: Model };

export interface TrainRequest {
  readonly tables: Pick<Tables, 'training' | 'validation' | 'sources' | 'validationSources'>;
  readonly options: Resolved;
  /** Weights to begin at; undefined for zeros. */
  readonly initial: InitialWeights | undefined;
  /** Whether an optimum is asked for, and so looked for whatever that costs. */
  readonly isStrict?: boolean;
  /** The path that the penalty was chosen on, for the model. */
  readonly path?: RegularizationPath | undefined;
  /** Whether statistics are wanted where they can be had, though nobody asked for them. */
  readonly wantsInference?: boolean;
}

export interface Trained {
  readonly model: Model;
  readonly fit: Fit;
  readonly diagnosis: Diagnosis;
  /** Undefined where it was not wanted, cannot be had, or training was interrupted. */
  readonly inference: Inference | undefined;
  readonly metrics: FitMetrics | undefined;
  /** Undefined where it was not asked for, or was interrupted. */
  readonly outOfSample: OutOfSample | undefined;
  /** Why the server of the rows gave no answer any more; undefined while it did. */
  readonly lost: BceError | undefined;
  /** What failed after the weights were there; they are part of the model all the same. */
  readonly failures: readonly unknown[];
}

/**
 * Fits the weights alone; open until it is closed.
 *
 * @throws BceError SCALE_TOO_LARGE, USAGE, WEIGHTS_UNREADABLE, OUT_OF_MEMORY, WORKER_FAILED
 */
export function fitWeights(
  {
    tables: { training, validation },
    options,
    initial,
  }: Pick<TrainRequest, 'options' | 'initial'> & { readonly tables: Pick<Tables, 'training' | 'validation'> },
  emit: (event: TrainEvent) => void,
  signal?: AbortSignal,
): Promise<Fit> {
  return fit(training, options.fit, {
    start: initial && ((problem) => startAt(initial, training, problem)),
    validation,
    threads: options.threads,
    onNote: (text) => emit({ kind: 'note', text }),
    onStepLength: (step) => emit({ kind: 'step', step }),
    onEpoch: (epoch) => emit({ kind: 'epoch', epoch }),
    signal,
  });
}

/**
 * Trains. Whatever fails once the weights are there is among the `failures`: weights are not lost by it.
 *
 * @throws BceError DIVERGED, after `fitted`, and what `fitWeights` throws
 */
export async function trainModel(
  request: TrainRequest,
  emit: (event: TrainEvent) => void,
  signal?: AbortSignal,
): Promise<Trained> {
  const { tables, options } = request;
  const { training, validation } = tables;
  const { confidence } = options;
  if (confidence !== undefined) (await inference()).requireInference(training);
  // whether the folds can be made is known before anything is fitted
  const folds = options.cv && (await dealt(training, options.cv));
  const fitted = await fitWeights(request, emit, signal);
  const failures: unknown[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  };
  if (fitted.run.ending.status === 'diverged') {
    await fitted.close();
    emit({ kind: 'fitted', fit: fitted });
    throw divergence(training, fitted, options.fit);
  }
  try {
    emit({ kind: 'fitted', fit: fitted });
  } catch (error) {
    await fitted.close();
    throw error;
  }
  const close = lazily(() => attempt(() => fitted.close()));
  const judged =
    training.stream === undefined ? await attempt(() => judge(request, fitted, close, signal)) : GONE_BY;
  const known = judged ?? UNJUDGED;
  const measure = () =>
    metricsOfFit(
      requireRows(training, '--metrics'),
      validation && requireRows(validation, '--metrics'),
      fitted.problem.toStored(fitted.v),
    );
  const metrics = options.metrics ? await attempt(measure) : undefined;
  // threads take their time to end, which is nobody's who goes on
  const closing = close();
  const estimate = async (of: Folds, cv: FoldOptions) => {
    const { outOfSample } = await import('./selection/outOfSample.js');
    return outOfSample(requireRows(training, '--cv'), options.fit, of, cv, {
      threads: options.threads,
      heap: options.heap,
      onFold: (done) => emit({ kind: 'fold', done, of: cv.folds }),
      signal,
    });
  };
  const estimated =
    folds && signal?.aborted !== true ? await attempt(() => estimate(folds, options.cv!)) : undefined;
  // what nobody asked for is no part of the model
  const asked = {
    inference: confidence === undefined ? undefined : known.inference,
    metrics,
    outOfSample: estimated,
    path: request.path,
  };
  const model = modelOf(
    fitted.streamed ?? training,
    validation,
    fitted,
    known.diagnosis,
    options.fit,
    originOf(request),
    asked,
  );
  emit({ kind: 'model', model });
  await closing;
  return { model, fit: fitted, ...known, metrics, outOfSample: estimated, failures };
}

async function dealt(training: Table, options: FoldOptions): Promise<Folds> {
  const rows = requireRows(training, '--cv');
  const { foldsOf } = await import('./selection/folds.js');
  return foldsOf(rows, options);
}

/** Of weights that could not be judged. */
const UNJUDGED = { diagnosis: NOTHING_KNOWN, inference: undefined, lost: undefined } as const;

/** Of weights whose rows were not kept. */
const GONE_BY = {
  ...UNJUDGED,
  diagnosis: { ...NOTHING_KNOWN, whyUnknown: 'no row was kept to judge them by' },
} as const;

function originOf({ tables, options, initial, path, isStrict = false }: TrainRequest): Origin {
  return {
    node: NODE_VERSION,
    sources: tables.sources,
    validation: tables.validationSources,
    // the weights of a path are no others that training began at
    init: path === undefined ? initial && { name: initial.where, sha256: initial.sha256 } : undefined,
    seed: options.seed,
    strict: isStrict,
    options: { ...options.shaping, ...(path && { path: shapingOf(path, options.fit) }) },
  };
}

/** What a path was asked for. */
function shapingOf(
  { l1Ratio, solutions, crossValidation }: RegularizationPath,
  { unpenalised }: FitOptions,
): object {
  const { metric, choose } = crossValidation ?? {};
  const lambdas = solutions.map(({ lambda }) => lambda);
  return { l1Ratio, lambdas, metric, choose, ...(unpenalised && { unpenalised }) };
}

/** Steps to the optimum at one lambda from the solution there: it needs hardly any. */
const MOST_STEPS = 200;

/**
 * Trains at the lambda of a solution of a path, from its weights on: what comes out is a model like any other, with the path
 * in it.
 *
 * @param chosen the solution
 * @throws BceError as `trainModel`
 */
export function trainOnPath(
  { tables, options, wantsInference = false }: Omit<TrainRequest, 'initial' | 'path'>,
  path: RegularizationPath,
  chosen: PathSolution,
  { standardize, l1Ratio, tolerance, unpenalised, bounds }: PathOptions,
  signal?: AbortSignal,
): Promise<Trained> {
  const { lambda, weights } = chosen;
  const fit: FitOptions = {
    ...options.fit,
    optimizer: 'proximal-newton',
    learningRate: undefined,
    // with many weights that is a matrix of all of them, and the solution has its certificate
    epochs: tables.training.design.size > FEW_WEIGHTS ? 0 : MOST_STEPS,
    tolerance,
    standardize,
    reduction: 'mean',
    l1: lambda * l1Ratio,
    l2: lambda * (1 - l1Ratio),
    ...(unpenalised && { unpenalised }),
    ...(bounds && { bounds }),
  };
  const byName = new Map(path.names.map((name, k) => [name, weights[k]!]));
  const request = {
    tables,
    // the folds have done their work
    options: { ...options, fit, cv: undefined },
    initial: { where: 'the path', byName, descent: undefined },
    path,
    wantsInference,
  };
  return trainModel(request, () => {}, signal);
}

/**
 * What the weights are worth, and their statistics if those are wanted and can be had, unless it is interrupted.
 *
 * @param close called when no more is asked of the loss of the fit, if not by whoever goes on
 */
async function judge(
  { tables: { training }, options, isStrict = false, wantsInference = false }: TrainRequest,
  fitted: Fit,
  close: () => unknown,
  signal: AbortSignal | undefined,
): Promise<Pick<Trained, 'diagnosis' | 'inference' | 'lost'>> {
  const { ending } = fitted.run;
  const { confidence } = options;
  let known = NOTHING_KNOWN;
  let lost = ending.status === 'lost' ? ending.error : undefined;
  try {
    const isWanted =
      confidence !== undefined ||
      (wantsInference && (await inference()).whyNoInference(options.fit, fitted) === undefined);
    known = await diagnose(training, options.fit, fitted, isStrict, signal, isWanted ? undefined : close);
    if (isWanted && signal?.aborted !== true && lost === undefined) {
      const level = confidence ?? LIBRARY.confidence.default;
      const { infer } = await inference();
      const told = await infer(training, options.fit, fitted, known, level);
      return { diagnosis: known, inference: told, lost };
    }
  } catch (error) {
    if (!(error instanceof BceError)) throw error;
    if (error.code.startsWith('SERVER_')) lost = error;
    else if (error.code !== 'INTERRUPTED') throw error;
  }
  return { diagnosis: known, inference: undefined, lost };
}
