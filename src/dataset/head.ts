/** What the first rows of a file are besides a header and data, and the command that leaves them out. */
import { parseNumber } from '../source/number.js';
import { piped } from '../source/piped.js';

/** The first rows of a file, the header among them, and the lines on which they start. */
export interface Head {
  readonly name: string;
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** Rows before the header, at most. */
const MOST_PREAMBLE = 20;

const isNumber = (cell: string) => Number.isFinite(parseNumber(cell));
const isNamed = (cell: string) => cell.trim() !== '' && !isNumber(cell);

/**
 * How a file is to be read that begins with lines which are no table; undefined where none are seen.
 *
 * They are comments where the first line begins with `#`. Otherwise the header is the first row whose cells are all
 * names, and as many as the rows after it have; in those before it some are empty, or there are fewer of them.
 */
export function withoutPreamble({ name, rows, lines }: Head): string | undefined {
  if (rows.length > 0 && isComment(rows[0]!)) {
    return withoutComments(name);
  }
  for (let k = 1; k < Math.min(rows.length - 1, MOST_PREAMBLE); k++) {
    const header = rows[k]!;
    const isHeader = header.length > 1 && header.every(isNamed) && new Set(header).size === header.length;
    const next = rows[k + 1]!;
    if (!isHeader || next.length !== header.length || !next.some(isNumber)) continue;
    const isBefore = rows
      .slice(0, k)
      .every((row) => row.filter((cell) => cell.trim() !== '').length < header.length);
    if (isBefore) return `${piped(`tail -n +${lines[k]!}`, name)} begins at the header on line ${lines[k]!}`;
  }
  return undefined;
}

/** How a file is read without its comments. */
export function withoutComments(name: string): string {
  return `${piped("grep -v '^#'", name)} leaves out the lines that begin with #`;
}

export function isComment(row: readonly string[]): boolean {
  return row[0]?.trimStart().startsWith('#') === true;
}

/**
 * What to do about a row of data that has words where numbers are expected, when the row tells what it is: a comment,
 * the header once more, or the units under it.
 *
 * @param numerics columns of numbers
 * @param isFirst whether it is the first row of data
 */
export function withoutRow(
  name: string,
  names: readonly string[],
  row: readonly string[],
  line: number,
  numerics: readonly number[],
  isFirst: boolean,
): string | undefined {
  if (isComment(row) || isComment(names)) return withoutComments(name);
  if (row.length === names.length && row.every((cell, c) => cell.trim() === names[c])) {
    const repeated = `awk 'NR==1{h=$0} NR==1||$0!=h'`;
    return `${piped(repeated, name)} leaves out rows that repeat the header`;
  }
  if (isFirst && numerics.every((column) => isNamed(row[column] ?? ''))) {
    return `${piped(`sed ${line}d`, name)} leaves the row out, if it holds units`;
  }
  return undefined;
}

/** What to do about rows with one cell more than there are names, as R's `write.table` makes them. */
export function withRowNames(name: string, delimiter: string, isTraining: boolean): string {
  const mended = piped(`sed '1s/^/row.names${delimiter === '\t' ? '\\t' : delimiter}/'`, name);
  return `rows have one cell more than there are names, as R writes them with row names: ${mended}${isTraining ? ' --drop row.names' : ''} gives that column a name${isTraining ? ' and leaves it out' : ''}`;
}
