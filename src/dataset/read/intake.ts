/** The first rows of a file, held back until they tell what its columns are; then every row goes on. */
import { BceError } from '../../errors.js';
import type { ReadNumber } from '../../source/csv/number.js';
import type { Places } from '../../source/places.js';
import type { HeadScan } from '../../source/scan/headScan.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import type { RowTaker } from '../../source/scan/scanRows.js';
import { holdsNames, namesOf, numberedNames } from '../schema/columns.js';
import type { RowColumns } from '../schema/plan.js';
import { HeldRows } from './heldRows.js';
import { scannedColumns } from './scannedTerms.js';

/** Takes the rows of a table whose columns are known. */
export interface RowSink {
  /** One row as csv-parse reads it, and the line on which it starts. */
  add(row: readonly string[], line: number): void;
  /** Rows that were scanned; the arrays hold until this returns. */
  addScanned(rows: ScannedRows): void;
  shards?: RowTaker['shards'];
}

/** What the first rows told. */
export interface Opened {
  readonly sink: RowSink;
  readonly columns: RowColumns;
  /** Whether the first row holds names. */
  readonly hasHeader: boolean;
}

/**
 * Decides what the columns are.
 *
 * @param head the rows so far, at least one
 * @param isWhole whether these are all
 * @returns undefined where more rows are wanted, if there are more
 */
export type Open<Told extends Opened> = (
  head: BegunHead,
  delimiter: string,
  isWhole: boolean,
) => Told | undefined;

/** The rows so far, of which there is a first. */
export type BegunHead = HeldRows & { readonly first: readonly string[]; readonly firstLine: number };

export class Intake<Told extends Opened> implements RowTaker {
  readonly #places: Places;
  readonly #missingWords: readonly string[];
  readonly #open: Open<Told>;
  readonly #rowsOf: ((columns: number) => number) | undefined;
  readonly #held: HeldRows;
  #delimiter = ',';
  /** Whether rows are held back even when it is known what they are: they may come again, scanned. */
  #isHolding = false;
  #opened: Told | undefined;

  /**
   * @param places what messages call the lines of the table
   * @param rowsOf how many rows tell what the columns are, by the number of these; undefined where the first does
   */
  constructor(
    places: Places,
    missingWords: readonly string[],
    open: Open<Told>,
    rowsOf?: (columns: number) => number,
  ) {
    this.#places = places;
    this.#missingWords = missingWords;
    this.#open = open;
    this.#rowsOf = rowsOf;
    this.#held = new HeldRows(places);
  }

  begin(delimiter: string, mayHold: boolean): void {
    this.#delimiter = delimiter;
    this.#isHolding = mayHold;
  }

  /** @throws BceError all that the columns and the row can be refused for */
  add(row: readonly string[], line: number): void {
    if (this.#opened !== undefined && !this.#isHolding) {
      this.#opened.sink.add(row, line);
      return;
    }
    this.#held.add(row, line);
    if (this.#opened === undefined) this.#decide(false);
  }

  headShape() {
    const { first } = this.#held;
    if (this.#rowsOf === undefined || this.#opened !== undefined || first === undefined) return undefined;
    const columns = first.length;
    return { columns, rows: this.#rowsOf(columns), missingWords: this.#missingWords };
  }

  /** @throws BceError all that the columns can be refused for */
  addHead(scan: HeadScan): void {
    this.#held.scanned = scan;
    this.#decide(false);
  }

  giveUpHead(): void {
    this.#held.scanned = undefined;
  }

  endHead(): void {
    if (this.#opened === undefined && this.#held.count > 0) this.#decide(true);
  }

  takeHeld(): void {
    this.#isHolding = false;
    if (this.#opened === undefined) return;
    const { sink } = this.#opened;
    this.#held.take((row, line) => sink.add(row, line));
  }

  giveUpHeld(): number | undefined {
    this.#isHolding = false;
    return this.#held.clear();
  }

  addScanned(rows: ScannedRows): void {
    this.#opened!.sink.addScanned(rows);
  }

  /** How the rest can be scanned, once the columns are known. */
  plan() {
    if (this.#opened === undefined) return undefined;
    const { columns } = this.#opened;
    const { names, derived = [], target, weight } = columns;
    const reads = scannedColumns(columns);
    // a column that is numbers and texts at once, which csv-parse gives
    if (reads === undefined) return undefined;
    const width = names.length - derived.length;
    return { ...reads, target, weight, columns: width, missingWords: this.#missingWords };
  }

  shards() {
    return this.#opened?.sink.shards?.();
  }

  /** What the first rows told, after the last row. @throws BceError CSV_EMPTY, and what `add` throws */
  finish(): Told {
    if (this.#opened === undefined) {
      if (this.#held.count === 0) throw new BceError('CSV_EMPTY', `${this.#places.name}: the file is empty`);
      this.#decide(true);
    }
    this.takeHeld();
    return this.#opened!;
  }

  #decide(isWhole: boolean): void {
    const opened = this.#open(this.#held as BegunHead, this.#delimiter, isWhole);
    if (opened === undefined) return;
    this.#opened = opened;
    if (opened.hasHeader) this.#held.shift();
    if (!this.#isHolding) this.takeHeld();
  }
}

/**
 * The names of the columns, and whether the first row holds them.
 *
 * @param read reads numbers
 * @param given what was asked for; undefined finds it
 * @param wanted names that columns must have; none where any will do
 */
export function headerOf(
  { places, first, firstLine }: BegunHead,
  read: ReadNumber,
  given: boolean | undefined,
  wanted?: (cells: readonly string[]) => readonly string[],
): { readonly hasHeader: boolean; readonly names: readonly string[] } {
  const hasHeader = holdsNames(first, read, given, wanted);
  return {
    hasHeader,
    names: hasHeader ? namesOf(first, places.at(firstLine)) : numberedNames(first.length),
  };
}
