/** Names of the columns, and which column an option means. */
import { distance } from 'fastest-levenshtein';
import { BceError } from '../../errors.js';
import type { ReadNumber } from '../../source/csv/number.js';
import { piped } from '../../source/piped.js';
import { listed, quoted } from '../../text.js';

/** A first row is a header unless every one of its cells that says something is a number. */
export function isHeader(row: readonly string[], read: ReadNumber): boolean {
  const cells = row.filter((cell) => cell.trim() !== '');
  return cells.length === 0 || !cells.every((cell) => Number.isFinite(read(cell.trim())));
}

/**
 * Whether a first row holds names: it does unless all its cells are numbers that nobody wants for names.
 *
 * @param read reads its numbers
 * @param given what was asked for; undefined finds it
 * @param wanted names that columns must have; none where any will do
 */
export function holdsNames(
  first: readonly string[],
  read: ReadNumber,
  given: boolean | undefined,
  wanted: (cells: readonly string[]) => readonly string[] = () => [],
): boolean {
  if (given !== undefined || isHeader(first, read)) return given ?? true;
  const cells = first.map((cell) => cell.trim());
  const names = wanted(cells);
  return names.length > 0 && names.every((one) => cells.includes(one));
}

/** Names for a file without a header: x1, x2, ... */
export function numberedNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `x${i + 1}`);
}

/**
 * The header's cells as names; some may be empty, or occur twice, as long as nobody uses them.
 *
 * @throws BceError NOT_TEXT when one is not text
 */
export function namesOf(header: readonly string[], where: string): string[] {
  const names = header.map((cell) => cell.trim());
  for (const name of names) requireText(name, where);
  return names;
}

/** Of the columns that are used, those without a name. */
export function unnamed(names: readonly string[], used: readonly number[]): number[] {
  return used.filter((column) => names[column] === '');
}

/** The columns of each name, in order of first appearance. */
export function columnsByName(
  names: readonly string[],
  columns: Iterable<number> = names.keys(),
): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const column of columns) {
    const same = byName.get(names[column]!);
    if (same === undefined) byName.set(names[column]!, [column]);
    else same.push(column);
  }
  return byName;
}

/** Of the columns that are used, those whose name an earlier one has. */
export function repeated(names: readonly string[], used: readonly number[]): number[] {
  const seen = new Set<string>();
  return used.filter((column) => {
    const isKnown = seen.has(names[column]!);
    seen.add(names[column]!);
    return isKnown;
  });
}

/**
 * Refuses columns that no name tells from the others that are used.
 *
 * @param used columns, ascending
 * @throws BceError CSV_COLUMN_NAMES
 */
export function requireNames(names: readonly string[], used: readonly number[], where: string): void {
  const empty = unnamed(names, used).map((column) => String(column + 1));
  if (empty.length > 0) {
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `${where}: no name for column ${listed(empty)}`,
      `--drop ${empty.join(',')} leaves ${empty.length === 1 ? 'it' : 'them'} out; otherwise name each column once in the first row, or pass --no-header when the file has no names`,
    );
  }
  const twice = [...columnsByName(names, used)].filter(([, at]) => at.length > 1);
  if (twice.length > 0) {
    const named = twice.map(([name, at]) => `${quoted(name)} (columns ${at.map((c) => c + 1).join(', ')})`);
    const later = repeated(names, used)
      .map((column) => column + 1)
      .join(',');
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `${where}: duplicate column names: ${listed(named)}`,
      `--drop ${later} keeps the first of each; otherwise name each column once in the first row, or pass --no-header when the file has no names`,
    );
  }
}

/**
 * The column of this name, which must be the only one.
 *
 * @returns -1 where there is none
 * @throws BceError CSV_COLUMN_NAMES
 */
export function onlyColumn(names: readonly string[], name: string, where: string): number {
  const column = names.indexOf(name);
  const other = names.indexOf(name, column + 1);
  if (column < 0 || other < 0) return column;
  throw new BceError(
    'CSV_COLUMN_NAMES',
    `${where}: two columns are called ${quoted(name)}: ${column + 1} and ${other + 1}`,
    'name each column that is used once in the first row',
  );
}

/** How a file is read without the bytes that end some files and are no text, or in which encoding they are. @param text a cell */
export function withoutControls(name: string, text: string): string {
  const without = `${piped("tr -d '\\000\\032' <", name)} leaves out such bytes`;
  const encoding = utf16Of(text);
  return encoding === undefined ? without : `if the file is UTF-16: --encoding ${encoding}, else ${without}`;
}

/** The form of UTF-16 that has every other byte of a first cell 0. */
function utf16Of(cell: string): 'utf16le' | 'utf16be' | undefined {
  if (/^(?:[^\0]\0)+$/.test(cell)) return 'utf16le';
  return /^(?:\0[^\0])+\0$/.test(cell) ? 'utf16be' : undefined;
}

/** Whether `requireText` takes it. */
export function isText(text: string): boolean {
  return !/[\0\x1a\ufffd]/.test(text);
}

/** @throws BceError NOT_TEXT when `text` cannot have come from a UTF-8 text file */
export function requireText(text: string, where: string): void {
  const name = /^(.*?):\d+/.exec(where)?.[1] ?? where;
  if (/[\0\x1a]/.test(text)) {
    throw new BceError(
      'NOT_TEXT',
      `${where}: expected text, found a ${text.includes('\0') ? 'NUL' : 'Ctrl-Z'} byte in ${quoted(text)}`,
      withoutControls(name, text),
    );
  }
  if (text.includes('\ufffd')) {
    throw new BceError(
      'NOT_TEXT',
      `${where}: expected UTF-8, found other bytes in ${quoted(text)}`,
      'if the file is Latin-1: --encoding latin1',
    );
  }
}

/**
 * The column that `reference` means: a name, or else a number from 1.
 *
 * @throws BceError COLUMN_UNKNOWN, with the nearest name
 */
export function findColumn(names: readonly string[], reference: string, flag: string): number {
  const first = names.indexOf(reference);
  const second = first < 0 ? -1 : names.indexOf(reference, first + 1);
  return onlyOne(
    [first, second].filter((column) => column >= 0),
    names,
    reference,
    flag,
  );
}

/** @param called the columns that have the reference for a name, at least the first two */
function onlyOne(
  [first, second]: readonly number[],
  names: readonly string[],
  reference: string,
  flag: string,
): number {
  if (first !== undefined && second !== undefined) {
    throw new BceError(
      'COLUMN_UNKNOWN',
      `${flag}: columns ${first + 1} and ${second + 1} are both called ${quoted(reference)}`,
      `${flag} ${first + 1} means the first of them`,
    );
  }
  if (first !== undefined) return first;
  const number = /^\d+$/.test(reference) ? Number(reference) : 0;
  if (number >= 1 && number <= names.length) return number - 1;
  const nearest = nearestOf(names, reference);
  throw new BceError(
    'COLUMN_UNKNOWN',
    `${flag}: no column ${quoted(reference)}`,
    nearest === undefined
      ? `the columns are ${listed(names.map(quoted))}`
      : `did you mean ${quoted(nearest)}?`,
  );
}

/**
 * The columns that a list option means, ascending. Each value is a name or number, or several with commas
 * between; a value that is itself a name stays whole, so names with commas can be given.
 */
export function findColumns(names: readonly string[], values: readonly string[], flag: string): Set<number> {
  if (values.length === 0) return new Set();
  const byName = columnsByName(names);
  const references = values.flatMap((value) => (byName.has(value) ? [value] : value.split(',')));
  const found = references.flatMap((reference) => {
    const name = reference.trim();
    const called = byName.get(name) ?? [];
    // to leave out a name is to leave out all columns of that name
    return flag === '--drop' && called.length > 0 ? called : [onlyOne(called, names, name, flag)];
  });
  return new Set(found.sort((a, b) => a - b));
}

/**
 * The name that `reference` may have been meant to be; undefined when none is near.
 *
 * @param share of the letters that may differ: further off, a suggestion would mislead
 */
export function nearestOf(names: readonly string[], reference: string, share = 0.4): string | undefined {
  const wanted = reference.toLowerCase();
  const ranked = names
    .map((name) => ({ name, edits: distance(name.toLowerCase(), wanted) }))
    .sort((a, b) => a.edits - b.edits);
  return ranked.find(({ name, edits }) => edits <= share * Math.max(name.length, wanted.length))?.name;
}
