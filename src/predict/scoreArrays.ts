/** Rows that are in memory already through a model: each as the texts of its cells, so that the bits are a file's. */

import { type Arrays, freeName, requireTable, shown } from '../dataset/read/arrays.js';
import { BceError } from '../errors.js';
import type { ModelFile } from '../model/modelFile.js';
import { placesIn } from '../source/places.js';
import { sourcesOfScorer } from './columns.js';
import { rowScorer, type ScoreCounts, type ScoreOptions, type ScoreSink } from './scoreRows.js';
import { scorerOf } from './scorerOfFile.js';

/** Rows to predict: NaN is a missing cell. */
export type Rows = Pick<Arrays, 'X' | 'names'>;

/**
 * @param arrays with `y` where they are held against labels
 * @param scoring without words for missing cells and columns of labels: arrays have their own
 * @throws BceError all that columns and rows can be refused for; the number after `X:` is the index of a row
 */
export function scoreArrays(
  arrays: Rows | Arrays,
  model: ModelFile,
  scoring: ScoreOptions,
  sink: ScoreSink,
): ScoreCounts {
  const isEvaluated = scoring.evaluation !== undefined;
  const { X, y, weights }: Partial<Arrays> & Rows = isEvaluated ? (arrays as Arrays) : { X: arrays.X };
  const names = requireTable({ X, y, weights, names: arrays.names }, isEvaluated);
  const [target, weight] = [freeName('y', names), freeName('weights', names)];
  const all = isEvaluated ? [...names, target, weight] : names;
  const evaluation = isEvaluated
    ? { target, weightColumn: weights === undefined ? (false as const) : weight }
    : undefined;
  const { openAs, counts } = rowScorer(
    placesIn('X'),
    { ...scoring, evaluation },
    (of) => scorerOf(model, of),
    sink,
  );
  const { sink: table } = openAs(all);
  const needed = new Set(sourcesOfScorer(scorerOf(model, all)));
  const columns = names.flatMap((name, column) => (needed.has(name) ? [column] : []));
  const labels = labelsOf(model);
  const row = all.map(() => '');
  for (let i = 0; i < X.length; i++) {
    const cells = X[i]!;
    if (cells.length !== names.length) {
      throw new BceError(
        'CSV_RAGGED_ROW',
        `X[${i}]: expected ${names.length} numbers, found ${cells.length}`,
      );
    }
    for (const j of columns) row[j] = textOf(cells[j], `X[${i}][${j}]`);
    if (y !== undefined) {
      const yi = y[i];
      if (yi !== 0 && yi !== 1) {
        throw new BceError('LABEL_NOT_BINARY', `y[${i}]: expected 0 or 1, got ${shown(yi)}`);
      }
      row[names.length] = labels[yi];
      if (weights !== undefined) row[names.length + 1] = textOf(weights[i], `weights[${i}]`);
    }
    table.add(row, i);
  }
  return counts;
}

/** What y = 0 and y = 1 are called. */
function labelsOf(model: ModelFile): readonly [string, string] {
  return model.kind === 'model' ? [model.model.target.negative, model.model.target.positive] : ['0', '1'];
}

/** Shortest text that reads back the same; empty of NaN. */
function textOf(value: unknown, where: string): string {
  if (typeof value !== 'number' || Math.abs(value) === Number.POSITIVE_INFINITY) {
    throw new BceError(
      'CSV_NOT_FINITE',
      `${where}: expected a finite number, or NaN for a missing cell, got ${shown(value)}`,
    );
  }
  return Number.isNaN(value) ? '' : String(value);
}
