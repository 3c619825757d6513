/**
 * Objects of JSON, one by one: they follow each other, one a line or not, or are the items of an array. Numbers keep their
 * text, so they are read as any other.
 *
 * Source: RFC 8259.
 */
import { StringDecoder } from 'node:string_decoder';
import { BceError } from '../errors.js';
import { quoted, shellWord } from '../text.js';
import type { Pieces } from './pieces.js';
import { piped } from './piped.js';

/** Whether a text begins as objects do, or an array of them. */
export function isJson(sample: Buffer): boolean {
  return /^\ufeff?[ \t\r\n]*(?:\{[ \t\r\n]*["}]|\[[ \t\r\n]*[[{\]])/.test(sample.toString('utf8', 0, 4096));
}

/** How the objects stand: in lines, or as the items of an array. */
export type JsonUnit = 'line' | 'object';

/** An object: its keys with the texts of the cells that they stand for. */
export interface JsonRow {
  readonly keys: readonly string[];
  readonly cells: readonly string[];
  /** Line on which it starts, or its number in the array; from 1. */
  readonly place: number;
}

const BLANKS = /[ \t\r\n]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
/** What a number or a word is made of. */
const RUN = /[\w.+-]*/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const WORD = /^(?:true|false|null)$/;
/** Characters of the longest object, as bytes of the longest row. */
const MOST_CHARACTERS = 1 << 26;

/** Objects of a text, one by one. */
export class JsonObjects {
  /** What messages call the source. */
  readonly name: string;
  readonly #bytes: Pieces;
  readonly #decimal: '.' | ',';
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #at = 0;
  #isWhole = false;
  #line = 1;
  /** Up to where lines are counted. */
  #counted = 0;
  #isArray: boolean | undefined;
  #isEnded = false;
  #objects = 0;

  /**
   * @param decimal the mark that the numbers of the CSV are to have
   */
  constructor(bytes: Pieces, name: string, decimal: '.' | ',') {
    this.#bytes = bytes;
    this.name = name;
    this.#decimal = decimal;
  }

  /** Known once the first object is asked for. */
  get unit(): JsonUnit {
    return this.#isArray ? 'object' : 'line';
  }

  /** Where an object stands, for messages. */
  where(place: number): string {
    return this.#isArray ? `${this.name}: object ${place}` : `${this.name}:${place}`;
  }

  /**
   * The next objects, as many as have come; none at the end.
   *
   * @throws BceError JSON_MALFORMED, JSON_NESTED, JSON_KEYS; after the objects before it
   */
  async next(): Promise<readonly JsonRow[]> {
    const rows: JsonRow[] = [];
    for (;;) {
      const row = this.#isEnded ? undefined : this.#take(rows.length > 0);
      if (row !== undefined && row !== 'later') rows.push(row);
      else if (rows.length > 0) return rows;
      else if (this.#isEnded || (this.#isWhole && row === undefined)) return rows;
      else await this.#more();
      if (rows.length === MOST_ROWS) return rows;
    }
  }

  async #more(): Promise<void> {
    if (this.#isWhole) return;
    if (this.#text.length - this.#at > MOST_CHARACTERS) {
      throw this.#malformed(`an object of at most ${MOST_CHARACTERS >> 20} MiB`, 'a longer one');
    }
    const { done, value } = await this.#bytes.next();
    this.#countTo(this.#at);
    this.#text = this.#text.slice(this.#at) + (done ? this.#decoder.end() : this.#decoder.write(value));
    this.#counted -= this.#at;
    this.#at = 0;
    if (done) this.#isWhole = true;
  }

  #countTo(end: number): void {
    if (end <= this.#counted) return;
    const { length } = this.#text.slice(this.#counted, end).match(/\r\n|\n|\r/g) ?? [];
    this.#line += length;
    this.#counted = end;
  }

  /** Undefined where more of the text is needed, or there is no more of it; 'later' where a row before has to be taken first. */
  #take(hasRows: boolean): JsonRow | 'later' | undefined {
    if (this.#isArray === undefined && !this.#open()) return undefined;
    const start = this.#at;
    try {
      const row = this.#object();
      if (row === undefined) this.#at = start;
      return row;
    } catch (error) {
      // what came before it is told first
      if (!hasRows) throw error;
      this.#at = start;
      return 'later';
    }
  }

  /** From before the blanks in front of an object to behind it; undefined where the text ends before that. */
  #object(): JsonRow | undefined {
    if (!this.#skipBlanks()) return this.#end();
    if (this.#isArray && this.#objects > 0 && this.#text[this.#at] !== ']') {
      this.#expect(',', 'a comma or the end of the array');
      if (!this.#skipBlanks()) return undefined;
    }
    if (this.#isArray && this.#text[this.#at] === ']') return this.#close();
    this.#countTo(this.#at);
    this.#expect('{', 'an object');
    const place = this.#isArray ? this.#objects + 1 : this.#line;
    const row = this.#members(place);
    if (row !== undefined) this.#objects++;
    return row;
  }

  #open(): boolean {
    if (this.#text.charCodeAt(this.#at) === 0xfeff) this.#at++;
    if (!this.#skipBlanks()) return false;
    this.#isArray = this.#text[this.#at] === '[';
    if (this.#isArray) this.#at++;
    return true;
  }

  /** Nothing but blanks is left. */
  #end(): undefined {
    if (!this.#isWhole) return undefined;
    if (this.#isArray) throw this.#malformed('the end of the array', 'the end of the text');
    this.#isEnded = true;
    return undefined;
  }

  #close(): undefined {
    this.#at++;
    if (this.#skipBlanks()) throw this.#malformed('nothing behind the array', this.#found());
    if (this.#isWhole) this.#isEnded = true;
    return undefined;
  }

  #members(place: number): JsonRow | undefined {
    const keys: string[] = [];
    const known = new Set<string>();
    const cells: string[] = [];
    for (;;) {
      if (!this.#skipBlanks()) return this.#later();
      if (keys.length === 0 && this.#text[this.#at] === '}') break;
      const key = this.#string('a key in quotes');
      if (key === undefined || !this.#skipBlanks()) return this.#later();
      this.#expect(':', 'a colon behind the key');
      if (!this.#skipBlanks()) return this.#later();
      const cell = this.#value(key, place);
      if (cell === undefined || !this.#skipBlanks()) return this.#later();
      if (known.size === known.add(key).size) {
        throw new BceError(
          'JSON_KEYS',
          `${this.where(place)}: key ${quoted(key)}: expected once, found twice`,
        );
      }
      keys.push(key);
      cells.push(cell);
      if (this.#text[this.#at] === '}') break;
      this.#expect(',', 'a comma or the end of the object');
    }
    this.#at++;
    return { keys, cells, place };
  }

  /** The text ends here: later there may be more of it. */
  #later(): undefined {
    if (this.#isWhole) throw this.#malformed('the end of the object', 'the end of the text');
    return undefined;
  }

  /** The cell of a value; undefined where the text ends before it does. */
  #value(key: string, place: number): string | undefined {
    const first = this.#text[this.#at]!;
    if (first === '"') return this.#string('a text');
    if (first === '{' || first === '[') {
      throw new BceError(
        'JSON_NESTED',
        `${this.where(place)}: key ${quoted(key)}: expected a number, a text, true, false or null, found an ${first === '{' ? 'object' : 'array'}`,
        `${this.jq(`del(.[${JSON.stringify(key)}])`)} leaves the key out`,
      );
    }
    RUN.lastIndex = this.#at;
    const [found] = RUN.exec(this.#text)!;
    const end = this.#at + found.length;
    // it may go on where the text does
    if (end === this.#text.length && !this.#isWhole) return undefined;
    const isNumber = NUMBER.test(found);
    if (!isNumber && !WORD.test(found)) {
      throw this.#malformed('a number, a text, true, false or null', this.#found());
    }
    this.#at = end;
    if (isNumber) return this.#decimal === '.' ? found : found.replace('.', ',');
    return found === 'null' ? '' : found;
  }

  /** Undefined where the text ends before it does. */
  #string(what: string): string | undefined {
    STRING.lastIndex = this.#at;
    const found = STRING.exec(this.#text)?.[0];
    if (found === undefined) {
      // no string goes on behind the end of a line
      const isCut = this.#text[this.#at] === '"' && !/[\r\n]/.test(this.#text.slice(this.#at));
      if (isCut && !this.#isWhole) return undefined;
      throw this.#malformed(what, this.#found());
    }
    this.#at += found.length;
    return found.includes('\\') ? (JSON.parse(found) as string) : found.slice(1, -1);
  }

  /** False where the text ends. */
  #skipBlanks(): boolean {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    this.#at = BLANKS.lastIndex;
    return this.#at < this.#text.length;
  }

  #expect(character: string, what: string): void {
    if (this.#text[this.#at] !== character) throw this.#malformed(what, this.#found());
    this.#at++;
  }

  #found(): string {
    const [word = ''] = /^[^\s,:{}[\]]+|^./.exec(this.#text.slice(this.#at, this.#at + 80)) ?? [];
    return word === '' ? 'the end of the text' : quoted(word);
  }

  #malformed(expected: string, found: string): BceError {
    this.#countTo(this.#at);
    return new BceError(
      'JSON_MALFORMED',
      `${this.name}:${this.#line}: expected ${expected}, found ${found}`,
      'the file begins as JSON does; --delimiter reads it as CSV',
    );
  }

  /** A command of jq on every object. */
  jq(program: string): string {
    return piped(`jq -c ${shellWord(this.#isArray ? `.[] | ${program}` : program)}`, this.name);
  }
}

/** Objects that are handed on at once. */
const MOST_ROWS = 4096;
