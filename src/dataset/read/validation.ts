/** Another file under the plan of the training rows: the same columns, levels, labels and fills. */
import { BceError } from '../../errors.js';
import type { Pieces } from '../../source/open.js';
import { READER } from '../../source/piped.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import { type RowTaker, type ScanOptions, scanRows } from '../../source/scan/scanRows.js';
import type { ShardStore } from '../../storage/store.js';
import { listed, quoted } from '../../text.js';
import type { Dataset, Description } from '../dataset.js';
import { isHeader, namesOf, numberedNames, onlyColumn } from '../schema/columns.js';
import type { TableContext } from '../schema/context.js';
import { fromHeader, isComment, withoutComments } from '../schema/head.js';
import type { Plan, ReadOptions } from '../schema/plan.js';
import { ValidationReader, weightedFeatures } from './validationReader.js';

/**
 * Reads rows that are not trained on. Columns are found by their names, in any order; others are ignored. A
 * level that no training row has is a missing cell, and missing cells go by the same policy, filled with
 * what the training rows were filled with.
 *
 * @param training rows whose columns, levels and labels these must have
 * @param store where the shards go
 * @param scanning how many threads there may be, and the size of the file where it is known
 * @throws BceError COLUMN_MISSING, LEVEL_UNKNOWN, LABEL_NOT_BINARY, NO_ROWS and all that reading can end in
 */
export async function readValidation(
  bytes: Pieces,
  name: string,
  options: ReadOptions,
  training: Description,
  store: ShardStore,
  scanning?: ScanOptions,
): Promise<Dataset> {
  const table = new ValidationTable(name, options, training, store);
  // the header alone tells what the columns are
  try {
    await scanRows(bytes, name, options.delimiter, table, { headRows: 1, ...scanning });
    return await table.finish();
  } catch (error) {
    if (!(error instanceof BceError) || error.hint === undefined) throw error;
    // standard input holds no validation rows
    const hint = error.hint.replace(READER, '> mended.csv, then --validation mended.csv:');
    throw new BceError(error.code, error.message, hint);
  }
}

/** Finds the columns in the first row. */
class ValidationTable implements RowTaker {
  readonly #name: string;
  readonly #options: ReadOptions;
  readonly #training: Description;
  readonly #store: ShardStore;
  #delimiter = ',';
  #plan: Plan | undefined;
  #reader: ValidationReader | undefined;

  constructor(name: string, options: ReadOptions, training: Description, store: ShardStore) {
    this.#name = name;
    this.#options = options;
    this.#training = training;
    this.#store = store;
  }

  begin(delimiter: string): void {
    this.#delimiter = delimiter;
  }

  add(row: readonly string[], line: number): void {
    if (this.#reader === undefined) {
      const cells = row.map((cell) => cell.trim());
      // names that are numbers are names all the same where they are those that are wanted
      const isNamed = this.#training.features.every(({ name }) => cells.includes(name));
      const hasHeader = this.#options.header ?? (isHeader(row) || isNamed);
      const names = hasHeader ? namesOf(row, `${this.#name}:${line}`) : numberedNames(row.length);
      this.#plan = planOf(names, this.#training, this.#name);
      const context: TableContext = {
        name: this.#name,
        delimiter: this.#delimiter,
        hasHeader,
        isTraining: true,
      };
      this.#reader = new ValidationReader(context, this.#plan, this.#options, this.#training, this.#store);
      if (hasHeader) return;
    }
    this.#reader.add(row, line);
  }

  addScanned(rows: ScannedRows): void {
    this.#reader!.addScanned(rows);
  }

  plan() {
    if (this.#plan === undefined) return undefined;
    const { names, ...columns } = this.#plan;
    return { ...columns, columns: names.length, missingWords: this.#options.missingWords };
  }

  finish(): Promise<Dataset> {
    if (this.#reader === undefined) throw new BceError('CSV_EMPTY', `${this.#name}: the file is empty`);
    return this.#reader.finish();
  }
}

function planOf(names: readonly string[], training: Description, where: string): Plan {
  const {
    target,
    weighting,
    scaling: { pivot },
  } = training;
  const indexOf = (column: string) => onlyColumn(names, column, where);
  const [numeric, categorical] = [
    weightedFeatures(training, 'numeric'),
    weightedFeatures(training, 'categorical'),
  ];
  const wanted = [...numeric, ...categorical].map((feature) => feature.name);
  const others = weighting.column === undefined ? [] : [weighting.column];
  const absent = [...wanted, target.name, ...others].filter((column) => indexOf(column) < 0);
  if (absent.length > 0) {
    const found = `its columns are ${listed(names.map(quoted))}`;
    const hint = () => {
      if (isComment(names)) return withoutComments(where);
      return names.length <= wanted.length ? `${found}; ${fromHeader(where)}` : found;
    };
    throw new BceError(
      'COLUMN_MISSING',
      `${where}: expected the columns that are trained on, found no ${listed(absent.map(quoted))}`,
      hint(),
    );
  }
  return {
    names,
    target: indexOf(target.name),
    weight: weighting.column === undefined ? undefined : indexOf(weighting.column),
    numerics: numeric.map((feature) => indexOf(feature.name)),
    factors: categorical.map((feature) => indexOf(feature.name)),
    pivots: pivot.subarray(0, numeric.length) as Float64Array,
  };
}
