/** The library after training: a model predicts, is held against labels, written as code, saved and loaded. */
import type { Readable } from 'node:stream';
import type { Arrays } from './dataset/read/arrays.js';
import { BceError } from './errors.js';
import type { BinaryForm, ExportForm, TextForm } from './export/plan.js';
import { modelAsJson } from './model/format.js';
import type { Model } from './model/model.js';
import {
  fileOfModel,
  type ModelFile,
  readModelFile,
  readWholeModel,
  requireFills,
} from './model/modelFile.js';
import { notAccepted } from './options/kinds.js';
import { PREDICT } from './options/predict.js';
import { textOf } from './options/resolve.js';
import {
  type EvaluateOptions,
  type ExportOptions,
  exportPolicyOf,
  type PredictOptions,
  type PredictValues,
  refuseFileOptions,
  requirePredictOptions,
  scoringOf,
} from './options/resolvePredict.js';
import { type Evaluation, Evaluator } from './predict/evaluate.js';
import { collectedPredictions } from './predict/predictions.js';
import { type Rows, scoreArrays } from './predict/scoreArrays.js';
import type { ScoreCounts, ScoreOptions, ScoreSink } from './predict/scoreRows.js';
import { scorerOf } from './predict/scorerOfFile.js';
import { scoreSource } from './predict/scoreSource.js';
import { writeWhole } from './runtime/wholeFile.js';
import { openSource } from './source/open.js';
import { type Places, placesIn } from './source/places.js';
import { arePaths, openSources } from './source/table.js';

/** What `predict` and `evaluate` take besides the options of the command line. */
export interface PredictHooks {
  /** Told, after the last row, how many rows there were, and which cells were missing or had an unknown level. */
  onCounts?: ((counts: ScoreCounts) => void) | undefined;
  /** Told what a careful user of the model must know of its training, if there is such a thing. */
  onCaution?: ((text: string) => void) | undefined;
}

/**
 * Predicts every row: probabilities, logits, or labels.
 *
 * @param model a model, or the path of what bce-train wrote: JSON, or a table of weights
 * @param data path of a CSV file or paths of several, a stream of the bytes of one, or arrays, in which NaN is a
 *   missing cell
 * @param options those of bce-predict by their names in code
 * @returns a prediction for each row in their order, fewer only with `missing: 'drop'`; with `missing: 'empty'` NaN
 *   (undefined of a label) for a row with a missing cell
 * @throws BceError with a stable `code`
 */
export async function predict(
  model: Model | string,
  data: string | readonly string[] | Readable | Rows,
  options: PredictOptions & PredictHooks & { readonly kind: 'class' },
): Promise<(string | undefined)[]>;
export async function predict(
  model: Model | string,
  data: string | readonly string[] | Readable | Rows,
  options?: PredictOptions & PredictHooks & { readonly kind?: 'probability' | 'logit' | undefined },
): Promise<Float64Array>;
export async function predict(
  model: Model | string,
  data: string | readonly string[] | Readable | Rows,
  options: PredictOptions & PredictHooks = {},
): Promise<Float64Array | (string | undefined)[]> {
  const { onCounts, onCaution, ...asked } = requireObject(options);
  requirePredictOptions('predict', asked, {});
  const { kind = PREDICT.kind.default, threshold = PREDICT.threshold.default } = asked;
  const scoring = scoringOf(asked, undefined);
  const sink = collectedPredictions({ output: kind, threshold });
  await score(model, data, asked, scoring, { onCounts, onCaution }, () => sink);
  return kind === 'class' ? sink.labels() : sink.numbers();
}

/**
 * Holds predictions against the labels of the rows.
 *
 * @param model as for `predict`
 * @param data as for `predict`; arrays with `y`, and `weights` where rows weigh something
 * @param options those of bce-predict --evaluate by their names in code
 * @returns the metrics, and which label is y = 1
 * @throws BceError with a stable `code`
 */
export async function evaluate(
  model: Model | string,
  data: string | readonly string[] | Readable | Arrays,
  options: EvaluateOptions & PredictHooks = {},
): Promise<Evaluation> {
  const { onCounts, onCaution, ...asked } = requireObject(options);
  requirePredictOptions('evaluate', asked, { evaluate: true });
  const { target, weightColumn, positive, threshold = PREDICT.threshold.default } = asked;
  const scoring = scoringOf(asked, { target, weightColumn });
  let evaluator: Evaluator | undefined;
  await score(model, data, asked, scoring, { onCounts, onCaution }, (places) => {
    evaluator = new Evaluator(places, positive, scoring.numbers);
    return evaluator;
  });
  return evaluator!.finish(threshold);
}

/**
 * The model as code that predicts by itself.
 *
 * @param model as for `predict`
 * @param form `sql`, `js` and `c` are texts, `onnx` is bytes
 * @param options those of bce-predict --export by their names in code
 * @throws BceError with a stable `code`
 */
export async function exportModel(
  model: Model | string,
  form: BinaryForm,
  options?: ExportOptions,
): Promise<Uint8Array>;
export async function exportModel(
  model: Model | string,
  form: TextForm,
  options?: ExportOptions,
): Promise<string>;
export async function exportModel(
  model: Model | string,
  form: ExportForm,
  options: ExportOptions = {},
): Promise<string | Uint8Array> {
  const asked = requireObject(options);
  if (!PREDICT.export.kind.accepts(form)) {
    throw notAccepted(PREDICT.export.kind, 'form', form);
  }
  requirePredictOptions('export', asked, { export: form });
  const policy = exportPolicyOf(asked);
  const { dialect = PREDICT.dialect.default, table = PREDICT.table.default } = asked;
  const scorer = scorerOf(await fileOf(model), undefined);
  const { exported } = await import('./export/export.js');
  return exported(scorer, { form, dialect, table, policy });
}

/**
 * Writes the model file, JSON whatever the path is called: whole or not at all.
 *
 * @throws BceError FILE_UNWRITABLE, WEIGHTS_UNREADABLE for what is no model
 */
export async function saveModel(model: Model, path: string): Promise<void> {
  // what could not be read back is not written
  fileOfModel(model);
  writeWhole(path, modelAsJson(model));
}

/**
 * Reads a model file back to the model that was written, to the last bit.
 *
 * @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE
 */
export async function loadModel(path: string): Promise<Model> {
  return readWholeModel(openSource(path));
}

/** Every row of the data through the model. */
async function score(
  model: Model | string,
  data: string | readonly string[] | Readable | Rows | Arrays,
  options: PredictValues,
  scoring: ScoreOptions,
  { onCounts, onCaution }: PredictHooks,
  sinkFor: (places: Places) => ScoreSink,
): Promise<void> {
  const isStream = typeof (data as Partial<Readable> | undefined)?.read === 'function';
  const isArrays = !isStream && typeof data === 'object' && data !== null && 'X' in data;
  if (!arePaths(data) && !isStream && !isArrays) {
    throw new BceError(
      'USAGE',
      'data: expected the path of a file, paths of several, a stream of its bytes, or arrays { X }',
      'X is a list of rows of numbers',
    );
  }
  if (isArrays) refuseFileOptions(options);
  const form = {
    scoring,
    threads: options.threads,
    text: textOf(options),
  };
  const file = await fileOf(model);
  requireFills(file, scoring);
  if (file.kind === 'model' && file.model.caution !== undefined) {
    onCaution?.(`${file.where}: ${file.model.caution}`);
  }
  if (isArrays) {
    const counts = scoreArrays(data as Rows, file, { ...scoring, missingWords: [] }, sinkFor(placesIn('X')));
    onCounts?.(counts);
    return;
  }
  const files = isStream ? { stream: data as Readable, name: '<stream>' } : (data as string | string[]);
  const counts = await scoreSource(await openSources(files), file, form, sinkFor);
  onCounts?.(counts);
}

/** @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE, USAGE for what is neither a model nor a path */
async function fileOf(model: Model | string): Promise<ModelFile> {
  if (typeof model === 'string') return readModelFile(openSource(model));
  if (typeof model === 'object' && model !== null) return fileOfModel(model);
  throw new BceError('USAGE', 'model: expected a model, or the path of a file of one');
}

function requireObject<T extends object>(options: T): T {
  if (typeof options === 'object' && options !== null) return options;
  throw new BceError('USAGE', 'options: expected an object');
}
