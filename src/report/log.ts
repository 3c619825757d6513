/** What happens in a run as events for programs: one line of JSON each; docs/log.md has every field. */
import type { Description } from '../dataset/dataset.js';
import { BceError, EXIT } from '../errors.js';
import type { FitOptions } from '../fit/fit.js';
import type { Inference } from '../inference/infer.js';
import type { FitMetrics } from '../metrics/ofDataset.js';
import type { Result } from '../model/model.js';
import type { Epoch } from '../optimizer/run.js';
import type { Evaluation } from '../predict/evaluate.js';
import type { ScoreCounts } from '../predict/scoreRows.js';
import type { OutOfSample } from '../selection/outOfSample.js';
import type { RegularizationPath } from '../selection/regularizationPath.js';
import { withoutPasswords } from '../text.js';
import { VERSION } from '../version.js';

/** An event by its name, with what is told of it. */
export interface LogEvent {
  readonly event:
    | 'read'
    | 'start'
    | 'epoch'
    | 'note'
    | 'warning'
    | 'metrics'
    | 'outOfSample'
    | 'statistics'
    | 'written'
    | 'end'
    | 'error';
  readonly [field: string]: unknown;
}

/**
 * The line of an event; NaN and Infinity become texts, as in all JSON here. What a terminal would obey is escaped, which
 * means the same.
 */
export function asLine(event: LogEvent): string {
  const line = JSON.stringify(event, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return line.replace(STEERING, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Controls that JSON leaves as they are, line separators, and marks that reorder text. */
const STEERING = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The table, and what becomes of it. */
export function readEvent(dataset: Description, validation: Description | undefined): LogEvent {
  const { name, rows, weightSum, features, target, reading, design } = dataset;
  return {
    event: 'read',
    version: VERSION,
    source: withoutPasswords(name),
    rowsRead: reading.rowsRead,
    rows,
    dropped: reading.dropped,
    missing: Object.fromEntries(reading.missing),
    filled: reading.filled,
    weightSum,
    numericFeatures: features.filter(({ kind }) => kind === 'numeric').length,
    textFeatures: features.filter(({ kind }) => kind !== 'numeric').length,
    weights: design.size,
    intercept: design.intercept,
    target,
    validation:
      validation === undefined ? null : { rows: validation.rows, positives: validation.target.positives },
  };
}

/** What is about to be done: the words of the text, and the options of the fit, or undefined where they make none. */
export function startEvent(text: string, options: FitOptions | undefined): LogEvent {
  if (options === undefined) return { event: 'start', text, options: null };
  const { learningRate = null, patience = null } = options;
  return { event: 'start', text, options: { ...options, learningRate, patience } };
}

export function epochEvent({ epoch, loss, batchLoss, maxGradient, validation, passes }: Epoch): LogEvent {
  const second = validation === undefined ? {} : { validationLoss: validation };
  // J and its gradient are not known
  if (batchLoss !== undefined) return { event: 'epoch', epoch, batchLoss, ...second, passes };
  return { event: 'epoch', epoch, loss, ...second, maxGradient, passes };
}

/** How a path ended. @param text in words, one of the lines each */
export function endOfPath(text: readonly string[], path: RegularizationPath): LogEvent {
  const { solutions, isWhole, crossValidation } = path;
  return {
    event: 'end',
    text: text.join('; '),
    isWhole,
    lambdas: solutions.length,
    passes: solutions.at(-1)?.passes ?? 0,
    unconverged: solutions.filter(({ isConverged }) => !isConverged).length,
    lambdaMin: crossValidation?.lambdaMin ?? null,
    lambda1se: crossValidation?.lambda1se ?? null,
  };
}

export function metricsEvent(metrics: FitMetrics): LogEvent {
  return { event: 'metrics', ...metrics };
}

/** What is expected of rows that were not seen. */
export function outOfSampleEvent(found: OutOfSample): LogEvent {
  return { event: 'outOfSample', ...found, column: found.column ?? null };
}

/** The fit as a whole; the weights have statistics of their own where they are written. */
export function statisticsEvent({ weights: _, variance: __, ...summary }: Inference): LogEvent {
  return { event: 'statistics', ...summary };
}

/** @param text what is told in words */
export function writtenEvent(file: string, text: string): LogEvent {
  return { event: 'written', file, text };
}

/** How training ended, as in the JSON model. @param text the last line in words */
export function endOfTraining(text: string, result: Result): LogEvent {
  return { event: 'end', text, ...result };
}

/** How many rows were predicted, and what was the matter with some. */
export function endOfPrediction(text: string, counts: ScoreCounts, evaluation?: Evaluation): LogEvent {
  const { rows, incomplete, dropped, weightless, missing, unseen } = counts;
  return {
    event: 'end',
    text,
    rows,
    incomplete,
    dropped,
    weightless,
    missing: Object.fromEntries(missing),
    unseen: Object.fromEntries([...unseen].map(([column, { cells }]) => [column, cells])),
    ...(evaluation === undefined ? {} : { positive: evaluation.positive, negative: evaluation.negative }),
  };
}

/** A failure; `INTERNAL` is a fault of the program itself. */
export function errorEvent(error: unknown, hint: string | undefined, isVerbose: boolean): LogEvent {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const isOurs = error instanceof BceError;
  return {
    event: 'error',
    code: isOurs ? error.code : 'INTERNAL',
    message: withoutPasswords(message),
    hint: hint ?? null,
    exitCode: isOurs ? error.exitCode : EXIT.failed,
    ...(isVerbose && stack !== undefined ? { stack: withoutPasswords(stack) } : {}),
  };
}
