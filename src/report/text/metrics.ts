/** Metrics as text: for programs (CSV, TSV, JSON), for eyes (a table), and in one line. */

import { asJson } from '../../json.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { FitMetrics } from '../../metrics/ofDataset.js';
import { ESTIMATED } from '../../selection/choices.js';
import type { OutOfSample } from '../../selection/outOfSample.js';
import { counted, grouped, quoted } from '../../text.js';
import { aligned, prose } from './columns.js';

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
export function metricsAsTable(metrics: Metrics, columns?: number): string {
  const rows = entries(metrics).map(([name, value]) => [name.replaceAll('_', ' '), short(value)]);
  return `${aligned([['metric', 'value'], ...rows], columns).join('\n')}\n`;
}

function short(value: number | undefined): string {
  if (value === undefined) return '-';
  return Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(6)));
}

/** What is expected of rows that were not seen, for eyes. */
export function outOfSampleAsTable(
  { folds, column, metrics, byFold }: OutOfSample,
  columns?: number,
): string[] {
  const rows = ESTIMATED.map((name) => {
    const estimate = metrics[name];
    return [NAMES[name].replaceAll('_', ' '), short(estimate?.mean), estimate?.se.toPrecision(2) ?? '-'];
  });
  const how = column === undefined ? '' : `, rows of one ${quoted(column)} in one of them`;
  const predicted = counted(
    byFold.reduce((sum, fold) => sum + fold.rows, 0),
    'row',
  );
  const head = `${counted(folds, 'fold')}${how}: ${predicted} predicted by fits without them`;
  return [...prose([head], columns), ...aligned([['metric', 'mean', 'standard error'], ...rows], columns)];
}

/** Those of the training and the validation rows side by side, for eyes. */
export function fitMetricsAsTable({ training, validation }: FitMetrics, columns?: number): string[] {
  const sets = [training, ...(validation === undefined ? [] : [validation])];
  const headings = ['metric', 'training', 'validation'].slice(0, sets.length + 1);
  const rows = entries(training).map(([name], row) => [
    name.replaceAll('_', ' '),
    ...sets.map((metrics) => short(entries(metrics)[row]![1])),
  ]);
  return aligned([headings, ...rows], columns);
}
