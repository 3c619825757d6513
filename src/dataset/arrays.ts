/** A dataset from numbers that are in memory already. */
import { BceError } from '../errors.js';
import { counted } from '../text.js';
import { assemble } from './assemble.js';
import { numberedNames } from './columns.js';
import type { Dataset } from './dataset.js';
import { pivotOf } from './pivot.js';
import { sampleRows } from './plan.js';
import { ShardWriter } from './shards.js';

/** A table of numbers. */
export interface Arrays {
  /** Rows of finite numbers, all of one length d. */
  readonly X: readonly ArrayLike<number>[];
  /** Labels (m), 0 or 1. */
  readonly y: ArrayLike<number>;
  /** Names of the columns (d); default x1, x2, ... */
  readonly names?: readonly string[] | undefined;
}

/**
 * Copies the table into shards.
 *
 * @throws BceError NO_ROWS, NO_FEATURES, CSV_RAGGED_ROW, CSV_NOT_FINITE, LABEL_NOT_BINARY
 */
export async function datasetOf({ X, y, names: given }: Arrays, intercept: boolean): Promise<Dataset> {
  const d = X[0]?.length ?? 0;
  if (X.length === 0) throw new BceError('NO_ROWS', 'X: expected rows, found none');
  if (d === 0) throw new BceError('NO_FEATURES', 'X: expected columns, found none');
  if (y.length !== X.length) {
    throw new BceError('CSV_RAGGED_ROW', `y: expected ${counted(X.length, 'label')}, found ${y.length}`);
  }
  const names = given ?? numberedNames(d);
  if (names.length !== d || new Set(names).size !== d) {
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `names: expected ${counted(d, 'different name')}, found ${names.join(', ')}`,
    );
  }

  const pivots = new Float64Array(d);
  if (intercept) {
    const sampled = Math.min(X.length, sampleRows(d));
    for (let j = 0; j < d; j++) pivots[j] = pivotOf(sampled, (row) => X[row]![j]!);
  }
  const plan = { names: [...names, 'y'], target: d, numerics: [...names.keys()], factors: [], pivots };
  const writer = new ShardWriter(d, 0);
  const x = new Float64Array(d);
  const noCodes = new Int32Array(0);
  let positives = 0;
  for (let i = 0; i < X.length; i++) {
    const row = X[i]!;
    if (row.length !== d) {
      throw new BceError('CSV_RAGGED_ROW', `X[${i}]: expected ${counted(d, 'number')}, found ${row.length}`);
    }
    for (let j = 0; j < d; j++) {
      if (!Number.isFinite(row[j])) {
        throw new BceError('CSV_NOT_FINITE', `X[${i}][${j}]: expected a finite number, got ${row[j]}`);
      }
      x[j] = row[j]! - pivots[j]!;
    }
    if (y[i] !== 0 && y[i] !== 1) {
      throw new BceError('LABEL_NOT_BINARY', `y[${i}]: expected 0 or 1, got ${y[i]}`);
    }
    positives += y[i]!;
    writer.push(x, noCodes, y[i]!);
  }
  const negatives = X.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new BceError('LABEL_NOT_BINARY', `y: expected two labels, found only ${y[0]}`);
  }
  const collected = {
    shards: writer.finish(),
    rows: X.length,
    rowsRead: X.length,
    dropped: [],
    target: { name: 'y', positive: '1', negative: '0', positives, negatives },
    coders: [],
    missing: new Int32Array(d + 1),
  };
  return assemble('X', plan, collected, [], { missing: 'error', intercept });
}
