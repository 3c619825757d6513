/** Factors together: one code for the levels of several in a row. */
import {
  type Expression,
  isLevelled,
  levelIn,
  levelOf,
  nameOf,
  partName,
  type TextPart,
} from './expression.js';
import { termOf } from './parse.js';

/** The baseline of an interaction: every cell in which some factor has its own. */
export const REFERENCE = '(reference)';

/** The parts of a term of factors alone. */
export function partsOf(expression: Expression): TextPart[] {
  const factors = expression.kind === 'product' ? expression.factors : [expression];
  return factors.filter(isLevelled);
}

/** What parts of these levels are in together, of one part its level; empty where one is missing. */
export function cellOf(
  parts: readonly TextPart[],
  levels: readonly string[],
  references: readonly string[] | undefined,
): string {
  if (levels.includes('')) return '';
  if (parts.length === 1) return levels[0]!;
  if (references !== undefined && levels.some((level, i) => level === references[i])) return REFERENCE;
  return parts.map((part, i) => nameOf(levelOf(part, levels[i]!))).join(':');
}

/** The levels of a cell, as `cellOf` writes it. */
export function levelsOfCell(cell: string): { readonly part: TextPart; readonly level: string }[] {
  const expression = termOf(cell);
  if (expression?.kind !== 'product') return [];
  return expression.factors.flatMap((factor) => levelIn(factor) ?? []);
}

/** Whether a cell holds a baseline, `baselineOf` a feature being that. */
export function isReferenceCell(cell: string, baselineOf: ReadonlyMap<string, string>): boolean {
  return levelsOfCell(cell).some(({ part, level }) => baselineOf.get(partName(part)) === level);
}
