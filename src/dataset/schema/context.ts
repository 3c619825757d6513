/** What is known of a table as it lies there, for messages that say how to mend it. */

import type { FormWords } from '../../source/csv/number.js';
import { piped } from '../../source/piped.js';
import type { Places } from '../../source/places.js';
import { shellWord } from '../../text.js';
import type { Writing } from './writing.js';

export interface TableContext {
  /** What messages call its lines. */
  readonly places: Places;
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Whether the flags of training are there, such as --drop. */
  readonly isTraining: boolean;
  /** What the first rows tell of the way out; undefined for nothing. */
  readonly remedyOfHead?: (() => string | undefined) | undefined;
}

/** The flags for numbers in a form that is not plain. */
export function flagsOfForm({ decimal, thousands }: FormWords): string {
  return [
    ...(decimal === undefined ? [] : [`--decimal ${decimal}`]),
    ...(thousands === undefined ? [] : [`--thousands ${thousands}`]),
  ].join(' ');
}

/**
 * The command that makes decimals of the numbers of some columns; undefined where there is none.
 *
 * @param line of one of them
 */
export function rewriting(
  context: TableContext,
  line: number,
  columns: readonly (readonly [column: number, writing: Writing])[],
  isSplittable: boolean,
): string | undefined {
  const filter = rewritingFilter(context, columns, isSplittable);
  return filter === undefined ? undefined : piped(filter, context.places.fileOf(line));
}

/**
 * Its filter, which reads a file or standard input.
 *
 * @param isSplittable whether no cell holds the delimiter
 */
export function rewritingFilter(
  { delimiter, hasHeader }: Pick<TableContext, 'delimiter' | 'hasHeader'>,
  columns: readonly (readonly [column: number, writing: Writing])[],
  isSplittable: boolean,
): string | undefined {
  if (isSplittable) {
    const statements = columns.map(([column, writing]) => writing.awk(`$${column + 1}`));
    if (statements.includes(undefined)) return undefined;
    const by = delimiter === '\t' ? '\\t' : delimiter;
    const field = shellWord(by) === by ? by : `'${by}'`;
    const lines = hasHeader ? 'NR>1' : '';
    return `awk -F${field} -v OFS=${field} '${lines}{${statements.join(';')}}1'`;
  }
  const header = hasHeader ? ['1b'] : [];
  const scripts = columns.map(([, writing]) => writing.sed);
  return scripts.includes(undefined) ? undefined : `sed -E '${[...header, ...scripts].join('; ')}'`;
}
