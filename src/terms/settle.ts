/** What the training rows settle of a term: knots, quantiles, mean and standard deviation. */
import { BceError } from '../errors.js';
import { listed, quoted } from '../text.js';
import {
  childrenOf,
  type Expression,
  isUnsettled,
  nameOf,
  needsRows,
  type Unsettled,
  withChildren,
} from './expression.js';
import { intervalsOf } from './intervals.js';

/** What is known of the values of an expression in the training rows, missing ones left out, each counted once. */
export interface Values {
  readonly count: number;
  readonly mean: number;
  /** Divisor count - 1. */
  readonly sd: number;
  /** The value with so many below it or before it in ascending order, of those that `ranksOf` asks for. */
  at(rank: number): number;
}

/** What must be known next, by its name: what the innermost terms are of that are not settled. */
function openArguments(expressions: readonly Expression[]): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  for (const node of expressions.flatMap(openIn)) found.set(nameOf(node.of), node.of);
  return found;
}

/** Whether it is not settled, while what it is of is. */
function isOpen(expression: Expression): expression is Unsettled {
  return needsRows(expression) && !childrenOf(expression).some(isUnsettled);
}

/** Terms whose arguments are settled, while they themselves are not. */
function openIn(expression: Expression): Unsettled[] {
  if (isOpen(expression)) return [expression];
  return childrenOf(expression).flatMap(openIn);
}

/** The ranks that the open terms of this argument are settled by, of `count` values. */
export function ranksOf(expressions: readonly Expression[], argument: string, count: number): number[] {
  const nodes = expressions.flatMap(openIn).filter((node) => nameOf(node.of) === argument);
  return nodes.flatMap((node) => {
    const between = quantilesOf(node).flatMap((p) => {
      const { low, high } = placeOf(p, count);
      return [low, high];
    });
    return node.kind === 'spline' ? [0, count - 1, ...between] : between;
  });
}

/**
 * The expressions with all of them settled, those within others first.
 *
 * @param valuesOf what is known of these arguments, by their names
 * @param where for messages
 * @throws BceError TERM_UNSETTLED
 */
export async function settledAll<Key>(
  expressions: ReadonlyMap<Key, Expression>,
  valuesOf: (
    found: ReadonlyMap<string, Expression>,
    expressions: readonly Expression[],
  ) => Promise<ReadonlyMap<string, Values>>,
  where: string,
): Promise<ReadonlyMap<Key, Expression>> {
  const open = new Map(expressions);
  while ([...open.values()].some(isUnsettled)) {
    const all = [...open.values()];
    const values = await valuesOf(openArguments(all), all);
    for (const [key, expression] of open)
      open.set(
        key,
        settled(expression, (argument) => values.get(argument), where),
      );
  }
  return open;
}

/** The expression with all open terms settled of whose arguments the values are known. */
export function settled(
  expression: Expression,
  valuesOf: (argument: string) => Values | undefined,
  where: string,
): Expression {
  const inner = flat(withChildren(expression, (child) => settled(child, valuesOf, where)));
  // what is of something that has been settled just now comes next
  const values = isOpen(expression) ? valuesOf(nameOf(expression.of)) : undefined;
  return values === undefined ? inner : settledBy(inner as Unsettled, values, where);
}

/** A bin within a product is two comparisons of it. */
function flat(expression: Expression): Expression {
  if (expression.kind !== 'product') return expression;
  return {
    ...expression,
    factors: expression.factors.flatMap((factor) => (factor.kind === 'product' ? factor.factors : [factor])),
  };
}

function settledBy(node: Unsettled, values: Values, where: string): Expression {
  const fault = (what: string, hint: string) => {
    const name = nameOf(node).replace(/\[\d+\]$/, '');
    return new BceError('TERM_UNSETTLED', `${where}: term ${quoted(name)}: ${what}`, hint);
  };
  if (values.count === 0)
    throw fault('expected values to settle it by, found only missing cells', 'leave the term out');
  const quantiles = () => quantilesOf(node).map((p) => quantile(values, p));
  switch (node.kind) {
    case 'scale':
      if (!(values.sd > 0))
        throw fault(
          `expected different values in the training rows, found only ${values.mean}`,
          'what is the same in every row has no spread to divide by: leave the term out',
        );
      return { ...node, mean: values.mean, sd: values.sd };
    case 'bin': {
      const breaks = quantiles();
      return intervalsOf(node.of, breaks)[node.column - 2]!;
    }
    case 'spline': {
      const boundary = node.boundary ?? [values.at(0), values.at(values.count - 1)];
      const knots = node.knots ?? quantiles();
      const [low, high] = boundary;
      const all = [low, ...knots, high];
      const isAscending = all.every((knot, i) => i === 0 || knot > all[i - 1]!);
      if (!isAscending) {
        throw fault(
          node.knots === undefined
            ? `expected knots that ascend, found the quantiles ${listed(knots.map(String))} of values from ${low} to ${high}`
            : `expected knots within the values of the training rows, ${low} to ${high}, found ${listed(knots.map(String))}`,
          node.knots === undefined
            ? 'values that are often the same have fewer knots: ask for fewer columns, or name the knots, as in knots=c(20,40)'
            : 'name other knots, or the boundary as well, as in boundary=c(0,100)',
        );
      }
      return { ...node, df: undefined, knots, boundary: [low, high] };
    }
  }
}

/** Shares of the rows at which a term has its knots or breaks. */
function quantilesOf(node: Unsettled): number[] {
  if (node.kind === 'scale' || (node.kind === 'spline' && node.knots !== undefined)) return [];
  const parts = node.kind === 'bin' ? node.bins : node.df! - (node.basis === 'ns' ? 0 : node.degree - 1);
  return Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts);
}

/** Where the quantile of share p lies between two ranks, R's type 7. */
function placeOf(
  p: number,
  count: number,
): { readonly low: number; readonly high: number; readonly share: number } {
  const place = (count - 1) * p;
  const low = Math.floor(place);
  return { low, high: Math.ceil(place), share: place - low };
}

function quantile(values: Values, p: number): number {
  const { low, high, share } = placeOf(p, values.count);
  const [a, b] = [values.at(low), values.at(high)];
  return a === b ? a : (1 - share) * a + share * b;
}

/** The same over columns that hold the values of some of its parts, by the names of these. */
export function overColumns(expression: Expression, columns: { has(name: string): boolean }): Expression {
  const name = nameOf(expression);
  if (columns.has(name)) return { kind: 'column', name };
  return withChildren(expression, (child) => overColumns(child, columns));
}

/** The largest parts that each row tells by itself, by their names: of them the rest is computed once it is settled. */
export function readyParts(expression: Expression): ReadonlyMap<string, Expression> {
  if (!isUnsettled(expression)) return new Map([[nameOf(expression), expression]]);
  return new Map(childrenOf(expression).flatMap((child) => [...readyParts(child)]));
}

/** What is missing from an unsettled expression, in words. */
export function whatSettles(expression: Expression): string {
  const inside = childrenOf(expression).find(isUnsettled);
  if (inside !== undefined) return whatSettles(inside);
  const node = expression as Unsettled;
  if (node.kind === 'spline') return node.knots === undefined ? 'knots' : 'boundary';
  return node.kind === 'scale' ? 'mean and standard deviation' : 'quantiles';
}
