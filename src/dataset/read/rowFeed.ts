/** Rows of text, or of the scanner, to whoever takes them as values. */
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import type { RowTaker } from '../../source/scan/scanRows.js';
import type { NotedRow } from '../dataset.js';
import type { RowSink } from './intake.js';
import type { RowReader } from './rowReader.js';

export interface RowCollector {
  /** Takes the row whose values are there. */
  take(line: number): void;
  /** Takes a whole batch if no row of it needs a look; otherwise nothing, and returns false. */
  takeWhole?(rows: ScannedRows): boolean;
  shards?: RowTaker['shards'];
}

export class RowFeed<Collector extends RowCollector> implements RowSink {
  readonly collector: Collector;
  readonly #reader: RowReader;
  readonly #note: number | undefined;
  #rows = 0;
  #noted: NotedRow | undefined;

  /**
   * @param reader whose values the collector takes
   * @param note number of the row, from 1, whose cells that terms look at are noted
   */
  constructor(reader: RowReader, collector: Collector, note?: number) {
    this.#reader = reader;
    this.collector = collector;
    this.#note = note;
  }

  /** The row that was to be noted, if it has come. */
  get noted(): NotedRow | undefined {
    return this.#noted;
  }

  /** Of the columns that terms look at. */
  get ranges(): ReadonlyMap<string, readonly [number, number]> {
    return this.#reader.ranges();
  }

  add(row: readonly string[], line: number): void {
    this.#reader.read(row, line);
    this.#take(line);
  }

  #take(line: number): void {
    this.#rows++;
    if (this.#rows === this.#note) this.#noteCells(this.#reader.cellsOfTerms());
    this.collector.take(line);
  }

  shards() {
    // what is scanned are not the columns of the shards where some are computed
    return this.#reader.hasTerms ? undefined : this.collector.shards?.();
  }

  addScanned(scanned: ScannedRows): void {
    this.#reader.passFirst();
    const place = this.#note === undefined ? -1 : this.#note - 1 - this.#rows;
    if (place >= 0 && place < scanned.rows) this.#noteCells(this.#reader.cellsOfTerms(scanned, place));
    this.#rows += scanned.rows;
    const rows = this.#reader.derived(scanned);
    if (rows !== undefined && this.collector.takeWhole?.(rows)) return;
    for (let r = 0; r < scanned.rows; r++) {
      this.#reader.take(scanned, rows, r);
      this.collector.take(scanned.lines[r]!);
    }
  }

  #noteCells(cells: ReturnType<RowReader['cellsOfTerms']>): void {
    this.#noted = cells && { row: this.#note!, ...cells };
  }
}
