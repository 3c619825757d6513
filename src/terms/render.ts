/** A term as the expression of another language. */

import { BceError } from '../errors.js';
import { quoted } from '../text.js';
import type { DatePartName } from './dates.js';
import { type Comparison, type Expression, type FunctionName, nameOf } from './expression.js';
import { type Piece, piecesOf, type SettledSpline } from './splines.js';

/** How a language says it; what is missing, or outside the domain of a function, must come out as missing. */
export interface Words {
  /** The number in a column. */
  number(column: string): string;
  /** 1 where a column of text has a level, 0 where it has another. */
  level(column: string, level: string): string;
  /** A number of an ISO date in a column of text. */
  date(part: DatePartName, column: string): string;
  /** A number from 0 to 2^bits - 1 of a column of text. @throws BceError USAGE where there is none */
  hash(column: string, bits: number): string;
  call(name: FunctionName, x: string): string;
  /** 1 where it holds, 0 where it does not. */
  comparison(x: string, by: Comparison, bound: number): string;
  /** A number. */
  double(value: number): string;
  /** The polynomial of the first piece that x is not beyond; missing where x is. */
  piecewise(x: string, pieces: readonly Piece[]): string;
}

export function rendered(expression: Expression, words: Words): string {
  const render = (of: Expression) => rendered(of, words);
  switch (expression.kind) {
    case 'column':
      return words.number(expression.name);
    case 'level':
      return words.level(expression.name, expression.level);
    case 'hash':
      return words.hash(expression.name, expression.bits);
    case 'date':
      return words.date(expression.part, expression.name);
    case 'call':
      return words.call(expression.name, render(expression.of));
    case 'power':
      return `(${Array(expression.exponent).fill(render(expression.of)).join(' * ')})`;
    case 'comparison':
      return words.comparison(render(expression.of), expression.by, expression.bound);
    case 'product':
      return `(${expression.factors.map(render).join(' * ')})`;
    case 'scale':
      return `((${render(expression.of)} - ${words.double(expression.mean!)}) / ${words.double(expression.sd!)})`;
    case 'spline':
      return words.piecewise(render(expression.of), piecesOf(expression as SettledSpline));
    case 'bin':
      throw new Error('bins are comparisons once they are settled');
  }
}

/** @param where what cannot compute a hash, and why */
export function noHash(where: string, why: string, column: string, bits: number): BceError {
  const name = nameOf({ kind: 'hash', name: column, bits });
  return new BceError(
    'USAGE',
    `${where}: expected terms without a hash, found ${quoted(name)}: ${why}`,
    `train on a column of ${name} in place of the term; the exports sql, js and c compute it`,
  );
}

/**
 * A polynomial on each piece, by Horner's rule.
 *
 * @param choice the one where x <= bound, the other where it is not
 */
export function nestedPieces(
  x: string,
  pieces: readonly Piece[],
  double: (value: number) => string,
  choice: (bound: string, one: string, other: string) => string,
): string {
  const polynomials = pieces.map(({ at, c }) => {
    const u = `(${x} - ${double(at)})`;
    return c.map(double).reduceRight((sum, coefficient) => `(${sum} * ${u} + ${coefficient})`);
  });
  return polynomials.reduceRight((rest, polynomial, p) => choice(double(pieces[p]!.upTo), polynomial, rest));
}
