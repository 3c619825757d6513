/** What the first rows of a file are besides a header and data, and the command that leaves them out. */
import { lazily } from '../../lazily.js';
import { parseNumber } from '../../source/csv/number.js';
import { piped } from '../../source/piped.js';
import type { Places } from '../../source/places.js';

/** The first rows of a file, the header among them, and the lines on which they start. */
export interface Head {
  readonly places: Places;
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** Rows before the header, at most. */
const MOST_PREAMBLE = 20;

const isNumber = (cell: string) => Number.isFinite(parseNumber(cell));
const isNamed = (cell: string) => cell.trim() !== '' && !isNumber(cell);

/** A unit of measurement, as in `years`, `kg/m^2` or `(%)`: a number or a mark of punctuation is none. */
const unit = lazily(
  () => /^[([]?(?:\p{Sc}|[\p{L}%\u00b0\u00b5\u2030][\p{L}\p{M}\d%\u00b0\u00b2\u00b3/^*._ -]*)[)\]]?$/u,
);

/** Words that say that a cell is missing, or what is wrong with it. */
const NO_VALUE = /^(?:n\/?a|nan?|nil|none|null|missing|unknown|undefined|invalid|error|inf|infinity)$/i;

const isUnit = (cell: string) => unit().test(cell.trim()) && !NO_VALUE.test(cell.trim());

/**
 * How a file is to be read that begins with lines which are no table; undefined where none are seen. They are comments
 * where the first line begins with `#`.
 */
export function withoutPreamble(head: Head): string | undefined {
  const { places, rows } = head;
  if (rows.length > 0 && isComment(rows[0]!)) return withoutComments();
  const line = headerLine(head);
  return line === undefined
    ? undefined
    : `${piped(`tail -n +${line}`, places.fileOf(line))} begins at the header on line ${line}`;
}

/**
 * The line of a header that stands below other lines, which is the first row whose cells are all names, and as many as
 * the rows after it have; in those before it some are empty, or there are fewer of them. Undefined where there is none.
 */
export function headerLine({ rows, lines }: Head): number | undefined {
  for (let k = 1; k < Math.min(rows.length - 1, MOST_PREAMBLE); k++) {
    const header = rows[k]!;
    const isHeader = header.length > 1 && header.every(isNamed) && new Set(header).size === header.length;
    const next = rows[k + 1]!;
    if (!isHeader || next.length !== header.length || !next.some(isNumber)) continue;
    const isBefore = rows
      .slice(0, k)
      .every((row) => row.filter((cell) => cell.trim() !== '').length < header.length);
    if (isBefore) return lines[k]!;
  }
  return undefined;
}

/** How a file is read whose first row is shorter than the header that is looked for. */
export function fromHeader(name: string): string {
  return `${piped('tail -n +N', name)} begins at line N, if the header stands further down`;
}

/** How a file is read without its comments. */
export function withoutComments(): string {
  return "--comment '#' leaves out the lines that begin with #";
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
  if (isComment(row) || isComment(names)) return withoutComments();
  if (repeatsHeader(names, row)) {
    return `${piped(WITHOUT_HEADERS, name)} leaves out rows that repeat the header`;
  }
  if (isFirst && holdsUnits(row, numerics)) {
    return `${piped(`sed ${line}d`, name)} leaves the row out, if it holds units`;
  }
  return undefined;
}

/** The filter that leaves out lines which are the first one again. */
export const WITHOUT_HEADERS = `awk 'NR==1{h=$0} NR==1||$0!=h'`;

/** Whether a row is that of the names once more. */
export function repeatsHeader(names: readonly string[], row: readonly string[]): boolean {
  return row.length === names.length && row.every((cell, c) => cell.trim() === names[c]);
}

/** Whether the first row of data has units where numbers are expected. */
export function holdsUnits(row: readonly string[], numerics: readonly number[]): boolean {
  const units = numerics.map((column) => row[column]?.trim() ?? '').filter((cell) => cell !== '');
  return units.length > 0 && units.every(isUnit);
}

/** The filter that names the column of row names, as R writes them. */
export function namingRows(delimiter: string): string {
  return `sed '1s/^/${ROW_NAMES}${delimiter === '\t' ? '\\t' : delimiter}/'`;
}

export const ROW_NAMES = 'row.names';

/**
 * What to do about rows with one cell more than there are names, as R's `write.table` makes them.
 *
 * Where the first cell is a number it may as well be the part of a number before its comma, and then a name for it
 * would make another number of the rest: no command is given.
 */
export function withRowNames(
  name: string,
  delimiter: string,
  [first = '']: readonly string[],
  isTraining: boolean,
): string {
  if (delimiter === ',' && isNumber(first)) {
    return 'rows have one cell more than there are names: either a number is written with a comma, and then write it as a plain number, as in 1200.5, or the first cell is the name of the row, as R writes it, and then give that column a name in the header';
  }
  const mended = piped(namingRows(delimiter), name);
  return `rows have one cell more than there are names, as R writes them with row names: ${mended}${isTraining ? ' --drop row.names' : ''} gives that column a name${isTraining ? ' and leaves it out' : ''}`;
}
