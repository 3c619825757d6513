/** What is known of a table as it lies there, for messages that say how to mend it. */
import { piped } from '../../source/piped.js';
import { shellWord } from '../../text.js';
import type { Writing } from './notation.js';

export interface TableContext {
  /** What messages call the source. */
  readonly name: string;
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Whether the flags of training are there, such as --drop. */
  readonly isTraining: boolean;
  /** What the first rows tell of the way out; undefined for nothing. */
  readonly remedyOfHead?: (() => string | undefined) | undefined;
}

/** The command that makes decimals of the numbers of some columns; undefined where there is none. */
export function rewriting(
  { name, delimiter, hasHeader }: TableContext,
  columns: readonly (readonly [column: number, writing: Writing])[],
  isSplittable: boolean,
): string | undefined {
  if (isSplittable) {
    const statements = columns.map(([column, writing]) => writing.awk(`$${column + 1}`));
    if (statements.includes(undefined)) return undefined;
    const by = delimiter === '\t' ? '\\t' : delimiter;
    const field = shellWord(by) === by ? by : `'${by}'`;
    const lines = hasHeader ? 'NR>1' : '';
    return piped(`awk -F${field} -v OFS=${field} '${lines}{${statements.join(';')}}1'`, name);
  }
  const header = hasHeader ? ['1b'] : [];
  const scripts = columns.map(([, writing]) => writing.sed);
  return scripts.includes(undefined)
    ? undefined
    : piped(`sed -E '${[...header, ...scripts].join('; ')}'`, name);
}
