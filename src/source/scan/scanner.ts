/**
 * The byte scanner: whole rows as bytes in, numbers and codes out, where csv-parse and `parseNumber` would
 * give the very same; a row of which that is not certain is left to them.
 *
 * This side lays the scanner's tables out in a WebAssembly memory; assembly/scanner/ does the work in it.
 */
import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { type NumberForm, numberReader, PLAIN_NUMBERS } from '../csv/number.js';
import * as layout from './layout.js';
import { NUMBER_TABLES_BYTES, writeNumberTables } from './numberTables.js';
import type { ScanExports } from './scanModule.js';
import { createTexts, growTexts, type TextList, takeNewTexts } from './scanTexts.js';

/** What the columns of a file are. */
export interface ScanPlan {
  readonly delimiter: string;
  /** Cells of a row. */
  readonly columns: number;
  /** Columns of numbers (d), and what is taken off each (d). */
  readonly numerics: readonly number[];
  readonly pivots: ArrayLike<number>;
  /** Columns of texts (k). */
  readonly factors: readonly number[];
  /** Column of the labels; undefined leaves all their codes 0. */
  readonly target: number | undefined;
  /** Column of row weights. */
  readonly weight?: number | undefined;
  /** Words that mean a missing cell besides the empty cell; a number also stands for its other spellings. */
  readonly missingWords: readonly string[];
  /** How numbers are written; plainly when undefined. */
  readonly numbers?: NumberForm | undefined;
}

/**
 * Where rows are written: addresses in the memory, laid out as src/storage/shards.ts says. Room past the
 * last row is left as it is, so it must be zeros.
 */
export interface Place {
  /** Rows that there is room for, a multiple of 32. */
  readonly room: number;
  /** Numbers less their pivots, f64 (blocks x d x 32); NaN where missing. */
  readonly X: number;
  /** Codes by first appearance, i32 (blocks x k x 32); -1 where missing. */
  readonly codes: number;
  /** Codes of the target, f64 (blocks x 32); -1 where missing. */
  readonly y: number;
  /** Row weights, f64 (blocks x 32); 0 when no column holds them. */
  readonly c: number;
  /** Line on which each row starts, and its missing cells: u32 (room) each. */
  readonly lines: number;
  readonly missing: number;
}

/** Why a scan ended: no bytes left, no room left, or a row that csv-parse must read. */
export type ScanEnd = 'done' | 'full' | 'not plain';

/** Characters that part cells and yet belong to numbers, or have a meaning of their own. */
const NO_DELIMITER = /[^\x01-\x7f]|[\dEe+.\-"\r\n]/;

/** Whether the scanner can part cells by this character, of numbers in this form. */
export function canScan(delimiter: string, { decimal }: NumberForm = PLAIN_NUMBERS): boolean {
  return delimiter.length === 1 && delimiter !== decimal && !NO_DELIMITER.test(delimiter);
}

/** Bytes after those that are scanned. */
export const PADDING_BYTES = 64;
const SCRATCH_BYTES = 1 << 16;

/** What the scanner answers, by its number. */
const ENDS: Readonly<Record<number, ScanEnd>> = {
  [layout.DONE]: 'done',
  [layout.FULL]: 'full',
  [layout.ROW_NOT_PLAIN]: 'not plain',
};

/** The separator of groups that is looked for, 0 for none; numbers with another are read by csv-parse. */
function separatorByte({ thousands }: NumberForm = PLAIN_NUMBERS): number {
  return thousands === '' ? 0 : thousands.charCodeAt(0);
}

/** Scans chunk after chunk; texts keep their codes from one to the next. */
export class Scanner {
  readonly plan: ScanPlan;
  readonly #bump: BumpAllocator;
  readonly #exports: ScanExports;
  readonly #job: number;
  readonly #columns: number;
  readonly #factors: readonly TextList[];
  readonly #labels: TextList;
  /** Where bytes are copied to, and how many there is room for. */
  #bytes = 0;
  #room = 0;
  /** Where those lie that are scanned. */
  #start = 0;

  constructor(plan: ScanPlan, bump: BumpAllocator, exports: ScanExports) {
    const {
      columns,
      numerics,
      pivots,
      factors,
      target,
      weight,
      missingWords,
      delimiter,
      numbers: form,
    } = plan;
    const { memory, take } = bump;
    this.plan = plan;
    this.#bump = bump;
    this.#exports = exports;
    this.#job = take(layout.JOB_BYTES);
    this.#columns = take(layout.COLUMN_BYTES * columns);
    const tables = take(NUMBER_TABLES_BYTES);
    const scratch = take(SCRATCH_BYTES);
    const digits = take(layout.DIGITS_BYTES);
    const marks = take(layout.MARKS_BYTES);
    const missingNumbers = missingWords.map(numberReader(form)).filter(Number.isFinite);
    const numbers = take(8 * missingNumbers.length);
    const words = this.#createTexts();
    this.#factors = factors.map(() => ({ table: this.#createTexts(), texts: [], entries: 0 }));
    this.#labels = { table: this.#createTexts(), texts: [], entries: 0 };

    // no memory is taken from here on, so views stay valid
    writeNumberTables(memory.buffer, tables);
    new Float64Array(memory.buffer, numbers, missingNumbers.length).set(missingNumbers);
    numerics.forEach((column, j) => {
      this.#setColumn(column, layout.NUMERIC, 8 * BLOCK_ROWS * j, pivots[j]!);
    });
    factors.forEach((column, f) => {
      this.#setColumn(column, layout.FACTOR, 4 * BLOCK_ROWS * f, 0, this.#factors[f]!.table);
    });
    if (target !== undefined) this.#setColumn(target, layout.TARGET, 0, 0, this.#labels.table);
    if (weight !== undefined) this.#setColumn(weight, layout.WEIGHT, 0, 0);
    if (missingNumbers.length === 0) this.#setRuns(numerics, columns);
    this.#setRuns(factors, columns);
    this.#setWords([
      [layout.D, numerics.length],
      [layout.K, factors.length],
      [layout.DELIMITER, delimiter.charCodeAt(0)],
      [layout.COLUMNS, this.#columns],
      [layout.COLUMNS_END, this.#columns + layout.COLUMN_BYTES * columns],
      [layout.NUMBERS, numbers],
      [layout.NUMBERS_COUNT, missingNumbers.length],
      [layout.WORDS, words],
      [layout.TABLES, tables],
      [layout.SCRATCH, scratch],
      [layout.SCRATCH_END, scratch + SCRATCH_BYTES],
      [layout.THOUSANDS, separatorByte(form)],
      [layout.DIGITS, digits],
      [layout.MARKS, marks],
    ]);
  }

  /** A table that knows the words for missing cells. */
  #createTexts(): number {
    const texts = createTexts(this.#bump);
    for (const word of this.plan.missingWords) {
      const bytes = Buffer.from(word);
      // what no trimmed cell of UTF-8 says
      if (word === '' || word.trim() !== word || bytes.toString() !== word) continue;
      const at = this.#hold(bytes);
      while (!this.#exports.addMissing(texts, at, bytes.length)) {
        growTexts(this.#bump, this.#exports, texts);
      }
    }
    return texts;
  }

  #setColumn(column: number, kind: number, place: number, pivot: number, texts = 0): void {
    const at = this.#columns + layout.COLUMN_BYTES * column;
    const { buffer } = this.#bump.memory;
    new Uint32Array(buffer, at + layout.KIND, 1)[0] = kind;
    new Uint32Array(buffer, at + layout.PLACE, 1)[0] = place;
    new Float64Array(buffer, at + layout.PIVOT, 1)[0] = pivot;
    new Uint32Array(buffer, at + layout.TEXTS, 1)[0] = texts;
  }

  /** Tells each column of a kind how many there are from it on, but for the last column of a row. */
  #setRuns(ofKind: readonly number[], columns: number): void {
    const { buffer } = this.#bump.memory;
    let run = 0;
    for (let j = ofKind.length - 1; j >= 0; j--) {
      const column = ofKind[j]!;
      run = column === columns - 1 ? 0 : ofKind[j + 1] === column + 1 ? run + 1 : 1;
      new Uint32Array(buffer, this.#columns + layout.COLUMN_BYTES * column + layout.RUN, 1)[0] = run;
    }
  }

  /** Copies bytes into the memory; returns their address. */
  #hold(bytes: Uint8Array): number {
    if (bytes.length + PADDING_BYTES > this.#room) {
      this.#room = 2 * bytes.length + PADDING_BYTES;
      this.#bytes = this.#bump.take(this.#room);
    }
    new Uint8Array(this.#bump.memory.buffer).set(bytes, this.#bytes);
    return this.#bytes;
  }

  /** Takes the bytes of whole rows, the first of which starts on `line`. */
  load(bytes: Uint8Array, line: number): void {
    this.loadAt(this.#hold(bytes), bytes.length, line);
  }

  /** The same for bytes that lie in the memory, with `PADDING_BYTES` after them that may be overwritten. */
  loadAt(address: number, byteLength: number, line: number): void {
    this.#start = address;
    this.#setWords([
      [layout.NEXT, address],
      [layout.END, address + byteLength],
      [layout.LINE, line],
    ]);
  }

  /** Bytes of those loaded that are scanned; a row starts there. */
  get offset(): number {
    return this.#word(layout.NEXT) - this.#start;
  }

  /** Line of the next byte, from 1. */
  get line(): number {
    return this.#word(layout.LINE);
  }

  /** Rows written to the place so far. */
  get rows(): number {
    return this.#word(layout.ROW);
  }

  /** Whether one of the rows that the last scan wrote has a missing cell. */
  get hasMissing(): boolean {
    return this.#word(layout.ALL_MISSING) > 0;
  }

  /** Writes rows to `place` from row `row` on, until something ends it. */
  scan(place: Place, row: number): ScanEnd {
    const { room, X, codes, y, c, lines, missing } = place;
    this.#setWords([
      [layout.ROW, row],
      [layout.ROWS, room],
      [layout.X, X],
      [layout.CODES, codes],
      [layout.Y, y],
      [layout.C, c],
      [layout.LINES, lines],
      [layout.MISSING_CELLS, missing],
      [layout.ALL_MISSING, 0],
    ]);
    let end = this.#exports.scan(this.#job);
    while (end === layout.TEXTS_FULL) {
      growTexts(this.#bump, this.#exports, this.#word(layout.FULL_TEXTS));
      end = this.#exports.scan(this.#job);
    }
    return ENDS[end]!;
  }

  /** Text of each code of factor f. Some may have no row: those of rows that were not plain. */
  texts(f: number): readonly string[] {
    takeNewTexts(this.#bump.memory, this.#factors[f]!);
    return this.#factors[f]!.texts;
  }

  /** Text of each code of the target. */
  labels(): readonly string[] {
    takeNewTexts(this.#bump.memory, this.#labels);
    return this.#labels.texts;
  }

  /** A word of the job. */
  #word(offset: number): number {
    return this.#job32()[offset >> 2]!;
  }

  #setWords(words: readonly (readonly [offset: number, value: number])[]): void {
    const job = this.#job32();
    for (const [offset, value] of words) job[offset >> 2] = value;
  }

  #job32(): Uint32Array {
    return new Uint32Array(this.#bump.memory.buffer, this.#job, layout.JOB_BYTES >> 2);
  }
}
