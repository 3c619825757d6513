/** Batches of rows in, a dataset out: header, kinds, then every row once. */
import { BceError } from '../../errors.js';
import { parseNumber } from '../../source/csv/number.js';
import type { RowBatch } from '../../source/csv/rows.js';
import type { Pieces } from '../../source/open.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import { type RowTaker, type ScanOptions, scanRows } from '../../source/scan/scanRows.js';
import { ArrayStore } from '../../storage/store.js';
import { quoted } from '../../text.js';
import type { Datasets } from '../dataset.js';
import { isHeader, namesOf, numberedNames, requireNames } from '../schema/columns.js';
import type { TableContext } from '../schema/context.js';
import { withoutPreamble } from '../schema/head.js';
import { refuseUncertainHeader } from '../schema/header.js';
import { missingCells } from '../schema/missing.js';
import {
  decideKinds,
  type Plan,
  type ReadOptions,
  type Sample,
  type Selection,
  sampleRows,
  selectColumns,
} from '../schema/plan.js';
import { assemble } from './assemble.js';
import { type Collected, Collector, type CreateStore } from './collect.js';

/**
 * Reads a whole table.
 *
 * @param name what messages call the source
 * @param createStore makes the homes of the shards; default plain arrays
 * @returns the training rows, and those held out, if any
 * @throws BceError CSV_EMPTY and all that the columns, the cells and the labels can be refused for
 * Cost: one pass over the rows, then a few over the numbers kept.
 */
export async function readDataset(
  batches: AsyncIterable<RowBatch>,
  name: string,
  options: ReadOptions,
  createStore: CreateStore = () => new ArrayStore(),
): Promise<Datasets> {
  const table = new TableReader(name, options, createStore);
  for await (const { rows, lines, delimiter } of batches) {
    table.begin(delimiter);
    for (let r = 0; r < rows.length; r++) table.add(rows[r]!, lines[r]!);
  }
  const { plan, collected, numbersInHeader } = table.finish();
  return assemble(name, plan, collected, numbersInHeader, options);
}

/**
 * Reads a whole table from its bytes, through the scanner: the same dataset as `readDataset` makes of
 * `readRows`, and the same errors.
 *
 * @param scanning how many threads there may be, and the size of the file where it is known
 * @throws BceError CSV_QUOTE, WORKER_FAILED, and what `readDataset` throws
 */
export async function scanDataset(
  bytes: Pieces,
  name: string,
  options: ReadOptions,
  createStore: CreateStore = () => new ArrayStore(),
  scanning?: ScanOptions,
): Promise<Datasets> {
  const table = new TableReader(name, options, createStore);
  await scanRows(bytes, name, options.delimiter, table, scanning);
  const { plan, collected, numbersInHeader } = table.finish();
  return assemble(name, plan, collected, numbersInHeader, options);
}

/** Holds rows back until the header and the kinds are decided, then passes them on to the collector. */
class TableReader implements RowTaker {
  readonly #name: string;
  readonly #options: ReadOptions;
  readonly #createStore: CreateStore;
  #delimiter = ',';
  /** The first rows, that of the names among them, and the lines on which they start. */
  readonly #rows: (readonly string[])[] = [];
  readonly #lines: number[] = [];
  #numbersInHeader: readonly string[] = [];
  #plan: Plan | undefined;
  #collector: Collector | undefined;

  constructor(name: string, options: ReadOptions, createStore: CreateStore) {
    this.#name = name;
    this.#options = options;
    this.#createStore = createStore;
  }

  begin(delimiter: string): void {
    this.#delimiter = delimiter;
  }

  add(row: readonly string[], line: number): void {
    if (this.#collector !== undefined) {
      this.#collector.add(row, line);
      return;
    }
    this.#rows.push(row);
    this.#lines.push(line);
    const columns = this.#rows[0]!.length;
    if (this.#rows.length === 1) this.#refuseAtOnce(row, line);
    // a row of another length will be refused: at once, however slowly the rest comes
    const isRagged = row.length !== columns && this.#rows.length > HEAD_ROWS;
    if (isRagged || this.#rows.length > sampleRows(columns)) this.#decide();
  }

  /** Options that name no column of the header need not wait for more rows. */
  #refuseAtOnce(row: readonly string[], line: number): void {
    const hasHeader = this.#options.header ?? isHeader(row);
    if (!hasHeader || row.length < 2 || row.some((cell) => cell.trim() === '')) return;
    selectColumns(namesOf(row, `${this.#name}:${line}`), this.#options, this.#name);
  }

  /** Rows that were scanned as `plan` says. */
  addScanned(rows: ScannedRows): void {
    this.#collector!.addScanned(rows);
  }

  /** How the rest can be scanned, once the kinds are decided. */
  plan() {
    if (this.#plan === undefined) return undefined;
    const { names, ...columns } = this.#plan;
    return { ...columns, columns: names.length, missingWords: this.#options.missingWords };
  }

  /** Settles what the columns are and hands the held rows on. */
  #decide(): Collector {
    const [first] = this.#rows;
    if (first === undefined) throw new BceError('CSV_EMPTY', `${this.#name}: the file is empty`);
    const head = { name: this.#name, rows: this.#rows, lines: this.#lines };
    const hasHeader = this.#options.header ?? isHeader(first);
    const where = `${this.#name}:${this.#lines[0]!}`;
    const names = hasHeader ? namesOf(first, where) : numberedNames(first.length);
    const start = hasHeader ? 1 : 0;
    const sample = { rows: this.#rows.slice(start), lines: this.#lines.slice(start) };
    const context: TableContext = {
      name: this.#name,
      delimiter: this.#delimiter,
      hasHeader,
      isTraining: true,
      remedyOfHead: () => (this.#options.header === false ? undefined : withoutPreamble(head)),
    };
    const columns = columnsOf(names, first, sample);
    const selection = this.#select(names, columns, sample, context);
    const cells = missingCells(this.#options.missingWords);
    // rows of another length are refused in their order, by the collector
    const even = evenRows(sample, names.length);
    refuseUncertainHeader(first, selection, even, this.#options, this.#name);
    const isNumber = (cell: string) => Number.isFinite(parseNumber(cell));
    // asked for by --header, numbers are names
    if (hasHeader && this.#options.header === undefined) this.#numbersInHeader = names.filter(isNumber);
    this.#plan = decideKinds(selection, even, cells, this.#options, context);
    const collector = new Collector(context, this.#plan, this.#options, cells, this.#createStore);
    sample.rows.forEach((row, r) => {
      collector.add(row, sample.lines[r]!);
    });
    this.#rows.length = 0;
    this.#collector = collector;
    return collector;
  }

  #select(
    names: readonly string[],
    columns: number,
    sample: Sample,
    { remedyOfHead, hasHeader }: TableContext,
  ): Selection {
    const remedy = remedyOfHead?.();
    if (columns === 1 && remedy !== undefined) {
      throw new BceError(
        'NO_FEATURES',
        `${this.#name}: expected a header, found ${quoted(names[0]!)}`,
        remedy,
      );
    }
    const selection = selectColumns(names, this.#options, this.#name, columns);
    const { target, weight, features } = selection;
    const used = [...features, target, ...(weight === undefined ? [] : [weight])].sort((a, b) => a - b);
    const where = `${this.#name}:${this.#lines[0]!}`;
    const isUnnamed = used.some((column) => names[column] === '');
    if (isUnnamed && remedy !== undefined) {
      throw new BceError(
        'CSV_COLUMN_NAMES',
        `${where}: expected a header, found a row with empty cells`,
        remedy,
      );
    }
    const isLonger = sample.rows.length > 0 && sample.rows.every((row) => row.length === names.length + 1);
    if (!(hasHeader && isLonger)) requireNames(names, used, where);
    return selection;
  }

  finish(): { plan: Plan; collected: Collected; numbersInHeader: readonly string[] } {
    const collected = (this.#collector ?? this.#decide()).finish();
    return { plan: this.#plan!, collected, numbersInHeader: this.#numbersInHeader };
  }
}

/** Rows that are looked at before one of another length is refused: they may tell why it is. */
const HEAD_ROWS = 4;

/** How many columns there are: a last one without a name or a value is what a delimiter at the ends of lines makes. */
function columnsOf(names: readonly string[], first: readonly string[], { rows }: Sample): number {
  const last = names.length - 1;
  const isEmpty = (row: readonly string[]) => (row[last] ?? '').trim() === '';
  return last > 0 && isEmpty(first) && rows.every(isEmpty) ? last : names.length;
}

/** The rows up to the first of another length. */
function evenRows({ rows, lines }: Sample, columns: number): Sample {
  const end = rows.findIndex((row) => row.length !== columns);
  return end < 0 ? { rows, lines } : { rows: rows.slice(0, end), lines: lines.slice(0, end) };
}
