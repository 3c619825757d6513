/**
 * Terms as they are written, to trees.
 *
 *   terms       product { '+' product }
 *   product     part { (':' | '*') part }          all of one kind of sign
 *   part        atom [ '^' whole number ] [ ('>' | '>=' | '<' | '<=') number ]
 *   atom        column | column '=' level | function '(' part ')' | 'poly' '(' part ',' k ')' | '(' product ')'
 *               | 'cut' '(' part { ',' number } ')' | 'I' '(' part ')' | 'scale' '(' part [ ',' mean ',' sd ] ')'
 *               | 'bins' '(' part ',' k ')' [ index ] | ( 'ns' | 'bs' ) '(' part { ',' setting } ')' [ index ]
 *               | ( 'year' | 'month' | 'weekday' | 'hour' ) '(' column ')' [ '=' k ]
 *               | 'hash' '(' column ',' bits ')' [ '=' k ]
 *   setting     [ 'df' '=' ] k | 'knots' '=' numbers | 'degree' '=' k | 'boundary' '=' numbers
 *   numbers     number | 'c' '(' [ number { ',' number } ] ')'
 *   index       '[' k ']'                         one column of several
 *   formula     [ column ] '~' [ sign ] item { sign item },   sign '+' | '-',   item '.' | '0' | '1' | product
 *
 * Columns whose names are no words stand in backticks, levels that are none in double quotes; either is doubled
 * within.
 */
import { BceError } from '../errors.js';
import { quoted } from '../text.js';
import { DATE_PARTS, type DatePartName } from './dates.js';
import {
  COMPARISONS,
  CUBIC,
  type DatePart,
  type Expression,
  FUNCTIONS,
  type FunctionName,
  type Hash,
  isUnsettled,
  nameOf,
  PLAIN_LEVEL,
  PLAIN_NAME,
  type Spline,
} from './expression.js';
import { MOST_BITS } from './hash.js';
import { intervalsOf } from './intervals.js';
import { widthOf } from './splines.js';

const MOST_POWER = 20;
/** Columns of a spline, and bins. */
const MOST_COLUMNS = 100;
const MOST_PARTS = 6;
/** Brackets within each other. */
const MOST_DEPTH = 100;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/;

/** The largest degree of B-splines. */
const MOST_DEGREE = 5;
/** Functions beside those of one number. */
const OTHER_FUNCTIONS: readonly string[] = [
  'poly',
  'cut',
  'ns',
  'bs',
  'bins',
  'scale',
  ...Object.keys(DATE_PARTS),
  'hash',
];

function isDatePart(name: string): name is DatePartName {
  return Object.hasOwn(DATE_PARTS, name);
}

const SETTING = /^(df|knots|degree|boundary|Boundary\.knots)\s*=/;

/** What stands for several terms: powers of a number, or the intervals between breaks. */
interface Several {
  readonly kind: 'several';
  readonly terms: readonly Expression[];
}

/** Terms that were asked for as one: `poly(a, 2):b` is a:b and a^2:b. */
export interface AskedGroup {
  /** As it is written, without blanks. */
  readonly name: string;
  readonly terms: readonly Expression[];
}

/** What a formula in R's notation comes to. */
export interface Formula {
  /** Undefined where nothing stands before `~`. */
  readonly target: string | undefined;
  /** Whether `.` stands in it, for all columns. */
  readonly hasAll: boolean;
  readonly terms: readonly Expression[];
  readonly groups: readonly AskedGroup[];
  /** What is taken out by `-`, columns by their names. */
  readonly removed: readonly string[];
  readonly intercept: boolean;
}

/**
 * The terms that a text asks for, each once: `a*b` is a, b and a:b, `poly(a, 3)` is a, a^2 and a^3.
 *
 * @param where what messages call the text, as `--add`
 * @throws BceError USAGE, pointing at the character
 */
export function parseTerms(text: string, where: string): Expression[] {
  return [...parseAsked(text, where).terms];
}

/** The same, with what was asked for as one term and is several. @throws BceError USAGE, as `parseTerms` */
export function parseAsked(text: string, where: string): Pick<Formula, 'terms' | 'groups'> {
  const parser = new Parser(text, where);
  const terms = parser.terms();
  return {
    terms: [...new Map(terms.map((term) => [nameOf(term), term])).values()],
    groups: parser.groups,
  };
}

/** The tree of which `name` is the name; undefined of what is no such name. */
export function termOf(name: string): Expression | undefined {
  try {
    const terms = parseTerms(name, '');
    return terms.length === 1 && nameOf(terms[0]!) === name ? terms[0] : undefined;
  } catch (error) {
    if (error instanceof BceError) return undefined;
    throw error;
  }
}

/** @throws BceError USAGE, pointing at the character */
export function parseFormula(text: string): Formula {
  return new Parser(text, '--formula').formula();
}

class Parser {
  readonly #text: string;
  readonly #where: string;
  /** Terms so far that stand for several. */
  readonly #groups = new Map<string, AskedGroup>();
  #at = 0;
  #depth = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  get groups(): readonly AskedGroup[] {
    return [...this.#groups.values()];
  }

  terms(): Expression[] {
    const terms: Expression[] = [];
    do terms.push(...this.#products());
    while (this.#take('+'));
    if (this.#rest() !== '') {
      if (this.#rest().startsWith('='))
        throw this.#fault('":", "*", "+" or the end', 'a level stands behind its column, as in sex=male');
      throw this.#fault('":", "*", "+" or the end');
    }
    return terms;
  }

  formula(): Formula {
    const target = this.#peek() === '~' ? undefined : this.#column();
    this.#expect('~');
    const terms = new Map<string, Expression>();
    const removed = new Set<string>();
    let hasAll = false;
    let intercept = true;
    let isMinus = this.#take('-');
    if (!isMinus) this.#take('+');
    do {
      const digit = this.#match(/^[01](?![\d.])/);
      if (digit !== undefined) intercept = (digit === '1') !== isMinus;
      else if (this.#match(/^\.(?![\p{L}\p{N}_.])/u) !== undefined) {
        if (isMinus) {
          this.#at--;
          throw this.#fault('a term after "-"', '"." is all columns, of which none would be left');
        }
        hasAll = true;
      } else {
        for (const term of this.#products()) {
          const name = nameOf(term);
          if (!isMinus) terms.set(name, term);
          else if (!terms.delete(name) || hasAll) removed.add(term.kind === 'column' ? term.name : name);
        }
      }
      isMinus = this.#peek() === '-';
    } while (this.#take('+') || this.#take('-'));
    if (this.#rest() !== '') throw this.#fault('"+", "-", ":", "*" or the end');
    return {
      target,
      hasAll,
      terms: [...terms.values()],
      groups: this.groups,
      removed: [...removed],
      intercept,
    };
  }

  #column(): string {
    const name = this.#peek() === '`' ? this.#between('`') : this.#match(PLAIN_NAME);
    if (name === undefined || name === '') throw this.#fault('the target or "~"');
    return name;
  }

  #products(): Expression[] {
    const parts = [this.#written()];
    let sign: ':' | '*' | undefined;
    for (;;) {
      const next = this.#take(':') ? ':' : this.#take('*') ? '*' : undefined;
      if (next === undefined) break;
      if (sign !== undefined && sign !== next) {
        this.#at--;
        throw this.#fault(
          `"${sign}" as before`,
          'say a:b + c:d, each product with "+" between; a*b is a + b + a:b',
        );
      }
      sign = next;
      parts.push(this.#written());
    }
    if (sign === '*' && parts.length > MOST_PARTS)
      throw this.#fault(`at most ${MOST_PARTS} parts with "*" between`, 'a:b:c is one product of all');
    const products = sign === '*' ? subsetsOf(parts) : [parts];
    return products.flatMap((product) => {
      const terms = productsOf(product.map(({ part }) => eachOf(part)));
      const name = product.map(({ text }) => text).join(':');
      if (terms.length > 1) this.#groups.set(name, { name, terms });
      return terms;
    });
  }

  /** A part, and how it is written. */
  #written(): { readonly part: Expression | Several; readonly text: string } {
    this.#peek();
    const start = this.#at;
    const part = this.#part();
    const text = this.#text.slice(start, this.#at);
    // a name may have blanks of its own
    return { part, text: part.kind === 'several' ? text.replaceAll(/\s+/g, '') : nameOf(part) };
  }

  #part(): Expression | Several {
    const atom = this.#atom();
    if (atom.kind === 'several') return atom;
    let part: Expression = atom;
    if (this.#take('^')) {
      if (part.kind === 'level') {
        this.#at--;
        throw this.#fault('no power of a level', 'a level is 0 or 1, and so are its powers');
      }
      part = { kind: 'power', of: part, exponent: this.#whole(2, MOST_POWER) };
    }
    const by = COMPARISONS.find((comparison) => comparison !== '=' && this.#take(comparison));
    if (by !== undefined) part = { kind: 'comparison', of: part, by, bound: this.#number() };
    return part;
  }

  #atom(): Expression | Several {
    if (this.#peek() === '(') {
      this.#open();
      const inside = this.#products();
      this.#close();
      if (inside.length === 1) return inside[0]!;
      throw this.#fault('one product in brackets', 'a*b stands for several terms; a:b is one');
    }
    const start = this.#at;
    const isQuoted = this.#peek() === '`';
    const name = isQuoted ? this.#between('`') : this.#match(PLAIN_NAME);
    if (name === undefined || name === '') throw this.#fault('a column or a function');
    if (!isQuoted && this.#peek() === '(') {
      return this.#call(name, start);
    }
    if (this.#peek() !== '=' || this.#rest().startsWith('==')) {
      if (this.#peek() === '=') throw this.#fault('one "="', 'a level is written as in sex=male');
      return { kind: 'column', name };
    }
    this.#take('=');
    const level = this.#peek() === '"' ? this.#between('"') : this.#match(PLAIN_LEVEL);
    if (level === undefined || level === '') throw this.#fault('a level');
    return { kind: 'level', name, level };
  }

  #call(name: string, start: number): Expression | Several {
    const isKnown = (word: string): word is FunctionName => Object.hasOwn(FUNCTIONS, word);
    if (!isKnown(name) && name !== 'I' && !OTHER_FUNCTIONS.includes(name)) {
      this.#at = start;
      const known = [...Object.keys(FUNCTIONS), ...OTHER_FUNCTIONS].join(', ');
      throw this.#fault(
        `a function, one of ${known}`,
        'a column whose name has brackets stands in backticks',
      );
    }
    this.#open();
    if (isDatePart(name)) return this.#date(name);
    if (name === 'hash') return this.#hash();
    this.#peek();
    const argument = this.#at;
    const of = this.#part();
    if (of.kind === 'several' || of.kind === 'level') throw this.#fault('a number in brackets');
    if (isKnown(name)) {
      if (FUNCTIONS[name].isBounded && isUnsettled(of)) {
        this.#at = argument;
        throw this.#fault(
          'a number that each row tells by itself',
          `${name} has no value of some numbers, and what only the training rows tell is known too late to say in which row: scale(${name}(x)) works`,
        );
      }
      this.#close();
      return { kind: 'call', name, of };
    }
    switch (name) {
      case 'poly': {
        this.#expect(',');
        const degree = this.#whole(1, MOST_POWER);
        this.#close();
        return { kind: 'several', terms: powersOf(of, degree) };
      }
      case 'cut': {
        this.#expect(',');
        const breaks = this.#isList() ? this.#list() : this.#ascending();
        if (breaks.length === 0) throw this.#fault('a break within c( )');
        this.#close();
        return { kind: 'several', terms: intervalsOf(of, breaks) };
      }
      case 'scale':
        return this.#scale(of);
      case 'bins': {
        this.#expect(',');
        const bins = this.#whole(2, MOST_COLUMNS);
        this.#close();
        return this.#columns(2, bins, (column) => ({ kind: 'bin', of, bins, column }));
      }
      case 'ns':
      case 'bs':
        return this.#spline(name, of);
      default:
        this.#close();
        return of;
    }
  }

  /** A part of a date, or 1 where it is a number and 0 elsewhere. */
  #date(part: DatePartName): Expression {
    const name = this.#peek() === '`' ? this.#between('`') : this.#match(PLAIN_NAME);
    if (name === undefined || name === '') throw this.#fault('a column of dates');
    if (this.#peek() !== ')')
      throw this.#fault('")"', 'a part of a date is that of a column, as it stands in the file');
    this.#close();
    const of: DatePart = { kind: 'date', part, name };
    if (!this.#take('=')) return of;
    const { least, most } = DATE_PARTS[part];
    return { kind: 'comparison', of, by: '=', bound: this.#whole(least, most) };
  }

  #hash(): Expression {
    const name = this.#peek() === '`' ? this.#between('`') : this.#match(PLAIN_NAME);
    if (name === undefined || name === '') throw this.#fault('a column of text');
    this.#expect(',');
    const bits = this.#whole(1, MOST_BITS);
    this.#close();
    const of: Hash = { kind: 'hash', name, bits };
    if (!this.#take('=')) return of;
    return { kind: 'comparison', of, by: '=', bound: this.#whole(0, 2 ** bits - 1) };
  }

  #scale(of: Expression): Expression {
    let [mean, sd]: [number?, number?] = [];
    if (this.#take(',')) {
      mean = this.#number();
      this.#expect(',');
      const start = this.#at;
      sd = this.#number();
      if (!(sd > 0)) {
        this.#at = start;
        throw this.#fault('a standard deviation above 0');
      }
    }
    this.#close();
    return { kind: 'scale', of, mean, sd };
  }

  #spline(basis: Spline['basis'], of: Expression): Expression | Several {
    let [df, knots, boundary, degree]: [number?, number[]?, [number, number]?, number?] = [];
    /** Where the numbers stand that must fit to others. */
    let [dfAt, boundaryAt] = [0, 0];
    this.#expect(',');
    do {
      this.#peek();
      const start = this.#at;
      const again = (isGiven: boolean) => {
        if (!isGiven) return;
        this.#at = start;
        throw this.#fault('each setting once, and either df or knots');
      };
      const word = this.#match(SETTING)?.replace(/\s*=$/, '') ?? 'df';
      if (word === 'df') {
        again(df !== undefined || knots !== undefined);
        this.#peek();
        dfAt = this.#at;
        df = this.#whole(
          1,
          MOST_COLUMNS,
          `${basis}(x, 4) has 4 columns, ${basis}(x, knots=c(20,40)) bends where it is told`,
        );
      } else if (word === 'knots') {
        again(df !== undefined || knots !== undefined);
        knots = this.#list();
      } else if (word === 'degree') {
        again(degree !== undefined);
        if (basis === 'ns') {
          this.#at = start;
          throw this.#fault('df, knots or boundary', 'natural splines are of degree 3; bs takes a degree');
        }
        degree = this.#whole(1, MOST_DEGREE);
      } else {
        again(boundary !== undefined);
        this.#peek();
        boundaryAt = this.#at;
        const ends = this.#list();
        if (ends.length !== 2) {
          this.#at = boundaryAt;
          throw this.#fault('two numbers, as in boundary=c(0,100)');
        }
        boundary = ends as [number, number];
      }
    } while (this.#take(','));
    degree ??= CUBIC;
    if (df === undefined && knots === undefined) throw this.#fault('df or knots, as in knots=c(20,40)');
    if (
      boundary !== undefined &&
      (knots === undefined || knots.some((knot) => knot <= boundary[0] || knot >= boundary[1]))
    ) {
      this.#at = boundaryAt;
      throw this.#fault(
        knots === undefined ? 'knots beside a boundary' : 'a boundary around the knots',
        knots === undefined
          ? 'knots at quantiles have the least and the largest value for a boundary'
          : undefined,
      );
    }
    if (basis === 'bs' && df !== undefined && df < degree) {
      this.#at = dfAt;
      throw this.#fault(
        `a whole number from ${degree} to ${MOST_COLUMNS}`,
        `without knots it is a polynomial of degree ${degree}`,
      );
    }
    this.#close();
    const spline = { kind: 'spline', basis, of, degree, df, knots, boundary } as const;
    return this.#columns(1, widthOf(spline), (column) => ({ ...spline, column }));
  }

  /** All columns of a function that has several, or the one whose number stands in brackets. */
  #columns(first: number, last: number, columnOf: (column: number) => Expression): Expression | Several {
    if (!this.#take('[')) {
      const columns = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      return { kind: 'several', terms: columns.map(columnOf) };
    }
    const column = this.#whole(first, last);
    this.#expect(']');
    return columnOf(column);
  }

  /** One number, or several in c( ... ), that ascend, or none. */
  #list(): number[] {
    if (!this.#isList()) return [this.#number()];
    this.#take('c');
    this.#open();
    const numbers = this.#peek() === ')' ? [] : this.#ascending();
    this.#close();
    return numbers;
  }

  #isList(): boolean {
    return /^c\s*\(/.test(this.#rest());
  }

  /** Numbers that ascend. */
  #ascending(): number[] {
    const numbers: number[] = [];
    do {
      this.#peek();
      const start = this.#at;
      const next = this.#number();
      if (numbers.length > 0 && !(next > numbers.at(-1)!)) {
        this.#at = start;
        throw this.#fault(`a number above ${numbers.at(-1)}`, 'breaks and knots ascend');
      }
      numbers.push(next);
    } while (this.#take(','));
    return numbers;
  }

  #whole(least: number, most: number, hint?: string): number {
    this.#peek();
    const start = this.#at;
    const value = this.#number(hint);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.#at = start;
    throw this.#fault(`a whole number from ${least} to ${most}`);
  }

  #number(hint?: string): number {
    this.#peek();
    const start = this.#at;
    const digits = this.#match(NUMBER);
    const value = Number(digits);
    if (digits !== undefined && Number.isFinite(value)) return value + 0;
    this.#at = start;
    throw this.#fault('a number', hint);
  }

  /** What stands between two of a sign, which is doubled within; undefined where the second is not there. */
  #between(sign: '`' | '"'): string {
    const start = this.#at;
    const found = new RegExp(`^${sign}((?:[^${sign}]|${sign}${sign})*)${sign}`).exec(this.#rest());
    if (found === null) {
      this.#at = start;
      throw this.#fault(`a second ${sign === '`' ? 'backtick' : 'quote'}`);
    }
    this.#at += found[0].length;
    return found[1]!.replaceAll(sign + sign, sign);
  }

  #match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest())?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #rest(): string {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(this.#at);
  }

  #peek(): string {
    return this.#rest().charAt(0);
  }

  #take(sign: string): boolean {
    if (!this.#rest().startsWith(sign)) return false;
    this.#at += sign.length;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#fault(`"${sign}"`);
  }

  #open(): void {
    if (this.#depth === MOST_DEPTH) throw this.#fault(`at most ${MOST_DEPTH} brackets within each other`);
    this.#depth++;
    this.#expect('(');
  }

  #close(): void {
    this.#expect(')');
    this.#depth--;
  }

  #fault(expected: string, hint?: string): BceError {
    const found = this.#peek() === '' ? 'the end' : quoted(this.#rest().slice(0, 20));
    const place = `${this.#where}: ${quoted(this.#text)}: character ${this.#at + 1}`;
    return new BceError('USAGE', `${place}: expected ${expected}, found ${found}`, hint);
  }
}

function eachOf(part: Expression | Several): readonly Expression[] {
  return part.kind === 'several' ? part.terms : [part];
}

function powersOf(of: Expression, degree: number): Expression[] {
  return Array.from({ length: degree }, (_, k) => (k === 0 ? of : { kind: 'power', of, exponent: k + 1 }));
}

/** Every product of one of each. */
function productsOf(choices: readonly (readonly Expression[])[]): Expression[] {
  const [first = [], ...rest] = choices;
  if (rest.length === 0) return [...first];
  const products = rest.reduce<Expression[][]>(
    (so, next) => so.flatMap((factors) => next.map((factor) => [...factors, factor])),
    first.map((factor) => [factor]),
  );
  return products.map((factors) => ({
    kind: 'product',
    factors: factors.flatMap((factor) => (factor.kind === 'product' ? factor.factors : [factor])),
  }));
}

/** Every choice of some of them but none, the smaller ones first. */
function subsetsOf<T>(items: readonly T[]): T[][] {
  const subsets = Array.from({ length: 2 ** items.length - 1 }, (_, mask) =>
    items.filter((_item, i) => ((mask + 1) >> i) & 1),
  );
  return subsets.sort((a, b) => a.length - b.length);
}
