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
import { MOST_POWER, parseCall, type Several } from './calls.js';
import { Cursor } from './cursor.js';
import { COMPARISONS, type Expression, nameOf, PLAIN_LEVEL, plainName } from './expression.js';

const MOST_PARTS = 6;
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
      return parseCall(this.#in, name, start, () => this.#part());
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
}

function eachOf(part: Expression | Several): readonly Expression[] {
  return part.kind === 'several' ? part.terms : [part];
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
