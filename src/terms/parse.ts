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
import { Cursor } from './cursor.js';
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
  plainName,
  type Spline,
} from './expression.js';
import { MOST_BITS } from './hash.js';
import { intervalsOf } from './intervals.js';
import { widthOf } from './splines.js';

const MOST_POWER = 20;
/** Columns of a spline, and bins. */
const MOST_COLUMNS = 100;
const MOST_PARTS = 6;
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

/** A blank or a comma before any quote or bracket, as in `city=New York`: no term has such a name. */
const UNNAMED = /^[^`"(]*[\s,]/;

/** The tree of which `name` is the name; undefined of what is no such name. */
export function termOf(name: string): Expression | undefined {
  if (UNNAMED.test(name)) return undefined;
  // most names by far, of which there may be a million
  const column = plainName().exec(name)?.[0];
  if (column === name) return { kind: 'column', name };
  const level = column !== undefined && name[column.length] === '=' ? name.slice(column.length + 1) : '';
  if (PLAIN_LEVEL.exec(level)?.[0] === level) return { kind: 'level', name: column!, level };
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

/** Words of R's formulas for what is said otherwise here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...['factor', 'as.factor', 'C'].map(
    (name) => [name, '--categorical COLUMN reads numbers as text'] as const,
  ),
  ['relevel', '--reference COLUMN=LEVEL names the baseline'],
  ['interaction', 'a:b is the product of text columns'],
  ...['log2', 'log10'].map((name) => [name, 'log is the same column in other units'] as const),
]);

class Parser {
  readonly #in: Cursor;
  /** Terms so far that stand for several. */
  readonly #groups = new Map<string, AskedGroup>();

  constructor(text: string, where: string) {
    this.#in = new Cursor(text, where);
  }

  get groups(): readonly AskedGroup[] {
    return [...this.#groups.values()];
  }

  terms(): Expression[] {
    const terms: Expression[] = [];
    do terms.push(...this.#products());
    while (this.#in.take('+'));
    if (this.#in.rest() !== '') {
      if (this.#in.rest().startsWith('='))
        throw this.#in.fault('":", "*", "+" or the end', 'a level stands behind its column, as in sex=male');
      throw this.#in.fault('":", "*", "+" or the end');
    }
    return terms;
  }

  formula(): Formula {
    const target = this.#in.peek() === '~' ? undefined : this.#column();
    this.#in.expect('~');
    const terms = new Map<string, Expression>();
    const removed = new Set<string>();
    let hasAll = false;
    let intercept = true;
    let isMinus = this.#in.take('-');
    if (!isMinus) this.#in.take('+');
    do {
      const digit = this.#in.match(/^[01](?![\d.])/);
      if (digit !== undefined) intercept = (digit === '1') !== isMinus;
      else if (this.#in.match(/^\.(?![\p{L}\p{N}_.])/u) !== undefined) {
        if (isMinus) {
          this.#in.at--;
          throw this.#in.fault('a term after "-"', '"." is all columns, of which none would be left');
        }
        hasAll = true;
      } else {
        for (const term of this.#products()) {
          const name = nameOf(term);
          if (!isMinus) terms.set(name, term);
          // a column may be one of all as well
          else if (!terms.delete(name) || (hasAll && term.kind === 'column'))
            removed.add(term.kind === 'column' ? term.name : name);
        }
      }
      isMinus = this.#in.peek() === '-';
    } while (this.#in.take('+') || this.#in.take('-'));
    if (this.#in.rest() !== '') throw this.#in.fault('"+", "-", ":", "*" or the end');
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
    const name = this.#in.peek() === '`' ? this.#in.between('`') : this.#in.match(plainName());
    if (name === undefined || name === '') throw this.#in.fault('the target or "~"');
    return name;
  }

  #products(): Expression[] {
    const parts = [this.#written()];
    let sign: ':' | '*' | undefined;
    for (;;) {
      const next = this.#in.take(':') ? ':' : this.#in.take('*') ? '*' : undefined;
      if (next === undefined) break;
      if (sign !== undefined && sign !== next) {
        this.#in.at--;
        throw this.#in.fault(
          `"${sign}" as before`,
          'say a:b + c:d, each product with "+" between; a*b is a + b + a:b',
        );
      }
      sign = next;
      parts.push(this.#written());
    }
    if (sign === '*' && parts.length > MOST_PARTS)
      throw this.#in.fault(`at most ${MOST_PARTS} parts with "*" between`, 'a:b:c is one product of all');
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
    this.#in.peek();
    const start = this.#in.at;
    const part = this.#part();
    const text = this.#in.text.slice(start, this.#in.at);
    // a name may have blanks of its own
    return { part, text: part.kind === 'several' ? text.replaceAll(/\s+/g, '') : nameOf(part) };
  }

  #part(): Expression | Several {
    const atom = this.#atom();
    if (atom.kind === 'several') return atom;
    let part: Expression = atom;
    if (this.#in.take('^')) {
      if (part.kind === 'level') {
        this.#in.at--;
        throw this.#in.fault('no power of a level', 'a level is 0 or 1, and so are its powers');
      }
      part = { kind: 'power', of: part, exponent: this.#in.whole(2, MOST_POWER) };
    }
    const by = COMPARISONS.find((comparison) => comparison !== '=' && this.#in.take(comparison));
    if (by !== undefined) part = { kind: 'comparison', of: part, by, bound: this.#in.number() };
    return part;
  }

  #atom(): Expression | Several {
    if (this.#in.peek() === '(') {
      this.#in.open();
      const inside = this.#products();
      if (this.#in.peek() === '+')
        throw this.#in.fault(
          '")"',
          'no sum stands in brackets: a*b is a + b + a:b, a*b*c all three and their products',
        );
      this.#in.close();
      if (inside.length === 1) return inside[0]!;
      throw this.#in.fault('one product in brackets', 'a*b stands for several terms; a:b is one');
    }
    const start = this.#in.at;
    const isQuoted = this.#in.peek() === '`';
    const name = isQuoted ? this.#in.between('`') : this.#in.match(plainName());
    if (name === undefined || name === '') throw this.#in.fault('a column or a function');
    if (!isQuoted && this.#in.peek() === '(') {
      return this.#call(name, start);
    }
    if (this.#in.peek() !== '=' || this.#in.rest().startsWith('==')) {
      if (this.#in.peek() === '=') throw this.#in.fault('one "="', 'a level is written as in sex=male');
      return { kind: 'column', name };
    }
    this.#in.take('=');
    const level = this.#in.peek() === '"' ? this.#in.between('"') : this.#in.match(PLAIN_LEVEL);
    if (level === undefined || level === '') throw this.#in.fault('a level');
    return { kind: 'level', name, level };
  }

  #call(name: string, start: number): Expression | Several {
    const isKnown = (word: string): word is FunctionName => Object.hasOwn(FUNCTIONS, word);
    if (!isKnown(name) && name !== 'I' && !OTHER_FUNCTIONS.includes(name)) {
      this.#in.at = start;
      const known = [...Object.keys(FUNCTIONS), ...OTHER_FUNCTIONS].join(', ');
      throw this.#in.fault(
        `a function, one of ${known}`,
        ELSEWHERE.get(name) ?? 'a column whose name has brackets stands in backticks',
      );
    }
    this.#in.open();
    if (isDatePart(name)) return this.#date(name);
    if (name === 'hash') return this.#hash();
    this.#in.peek();
    const argument = this.#in.at;
    const of = this.#part();
    if (of.kind === 'several' || of.kind === 'level') throw this.#in.fault('a number in brackets');
    if (isKnown(name)) {
      if (FUNCTIONS[name].isBounded && isUnsettled(of)) {
        this.#in.at = argument;
        throw this.#in.fault(
          'a number that each row tells by itself',
          `${name} has no value of some numbers, and what only the training rows tell is known too late to say in which row: scale(${name}(x)) works`,
        );
      }
      this.#in.close();
      return { kind: 'call', name, of };
    }
    switch (name) {
      case 'poly': {
        this.#in.expect(',');
        const degree = this.#in.whole(1, MOST_POWER);
        this.#in.close();
        return { kind: 'several', terms: powersOf(of, degree) };
      }
      case 'cut': {
        this.#in.expect(',');
        const breaks = this.#in.isList() ? this.#in.list() : this.#in.ascending();
        if (breaks.length === 0) throw this.#in.fault('a break within c( )');
        this.#in.close();
        return { kind: 'several', terms: intervalsOf(of, breaks) };
      }
      case 'scale':
        return this.#scale(of);
      case 'bins': {
        this.#in.expect(',');
        const bins = this.#in.whole(2, MOST_COLUMNS);
        this.#in.close();
        return this.#columns(2, bins, (column) => ({ kind: 'bin', of, bins, column }));
      }
      case 'ns':
      case 'bs':
        return this.#spline(name, of);
      default:
        this.#in.close();
        return of;
    }
  }

  /** A part of a date, or 1 where it is a number and 0 elsewhere. */
  #date(part: DatePartName): Expression {
    const name = this.#in.peek() === '`' ? this.#in.between('`') : this.#in.match(plainName());
    if (name === undefined || name === '') throw this.#in.fault('a column of dates');
    if (this.#in.peek() !== ')')
      throw this.#in.fault('")"', 'a part of a date is that of a column, as it stands in the file');
    this.#in.close();
    const of: DatePart = { kind: 'date', part, name };
    if (!this.#in.take('=')) return of;
    const { least, most } = DATE_PARTS[part];
    return { kind: 'comparison', of, by: '=', bound: this.#in.whole(least, most) };
  }

  #hash(): Expression {
    const name = this.#in.peek() === '`' ? this.#in.between('`') : this.#in.match(plainName());
    if (name === undefined || name === '') throw this.#in.fault('a column of text');
    this.#in.expect(',');
    const bits = this.#in.whole(1, MOST_BITS);
    this.#in.close();
    const of: Hash = { kind: 'hash', name, bits };
    if (!this.#in.take('=')) return of;
    return { kind: 'comparison', of, by: '=', bound: this.#in.whole(0, 2 ** bits - 1) };
  }

  #scale(of: Expression): Expression {
    let [mean, sd]: [number?, number?] = [];
    if (this.#in.take(',')) {
      mean = this.#in.number();
      this.#in.expect(',');
      const start = this.#in.at;
      sd = this.#in.number();
      if (!(sd > 0)) {
        this.#in.at = start;
        throw this.#in.fault('a standard deviation above 0');
      }
    }
    this.#in.close();
    return { kind: 'scale', of, mean, sd };
  }

  #spline(basis: Spline['basis'], of: Expression): Expression | Several {
    let [df, knots, boundary, degree]: [number?, number[]?, [number, number]?, number?] = [];
    /** Where the numbers stand that must fit to others. */
    let [dfAt, boundaryAt] = [0, 0];
    this.#in.expect(',');
    do {
      this.#in.peek();
      const start = this.#in.at;
      const again = (isGiven: boolean) => {
        if (!isGiven) return;
        this.#in.at = start;
        throw this.#in.fault('each setting once, and either df or knots');
      };
      const word = this.#in.match(SETTING)?.replace(/\s*=$/, '') ?? 'df';
      if (word === 'df') {
        again(df !== undefined || knots !== undefined);
        this.#in.peek();
        dfAt = this.#in.at;
        df = this.#in.whole(
          1,
          MOST_COLUMNS,
          `${basis}(x, 4) has 4 columns, ${basis}(x, knots=c(20,40)) bends where it is told`,
        );
      } else if (word === 'knots') {
        again(df !== undefined || knots !== undefined);
        knots = this.#in.list();
      } else if (word === 'degree') {
        again(degree !== undefined);
        if (basis === 'ns') {
          this.#in.at = start;
          throw this.#in.fault('df, knots or boundary', 'natural splines are of degree 3; bs takes a degree');
        }
        degree = this.#in.whole(1, MOST_DEGREE);
      } else {
        again(boundary !== undefined);
        this.#in.peek();
        boundaryAt = this.#in.at;
        const ends = this.#in.list();
        if (ends.length !== 2) {
          this.#in.at = boundaryAt;
          throw this.#in.fault('two numbers, as in boundary=c(0,100)');
        }
        boundary = ends as [number, number];
      }
    } while (this.#in.take(','));
    degree ??= CUBIC;
    if (df === undefined && knots === undefined) throw this.#in.fault('df or knots, as in knots=c(20,40)');
    if (
      boundary !== undefined &&
      (knots === undefined || knots.some((knot) => knot <= boundary[0] || knot >= boundary[1]))
    ) {
      this.#in.at = boundaryAt;
      throw this.#in.fault(
        knots === undefined ? 'knots beside a boundary' : 'a boundary around the knots',
        knots === undefined
          ? 'knots at quantiles have the least and the largest value for a boundary'
          : undefined,
      );
    }
    if (basis === 'bs' && df !== undefined && df < degree) {
      this.#in.at = dfAt;
      throw this.#in.fault(
        `a whole number from ${degree} to ${MOST_COLUMNS}`,
        `without knots it is a polynomial of degree ${degree}`,
      );
    }
    this.#in.close();
    const spline = { kind: 'spline', basis, of, degree, df, knots, boundary } as const;
    return this.#columns(1, widthOf(spline), (column) => ({ ...spline, column }));
  }

  /** All columns of a function that has several, or the one whose number stands in brackets. */
  #columns(first: number, last: number, columnOf: (column: number) => Expression): Expression | Several {
    if (!this.#in.take('[')) {
      const columns = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      return { kind: 'several', terms: columns.map(columnOf) };
    }
    const column = this.#in.whole(first, last);
    this.#in.expect(']');
    return columnOf(column);
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
