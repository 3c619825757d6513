/** Terms as expressions of ClickHouse. */
import { type DatePartName, ISO_DATE } from '../terms/dates.js';
import type { Words } from '../terms/render.js';
import type { Piece } from '../terms/splines.js';
import { double, list, log1p, text } from './sql.js';

export interface ClickHouseWords extends Words {
  /** The level of a part of a date; empty where there is none. */
  dateText(part: DatePartName, column: string): string;
  /** The level of a hash; empty where it is missing. */
  hashText(column: string, bits: number): string;
}

/**
 * How ClickHouse says a term: NaN stands for what is missing, or outside the domain of a function.
 *
 * @param prefix begins the names within an expression; no column begins so
 */
export function wordsOf(
  number: Words['number'],
  textOf: (column: string) => string,
  prefix: string,
): ClickHouseWords {
  return {
    date(part, column) {
      const t = textOf(column);
      return `if(${hasPart(part, t)}, ${partOf(part, t)}, nan)`;
    },
    hash: (column, bits) => `if(${textOf(column)} = '', nan, toFloat64(${bucketOf(textOf(column), bits)}))`,
    hashText: (column, bits) => `if(${textOf(column)} = '', '', toString(${bucketOf(textOf(column), bits)}))`,
    dateText(part, column) {
      const t = textOf(column);
      return `if(${hasPart(part, t)}, toString(toInt32(${partOf(part, t)})), '')`;
    },
    number,
    level: (column, level) =>
      `multiIf(${textOf(column)} = '', nan, ${textOf(column)} = ${text(level)}, ${double(1)}, ${double(0)})`,
    call(name, x) {
      switch (name) {
        case 'log':
          return `if(${x} > 0, log(${x}), nan)`;
        case 'log1p':
          return `if(${x} > -1, ${log1p(x)}, nan)`;
        case 'sqrt':
          return `if(${x} >= 0, sqrt(${x}), nan)`;
        case 'exp':
          return `if(${x} <= 700, exp(${x}), nan)`;
        case 'abs':
          return `abs(${x})`;
      }
    },
    comparison: (x, by, bound) =>
      `multiIf(isNaN(${x}), nan, ${x} ${by} ${double(bound)}, ${double(1)}, ${double(0)})`,
    double,
    piecewise: (x, pieces) => polynomialOfPiece(x, pieces, prefix),
  };
}

/**
 * The polynomial of the piece in which x is, by Horner's rule, its coefficients from arrays: the same length for any
 * number of knots, since a server thinks about a long expression longer than it computes.
 */
function polynomialOfPiece(x: string, pieces: readonly Piece[], prefix: string): string {
  const [bound, at, piece] = ['b', 'p', 'k'].map((name) => `${prefix}${name}`) as [string, string, string];
  const bounds = pieces.slice(0, -1).map(({ upTo }) => double(upTo));
  const ofPiece = (numbers: readonly number[]) => `arrayElement(${list(numbers.map(double))}, ${piece})`;
  const u = `(${at} - ${ofPiece(pieces.map((one) => one.at))})`;
  const degree = Math.max(...pieces.map(({ c }) => c.length)) - 1;
  const coefficients = Array.from({ length: degree + 1 }, (_, r) =>
    ofPiece(pieces.map(({ c }) => c[r] ?? 0)),
  );
  const value = coefficients.reduceRight((sum, coefficient) => `(${sum} * ${u} + ${coefficient})`);
  if (bounds.length === 0) return `arrayElement(arrayMap((${at}, ${piece}) -> ${value}, [${x}], [1]), 1)`;
  const place = `1 + arrayCount(${bound} -> ${x} > ${bound}, ${list(bounds)})`;
  return `arrayElement(arrayMap((${at}, ${piece}) -> ${value}, [${x}], [${place}]), 1)`;
}

/** As `bucketOf` of the terms, whose hash is one of ClickHouse. */
function bucketOf(t: string, bits: number): string {
  return `bitAnd(murmurHash3_32(${t}), ${2 ** bits - 1})`;
}

/** Whether a text is a date, with a time where the part is of one. */
function hasPart(part: DatePartName, t: string): string {
  const isDate = `match(${t}, ${text(`^(?:${ISO_DATE})$`)})`;
  return part === 'hour' ? `${isDate} AND length(${t}) > 10` : isDate;
}

/** The part of a text that is one. */
function partOf(part: DatePartName, t: string): string {
  const digits = (from: number, length: number) => `toFloat64OrZero(substring(${t}, ${from}, ${length}))`;
  switch (part) {
    case 'year':
      return digits(1, 4);
    case 'month':
      return digits(6, 2);
    case 'hour':
      return digits(12, 2);
    case 'weekday': {
      // years that begin with March; its own dates end with the 23rd century
      const y = `(${digits(1, 4)} - (${digits(6, 2)} < 3.))`;
      const ofMonth = `arrayElement([0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4], toUInt8(${digits(6, 2)}))`;
      return `((${y} + floor(${y} / 4) - floor(${y} / 100) + floor(${y} / 400) + ${ofMonth} + ${digits(9, 2)} + 6) % 7 + 1)`;
    }
  }
}
