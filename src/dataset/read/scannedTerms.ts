/** Rows as the scanner gives them, to the columns of a plan with terms. */
import { BceError } from '../../errors.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import type { ScanPlan } from '../../source/scan/scanner.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import type { Cells } from '../../terms/evaluate.js';
import { sourcesOf } from '../../terms/expression.js';
import type { DerivedColumn } from '../schema/derived.js';
import type { RowColumns } from '../schema/plan.js';

/** Columns of the file that are to be scanned, those that only terms look at among them. */
export type ScannedColumns = Pick<ScanPlan, 'numerics' | 'factors' | 'pivots'>;

/**
 * What a scanner is to read of the columns of the file. Nothing is taken off the numbers that terms look at.
 *
 * @returns undefined where a column is wanted as numbers and as texts, which a scanner reads either way
 */
export function scannedColumns(plan: RowColumns): ScannedColumns | undefined {
  const { derived = [], known } = plan;
  if (derived.length === 0 && (known?.size ?? 0) === 0) {
    return { numerics: plan.numerics, factors: plan.factors, pivots: plan.pivots };
  }
  const width = plan.names.length - derived.length;
  const isOfFile = (column: number) => column < width;
  const { numbers, texts } = sourcesOfPlan(plan);
  const numerics = [...new Set([...plan.numerics.filter(isOfFile), ...numbers])];
  const factors = [...new Set([...plan.factors.filter(isOfFile), ...texts])];
  const areTexts = new Set(factors);
  if (numerics.some((column) => areTexts.has(column))) return undefined;
  const pivotOf = new Map(plan.numerics.map((column, j) => [column, plan.pivots[j]!]));
  const pivots = numerics.map((column) => (numbers.has(column) ? 0 : (pivotOf.get(column) ?? 0)));
  return { numerics, factors, pivots };
}

/** The columns of the file that terms look at. */
function sourcesOfPlan({ names, derived = [], known }: RowColumns): {
  readonly numbers: ReadonlySet<number>;
  readonly texts: ReadonlySet<number>;
} {
  const numbers = new Set<number>();
  const texts = new Set<number>(known?.keys());
  for (const column of derived) {
    const sources = sourcesOf(column.expression);
    // what factors are made of are texts, however they are named
    const into = column.kind === 'numeric' ? numbers : texts;
    for (const name of sources.numbers) into.add(names.indexOf(name));
    for (const name of sources.texts) texts.add(names.indexOf(name));
  }
  return { numbers, texts };
}

/** Where a column of the plan is from. */
type Origin<Kind extends DerivedColumn['kind']> =
  /** Column `at` of those that are scanned, `pivot` still to be taken off. */
  | { readonly kind: 'scanned'; readonly at: number; readonly pivot: number }
  | {
      readonly kind: 'derived';
      readonly column: DerivedColumn & { readonly kind: Kind };
      readonly pivot: number;
    };

/** What computes the cells of a row, and refuses what is outside a domain. */
export interface TermReader extends Pick<Cells, 'outside'> {
  /** Told every number that a term looks at; returns it. */
  seen(column: number, value: number): number;
  /** NaN where missing. @throws BceError for what is outside a domain, or no double holds */
  valueOf(column: DerivedColumn & { readonly kind: 'numeric' }, cells: Cells): number;
  /** Empty where missing. @throws BceError likewise */
  levelOf(column: DerivedColumn & { readonly kind: 'categorical' }, cells: Cells): string;
}

export class ScannedTerms {
  /** The cells of the row at which it stands. */
  readonly cells: Cells;
  readonly #numerics: readonly Origin<'numeric'>[];
  readonly #factors: readonly Origin<'categorical'>[];
  /** Of each factor that is computed, where its texts are, from the place of the row on; and by their first list its book. */
  readonly #sources: readonly (readonly number[])[];
  readonly #books: readonly WeakMap<readonly string[], LevelsOfCodes>[];
  /** Numbers and texts that are scanned. */
  readonly #d: number;
  readonly #k: number;
  readonly #known: readonly { readonly f: number; readonly levels: ReadonlySet<string> }[];
  readonly #checked = new WeakMap<readonly string[], { texts: number; isKnown: boolean }>();
  readonly #reader: TermReader;
  #scanned: ScannedRows | undefined;
  #X: Float64Array = new Float64Array(0);
  #codes: Int32Array = new Int32Array(0);
  /** Places of the row in the numbers and codes that are scanned. */
  #p = 0;
  #q = 0;
  /** Whether a cell that is computed is missing in the batch. */
  #hasMissing = false;
  /** The columns of the plan. */
  #out = { X: new Float64Array(0), codes: new Int32Array(0), missing: new Uint32Array(0) };

  /** @param reads what of the file is scanned */
  constructor(plan: RowColumns, reads: ScannedColumns, reader: TermReader) {
    const { names, derived = [], pivots } = plan;
    const width = names.length - derived.length;
    const { numbers } = sourcesOfPlan(plan);
    const originOf = <Kind extends DerivedColumn['kind']>(
      column: number,
      scanned: ReadonlyMap<number, number>,
      pivot: number,
    ): Origin<Kind> => {
      if (column < width) {
        return { kind: 'scanned', at: scanned.get(column)!, pivot: numbers.has(column) ? pivot : 0 };
      }
      return { kind: 'derived', column: derived[column - width] as DerivedColumn & { kind: Kind }, pivot };
    };
    const placeOf = (columns: readonly number[]) => new Map(columns.map((column, at) => [column, at]));
    const [numbersAt, textsAt] = [placeOf(reads.numerics), placeOf(reads.factors)];
    this.#numerics = plan.numerics.map((column, j) => originOf(column, numbersAt, pivots[j]!));
    this.#factors = plan.factors.map((column) => originOf(column, textsAt, 0));
    this.#d = reads.numerics.length;
    this.#k = reads.factors.length;
    const numberAt = placesOf(reads.numerics, width);
    const textAt = placesOf(reads.factors, width);
    this.#sources = this.#factors.map((origin) => {
      if (origin.kind === 'scanned') return [];
      const sources = sourcesOf(origin.column.expression);
      return [...sources.numbers, ...sources.texts].map((name) => textAt[names.indexOf(name)]!);
    });
    this.#books = this.#factors.map(() => new WeakMap());
    this.#known = [...(plan.known ?? [])].map(([column, levels]) => ({
      f: reads.factors.indexOf(column),
      levels,
    }));
    this.#reader = reader;
    this.cells = {
      number: (column) => reader.seen(column, this.#X[this.#p + numberAt[column]!]!),
      text: (column) => this.#text(textAt[column]!),
      outside: (term, domain, value) => reader.outside(term, domain, value),
    };
  }

  /** Stands at row r of a batch. */
  standAt(scanned: ScannedRows, r: number): void {
    this.#scanned = scanned;
    this.#X = scanned.X;
    this.#codes = scanned.codes;
    const i = r % BLOCK_ROWS;
    this.#p = (r - i) * this.#d + i;
    this.#q = (r - i) * this.#k + i;
  }

  /** The text at a place of the codes, from that of the row on; empty where missing. */
  #text(at: number): string {
    const code = this.#codes[this.#q + at]!;
    return code < 0 ? '' : this.#scanned!.texts[at / BLOCK_ROWS]![code]!;
  }

  /** Number j of the plan in the row at which it stands, less its pivot. */
  number(j: number): number {
    const origin = this.#numerics[j]!;
    const value =
      origin.kind === 'scanned'
        ? this.#X[this.#p + BLOCK_ROWS * origin.at]!
        : this.#reader.valueOf(origin.column, this.cells);
    return value - origin.pivot;
  }

  /** Text f of the plan there. */
  text(f: number): string {
    const origin = this.#factors[f]!;
    if (origin.kind === 'scanned') return this.#text(BLOCK_ROWS * origin.at);
    return this.#reader.levelOf(origin.column, this.cells);
  }

  /**
   * The rows in the columns of the plan; the arrays hold until the next call. Of a row with weight 0 nothing is
   * computed.
   *
   * @returns undefined where a row may be one to refuse: then each must be looked at, in their order
   */
  derive(scanned: ScannedRows): ScannedRows | undefined {
    const { rows } = scanned;
    const [d, k] = [this.#numerics.length, this.#factors.length];
    const padded = BLOCK_ROWS * Math.ceil(rows / BLOCK_ROWS);
    this.#makeRoom(padded);
    const { X, codes, missing } = this.#out;
    if (!this.#isKnown(scanned)) return undefined;
    this.#hasMissing = false;
    try {
      for (let row = 0; row < rows; row += BLOCK_ROWS) {
        const n = Math.min(BLOCK_ROWS, rows - row);
        for (let j = 0; j < d; j++) this.#writeNumbers(scanned, row, n, j);
        for (let f = 0; f < k; f++) this.#writeCodes(scanned, row, n, f);
      }
    } catch (error) {
      if (error instanceof BceError) return undefined;
      throw error;
    }
    missing.fill(0, 0, rows);
    // a cell that is computed is missing beside one that is scanned, or outside a domain
    const hasMissing = (scanned.hasMissing || this.#hasMissing) && this.#countMissing(scanned);
    return {
      ...scanned,
      X: X.subarray(0, padded * d),
      codes: codes.subarray(0, padded * k),
      missing: missing.subarray(0, rows),
      hasMissing,
      sealed: undefined,
      texts: this.#factors.map((origin, f) =>
        origin.kind === 'scanned'
          ? scanned.texts[origin.at]!
          : this.#bookOf(f, origin.column, scanned).levels,
      ),
    };
  }

  /** Counts the missing cells of each row; returns whether there is any. */
  #countMissing({ rows, y, c }: ScannedRows): boolean {
    const { X, codes, missing } = this.#out;
    const [d, k] = [this.#numerics.length, this.#factors.length];
    let hasMissing = false;
    for (let r = 0; r < rows; r++) {
      const i = r % BLOCK_ROWS;
      let count = y[r]! < 0 ? 1 : 0;
      if (c !== undefined && Number.isNaN(c[r]!)) count++;
      for (let j = 0, p = (r - i) * d + i; j < d; j++, p += BLOCK_ROWS) if (Number.isNaN(X[p]!)) count++;
      for (let f = 0, p = (r - i) * k + i; f < k; f++, p += BLOCK_ROWS) if (codes[p]! < 0) count++;
      missing[r] = count;
      if (count > 0) hasMissing = true;
    }
    return hasMissing;
  }

  #makeRoom(rows: number): void {
    if (this.#out.missing.length >= rows) return;
    this.#out = {
      X: new Float64Array(rows * this.#numerics.length),
      codes: new Int32Array(rows * this.#factors.length),
      missing: new Uint32Array(rows),
    };
  }

  /** Whether all texts are those that columns were made of. */
  #isKnown({ texts }: ScannedRows): boolean {
    return this.#known.every(({ f, levels }) => {
      const list = texts[f]!;
      const checked = this.#checked.get(list) ?? { texts: 0, isKnown: true };
      for (; checked.texts < list.length && checked.isKnown; checked.texts++) {
        checked.isKnown = levels.has(list[checked.texts]!);
      }
      this.#checked.set(list, checked);
      return checked.isKnown;
    });
  }

  /** Number j of the plan in the n rows of the block that begins with `row`. */
  #writeNumbers(scanned: ScannedRows, row: number, n: number, j: number): void {
    const { X } = this.#out;
    const to = row * this.#numerics.length + BLOCK_ROWS * j;
    const origin = this.#numerics[j]!;
    const { pivot } = origin;
    if (origin.kind === 'scanned') {
      const from = row * this.#d + BLOCK_ROWS * origin.at;
      for (let i = 0; i < n; i++) X[to + i] = scanned.X[from + i]! - pivot;
      return;
    }
    const { cells } = this;
    const { column } = origin;
    const reader = this.#reader;
    const { c } = scanned;
    this.standAt(scanned, row);
    for (let i = 0; i < n; i++, this.#p++, this.#q++) {
      const value = c?.[row + i] === 0 ? Number.NaN : reader.valueOf(column, cells) - pivot;
      X[to + i] = value;
      if (Number.isNaN(value)) this.#hasMissing = true;
    }
  }

  /** The codes of factor f of the plan, likewise. */
  #writeCodes(scanned: ScannedRows, row: number, n: number, f: number): void {
    const { codes } = this.#out;
    const to = row * this.#factors.length + BLOCK_ROWS * f;
    const origin = this.#factors[f]!;
    if (origin.kind === 'scanned') {
      const from = row * this.#k + BLOCK_ROWS * origin.at;
      for (let i = 0; i < n; i++) codes[to + i] = scanned.codes[from + i]!;
      return;
    }
    const book = this.#bookOf(f, origin.column, scanned);
    const { c } = scanned;
    this.standAt(scanned, row);
    for (let i = 0; i < n; i++, this.#q++) {
      const code = c?.[row + i] === 0 ? NONE : book.codeAt(scanned.codes, this.#q);
      codes[to + i] = code;
      if (code === NONE) this.#hasMissing = true;
    }
  }

  #bookOf(
    f: number,
    column: DerivedColumn & { readonly kind: 'categorical' },
    { texts }: ScannedRows,
  ): LevelsOfCodes {
    const places = this.#sources[f]!;
    // all lists of a batch are those of one scanner
    const key = texts[places[0]! / BLOCK_ROWS]!;
    let book = this.#books[f]!.get(key);
    if (book === undefined) {
      book = new LevelsOfCodes(places, () => this.#reader.levelOf(column, this.cells));
      this.#books[f]!.set(key, book);
    }
    return book;
  }
}

/** Places of these columns in a row of a block, by column of the file. */
function placesOf(columns: readonly number[], width: number): Int32Array {
  const places = new Int32Array(width);
  columns.forEach((column, at) => {
    places[column] = BLOCK_ROWS * at;
  });
  return places;
}

const NONE = -1;
const UNMET = -2;

/** Codes of a factor from the codes of the texts that it is computed of, so that each level is computed once. */
class LevelsOfCodes {
  /** By code; one may be there twice. */
  readonly levels: string[] = [];
  readonly #places: readonly number[];
  readonly #levelOf: () => string;
  readonly #pairs: readonly PairIds[];
  /** By what the codes come to: the code of the level. */
  #codes = new Int32Array(64).fill(UNMET);

  /**
   * @param places where the codes of its texts are
   * @param levelOf computes it in the row whose codes are given; empty where missing
   */
  constructor(places: readonly number[], levelOf: () => string) {
    this.#places = places;
    this.#levelOf = levelOf;
    this.#pairs = places.slice(1).map(() => new PairIds());
  }

  /** @param q place of the row among the codes */
  codeAt(codes: Int32Array, q: number): number {
    const places = this.#places;
    let id = codes[q + places[0]!]!;
    if (id < 0) return NONE;
    for (let k = 1; k < places.length; k++) {
      const code = codes[q + places[k]!]!;
      if (code < 0) return NONE;
      id = this.#pairs[k - 1]!.idOf(id, code);
    }
    if (id >= this.#codes.length) this.#codes = longer(this.#codes, id);
    const known = this.#codes[id]!;
    if (known !== UNMET) return known;
    const level = this.#levelOf();
    this.#codes[id] = level === '' ? NONE : this.levels.push(level) - 1;
    return this.#codes[id]!;
  }
}

/** Numbers pairs of small whole numbers by first appearance. */
class PairIds {
  readonly #rows: Int32Array[] = [];
  #count = 0;

  idOf(a: number, b: number): number {
    let row = this.#rows[a];
    if (row === undefined || b >= row.length) {
      row = longer(row ?? new Int32Array(0), b);
      this.#rows[a] = row;
    }
    if (row[b] === UNMET) row[b] = this.#count++;
    return row[b]!;
  }
}

/** With room for place `at`, and twice that. */
function longer(list: Int32Array, at: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * at + 2).fill(UNMET);
  more.set(list);
  return more;
}
