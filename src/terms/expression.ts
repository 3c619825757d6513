/** What a term is: a tree over the columns of the file, and the name that stands for it everywhere. */

/** Functions of one number, with the domain in which they are computed. */
export const FUNCTIONS = {
  log: { domain: 'above 0', isInside: (x: number) => x > 0, of: Math.log },
  log1p: { domain: 'above -1', isInside: (x: number) => x > -1, of: Math.log1p },
  sqrt: { domain: '0 or more', isInside: (x: number) => x >= 0, of: Math.sqrt },
  exp: { domain: 'at most 700', isInside: (x: number) => x <= 700, of: Math.exp },
  abs: { domain: 'any number', isInside: () => true, of: Math.abs },
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

export const COMPARISONS = ['>=', '<=', '>', '<'] as const;
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
  | { readonly kind: 'product'; readonly factors: readonly Expression[] };

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
    else if (node.kind === 'level') texts.add(node.name);
    else if (node.kind === 'product') node.factors.forEach(visit);
    else visit(node.of);
  };
  visit(expression);
  return { numbers: [...numbers], texts: [...texts] };
}

/** A word that needs no backticks around it. */
export const PLAIN_NAME = /^[\p{L}_.][\p{L}\p{N}_.]*/u;
/** A level that needs no quotes around it. */
export const PLAIN_LEVEL = /^[^\s:*+^()`"<>=,]+/;

export function levelName(column: string, level: string): string {
  const isPlain = PLAIN_LEVEL.exec(level)?.[0] === level;
  return `${columnName(column)}=${isPlain ? level : `"${level.replaceAll('"', '""')}"`}`;
}

function columnName(name: string): string {
  return PLAIN_NAME.exec(name)?.[0] === name ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** A part of a product, or what a function is of: only a product needs brackets there. */
function inner(expression: Expression): string {
  return expression.kind === 'product' ? `(${nameOf(expression)})` : nameOf(expression);
}

/** What a power, a comparison or a division is of. */
export function bracketed(expression: Expression): string {
  const isAtom = expression.kind === 'column' || expression.kind === 'call';
  return isAtom ? nameOf(expression) : `(${nameOf(expression)})`;
}
