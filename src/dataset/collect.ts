/** Rows of text in, shards of numbers and codes out: the hot path of reading. */
import { BceError } from '../errors.js';
import { counted, grouped, listed, quoted } from '../text.js';
import { FactorCoder } from './factor.js';
import { notFinite, notNumeric, raggedRow } from './faults.js';
import { LabelCounter, type Target } from './labels.js';
import type { MissingCells } from './missing.js';
import type { Plan, ReadOptions } from './plan.js';
import { eachBlock, type Shard, ShardWriter } from './shards.js';

/** Code of a missing text cell until its level is known. */
const MISSING_CODE = -1;

/** Rows as kept, pivots taken off; missing numbers are NaN and missing texts -1 until they are filled. */
export interface Collected {
  readonly shards: Shard[];
  readonly rows: number;
  readonly rowsRead: number;
  /** Rows left out, by their number from 1. */
  readonly dropped: readonly number[];
  readonly target: Target;
  readonly coders: readonly FactorCoder[];
  /** Missing cells by column of the file, those of rows that were dropped included. */
  readonly missing: Int32Array;
}

/** Takes the rows of one file. */
export class Collector {
  readonly #name: string;
  readonly #plan: Plan;
  readonly #options: ReadOptions;
  readonly #cells: MissingCells;
  readonly #writer: ShardWriter;
  readonly #labels: LabelCounter;
  readonly #coders: FactorCoder[];
  readonly #missing: Int32Array;
  // one row, reused: numbers (d), texts and codes (k)
  readonly #x: Float64Array;
  readonly #texts: string[];
  readonly #codes: Int32Array;
  readonly #dropped: number[] = [];
  #rowsRead = 0;
  #rowsKept = 0;
  #firstMissingLine = 0;
  #firstUnlabelledLine = 0;

  constructor(name: string, plan: Plan, options: ReadOptions, cells: MissingCells) {
    const { names, numerics, factors, target } = plan;
    this.#name = name;
    this.#plan = plan;
    this.#options = options;
    this.#cells = cells;
    this.#writer = new ShardWriter(numerics.length, factors.length);
    this.#labels = new LabelCounter(names[target]!);
    this.#coders = factors.map((column) => new FactorCoder(names[column]!, options.maxLevels));
    this.#missing = new Int32Array(names.length);
    this.#x = new Float64Array(numerics.length);
    this.#texts = factors.map(() => '');
    this.#codes = new Int32Array(factors.length);
  }

  /** @throws BceError CSV_RAGGED_ROW, CSV_NOT_NUMERIC, CSV_NOT_FINITE, CSV_TOO_MANY_LEVELS, LABEL_NOT_BINARY */
  add(row: readonly string[], line: number): void {
    const { names, numerics, factors, target, pivots } = this.#plan;
    if (row.length !== names.length) {
      throw raggedRow(`${this.#name}:${line}`, names.length, row.length, names);
    }
    this.#rowsRead++;
    let missing = 0;
    for (let j = 0; j < numerics.length; j++) {
      const column = numerics[j]!;
      const text = row[column]!;
      let value = this.#cells.numberOf(text);
      if (!Number.isFinite(value)) value = this.#missingNumber(text.trim(), value, column, line);
      if (Number.isNaN(value)) {
        this.#missing[column]!++;
        missing++;
      }
      this.#x[j] = value - pivots[j]!;
    }
    for (let f = 0; f < factors.length; f++) {
      const column = factors[f]!;
      const text = row[column]!.trim();
      if (this.#cells.isMissing(text)) {
        this.#missing[column]!++;
        missing++;
        this.#texts[f] = '';
      } else {
        this.#texts[f] = text;
      }
    }
    const label = row[target]!.trim();
    const hasLabel = !this.#cells.isMissing(label);
    if (!hasLabel) {
      this.#missing[target]!++;
      if (this.#firstUnlabelledLine === 0) this.#firstUnlabelledLine = line;
    }
    if (!hasLabel || missing > 0) {
      if (this.#firstMissingLine === 0) this.#firstMissingLine = line;
      if (!hasLabel || this.#options.missing !== 'mean') {
        if (hasLabel && this.#options.missing === 'error') this.#labels.codeOf(label, () => this.#at(line));
        this.#dropped.push(this.#rowsRead);
        return;
      }
    }
    this.#keep(label, line);
  }

  #keep(label: string, line: number): void {
    const where = () => this.#at(line);
    for (let f = 0; f < this.#texts.length; f++) {
      const text = this.#texts[f]!;
      this.#codes[f] = text === '' ? MISSING_CODE : this.#coders[f]!.codeOf(text, where);
    }
    this.#writer.push(this.#x, this.#codes, this.#labels.codeOf(label, where));
    this.#rowsKept++;
  }

  /** NaN when a cell that holds no finite number is missing; otherwise it is refused. */
  #missingNumber(text: string, value: number, column: number, line: number): number {
    if (this.#cells.isMissing(text)) return Number.NaN;
    const fault = Number.isNaN(value) ? notNumeric : notFinite;
    throw fault(this.#at(line), this.#plan.names[column]!, text);
  }

  #at(line: number): string {
    return `${this.#name}:${line}`;
  }

  /** @throws BceError CSV_HEADER_ONLY, LABEL_MISSING, CELLS_MISSING, NO_ROWS, LABEL_NOT_BINARY, USAGE */
  finish(): Collected {
    if (this.#rowsRead === 0) {
      throw new BceError('CSV_HEADER_ONLY', `${this.#name}: expected rows of data, found only a header`);
    }
    this.#refuseMissing();
    const { target, yOfCode } = this.#labels.settle(this.#options.positive, this.#name);
    const shards = this.#writer.finish();
    for (const { y, rows } of shards) {
      for (let i = 0; i < rows; i++) y[i] = yOfCode[y[i]!]!;
    }
    return {
      shards,
      rows: this.#rowsKept,
      rowsRead: this.#rowsRead,
      dropped: this.#dropped,
      target,
      coders: this.#coders,
      missing: this.#missing,
    };
  }

  #refuseMissing(): void {
    const { names, target } = this.#plan;
    const policy = this.#options.missing;
    const withoutLabel = this.#missing[target]!;
    if (withoutLabel > 0 && policy !== 'drop') {
      throw new BceError(
        'LABEL_MISSING',
        `${this.#at(this.#firstUnlabelledLine)}: column ${quoted(names[target]!)}: expected a label in every row, found ${counted(withoutLabel, 'row')} of ${grouped(this.#rowsRead)} without; the labels are ${this.#labels.listed()}`,
        policy === 'mean'
          ? 'a label cannot be filled in; --missing drop leaves such rows out'
          : '--missing drop leaves such rows out',
      );
    }
    const byColumn = listed(
      names.flatMap((name, c) =>
        this.#missing[c]! > 0 ? [`${quoted(name)} (${grouped(this.#missing[c]!)})`] : [],
      ),
    );
    if (policy === 'error' && byColumn !== '') {
      throw new BceError(
        'CELLS_MISSING',
        `${this.#at(this.#firstMissingLine)}: expected a value in every cell, found missing ones in ${byColumn}, in ${grouped(this.#rowsRead)} rows`,
        '--missing drop leaves such rows out, --missing mean fills them with the mean or the commonest level',
      );
    }
    if (this.#rowsKept === 0) {
      throw new BceError(
        'NO_ROWS',
        `${this.#name}: no row is left: each of ${counted(this.#rowsRead, 'row')} has a missing cell: ${byColumn}`,
        'leave out the columns that are mostly missing with --drop, or fill the cells with --missing mean',
      );
    }
  }
}

/** Final codes for those by first appearance in factor f of k; missing ones become `fill`. */
export function recode(
  shards: readonly Shard[],
  k: number,
  f: number,
  finalCode: Int32Array,
  fill: number,
): void {
  for (const shard of shards) {
    eachBlock(shard, k, f, (start, rows) => {
      for (let i = start; i < start + rows; i++) {
        const code = shard.codes[i]!;
        shard.codes[i] = code === MISSING_CODE ? fill : finalCode[code]!;
      }
    });
  }
}

/** Puts `fill` where numeric column j of d is NaN. */
export function fillNumbers(shards: readonly Shard[], d: number, j: number, fill: number): void {
  for (const shard of shards) {
    eachBlock(shard, d, j, (start, rows) => {
      for (let i = start; i < start + rows; i++) {
        if (Number.isNaN(shard.X[i]!)) shard.X[i] = fill;
      }
    });
  }
}
