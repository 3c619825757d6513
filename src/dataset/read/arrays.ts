/** A dataset from numbers that are in memory already. */

import { BceError } from '../../errors.js';
import { placesIn } from '../../source/places.js';
import { ArrayStore } from '../../storage/store.js';
import { counted, inByteOrder, quoted } from '../../text.js';
import type { Datasets, RowGroups } from '../dataset.js';
import { numberedNames } from '../schema/columns.js';
import { pivotOf } from '../schema/pivot.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { sampleRows } from '../schema/sample.js';
import { assemble } from './assemble.js';
import { type Collected, Collector, type CreateStore } from './collect.js';
import { assembled, trainingTable } from './read.js';

/** A table of numbers. */
export interface Arrays {
  /** Rows of finite numbers, all of one length d. */
  readonly X: readonly ArrayLike<number>[];
  /** Labels (m), 0 or 1. */
  readonly y: ArrayLike<number>;
  /** Weights of the rows (m), 0 or more; default 1. A row with weight 0 is left out. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Names of the columns (d); default x1, x2, ... */
  readonly names?: readonly string[] | undefined;
  /** For `cv`: texts or numbers (m); rows of the same, as those of a patient, stay in one fold. */
  readonly groups?: ArrayLike<string | number> | undefined;
}

/**
 * Copies the table into shards.
 *
 * @param createStore makes the homes of the shards; default plain arrays
 * @returns the training rows, and those held out, if any
 * @throws BceError NO_ROWS, NO_FEATURES, CSV_COLUMN_NAMES, CSV_RAGGED_ROW, CSV_NOT_FINITE, LABEL_NOT_BINARY,
 *   WEIGHT_NEGATIVE
 */
export async function datasetOf(
  arrays: Arrays,
  options: Pick<ReadOptions, 'intercept' | 'classWeight' | 'holdOut'> | ReadOptions,
  createStore: CreateStore = () => new ArrayStore(),
): Promise<Datasets> {
  const names = requireTable(arrays);
  const datasets = await datasetsOf(arrays, names, options, createStore);
  const rowGroups = groupsOf(arrays);
  return rowGroups === undefined ? datasets : { ...datasets, training: { ...datasets.training, rowGroups } };
}

/** The groups of the rows that are kept; undefined of none. */
function groupsOf({ X, weights, groups }: Arrays): RowGroups | undefined {
  if (groups === undefined) return undefined;
  if (groups.length !== X.length) {
    throw new BceError(
      'CSV_RAGGED_ROW',
      `groups: expected ${counted(X.length, 'group')}, found ${groups.length}`,
    );
  }
  const texts = Array.from(groups, (group, i) => {
    if (typeof group === 'string' || Number.isFinite(group)) return String(group);
    throw new BceError('USAGE', `groups[${i}]: expected a text or a number, got ${shown(group)}`);
  }).filter((_, i) => weights === undefined || weights[i]! > 0);
  const names = inByteOrder([...new Set(texts)]);
  const places = new Map(names.map((name, k) => [name, k]));
  return { column: 'groups', names, ofRow: Uint32Array.from(texts, (text) => places.get(text)!) };
}

function datasetsOf(
  arrays: Arrays,
  names: readonly string[],
  options: Pick<ReadOptions, 'intercept' | 'classWeight' | 'holdOut'> | ReadOptions,
  createStore: CreateStore,
): Promise<Datasets> {
  const { X, weights } = arrays;
  if ('add' in options && (options.add.length > 0 || options.formula !== undefined)) {
    return withTerms(arrays, names, options, createStore);
  }
  const d = names.length;
  const pivots = new Float64Array(d);
  if (options.intercept) {
    const sampled = Math.min(X.length, sampleRows(d));
    for (let j = 0; j < d; j++) pivots[j] = pivotOf(sampled, (row) => X[row]![j]!);
  }
  const plan = {
    // after the columns come the labels and the weights
    names: [...names, 'y', 'weights'],
    target: d,
    weight: weights === undefined ? undefined : d + 1,
    numerics: [...names.keys()],
    factors: [],
    pivots,
  };
  const collected = collectArrays(arrays, plan, options, createStore);
  return assemble('X', plan, collected, [], { ...options, missing: 'error' });
}

/**
 * The same with columns that terms compute: each row as the texts of its cells, so that terms, names and bits are those
 * of a file.
 *
 * @throws BceError also USAGE, COLUMN_UNKNOWN, TERM_DOMAIN and what else terms are refused for
 */
async function withTerms(
  arrays: Arrays,
  names: readonly string[],
  asked: ReadOptions,
  createStore: CreateStore,
): Promise<Datasets> {
  const { X, y, weights } = arrays;
  const [target, weight] = [freeName('y', names), freeName('weights', names)];
  if (asked.target !== undefined && asked.target !== target) {
    throw new BceError(
      'USAGE',
      `formula: expected ${quoted(target)} before ~, got ${quoted(asked.target)}`,
      'the labels of arrays are y; without a target before ~ they are meant as well',
    );
  }
  const options: ReadOptions = {
    ...asked,
    ...{ delimiter: ',', header: true, target, positive: undefined, missing: 'error', missingWords: [] },
    weightColumn: weights === undefined ? undefined : weight,
  };
  const places = { name: 'X', at: (row: number) => `X[${row}]`, fileOf: () => 'X' };
  const table = trainingTable(places, options, createStore);
  table.begin(',', false);
  table.add([...names, target, ...(weights === undefined ? [] : [weight])], -1);
  const seen = new Set<number>();
  try {
    for (let i = 0; i < X.length; i++) {
      requireLength(X[i]!, names.length, i);
      const row = names.map((_, j) => String(requireFinite(X[i]![j]!, `X[${i}][${j}]`)));
      row.push(String(requireLabel(y[i], i)));
      const c = weights === undefined ? 1 : requireWeight(weights[i]!, i);
      if (weights !== undefined) row.push(String(c));
      if (c > 0) seen.add(y[i]!);
      table.add(row, i);
    }
    if (seen.size === 1) throw oneLabel([...seen][0]!);
    return await assembled(places, table, options);
  } catch (error) {
    if (!(error instanceof BceError) || error.code !== 'TERM_DOMAIN') throw error;
    throw new BceError(error.code, error.message, 'leave such rows out: the term has no value there');
  }
}

/** The name, or one like it that no column has. */
export function freeName(name: string, names: readonly string[]): string {
  return names.includes(name) ? freeName(`${name}_`, names) : name;
}

/**
 * @param hasLabels whether `y` must be there
 * @returns the names of the columns
 * @throws BceError USAGE, NO_ROWS, NO_FEATURES, CSV_RAGGED_ROW, CSV_COLUMN_NAMES
 */
export function requireTable(
  { X, y, names: given, weights, groups }: Omit<Arrays, 'y'> & { readonly y?: Arrays['y'] | undefined },
  hasLabels = true,
): readonly string[] {
  for (const [name, list] of Object.entries({ X, y, weights, names: given, groups })) {
    if (isList(list) || (list === undefined && name !== 'X' && (name !== 'y' || !hasLabels))) continue;
    throw new BceError('USAGE', `${name}: expected a list, got ${shown(list)}`);
  }
  const odd = X.findIndex((row) => !isList(row));
  if (odd >= 0) {
    throw new BceError('USAGE', `X[${odd}]: expected a row of numbers, got ${shown(X[odd])}`);
  }
  const d = X[0]?.length ?? 0;
  if (X.length === 0) throw new BceError('NO_ROWS', 'X: expected rows, found none');
  if (d === 0) throw new BceError('NO_FEATURES', 'X: expected columns, found none');
  if (y !== undefined && y.length !== X.length) {
    throw new BceError('CSV_RAGGED_ROW', `y: expected ${counted(X.length, 'label')}, found ${y.length}`);
  }
  if (weights !== undefined && weights.length !== X.length) {
    const message = `weights: expected ${counted(X.length, 'weight')}, found ${weights.length}`;
    throw new BceError('CSV_RAGGED_ROW', message);
  }
  const names = given ?? numberedNames(d);
  if (names.length !== d || new Set(names).size !== d) {
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `names: expected ${counted(d, 'different name')}, found ${names.join(', ')}`,
    );
  }
  return names;
}

function collectArrays(
  arrays: Arrays,
  plan: Plan,
  options: Pick<ReadOptions, 'classWeight' | 'holdOut'>,
  createStore: CreateStore,
): Collected {
  const { X, y, weights } = arrays;
  const { pivots } = plan;
  const d = pivots.length;
  const x = new Float64Array(d);
  const values = {
    x,
    texts: [],
    label: '',
    weight: 1,
    missing: 0,
    missingColumns: () => [],
    causesOfMissing: () => [],
    at: () => 'y',
  };
  const settings = { ...options, missing: 'error', maxLevels: 0, positive: undefined } as const;
  const collector = new Collector(placesIn('X'), plan, settings, values, createStore);
  // rows that count, by label
  const counts: [number, number] = [0, 0];
  for (let i = 0; i < X.length; i++) {
    const row = X[i]!;
    requireLength(row, d, i);
    for (let j = 0; j < d; j++) {
      x[j] = requireFinite(row[j]!, `X[${i}][${j}]`) - pivots[j]!;
    }
    const label = requireLabel(y[i], i);
    const weight = weights === undefined ? 1 : requireWeight(weights[i]!, i);
    if (weight > 0) counts[label]++;
    values.label = label === 1 ? '1' : '0';
    values.weight = weight;
    collector.take(i);
  }
  const [negatives, positives] = counts;
  if (negatives + positives > 0 && (negatives === 0 || positives === 0)) {
    throw oneLabel(positives > 0 ? 1 : 0);
  }
  return collector.finish();
}

function requireLength(row: ArrayLike<number>, d: number, i: number): void {
  if (row.length === d) return;
  throw new BceError('CSV_RAGGED_ROW', `X[${i}]: expected ${counted(d, 'number')}, found ${row.length}`);
}

function requireLabel(label: unknown, i: number): 0 | 1 {
  if (label === 0 || label === 1) return label;
  throw new BceError('LABEL_NOT_BINARY', `y[${i}]: expected 0 or 1, got ${shown(label)}`);
}

function requireWeight(value: number, i: number): number {
  const weight = requireFinite(value, `weights[${i}]`);
  if (weight >= 0) return weight;
  throw new BceError('WEIGHT_NEGATIVE', `weights[${i}]: expected a weight, 0 or more, got ${weight}`);
}

function oneLabel(label: number): BceError {
  return new BceError('LABEL_NOT_BINARY', `y: expected two labels, found only ${label}`);
}

function requireFinite(value: number, where: string): number {
  if (Number.isFinite(value)) return value;
  throw new BceError('CSV_NOT_FINITE', `${where}: expected a finite number, got ${shown(value)}`);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** A value as it is written in JavaScript, so that the text "0" is not taken for the number. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
