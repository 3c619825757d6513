/** What a term is: a tree over the columns of the file, and the name that stands for it everywhere. */

import { lazily } from '../lazily.js';
import type { DatePartName } from './dates.js';

/** Functions of one number, with the domain in which they are computed; bounded where that leaves numbers out. */
export const FUNCTIONS = {
  log: { isBounded: true, domain: 'above 0', isInside: (x: number) => x > 0, of: Math.log },
  log1p: { isBounded: true, domain: 'above -1', isInside: (x: number) => x > -1, of: Math.log1p },
  sqrt: { isBounded: true, domain: '0 or more', isInside: (x: number) => x >= 0, of: Math.sqrt },
  exp: { isBounded: true, domain: 'at most 700', isInside: (x: number) => x <= 700, of: Math.exp },
  abs: { isBounded: false, domain: 'any number', isInside: () => true, of: Math.abs },
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

export const COMPARISONS = ['>=', '<=', '>', '<', '='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** NaN, a missing cell, makes the whole NaN. */
export type Expression =
  | { readonly kind: 'column'; readonly name: string }
  /** 1 in the rows of a level, 0 in the others. */
  | { readonly kind: 'level'; readonly name: string; readonly level: string }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly of: Expression }
  /** The product of `exponent` times `of`, from the left. */
  | { readonly kind: 'power'; readonly of: Expression; readonly exponent: number }
  /** 1 where it holds, 0 elsewhere. */
  | {
      readonly kind: 'comparison';
      readonly of: Expression;
      readonly by: Comparison;
      readonly bound: number;
    }
  /** From the left. */
  | { readonly kind: 'product'; readonly factors: readonly Expression[] }
  | Spline
  | Scale
  | Bin
  | DatePart
  | Hash;

/** A number from 0 to 2^bits - 1 of the texts in a column. */
export interface Hash {
  readonly kind: 'hash';
  readonly name: string;
  readonly bits: number;
}

/** A number of the dates in a column of text. */
export interface DatePart {
  readonly kind: 'date';
  readonly part: DatePartName;
  readonly name: string;
}

/** What has levels: a column of text, or numbers of one: a part of a date, or a hash. */
export type TextPart = (Expression & { kind: 'column' }) | DatePart | Hash;

/** Whether it is a column, or has numbers for levels: years are but numbers. */
export function isLevelled(expression: Expression): expression is TextPart {
  return (
    ['column', 'hash'].includes(expression.kind) || (expression.kind === 'date' && expression.part !== 'year')
  );
}

/** 1 in the rows of a level, 0 in the others. */
export function levelOf(part: TextPart, level: string): Expression {
  return part.kind === 'column'
    ? { kind: 'level', name: part.name, level }
    : { kind: 'comparison', of: part, by: '=', bound: Number(level) };
}

/** The part and the level that `levelOf` made it of; undefined of anything else. */
export function levelIn(
  expression: Expression,
): { readonly part: TextPart; readonly level: string } | undefined {
  if (expression.kind === 'level') {
    return { part: { kind: 'column', name: expression.name }, level: expression.level };
  }
  if (
    expression.kind !== 'comparison' ||
    expression.by !== '=' ||
    !isLevelled(expression.of) ||
    expression.of.kind === 'column'
  )
    return undefined;
  return { part: expression.of, level: String(expression.bound) };
}

/** What the feature of a part is called. */
export function partName(part: TextPart): string {
  return part.kind === 'column' ? part.name : nameOf(part);
}

/** Column 1, 2, ... of natural ('ns') or B-splines ('bs') of `of`, without the one that an intercept stands for. */
export interface Spline {
  readonly kind: 'spline';
  readonly basis: 'ns' | 'bs';
  readonly of: Expression;
  /** Of the polynomials between knots; 3 of natural splines. */
  readonly degree: number;
  readonly column: number;
  /** Columns, whose knots are quantiles of the training rows; undefined where the knots are said. */
  readonly df: number | undefined;
  /** Within the boundary, ascending; undefined until it is settled. */
  readonly knots: readonly number[] | undefined;
  /** The least and the largest value of the training rows; undefined until it is settled. */
  readonly boundary: readonly [low: number, high: number] | undefined;
}

/** (of - mean) / sd; both undefined until they are settled. */
export interface Scale {
  readonly kind: 'scale';
  readonly of: Expression;
  readonly mean: number | undefined;
  readonly sd: number | undefined;
}

/** 1 in bin `column` (2, ..., bins) of those between quantiles of the training rows; settled, it is a comparison. */
export interface Bin {
  readonly kind: 'bin';
  readonly of: Expression;
  readonly bins: number;
  readonly column: number;
}

/** What is made of no other expression. */
type Leaf = Extract<Expression, { kind: 'column' | 'level' | 'date' | 'hash' }>;

/** What is not known before the training rows are. */
export type Unsettled = Spline | Scale | Bin;

/** The name of a term, from which the parser makes the same tree. */
export function nameOf(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return columnName(expression.name);
    case 'level':
      return levelName(expression.name, expression.level);
    case 'call':
      return `${expression.name}(${inner(expression.of)})`;
    case 'power':
      return `${bracketed(expression.of)}^${expression.exponent}`;
    case 'comparison':
      return `${bracketed(expression.of)}${expression.by}${expression.bound}`;
    case 'product':
      return expression.factors.map(inner).join(':');
    case 'spline':
      return `${expression.basis}(${inner(expression.of)},${askedOf(expression)})[${expression.column}]`;
    case 'scale': {
      const { mean, sd } = expression;
      return `scale(${inner(expression.of)}${mean === undefined ? '' : `,${mean},${sd}`})`;
    }
    case 'hash':
      return `hash(${columnName(expression.name)},${expression.bits})`;
    case 'date':
      return `${expression.part}(${columnName(expression.name)})`;
    case 'bin':
      return `bins(${inner(expression.of)},${expression.bins})[${expression.column}]`;
  }
}

/** What stands behind the comma: the knots where they are known, or else their number. */
function askedOf({ basis, degree, df, knots, boundary }: Spline): string {
  const list = (numbers: readonly number[]) => `c(${numbers.join(',')})`;
  return [
    knots === undefined ? `${df}` : `knots=${list(knots)}`,
    ...(basis === 'bs' && degree !== CUBIC ? [`degree=${degree}`] : []),
    ...(boundary === undefined ? [] : [`boundary=${list(boundary)}`]),
  ].join(',');
}

/** The degree of a spline of which none is said. */
export const CUBIC = 3;

/** The expressions that one is made of. */
export function childrenOf(expression: Expression): readonly Expression[] {
  if (isLeaf(expression)) return [];
  return expression.kind === 'product' ? expression.factors : [expression.of];
}

function isLeaf(expression: Expression): expression is Leaf {
  return ['column', 'level', 'date', 'hash'].includes(expression.kind);
}

/** The same with `change` made of each of `childrenOf`. */
export function withChildren(expression: Expression, change: (child: Expression) => Expression): Expression {
  if (isLeaf(expression)) return expression;
  if (expression.kind === 'product') return { ...expression, factors: expression.factors.map(change) };
  return { ...expression, of: change(expression.of) };
}

/** Whether it is computed by what only the training rows tell. */
export function isUnsettled(expression: Expression): boolean {
  return needsRows(expression) || childrenOf(expression).some(isUnsettled);
}

/** The same of the node itself, whatever it is made of. */
export function needsRows(expression: Expression): boolean {
  switch (expression.kind) {
    case 'spline':
      return expression.knots === undefined || expression.boundary === undefined;
    case 'scale':
      return expression.mean === undefined;
    default:
      return expression.kind === 'bin';
  }
}

/** Columns of numbers that a term looks at, and columns of text, each once. */
export function sourcesOf(expression: Expression): {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
} {
  const numbers = new Set<string>();
  const texts = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === 'column') numbers.add(node.name);
    else if (node.kind === 'level' || node.kind === 'date' || node.kind === 'hash') texts.add(node.name);
    else childrenOf(node).forEach(visit);
  };
  visit(expression);
  return { numbers: [...numbers], texts: [...texts] };
}

/** A word that needs no backticks around it. */
export const plainName = lazily(() => /^[\p{L}_.][\p{L}\p{N}_.]*/u);
/** A level that needs no quotes around it. */
export const PLAIN_LEVEL = /^[^\s:*+^()`"<>=,]+/;

export function levelName(column: string, level: string): string {
  const isPlain = PLAIN_LEVEL.exec(level)?.[0] === level;
  return `${columnName(column)}=${isPlain ? level : `"${level.replaceAll('"', '""')}"`}`;
}

/** A column as it stands in a term. */
export function columnName(name: string): string {
  return plainName().exec(name)?.[0] === name ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** A part of a product, or what a function is of: only a product needs brackets there. */
function inner(expression: Expression): string {
  return expression.kind === 'product' ? `(${nameOf(expression)})` : nameOf(expression);
}

const ATOMS: readonly Expression['kind'][] = ['column', 'call', 'spline', 'scale', 'bin', 'date', 'hash'];

/** What a power, a comparison or a division is of. */
export function bracketed(expression: Expression): string {
  return ATOMS.includes(expression.kind) ? nameOf(expression) : `(${nameOf(expression)})`;
}
