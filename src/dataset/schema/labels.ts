/** The two labels of the target, and which of them is y = 1. */
import { BceError } from '../../errors.js';
import { parseNumber, type ReadNumber } from '../../source/csv/number.js';
import { piped } from '../../source/piped.js';
import { byteOrder, grouped, listed, quoted, shellWord } from '../../text.js';
import { requireText } from './columns.js';

export interface Target {
  readonly name: string;
  /** Text of the label with y = 1, and of the one with y = 0. */
  readonly positive: string;
  readonly negative: string;
  readonly positives: number;
  readonly negatives: number;
}

/** More labels than this are not counted to the end: the column is no target. */
const MOST_LABELS = 20;

/** Texts that need no look at their bytes. */
const PLAIN = /^[\x20-\x7e]+$/;

/** Counts labels by their text as they come in. */
export class LabelCounter {
  readonly texts: string[] = [];
  readonly counts: number[] = [];
  readonly #codes = new Map<string, number>();
  readonly #weightless = new Map<string, number>();
  readonly #name: string;
  readonly #read: ReadNumber;

  /** @param read reads labels that are numbers */
  constructor(name: string, read: ReadNumber = parseNumber) {
    this.#name = name;
    this.#read = read;
  }

  /** @throws BceError LABEL_NOT_BINARY at the 21st label, NOT_TEXT */
  codeOf(text: string, where: () => string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      requireText(text, `${where()}: column ${quoted(this.#name)}`);
      code = this.texts.length;
      if (code === MOST_LABELS) {
        throw new BceError(
          'LABEL_NOT_BINARY',
          `${where()}: column ${quoted(this.#name)}: expected two labels, found more than ${MOST_LABELS}: ${this.listed()}`,
          TARGET_HINT,
        );
      }
      this.#codes.set(text, code);
      this.texts.push(text);
      this.counts.push(0);
    }
    this.counts[code]!++;
    return code;
  }

  /** Gives codes to texts in their order, of which none is refused, or to none of them. @returns whether it did */
  learn(texts: readonly string[]): boolean {
    if (this.texts.length + texts.length > MOST_LABELS || !texts.every((text) => PLAIN.test(text)))
      return false;
    for (const text of texts) {
      this.#codes.set(text, this.texts.length);
      this.texts.push(text);
      this.counts.push(0);
    }
    return true;
  }

  /** Notes the label of a row that counts for nothing. */
  seeWeightless(text: string): void {
    const count = this.#weightless.get(text);
    if (count === undefined && this.#weightless.size === MOST_LABELS) return;
    this.#weightless.set(text, (count ?? 0) + 1);
  }

  /** Counts more rows with a code that `codeOf` has given. */
  count(code: number, rows = 1): void {
    this.counts[code]! += rows;
  }

  /** Code of a text seen before; undefined for another. Counts nothing. */
  find(text: string): number | undefined {
    return this.#codes.get(text);
  }

  /** The labels with their counts. */
  listed(): string {
    return listed(this.texts.map((text, i) => `${quoted(text)} (${grouped(this.counts[i]!)})`));
  }

  /**
   * Settles the two labels; texts of one number (`1`, `1.0`) are one label.
   *
   * The positive label is `positive` when given; of two numbers the larger; the yes of a known pair of
   * words; else the second in byte order.
   *
   * @returns the target, and y for each code of `codeOf`
   * @throws BceError LABEL_NOT_BINARY, USAGE
   */
  finalize(positive: string | undefined, where: string): { target: Target; yOfCode: Float64Array } {
    const numbers = this.texts.map(this.#read);
    const areNumbers = numbers.every(Number.isFinite);
    const keys = this.texts.map((text, i) => (areNumbers ? String(numbers[i]! + 0) : text));
    const labels = [...new Set(keys)].sort(areNumbers ? (a, b) => Number(a) - Number(b) : byteOrder);
    const weightless = [...this.#weightless].filter(([text]) => !this.#codes.has(text));
    if (labels.length === 1 && weightless.length > 0) {
      const others = weightless.map(([text, count]) => `${quoted(text)} (${grouped(count)})`);
      throw new BceError(
        'LABEL_NOT_BINARY',
        `${where}: column ${quoted(this.#name)}: expected two labels with rows that count, found ${this.listed()}; all rows with ${listed(others)} weigh 0`,
        'a row of weight 0 is no row; leave out --weight-column, or give rows of both labels a weight',
      );
    }
    if (labels.length === 3 && labels.includes(this.#name)) {
      throw new BceError(
        'LABEL_NOT_BINARY',
        `${where}: column ${quoted(this.#name)}: expected two labels, found its own name among them: ${this.listed()}`,
        `${piped("awk 'NR==1{h=$0} NR==1||$0!=h'", where)} leaves out rows that repeat the header`,
      );
    }
    if (labels.length !== 2) {
      throw new BceError(
        'LABEL_NOT_BINARY',
        `${where}: column ${quoted(this.#name)}: expected two labels, found ${labels.length}: ${this.listed()}`,
        TARGET_HINT,
      );
    }
    const wanted = positive === undefined ? undefined : this.#wanted(positive.trim(), labels, areNumbers);
    const one = wanted ?? labels.find(isYes) ?? labels[1]!;
    const zero = labels.find((label) => label !== one)!;
    const yOfCode = Float64Array.from(keys, (key) => (key === one ? 1 : 0));
    const total = (y: number) =>
      this.counts.reduce((sum, count, code) => sum + (yOfCode[code] === y ? count : 0), 0);
    return {
      target: { name: this.#name, positive: one, negative: zero, positives: total(1), negatives: total(0) },
      yOfCode,
    };
  }

  #wanted(positive: string, labels: readonly string[], areNumbers: boolean): string {
    // written as in the file, or plainly
    const number = [this.#read(positive), parseNumber(positive)].find(Number.isFinite);
    const key = areNumbers ? String((number ?? Number.NaN) + 0) : positive;
    if (labels.includes(key)) return key;
    throw new BceError(
      'USAGE',
      `--positive: no label ${quoted(positive)} in column ${quoted(this.#name)}: ${this.listed()}`,
      `pass --positive ${shellWord(labels[1]!)} or --positive ${shellWord(labels[0]!)}`,
    );
  }
}

/**
 * Texts of one number are one label.
 *
 * @param text as the file has it
 * @param read reads the numbers of the file; that of a label is written plainly
 */
export function isSameLabel(text: string, label: Target['positive'], read: ReadNumber): boolean {
  if (text === label) return true;
  const [one, other] = [read(text), parseNumber(label)];
  return Number.isFinite(one) && one === other;
}

const TARGET_HINT = 'name the column of the labels with --target; it is the last one by default';

// each yes-word with its no-word
const YES_NO: ReadonlyMap<string, string> = new Map([
  ['yes', 'no'],
  ['y', 'n'],
  ['true', 'false'],
  ['t', 'f'],
  ['positive', 'negative'],
  ['pos', 'neg'],
  ['+', '-'],
]);

/** True for the yes-word of a known pair, when the other label is its no-word. */
function isYes(label: string, _: number, labels: readonly string[]): boolean {
  const no = YES_NO.get(label.toLowerCase());
  return no !== undefined && labels.some((other) => other.toLowerCase() === no);
}
