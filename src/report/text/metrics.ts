/** Metrics as text: for programs (CSV, TSV, JSON), for eyes (a table), and in one line. */

import { asJson } from '../../json.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { FitMetrics } from '../../metrics/ofDataset.js';
import { grouped } from '../../text.js';
import { aligned } from './columns.js';

/** What each is called, in the order in which they are shown. */
const NAMES: Readonly<Record<keyof Metrics, string>> = {
  rows: 'rows',
  weight: 'weight',
  positives: 'positives',
  logLoss: 'log_loss',
  brier: 'brier',
  mcFaddenR2: 'mcfadden_r2',
  rocAuc: 'roc_auc',
  averagePrecision: 'average_precision',
  expectedCalibrationError: 'expected_calibration_error',
  threshold: 'threshold',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'f1',
  truePositives: 'true_positives',
  falsePositives: 'false_positives',
  trueNegatives: 'true_negatives',
  falseNegatives: 'false_negatives',
};

function entries(metrics: Metrics): [name: string, value: number | undefined][] {
  return Object.entries(NAMES).map(([key, name]) => [name, metrics[key as keyof Metrics]]);
}

/** `metric,value` lines; the value of what has none is empty. */
export function metricsAsCsv(metrics: Metrics, delimiter: ',' | '\t'): string {
  const lines = entries(metrics).map(([name, value]) => `${name}${delimiter}${value ?? ''}\n`);
  return `metric${delimiter}value\n${lines.join('')}`;
}

/** As in the JSON model; null is what has no value. */
export function metricsAsJson(metrics: Metrics): string {
  return asJson(metrics);
}

/** Six digits, for eyes. */
export function metricsAsTable(metrics: Metrics): string {
  const rows = entries(metrics).map(([name, value]) => [name.replaceAll('_', ' '), short(value)]);
  return `${aligned([['metric', 'value'], ...rows]).join('\n')}\n`;
}

function short(value: number | undefined): string {
  if (value === undefined) return '-';
  return Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(6)));
}

/** What a person wants to know of the training and the validation rows, in two lines each. */
export function fitMetricsLines({ training, validation }: FitMetrics): string[] {
  const others = validation === undefined ? [] : metricsLines('validation', validation);
  return [...metricsLines('training', training), ...others];
}

function metricsLines(what: string, metrics: Metrics): string[] {
  const of = (...keys: readonly (readonly [string, keyof Metrics])[]) =>
    keys.map(([name, key]) => `${name} ${short(metrics[key])}`).join(', ');
  const ranks = of(
    ['log loss', 'logLoss'],
    ['Brier', 'brier'],
    ['ROC AUC', 'rocAuc'],
    ['average precision', 'averagePrecision'],
    ['calibration error', 'expectedCalibrationError'],
    ['McFadden R2', 'mcFaddenR2'],
  );
  const counts = of(
    ['accuracy', 'accuracy'],
    ['precision', 'precision'],
    ['recall', 'recall'],
    ['F1', 'f1'],
    ['true positives', 'truePositives'],
    ['false positives', 'falsePositives'],
    ['true negatives', 'trueNegatives'],
    ['false negatives', 'falseNegatives'],
  );
  return [`${what}: ${ranks}`, `${what} at ${metrics.threshold}: ${counts}`];
}
