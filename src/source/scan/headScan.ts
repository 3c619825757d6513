/** The first rows of a file, scanned before it is known what their columns are: of numbers nobody needs the texts. */
import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { WasmModule } from '../../runtime/sharedMemory.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { numberReader } from '../csv/number.js';
import { plainRows } from '../csv/plainRows.js';
import type { Places } from '../places.js';
import { endOfRows } from './chunks.js';
import { instantiateScan } from './scanModule.js';
import { createPlace, scannedRows } from './scannedRows.js';
import { type Place, Scanner, type ScanPlan } from './scanner.js';

/** Columns of the first rows that hold nothing but finite numbers and missing cells. */
export interface HeadNumbers {
  has(column: number): boolean;
  /** Whether none of its cells is missing. */
  isWhole(column: number): boolean;
  /** The number in a row, from 0; NaN where it is missing. */
  at(row: number, column: number): number;
}

/** Whole rows, and the line on which they start. */
export interface HeadPart {
  readonly bytes: Buffer;
  readonly line: number;
}

/** What is known of rows without any of them. */
export type HeadShape = Pick<ScanPlan, 'delimiter' | 'columns' | 'missingWords' | 'numbers'>;

const QUOTE = 0x22;

/** The kinds of the columns are guessed by one row, and hold for as many rows as the scanner is certain of. */
export class HeadScan implements HeadNumbers {
  readonly #bump: BumpAllocator;
  readonly #scanner: Scanner;
  readonly #place: Place;
  /** Place of each column among those that are scanned; -1 for the others. */
  readonly #order: Int32Array;
  readonly #parts: HeadPart[] = [];
  #hasMissing = false;
  #X: Float64Array = new Float64Array(0);

  /**
   * @param first cells of one of the rows
   * @param mostRows that will come
   */
  constructor(
    module: WasmModule,
    bump: BumpAllocator,
    shape: HeadShape,
    first: readonly string[],
    mostRows: number,
  ) {
    const read = numberReader(shape.numbers);
    const numerics = [...first.keys()].filter((column) => Number.isFinite(read(first[column]!)));
    const plan: ScanPlan = {
      ...shape,
      numerics,
      pivots: new Float64Array(numerics.length),
      factors: [],
      target: undefined,
    };
    this.#order = new Int32Array(shape.columns).fill(-1);
    numerics.forEach((column, j) => {
      this.#order[column] = j;
    });
    this.#bump = bump;
    this.#scanner = new Scanner(plan, bump, instantiateScan(module, bump.memory));
    this.#place = createPlace(bump, plan, mostRows);
  }

  /** Rows so far. */
  get rows(): number {
    return this.#parts.length === 0 ? 0 : this.#scanner.rows;
  }

  get parts(): readonly HeadPart[] {
    return this.#parts;
  }

  /** Takes more rows. @returns the line after them; undefined where they are not so plain, and then nothing is known any more */
  take(part: HeadPart): number | undefined {
    const { bytes, line } = part;
    // in which order quotes are only csv-parse knows, should anyone ask for the texts
    if (bytes.includes(QUOTE)) return undefined;
    const { rows } = this;
    this.#scanner.load(bytes, line);
    if (this.#scanner.scan(this.#place, rows) !== 'done') return undefined;
    this.#parts.push(part);
    this.#hasMissing ||= this.#scanner.hasMissing;
    const { plan } = this.#scanner;
    const batch = { rows: this.rows, hasMissing: false, texts: [], labels: [], sealed: undefined };
    this.#X = scannedRows(this.#bump.memory, plan, this.#place, batch).X;
    return this.#scanner.line;
  }

  has(column: number): boolean {
    return this.#order[column]! >= 0;
  }

  isWhole(column: number): boolean {
    if (!this.has(column) || !this.#hasMissing) return this.has(column);
    for (let row = 0; row < this.rows; row++) if (Number.isNaN(this.at(row, column))) return false;
    return true;
  }

  at(row: number, column: number): number {
    const i = row % BLOCK_ROWS;
    const d = this.#scanner.plan.numerics.length;
    return this.#X[(row - i) * d + this.#order[column]! * BLOCK_ROWS + i]!;
  }

  /** Calls `take` with the texts of each row and the line on which it starts. */
  eachText(places: Places, take: (row: readonly string[], line: number) => void): void {
    for (const { bytes, line } of this.#parts) {
      const { rows, lines } = plainRows(bytes, places, this.#scanner.plan.delimiter, line)!.batch;
      rows.forEach((row, r) => {
        take(row, lines[r]!);
      });
    }
  }
}

/** Cells of the first of some rows; undefined where they begin with another line. */
export function firstOf(
  { bytes, line }: HeadPart,
  places: Places,
  delimiter: string,
): readonly string[] | undefined {
  return plainRows(bytes.subarray(0, endOfRows(bytes, 0, 1)), places, delimiter, line)?.batch.rows[0];
}
