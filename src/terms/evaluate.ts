/** A term compiled to a function of the cells of a row. */
import { quoted } from '../text.js';
import { datePart, expectedDate } from './dates.js';
import {
  type Comparison,
  type Expression,
  FUNCTIONS,
  nameOf,
  needsRows,
  type TextPart,
  type Unsettled,
} from './expression.js';
import { bucketOf } from './hash.js';
import { piecesOf, type SettledSpline, splineAt } from './splines.js';

/** The cells of a row by their column's place in the file. */
export interface Cells {
  /** NaN where missing. */
  number(column: number): number;
  /** Empty where missing. */
  text(column: number): string;
  /** What a function has no value of, in words as `expected` is: refused, or NaN, a missing cell. */
  outside(term: string, expected: string, found: string): number;
}

export type Evaluate = (cells: Cells) => number;

/**
 * What needs the training rows is 0 until they are known, and NaN where it is missing.
 *
 * @param indexOf place of a column by its name
 */
export function compile(expression: Expression, indexOf: (name: string) => number): Evaluate {
  if (needsRows(expression)) {
    const inner = compile((expression as Unsettled).of, indexOf);
    return (cells) => (Number.isNaN(inner(cells)) ? Number.NaN : 0);
  }
  switch (expression.kind) {
    case 'column': {
      const column = indexOf(expression.name);
      return (cells) => cells.number(column);
    }
    case 'level': {
      const column = indexOf(expression.name);
      const { level } = expression;
      return (cells) => {
        const text = cells.text(column);
        return text === '' ? Number.NaN : text === level ? 1 : 0;
      };
    }
    case 'call': {
      const inner = compile(expression.of, indexOf);
      const { isInside, of, domain } = FUNCTIONS[expression.name];
      const name = nameOf(expression);
      return (cells) => {
        const x = inner(cells);
        return isInside(x)
          ? of(x)
          : Number.isNaN(x)
            ? x
            : cells.outside(name, `a number ${domain}`, String(x));
      };
    }
    case 'power': {
      const inner = compile(expression.of, indexOf);
      const { exponent } = expression;
      return (cells) => {
        const x = inner(cells);
        let power = x;
        for (let k = 1; k < exponent; k++) power *= x;
        return power;
      };
    }
    case 'comparison': {
      const inner = compile(expression.of, indexOf);
      const { by, bound } = expression;
      return (cells) => {
        const x = inner(cells);
        if (Number.isNaN(x)) return x;
        return HOLDS[by](x, bound) ? 1 : 0;
      };
    }
    case 'product': {
      const [first, ...rest] = expression.factors.map((factor) => compile(factor, indexOf));
      return (cells) => rest.reduce((product, factor) => product * factor(cells), first!(cells));
    }
    case 'spline': {
      const inner = compile(expression.of, indexOf);
      const pieces = piecesOf(expression as SettledSpline);
      return (cells) => splineAt(pieces, inner(cells));
    }
    case 'scale': {
      const inner = compile(expression.of, indexOf);
      const [mean, sd] = [expression.mean!, expression.sd!];
      return (cells) => (inner(cells) - mean) / sd;
    }
    case 'hash': {
      const column = indexOf(expression.name);
      const { bits } = expression;
      return (cells) => {
        const text = cells.text(column);
        return text === '' ? Number.NaN : bucketOf(text, bits);
      };
    }
    case 'date': {
      const column = indexOf(expression.name);
      const { part } = expression;
      const name = nameOf(expression);
      return (cells) => {
        const text = cells.text(column);
        if (text === '') return Number.NaN;
        const value = datePart(part, text);
        return Number.isNaN(value) ? cells.outside(name, expectedDate(part), quoted(text)) : value;
      };
    }
    case 'bin':
      throw new Error('bins are comparisons once they are settled');
  }
}

const HOLDS: Readonly<Record<Comparison, (x: number, bound: number) => boolean>> = {
  '>': (x, bound) => x > bound,
  '<': (x, bound) => x < bound,
  '>=': (x, bound) => x >= bound,
  '<=': (x, bound) => x <= bound,
  '=': (x, bound) => x === bound,
};

/** The level of a part in a row; empty where it is missing. */
export function compileText(part: TextPart, indexOf: (name: string) => number): (cells: Cells) => string {
  if (part.kind === 'column') {
    const column = indexOf(part.name);
    return (cells) => cells.text(column);
  }
  const number = compile(part, indexOf);
  return (cells) => {
    const value = number(cells);
    return Number.isNaN(value) ? '' : String(value);
  };
}
