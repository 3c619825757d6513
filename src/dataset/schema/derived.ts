/** A column that is computed of others: from the cells of a row, by the plan or by the expression in a model. */
import { BceError } from '../../errors.js';
import { type Cells, compile, compileText, type Evaluate } from '../../terms/evaluate.js';
import { type Expression, sourcesOf, type TextPart } from '../../terms/expression.js';
import { termOf } from '../../terms/parse.js';
import { levelsOfCell, partsOf } from '../../terms/together.js';
import { byteOrder, quoted } from '../../text.js';
import type { CategoricalFeature } from '../dataset.js';
import { OTHER } from './factor.js';

/** A column that is computed from the cells of a row. */
export type DerivedColumn =
  | { readonly kind: 'numeric'; readonly expression: Expression; readonly evaluate: Evaluate }
  /** A part of a date, or cells of several factors together. */
  | {
      readonly kind: 'categorical';
      readonly expression: Expression;
      readonly parts: readonly TextPart[];
      /** The levels of the parts in a row; empty where they are missing. */
      readonly texts: readonly ((cells: Cells) => string)[];
      /** Their baselines, where they are known: a row with one of them is in the baseline of the interaction. */
      readonly references: readonly string[] | undefined;
    };

/** The order in which the levels of a part stand: numbers by their size. */
export function orderOf(part: TextPart): (a: string, b: string) => number {
  return part.kind === 'column' ? byteOrder : (a, b) => Number(a) - Number(b);
}

/** The same of parts together, by one after the other. */
export function orderOfLevels(parts: readonly TextPart[]): (a: string, b: string) => number {
  if (parts.length === 1) return orderOf(parts[0]!);
  if (parts.every(({ kind }) => kind === 'column')) return byteOrder;
  const known = new Map<string, readonly string[]>();
  const levelsOf = (cell: string) => {
    const levels = known.get(cell) ?? levelsOfCell(cell).map(({ level }) => level);
    known.set(cell, levels);
    return levels;
  };
  return (a, b) => {
    const [left, right] = [levelsOf(a), levelsOf(b)];
    const i = left.findIndex((level, k) => level !== right[k]);
    return i < 0 ? 0 : orderOf(parts[i]!)(left[i]!, right[i]!);
  };
}

/** Text columns together, in the row of a factor. */
export function togetherOf(
  expression: Expression,
  parts: readonly TextPart[],
  references: readonly string[] | undefined,
  indexOf: (name: string) => number,
  kept?: CategoricalFeature['kept'],
): DerivedColumn {
  const texts = parts.map((part, i) => {
    const textOf = compileText(part, indexOf);
    const levels = kept?.[i];
    if (levels === undefined || levels === null) return textOf;
    const known = new Set(['', ...levels]);
    return (cells: Cells) => {
      const text = textOf(cells);
      return known.has(text) ? text : OTHER;
    };
  });
  return { kind: 'categorical', expression, parts, texts, references };
}

/** Columns of the file that a term needs, by the name that the model has for it. */
export function columnsOf(expression: string): string[] {
  const { numbers, texts } = sourcesOf(treeOf(expression));
  return [...numbers, ...texts];
}

/**
 * The column of a model's term in a file with these names.
 *
 * @param references baselines of factors together; undefined of one alone, and of a number
 * @param kept levels of each, where texts that are none of them are one level
 */
export function derivedOf(
  expression: string,
  kind: DerivedColumn['kind'],
  references: readonly string[] | undefined,
  kept: CategoricalFeature['kept'],
): (names: readonly string[]) => DerivedColumn {
  const tree = treeOf(expression);
  return (names) => {
    const indexOf = (name: string) => names.indexOf(name);
    return kind === 'numeric'
      ? { kind, expression: tree, evaluate: compile(tree, indexOf) }
      : togetherOf(tree, partsOf(tree), references, indexOf, kept);
  };
}

/** Whether a weight of that name may be of a column that is computed of others. */
export function isComputed(name: string): boolean {
  const kind = termOf(name)?.kind;
  return kind !== undefined && kind !== 'column' && kind !== 'level';
}

/** The tree of a model's term. @throws BceError WEIGHTS_UNREADABLE for what is none */
export function treeOf(expression: string): Expression {
  const tree = termOf(expression);
  if (tree !== undefined) return tree;
  throw new BceError(
    'WEIGHTS_UNREADABLE',
    `${quoted(expression)} is no term`,
    'bce-train -o model.json writes a whole model',
  );
}
