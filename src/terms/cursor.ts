/** A place in the text of a formula: what comes next there, and errors that point at it. */
import { BceError } from '../errors.js';
import { quoted } from '../text.js';

/** Brackets within each other. */
const MOST_DEPTH = 100;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/;

export class Cursor {
  readonly text: string;
  /** Characters before the place. */
  at = 0;
  readonly #where: string;
  #depth = 0;

  /** @param where what messages call the text, as `--add` */
  constructor(text: string, where: string) {
    this.text = text;
    this.#where = where;
  }

  /** One number, or several in c( ... ), that ascend, or none. */
  list(): number[] {
    if (!this.isList()) return [this.number()];
    this.take('c');
    this.open();
    const numbers = this.peek() === ')' ? [] : this.ascending();
    this.close();
    return numbers;
  }

  /** Whether c( comes next. */
  isList(): boolean {
    return /^c\s*\(/.test(this.rest());
  }

  /** Numbers that ascend. */
  ascending(): number[] {
    const numbers: number[] = [];
    do {
      this.peek();
      const start = this.at;
      const next = this.number();
      if (numbers.length > 0 && !(next > numbers.at(-1)!)) {
        this.at = start;
        throw this.fault(`a number above ${numbers.at(-1)}`, 'breaks and knots ascend');
      }
      numbers.push(next);
    } while (this.take(','));
    return numbers;
  }

  /** A whole number in these bounds. @throws BceError USAGE */
  whole(least: number, most: number, hint?: string): number {
    this.peek();
    const start = this.at;
    const value = this.number(hint);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.at = start;
    throw this.fault(`a whole number from ${least} to ${most}`);
  }

  /** A finite number. @throws BceError USAGE */
  number(hint?: string): number {
    this.peek();
    const start = this.at;
    const digits = this.match(NUMBER);
    const value = Number(digits);
    if (digits !== undefined && Number.isFinite(value)) return value + 0;
    this.at = start;
    throw this.fault('a number', hint);
  }

  /** What stands between two of a sign, which is doubled within; undefined where the second is not there. */
  between(sign: '`' | '"'): string {
    const start = this.at;
    const found = new RegExp(`^${sign}((?:[^${sign}]|${sign}${sign})*)${sign}`).exec(this.rest());
    if (found === null) {
      this.at = start;
      throw this.fault(`a second ${sign === '`' ? 'backtick' : 'quote'}`);
    }
    this.at += found[0].length;
    return found[1]!.replaceAll(sign + sign, sign);
  }

  /** What a pattern that begins with ^ finds next, and steps behind it; undefined of nothing. */
  match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.rest())?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** What is left, without blanks before it. */
  rest(): string {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
    return this.text.slice(this.at);
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.rest().charAt(0);
  }

  /** Steps behind a sign that comes next; false where another does. */
  take(sign: string): boolean {
    if (!this.rest().startsWith(sign)) return false;
    this.at += sign.length;
    return true;
  }

  /** Steps behind a sign. @throws BceError USAGE where another comes next */
  expect(sign: string): void {
    if (!this.take(sign)) throw this.fault(`"${sign}"`);
  }

  /** Steps into brackets, and out of them. @throws BceError USAGE */
  open(): void {
    if (this.#depth === MOST_DEPTH) throw this.fault(`at most ${MOST_DEPTH} brackets within each other`);
    this.#depth++;
    this.expect('(');
  }

  close(): void {
    this.expect(')');
    this.#depth--;
  }

  /** A refusal that points at the next character. */
  fault(expected: string, hint?: string): BceError {
    const found = this.peek() === '' ? 'the end' : quoted(this.rest().slice(0, 20));
    const place = `${this.#where}: ${quoted(this.text)}: character ${this.at + 1}`;
    return new BceError('USAGE', `${place}: expected ${expected}, found ${found}`, hint);
  }
}
