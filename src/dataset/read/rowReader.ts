/** The cells of one row as numbers, texts, a label and a weight. */
import type { BceError } from '../../errors.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import type { Cells } from '../../terms/evaluate.js';
import { nameOf, sourcesOf } from '../../terms/expression.js';
import { cellOf } from '../../terms/together.js';
import type { NotedRow } from '../dataset.js';
import { withoutControls } from '../schema/columns.js';
import { flagsOfForm, rewriting, type TableContext } from '../schema/context.js';
import type { DerivedColumn } from '../schema/derived.js';
import {
  levelComesLate,
  notFinite,
  notNumeric,
  outsideDomain,
  raggedRow,
  weightNegative,
} from '../schema/faults.js';
import { isComment, withoutRow, withRowNames } from '../schema/head.js';
import type { MissingCells } from '../schema/missing.js';
import type { RowColumns } from '../schema/plan.js';
import { writingOf } from '../schema/writing.js';
import type { RowValues } from './rowValues.js';
import { ScannedTerms, scannedColumns, type TermReader } from './scannedTerms.js';

type Derived<Kind extends DerivedColumn['kind']> = DerivedColumn & { readonly kind: Kind };

/** Reads rows one by one into the same buffers. */
export class RowReader implements RowValues, TermReader {
  /** Numbers less the pivots (d); NaN where missing. */
  readonly x: Float64Array;
  /** Texts of the factors (k); empty where missing. */
  readonly texts: string[];
  /** Empty where missing. */
  label = '';
  /** NaN where missing. */
  weight = 1;
  /** Missing cells among the features. */
  missing = 0;
  readonly #context: TableContext;
  readonly #plan: RowColumns;
  readonly #cells: MissingCells;
  /** Columns of the file; names after these are of columns that are computed. */
  readonly #width: number;
  readonly #derived: readonly DerivedColumn[];
  readonly #refusesOutside: boolean;
  /** The row of texts, and those that were scanned; undefined where there are no terms, or it reads none. */
  readonly #ofTexts: Cells;
  readonly #scannedTerms: ScannedTerms | undefined;
  /** The cells of the row read last. */
  #cellsOfRow: Cells;
  /** The least and the largest number that terms have looked at, by column. */
  readonly #ranges = new Map<number, [number, number]>();
  #line = 0;
  /** Terms that have no value of a cell of the row. */
  readonly #outside = new Set<string>();
  /** The row that is being read, and whether it is the first. */
  #row: readonly string[] = [];
  #isFirst = true;

  /** @param refusesOutside whether a number outside the domain of a term is refused, not taken for a missing cell */
  constructor(context: TableContext, plan: RowColumns, cells: MissingCells, refusesOutside: boolean) {
    this.#context = context;
    this.#plan = plan;
    this.#cells = cells;
    this.x = new Float64Array(plan.numerics.length);
    this.texts = plan.factors.map(() => '');
    this.#derived = plan.derived ?? [];
    this.#width = plan.names.length - this.#derived.length;
    this.#refusesOutside = refusesOutside;
    this.#ofTexts = {
      number: (column) => this.seen(column, this.#number(this.#row[column]!, column, this.#line)),
      text: (column) => this.#text(this.#row[column]!),
      outside: (term, expected, found) => this.outside(term, expected, found),
    };
    this.#cellsOfRow = this.#ofTexts;
    const reads = this.#derived.length > 0 ? scannedColumns(plan) : undefined;
    this.#scannedTerms = reads && new ScannedTerms(plan, reads, this);
  }

  /**
   * Of a row with weight 0, which counts for nothing, only the weight is read.
   *
   * @throws BceError CSV_RAGGED_ROW, CSV_NOT_NUMERIC, CSV_NOT_FINITE, WEIGHT_NEGATIVE
   */
  read(row: readonly string[], line: number): void {
    const { numerics, factors, target, weight, pivots } = this.#plan;
    this.#row = row;
    this.#line = line;
    this.#cellsOfRow = this.#ofTexts;
    if (row.length !== this.#width) throw this.#ragged(line);
    this.missing = 0;
    this.#outside.clear();
    if (weight !== undefined) {
      this.#setWeight(this.#number(row[weight]!, weight, line), line);
      if (this.weight === 0) {
        if (target !== undefined) this.label = this.#text(row[target]!);
        this.#isFirst = false;
        return;
      }
    }
    for (let j = 0; j < numerics.length; j++) {
      const column = numerics[j]!;
      const value =
        column < this.#width
          ? this.#number(row[column]!, column, line)
          : this.valueOf(this.#derived[column - this.#width] as Derived<'numeric'>, this.#ofTexts);
      if (Number.isNaN(value)) this.missing++;
      this.x[j] = value - pivots[j]!;
    }
    for (let f = 0; f < factors.length; f++) {
      const column = factors[f]!;
      this.texts[f] =
        column < this.#width
          ? this.#text(row[column]!)
          : this.levelOf(this.#derived[column - this.#width] as Derived<'categorical'>, this.#ofTexts);
      if (this.texts[f] === '') this.missing++;
    }
    if (target !== undefined) this.label = this.#text(row[target]!);
    this.#requireKnown(line);
    this.#isFirst = false;
  }

  /** Whether columns are computed of others. */
  get hasTerms(): boolean {
    return this.#derived.length > 0;
  }

  /** Notes that the first row has been read elsewhere. */
  passFirst(): void {
    this.#isFirst = false;
  }

  /** One that no double holds is outside its domain. */
  valueOf({ evaluate, expression }: Derived<'numeric'>, cells: Cells): number {
    const value = evaluate(cells);
    if (value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY) return value;
    const name = nameOf(expression);
    throw notFinite(this.at(this.#line), name, String(value), false, this.#context.isTraining);
  }

  levelOf({ parts, texts, references }: Derived<'categorical'>, cells: Cells): string {
    return cellOf(
      parts,
      texts.map((textOf) => textOf(cells)),
      references,
    );
  }

  outside(term: string, expected: string, found: string): number {
    if (this.#refusesOutside) throw outsideDomain(this.at(this.#line), term, expected, found);
    this.#outside.add(term);
    return Number.NaN;
  }

  /** @throws BceError LEVEL_UNKNOWN for a level that columns were not made of */
  #requireKnown(line: number): void {
    for (const [column, levels] of this.#plan.known ?? []) {
      const text = this.#cellsOfRow.text(column);
      if (text === '' || levels.has(text)) continue;
      throw levelComesLate(this.at(line), this.#plan.names[column]!, text);
    }
  }

  /**
   * The rows of a batch in the columns of the plan, those that terms compute among them.
   *
   * @returns undefined where a row may be one to refuse: then each is taken by itself
   */
  derived(scanned: ScannedRows): ScannedRows | undefined {
    return this.#scannedTerms === undefined ? scanned : this.#scannedTerms.derive(scanned);
  }

  /**
   * Takes row r of a batch, in the place of `read`.
   *
   * @param derived what `derived` gave for it
   * @throws BceError WEIGHT_NEGATIVE, and what terms can be refused for
   */
  take(scanned: ScannedRows, derived: ScannedRows | undefined, r: number): void {
    // why a cell that is computed is missing is told as it is computed
    if (derived === undefined || (this.hasTerms && derived.missing[r]! > 0)) this.#readScanned(scanned, r);
    else this.#load(derived, r);
  }

  /** Of which nothing is computed yet. */
  #readScanned(scanned: ScannedRows, r: number): void {
    const terms = this.#scannedTerms!;
    const { y, c, lines, labels } = scanned;
    this.#stand(scanned, r);
    this.#line = lines[r]!;
    this.#outside.clear();
    this.label = y[r]! < 0 ? '' : (labels[y[r]!] ?? '');
    this.missing = 0;
    if (c !== undefined) this.#setWeight(c[r]!, this.#line);
    if (this.weight === 0) return;
    for (let j = 0; j < this.x.length; j++) {
      this.x[j] = terms.number(j);
      if (Number.isNaN(this.x[j]!)) this.missing++;
    }
    for (let f = 0; f < this.texts.length; f++) {
      this.texts[f] = terms.text(f);
      if (this.texts[f] === '') this.missing++;
    }
    this.#requireKnown(this.#line);
  }

  /** Terms look at the cells of row r of a batch from here on. */
  #stand(scanned: ScannedRows, r: number): void {
    if (this.#scannedTerms === undefined) return;
    this.#scannedTerms.standAt(scanned, r);
    this.#cellsOfRow = this.#scannedTerms.cells;
  }

  #load({ X, codes, y, c, lines, missing, texts, labels }: ScannedRows, r: number): void {
    const [d, k] = [this.x.length, this.texts.length];
    const i = r % BLOCK_ROWS;
    const block = r - i;
    for (let j = 0, p = block * d + i; j < d; j++, p += BLOCK_ROWS) this.x[j] = X[p]!;
    for (let f = 0, p = block * k + i; f < k; f++, p += BLOCK_ROWS) {
      const code = codes[p]!;
      this.texts[f] = code < 0 ? '' : texts[f]![code]!;
    }
    // without a target all codes are 0, and there are no labels
    const code = y[r]!;
    this.label = code < 0 ? '' : (labels[code] ?? '');
    if (c !== undefined) this.#setWeight(c[r]!, lines[r]!);
    this.missing = missing[r]! - (code < 0 ? 1 : 0) - (Number.isNaN(this.weight) ? 1 : 0);
  }

  #setWeight(weight: number, line: number): void {
    if (weight < 0) throw weightNegative(this.at(line), this.#plan.names[this.#plan.weight!]!, weight);
    this.weight = weight;
  }

  #text(cell: string): string {
    const text = cell.trim();
    return this.#cells.isMissing(text) ? '' : text;
  }

  /** NaN when a cell that holds no finite number is missing; otherwise it is refused. */
  #number(cell: string, column: number, line: number): number {
    const value = this.#cells.numberOf(cell);
    if (Number.isFinite(value)) return value;
    const text = cell.trim();
    if (this.#cells.isMissing(text)) return Number.NaN;
    const name = this.#plan.names[column]!;
    const isWeight = column === this.#plan.weight;
    const { isTraining } = this.#context;
    throw Number.isNaN(value)
      ? notNumeric(this.at(line), name, text, isWeight, this.#remedy(text, column, line), isTraining)
      : notFinite(this.at(line), name, text, isWeight, isTraining);
  }

  /** What the row being read tells of the way out when a text in it is no number. */
  #remedy(text: string, column: number, line: number): string | undefined {
    const { places, remedyOfHead } = this.#context;
    const name = places.fileOf(line);
    const { names, numerics } = this.#plan;
    const { form } = this.#cells;
    const writing = writingOf([text], form);
    // a number in another notation makes no row of units
    const isFirst = this.#isFirst && writing === undefined;
    const ofRow = withoutRow(name, names, this.#row, line, numerics, isFirst) ?? remedyOfHead?.();
    if (ofRow !== undefined) return ofRow;
    if (/[\0\x1a]/.test(text)) return withoutControls(name, text);
    if (writing === undefined) return undefined;
    const isSplittable = !this.#row.some((cell) => cell.includes(this.#context.delimiter));
    const command = rewriting(this.#context, line, [[column, writing]], isSplittable);
    const flags =
      writing.form === undefined
        ? []
        : [`${flagsOfForm(writing.form)} if all numbers of the file are written so`];
    const ways =
      command === undefined
        ? [
            ...flags,
            form.decimal === '.'
              ? 'write it as a plain number, as in 1200.5'
              : 'write it as in 1200,5, or leave out --decimal comma',
          ]
        : [...flags, `${command} makes plain numbers of the column`];
    return `it has ${writing.what}: ${ways.join(', else ')}`;
  }

  #ragged(line: number): BceError {
    const own = this.#context.places.ownColumns?.(line);
    const row = this.#row;
    if (own !== undefined) {
      return raggedRow(this.at(line), own.length, row.length - this.#width, own);
    }
    const names = this.#plan.names.slice(0, this.#width);
    const { places, delimiter, hasHeader, isTraining, remedyOfHead } = this.#context;
    const name = places.fileOf(line);
    const isRest = row.length === 1 && /^[\0\x1a]+$/.test(row[0]!.trim());
    const remedy = isRest
      ? withoutControls(name, row[0]!.trim())
      : isComment(row)
        ? withoutRow(name, names, row, line, [], false)
        : hasHeader && this.#isFirst && row.length === names.length + 1
          ? withRowNames(name, delimiter, row, isTraining)
          : remedyOfHead?.();
    return raggedRow(this.at(line), names.length, row.length, names, remedy);
  }

  seen(column: number, value: number): number {
    const range = this.#ranges.get(column);
    if (range === undefined) {
      if (!Number.isNaN(value)) this.#ranges.set(column, [value, value]);
    } else if (value < range[0]) range[0] = value;
    else if (value > range[1]) range[1] = value;
    return value;
  }

  /** The least and the largest cell of each column of numbers that terms have looked at, by name. */
  ranges(): ReadonlyMap<string, readonly [number, number]> {
    return new Map([...this.#ranges].map(([column, range]) => [this.#plan.names[column]!, range]));
  }

  /**
   * The cells of a row that terms look at; undefined without terms.
   *
   * @param scanned the batch of the row, and its place there; undefined of the row of texts that was read last
   */
  cellsOfTerms(scanned?: ScannedRows, r = 0): Pick<NotedRow, 'numbers' | 'texts'> | undefined {
    if (scanned !== undefined) this.#stand(scanned, r);
    if (this.#derived.length === 0) return undefined;
    const { names } = this.#plan;
    const numbers = new Map<string, number>();
    const texts = new Map<string, string>();
    for (const derived of this.#derived) {
      if (derived.kind !== 'numeric') continue;
      const sources = sourcesOf(derived.expression);
      for (const name of sources.numbers) numbers.set(name, this.#cellsOfRow.number(names.indexOf(name)));
      for (const name of sources.texts) texts.set(name, this.#cellsOfRow.text(names.indexOf(name)));
    }
    return { numbers, texts };
  }

  /** Columns whose values are missing in the row read last, computed ones among them. */
  missingColumns(): number[] {
    const { numerics, factors, target, weight } = this.#plan;
    return [
      ...numerics.filter((_, j) => Number.isNaN(this.x[j])),
      ...factors.filter((_, f) => this.texts[f] === ''),
      ...(target !== undefined && this.label === '' ? [target] : []),
      ...(weight !== undefined && Number.isNaN(this.weight) ? [weight] : []),
    ];
  }

  /**
   * What is to be named for them, each once: of a term the columns of the file whose cells are missing, or else the
   * function of it that has no value of a cell.
   */
  causesOfMissing(): readonly string[] {
    const { names } = this.#plan;
    const causes = new Set<string>();
    for (const column of this.missingColumns()) {
      const term = this.#derived[column - this.#width];
      if (term === undefined) causes.add(names[column]!);
      else for (const source of this.#emptySources(term)) causes.add(source);
    }
    return [...causes, ...this.#outside];
  }

  #emptySources({ kind, expression }: DerivedColumn): string[] {
    const { numbers, texts } = sourcesOf(expression);
    const cells = this.#cellsOfRow;
    const placeOf = (name: string) => this.#plan.names.indexOf(name);
    const isNoNumber = (name: string) => Number.isNaN(cells.number(placeOf(name)));
    const isNoText = (name: string) => cells.text(placeOf(name)) === '';
    // what factors are made of are texts
    return [...numbers.filter(kind === 'numeric' ? isNoNumber : isNoText), ...texts.filter(isNoText)];
  }

  at(line: number): string {
    return this.#context.places.at(line);
  }
}
