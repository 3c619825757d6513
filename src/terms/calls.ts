/** Functions in terms, by what stands in their brackets. */
import type { Cursor } from './cursor.js';
import { DATE_PARTS, type DatePartName } from './dates.js';
import {
  CUBIC,
  type DatePart,
  type Expression,
  FUNCTIONS,
  type FunctionName,
  type Hash,
  isUnsettled,
  plainName,
  type Spline,
} from './expression.js';
import { MOST_BITS } from './hash.js';
import { intervalsOf } from './intervals.js';
import { widthOf } from './splines.js';

/** The largest power that is written, by `^` or `poly`. */
export const MOST_POWER = 20;
/** Columns of a spline, and bins. */
const MOST_COLUMNS = 100;
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

/** Words of R's formulas for what is said otherwise here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...['factor', 'as.factor', 'C'].map(
    (name) => [name, '--categorical COLUMN reads numbers as text'] as const,
  ),
  ['relevel', '--reference COLUMN=LEVEL names the baseline'],
  ['interaction', 'a:b is the product of text columns'],
  ...['log2', 'log10'].map((name) => [name, 'log is the same column in other units'] as const),
]);

/** What stands for several terms: powers of a number, or the intervals between breaks. */
export interface Several {
  readonly kind: 'several';
  readonly terms: readonly Expression[];
}

/**
 * A function whose name has been read, from its bracket on.
 *
 * @param start where its name starts
 * @param part reads a part within the brackets
 * @throws BceError USAGE, pointing at the character
 */
export function parseCall(
  source: Cursor,
  name: string,
  start: number,
  part: () => Expression | Several,
): Expression | Several {
  const isKnown = (word: string): word is FunctionName => Object.hasOwn(FUNCTIONS, word);
  if (!isKnown(name) && name !== 'I' && !OTHER_FUNCTIONS.includes(name)) {
    source.at = start;
    const known = [...Object.keys(FUNCTIONS), ...OTHER_FUNCTIONS].join(', ');
    throw source.fault(
      `a function, one of ${known}`,
      ELSEWHERE.get(name) ?? 'a column whose name has brackets stands in backticks',
    );
  }
  source.open();
  if (isDatePart(name)) return parseDate(source, name);
  if (name === 'hash') return parseHash(source);
  source.peek();
  const argument = source.at;
  const of = part();
  if (of.kind === 'several' || of.kind === 'level') throw source.fault('a number in brackets');
  if (isKnown(name)) {
    if (FUNCTIONS[name].isBounded && isUnsettled(of)) {
      source.at = argument;
      throw source.fault(
        'a number that each row tells by itself',
        `${name} has no value of some numbers, and what only the training rows tell is known too late to say in which row: scale(${name}(x)) works`,
      );
    }
    source.close();
    return { kind: 'call', name, of };
  }
  switch (name) {
    case 'poly': {
      source.expect(',');
      const degree = source.whole(1, MOST_POWER);
      source.close();
      return { kind: 'several', terms: powersOf(of, degree) };
    }
    case 'cut': {
      source.expect(',');
      const breaks = source.isList() ? source.list() : source.ascending();
      if (breaks.length === 0) throw source.fault('a break within c( )');
      source.close();
      return { kind: 'several', terms: intervalsOf(of, breaks) };
    }
    case 'scale':
      return parseScale(source, of);
    case 'bins': {
      source.expect(',');
      const bins = source.whole(2, MOST_COLUMNS);
      source.close();
      return parseColumns(source, 2, bins, (column) => ({ kind: 'bin', of, bins, column }));
    }
    case 'ns':
    case 'bs':
      return parseSpline(source, name, of);
    default:
      source.close();
      return of;
  }
}

/** A part of a date, or 1 where it is a number and 0 elsewhere. */
function parseDate(source: Cursor, part: DatePartName): Expression {
  const name = source.peek() === '`' ? source.between('`') : source.match(plainName());
  if (name === undefined || name === '') throw source.fault('a column of dates');
  if (source.peek() !== ')')
    throw source.fault('")"', 'a part of a date is that of a column, as it stands in the file');
  source.close();
  const of: DatePart = { kind: 'date', part, name };
  if (!source.take('=')) return of;
  const { least, most } = DATE_PARTS[part];
  return { kind: 'comparison', of, by: '=', bound: source.whole(least, most) };
}

function parseHash(source: Cursor): Expression {
  const name = source.peek() === '`' ? source.between('`') : source.match(plainName());
  if (name === undefined || name === '') throw source.fault('a column of text');
  source.expect(',');
  const bits = source.whole(1, MOST_BITS);
  source.close();
  const of: Hash = { kind: 'hash', name, bits };
  if (!source.take('=')) return of;
  return { kind: 'comparison', of, by: '=', bound: source.whole(0, 2 ** bits - 1) };
}

function parseScale(source: Cursor, of: Expression): Expression {
  let [mean, sd]: [number?, number?] = [];
  if (source.take(',')) {
    mean = source.number();
    source.expect(',');
    const start = source.at;
    sd = source.number();
    if (!(sd > 0)) {
      source.at = start;
      throw source.fault('a standard deviation above 0');
    }
  }
  source.close();
  return { kind: 'scale', of, mean, sd };
}

function parseSpline(source: Cursor, basis: Spline['basis'], of: Expression): Expression | Several {
  let [df, knots, boundary, degree]: [number?, number[]?, [number, number]?, number?] = [];
  /** Where the numbers stand that must fit to others. */
  let [dfAt, boundaryAt] = [0, 0];
  source.expect(',');
  do {
    source.peek();
    const start = source.at;
    const again = (isGiven: boolean) => {
      if (!isGiven) return;
      source.at = start;
      throw source.fault('each setting once, and either df or knots');
    };
    const word = source.match(SETTING)?.replace(/\s*=$/, '') ?? 'df';
    if (word === 'df') {
      again(df !== undefined || knots !== undefined);
      source.peek();
      dfAt = source.at;
      df = source.whole(
        1,
        MOST_COLUMNS,
        `${basis}(x, 4) has 4 columns, ${basis}(x, knots=c(20,40)) bends where it is told`,
      );
    } else if (word === 'knots') {
      again(df !== undefined || knots !== undefined);
      knots = source.list();
    } else if (word === 'degree') {
      again(degree !== undefined);
      if (basis === 'ns') {
        source.at = start;
        throw source.fault('df, knots or boundary', 'natural splines are of degree 3; bs takes a degree');
      }
      degree = source.whole(1, MOST_DEGREE);
    } else {
      again(boundary !== undefined);
      source.peek();
      boundaryAt = source.at;
      const ends = source.list();
      if (ends.length !== 2) {
        source.at = boundaryAt;
        throw source.fault('two numbers, as in boundary=c(0,100)');
      }
      boundary = ends as [number, number];
    }
  } while (source.take(','));
  degree ??= CUBIC;
  if (df === undefined && knots === undefined) throw source.fault('df or knots, as in knots=c(20,40)');
  if (boundary !== undefined) {
    const [least, most] = boundary;
    const fault = (expected: string, hint?: string) => {
      source.at = boundaryAt;
      return source.fault(expected, hint);
    };
    if (knots === undefined)
      throw fault(
        'knots beside a boundary',
        'knots at quantiles have the least and the largest value for a boundary',
      );
    if (knots.some((knot) => knot <= least || knot >= most)) throw fault('a boundary around the knots');
  }
  if (basis === 'bs' && df !== undefined && df < degree) {
    source.at = dfAt;
    throw source.fault(
      `a whole number from ${degree} to ${MOST_COLUMNS}`,
      `without knots it is a polynomial of degree ${degree}`,
    );
  }
  source.close();
  const spline = { kind: 'spline', basis, of, degree, df, knots, boundary } as const;
  return parseColumns(source, 1, widthOf(spline), (column) => ({ ...spline, column }));
}

/** All columns of a function that has several, or the one whose number stands in brackets. */
function parseColumns(
  source: Cursor,
  first: number,
  last: number,
  columnOf: (column: number) => Expression,
): Expression | Several {
  if (!source.take('[')) {
    const columns = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    return { kind: 'several', terms: columns.map(columnOf) };
  }
  const column = source.whole(first, last);
  source.expect(']');
  return columnOf(column);
}

function powersOf(of: Expression, degree: number): Expression[] {
  return Array.from({ length: degree }, (_, k) => (k === 0 ? of : { kind: 'power', of, exponent: k + 1 }));
}
