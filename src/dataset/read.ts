/** Batches of rows in, a dataset out: header, kinds, then every row once. */
import { BceError } from '../errors.js';
import { parseNumber } from '../source/number.js';
import type { Pieces } from '../source/open.js';
import type { RowBatch } from '../source/rows.js';
import type { ScannedRows } from '../source/scannedRows.js';
import { type RowTaker, type ScanOptions, scanRows } from '../source/scanRows.js';
import { assemble } from './assemble.js';
import { type Collected, Collector, type CreateStore } from './collect.js';
import { isHeader, namesOf, numberedNames } from './columns.js';
import type { Datasets } from './dataset.js';
import { raggedRow } from './faults.js';
import { missingCells } from './missing.js';
import {
  decideKinds,
  type Plan,
  type ReadOptions,
  type Selection,
  sampleRows,
  selectColumns,
} from './plan.js';
import { ArrayStore } from './store.js';

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
  for await (const { rows, lines } of batches) {
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

/** Holds rows back until the kinds are decided, then passes them on to the collector. */
class TableReader implements RowTaker {
  readonly #name: string;
  readonly #options: ReadOptions;
  readonly #createStore: CreateStore;
  readonly #sample: (readonly string[])[] = [];
  readonly #sampleLines: number[] = [];
  #selection: Selection | undefined;
  #numbersInHeader: readonly string[] = [];
  #plan: Plan | undefined;
  #collector: Collector | undefined;

  constructor(name: string, options: ReadOptions, createStore: CreateStore) {
    this.#name = name;
    this.#options = options;
    this.#createStore = createStore;
  }

  add(row: readonly string[], line: number): void {
    if (this.#collector !== undefined) {
      this.#collector.add(row, line);
      return;
    }
    if (this.#selection === undefined) {
      const hasHeader = this.#options.header ?? isHeader(row);
      const where = `${this.#name}:${line}`;
      const names = hasHeader ? namesOf(row, where) : numberedNames(row.length);
      this.#selection = selectColumns(names, this.#options, this.#name);
      if (hasHeader) {
        const isNumber = (cell: string) => Number.isFinite(parseNumber(cell));
        // asked for by --header, numbers are names
        if (this.#options.header === undefined) this.#numbersInHeader = names.filter(isNumber);
        return;
      }
    }
    const { names } = this.#selection;
    if (row.length !== names.length) {
      throw raggedRow(`${this.#name}:${line}`, names.length, row.length, names);
    }
    this.#sample.push(row);
    this.#sampleLines.push(line);
    if (this.#sample.length === sampleRows(names.length)) this.#decide();
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

  /** Settles the kinds and hands the held rows on. */
  #decide(): Collector {
    if (this.#selection === undefined) throw new BceError('CSV_EMPTY', `${this.#name}: the file is empty`);
    const cells = missingCells(this.#options.missingWords);
    this.#plan = decideKinds(this.#selection, this.#sample, cells, this.#options.intercept, this.#name);
    const collector = new Collector(this.#name, this.#plan, this.#options, cells, this.#createStore);
    this.#sample.forEach((row, r) => {
      collector.add(row, this.#sampleLines[r]!);
    });
    this.#sample.length = 0;
    this.#collector = collector;
    return collector;
  }

  finish(): { plan: Plan; collected: Collected; numbersInHeader: readonly string[] } {
    const collected = (this.#collector ?? this.#decide()).finish();
    return { plan: this.#plan!, collected, numbersInHeader: this.#numbersInHeader };
  }
}
