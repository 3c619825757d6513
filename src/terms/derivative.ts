/** The derivative of a term by a column of numbers, in numbers and in words. */
import { type Cells, compile } from './evaluate.js';
import { bracketed, type Expression, type FunctionName, nameOf } from './expression.js';
import { piecesOf, type SettledSpline, slopeAt } from './splines.js';

export interface Derivative {
  /** As a formula of the columns. */
  readonly formula: string;
  /** Whether the formula needs brackets in a product. */
  readonly isSum?: boolean;
  /** NaN at a corner or a step, where there is none, and where a cell is missing. */
  readonly at: (cells: Cells) => number;
}

const ZERO: Derivative = { formula: '0', at: () => 0 };
const ONE: Derivative = { formula: '1', at: () => 1 };

/** f'(u), and how it is written. */
const SLOPES: Readonly<
  Record<FunctionName, { readonly at: (u: number) => number; readonly formula: (u: string) => string }>
> = {
  log: { at: (u) => 1 / u, formula: (u) => `1/${u}` },
  log1p: { at: (u) => 1 / (1 + u), formula: (u) => `1/(1 + ${u})` },
  sqrt: { at: (u) => (u > 0 ? 0.5 / Math.sqrt(u) : Number.NaN), formula: (u) => `1/(2 * sqrt(${u}))` },
  exp: { at: Math.exp, formula: (u) => `exp(${u})` },
  abs: { at: (u) => (u === 0 ? Number.NaN : Math.sign(u)), formula: (u) => `sign(${u})` },
};

/**
 * dt/dx by the chain rule and the product rule.
 *
 * @param by the column x
 * @param indexOf place of a column by its name
 */
export function derivative(
  expression: Expression,
  by: string,
  indexOf: (name: string) => number,
): Derivative {
  switch (expression.kind) {
    case 'column':
      return expression.name === by ? ONE : ZERO;
    case 'level':
    case 'date':
    case 'hash':
      return ZERO;
    case 'call': {
      const { of, name } = expression;
      const { at, formula } = SLOPES[name];
      const u = nameOf(of);
      return chained(of, at, formula(name === 'log' ? bracketed(of) : u), by, indexOf);
    }
    case 'power': {
      const { of, exponent } = expression;
      const rest = exponent === 2 ? '' : `^${exponent - 1}`;
      const slope = (u: number) => exponent * u ** (exponent - 1);
      return chained(of, slope, `${exponent} * ${bracketed(of)}${rest}`, by, indexOf);
    }
    case 'comparison': {
      const { of, bound } = expression;
      if (derivative(of, by, indexOf) === ZERO) return ZERO;
      const u = compile(of, indexOf);
      // a step at the bound, and level on both sides of it
      const at = (cells: Cells) => {
        const value = u(cells);
        return Number.isNaN(value) || value === bound ? Number.NaN : 0;
      };
      return { formula: '0', at };
    }
    case 'scale': {
      const { of, sd } = expression;
      return chained(of, () => 1 / sd!, `1/${sd}`, by, indexOf);
    }
    case 'spline': {
      const { basis, column, of } = expression;
      const pieces = piecesOf(expression as SettledSpline);
      return chained(of, (u) => slopeAt(pieces, u), `${basis}[${column}]'(${nameOf(of)})`, by, indexOf);
    }
    case 'bin':
      throw new Error('bins are comparisons once they are settled');
    case 'product':
      return sum(
        expression.factors.map((factor, i) => {
          const others = expression.factors.filter((_, k) => k !== i);
          return others.reduceRight(
            (slope, other) => times({ formula: nameOf(other), at: compile(other, indexOf) }, slope),
            derivative(factor, by, indexOf),
          );
        }),
      );
  }
}

/** f'(u) du/dx. */
function chained(
  of: Expression,
  slope: (u: number) => number,
  formula: string,
  by: string,
  indexOf: (name: string) => number,
): Derivative {
  const u = compile(of, indexOf);
  return times({ formula, at: (cells) => slope(u(cells)) }, derivative(of, by, indexOf));
}

function times(a: Derivative, b: Derivative): Derivative {
  if (b === ZERO) return ZERO;
  if (b === ONE) return a;
  const last = b.isSum ? `(${b.formula})` : b.formula;
  // beside a step it is level
  const formula = b.formula === '0' ? '0' : `${a.formula} * ${last}`;
  return { formula, at: (cells) => a.at(cells) * b.at(cells) };
}

function sum(parts: readonly Derivative[]): Derivative {
  const [first, ...rest] = parts.filter((part) => part !== ZERO);
  if (first === undefined) return ZERO;
  if (rest.length === 0) return first;
  const all = [first, ...rest];
  const formulas = all.map(({ formula }) => formula).filter((formula) => formula !== '0');
  return {
    formula: formulas.join(' + ') || '0',
    isSum: formulas.length > 1,
    at: (cells) => all.reduce((total, { at }) => total + at(cells), 0),
  };
}
