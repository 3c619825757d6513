/** What the cells of every column are, whether or not it is used: one pass over all rows. */
import type { MissingCells } from '../dataset/schema/missing.js';

/** What a cell holds: a finite number, or a text that is none. */
export type Value = number | string;

export interface ColumnProfile {
  /** From 0. */
  readonly column: number;
  readonly name: string;
  readonly missing: number;
  /** Cells that are finite numbers, numbers that no finite double holds, and those that are none. */
  readonly numbers: number;
  readonly infinite: number;
  readonly words: number;
  /** Of the finite numbers; NaN where there are none. */
  readonly min: number;
  readonly max: number;
  /** Different values, texts of one number being one; a lower bound where there are too many to count. */
  readonly distinct: number;
  readonly isBound: boolean;
  /** Cells of each value, in order of first appearance; empty where there are too many. */
  readonly values: ReadonlyMap<Value, number>;
  /** Different cells that are no finite number, with how many there are and the line of the first. */
  readonly others: ReadonlyMap<string, { readonly cells: number; readonly line: number }>;
  /** Whether the numbers count the rows by one. */
  readonly isCounting: boolean;
  /** An earlier column that has the same value in every row; undefined where there is none. */
  readonly sameAs: number | undefined;
}

/** Values that are counted one by one in a column, at most; fewer where there are many columns. */
const MOST_VALUES = 10_000;
const LEAST_VALUES = 200;
/** Values counted in all columns together. */
const ALL_VALUES = 1_000_000;
/** Cells that are kept of those that are no number. */
const MOST_OTHERS = 1000;

/** Takes the rows of a table one by one. */
export class Profiler {
  rows = 0;
  /** Rows with another number of cells than there are names, and the line of the first. */
  ragged = 0;
  firstRagged = 0;
  readonly #cells: MissingCells;
  readonly #columns: Counter[];
  /** Columns that were the same in every row so far, in groups of two and more. */
  #alike: number[][];
  /** Values of the row at hand. */
  readonly #row: Value[];

  constructor(names: readonly string[], cells: MissingCells) {
    const most = Math.max(LEAST_VALUES, Math.min(MOST_VALUES, Math.floor(ALL_VALUES / names.length)));
    this.#cells = cells;
    this.#columns = names.map((name, column) => new Counter(column, name, most));
    this.#alike = names.length > 1 ? [[...names.keys()]] : [];
    this.#row = names.map(() => '');
  }

  add(row: readonly string[], line: number): void {
    if (row.length !== this.#columns.length) {
      if (this.ragged === 0) this.firstRagged = line;
      this.ragged++;
      return;
    }
    this.rows++;
    for (let c = 0; c < row.length; c++) {
      this.#row[c] = this.#columns[c]!.add(row[c]!.trim(), this.#cells, line);
    }
    if (this.#alike.length > 0) this.#alike = this.#alike.flatMap((group) => this.#parted(group));
  }

  /** The columns of a group that are still alike. */
  #parted(group: readonly number[]): number[][] {
    const first = this.#row[group[0]!]!;
    if (group.every((column) => this.#row[column] === first)) return [[...group]];
    const byValue = new Map<Value, number[]>();
    for (const column of group) {
      const value = this.#row[column]!;
      const same = byValue.get(value);
      if (same === undefined) byValue.set(value, [column]);
      else same.push(column);
    }
    return [...byValue.values()].filter(({ length }) => length > 1);
  }

  finish(): ColumnProfile[] {
    const firstOf = new Map(this.#alike.flatMap(([first, ...others]) => others.map((c) => [c, first!])));
    return this.#columns.map((counter, c) => {
      // without a row, or with one value, every column is the same as others
      const sameAs = counter.distinct > 1 ? firstOf.get(c) : undefined;
      return { ...counter.profile(this.rows), sameAs };
    });
  }
}

class Counter {
  readonly #column: number;
  readonly #name: string;
  readonly #most: number;
  #missing = 0;
  #numbers = 0;
  #infinite = 0;
  #words = 0;
  #min = Number.NaN;
  #max = Number.NaN;
  #last = Number.NaN;
  #isCounting = true;
  #isBound = false;
  readonly #values = new Map<Value, number>();
  readonly #others = new Map<string, { cells: number; line: number }>();

  constructor(column: number, name: string, most: number) {
    this.#column = column;
    this.#name = name;
    this.#most = most;
  }

  get distinct(): number {
    return this.#values.size;
  }

  /** Counts a trimmed cell. @returns its value; empty where it is missing */
  add(text: string, cells: MissingCells, line: number): Value {
    if (cells.isMissing(text)) {
      this.#missing++;
      this.#isCounting = false;
      return '';
    }
    const value = cells.read(text);
    const isNumber = Number.isFinite(value);
    if (isNumber) {
      this.#numbers++;
      if (!(value >= this.#min)) this.#min = value;
      if (!(value <= this.#max)) this.#max = value;
      if (this.#numbers > 1 && value !== this.#last + 1) this.#isCounting = false;
      this.#last = value;
    } else {
      if (Number.isNaN(value)) this.#words++;
      else this.#infinite++;
      this.#isCounting = false;
      const other = this.#others.get(text);
      if (other !== undefined) other.cells++;
      else if (this.#others.size < MOST_OTHERS) this.#others.set(text, { cells: 1, line });
    }
    // texts of one number are one value
    const key = isNumber ? value : text;
    const count = this.#values.get(key);
    if (count !== undefined) this.#values.set(key, count + 1);
    else if (this.#values.size < this.#most) this.#values.set(key, 1);
    else this.#isBound = true;
    return key;
  }

  profile(rows: number): Omit<ColumnProfile, 'sameAs'> {
    return {
      column: this.#column,
      name: this.#name,
      missing: this.#missing,
      numbers: this.#numbers,
      infinite: this.#infinite,
      words: this.#words,
      min: this.#min,
      max: this.#max,
      distinct: this.#values.size,
      isBound: this.#isBound,
      values: this.#isBound ? new Map() : this.#values,
      others: this.#others,
      isCounting: this.#isCounting && rows > 2,
    };
  }
}
