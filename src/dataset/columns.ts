/** Names of the columns, and which column an option means. */
import { distance } from 'fastest-levenshtein';
import { BceError } from '../errors.js';
import { parseNumber } from '../source/number.js';
import { listed, quoted } from '../text.js';

/** A first row is a header unless every one of its cells is a number. */
export function isHeader(row: readonly string[]): boolean {
  return !row.every((cell) => Number.isFinite(parseNumber(cell.trim())));
}

/** Names for a file without a header: x1, x2, ... */
export function numberedNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `x${i + 1}`);
}

/**
 * The header's cells as names.
 *
 * @throws BceError CSV_COLUMN_NAMES when a name is empty or occurs twice, NOT_TEXT when one is not text
 */
export function namesOf(header: readonly string[], where: string): string[] {
  const names = header.map((cell) => cell.trim());
  for (const name of names) requireText(name, where);
  const hint = 'name each column once in the first row, or pass --no-header when the file has no names';
  const empty = names.flatMap((name, i) => (name === '' ? [String(i + 1)] : []));
  if (empty.length > 0) {
    throw new BceError('CSV_COLUMN_NAMES', `${where}: no name for column ${listed(empty)}`, hint);
  }
  const seen = new Map<string, number[]>();
  names.forEach((name, i) => {
    seen.set(name, [...(seen.get(name) ?? []), i + 1]);
  });
  const twice = [...seen].filter(([, at]) => at.length > 1);
  if (twice.length > 0) {
    const named = twice.map(([name, at]) => `${quoted(name)} (columns ${at.join(', ')})`);
    throw new BceError('CSV_COLUMN_NAMES', `${where}: duplicate column names: ${listed(named)}`, hint);
  }
  return names;
}

/** @throws BceError NOT_TEXT when `text` cannot have come from a UTF-8 text file */
export function requireText(text: string, where: string): void {
  if (text.includes('\0')) {
    throw new BceError(
      'NOT_TEXT',
      `${where}: expected text, found a NUL byte in ${quoted(text)}`,
      'if the file is UTF-16: iconv -f utf-16 -t utf-8 FILE | bce-train -',
    );
  }
  if (text.includes('\ufffd')) {
    throw new BceError(
      'NOT_TEXT',
      `${where}: expected UTF-8, found other bytes in ${quoted(text)}`,
      'if the file is Latin-1: iconv -f latin1 -t utf-8 FILE | bce-train -',
    );
  }
}

/**
 * The column that `reference` means: a name, or else a number from 1.
 *
 * @throws BceError COLUMN_UNKNOWN, with the nearest name
 */
export function findColumn(names: readonly string[], reference: string, flag: string): number {
  const index = names.indexOf(reference);
  if (index >= 0) return index;
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
  const references = values.flatMap((value) => (names.includes(value) ? [value] : value.split(',')));
  const found = references.map((reference) => findColumn(names, reference.trim(), flag));
  return new Set(found.sort((a, b) => a - b));
}

/** The name that `reference` may have been meant to be; undefined when none is near. */
export function nearestOf(names: readonly string[], reference: string): string | undefined {
  const wanted = reference.toLowerCase();
  const ranked = names
    .map((name) => ({ name, edits: distance(name.toLowerCase(), wanted) }))
    .sort((a, b) => a.edits - b.edits);
  // further off, a suggestion would mislead
  return ranked.find(({ name, edits }) => edits <= 0.4 * Math.max(name.length, wanted.length))?.name;
}
