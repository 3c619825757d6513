/** Rows and cells that are refused, in words. */
import { BceError } from '../errors.js';
import { listed, quoted, shellWord } from '../text.js';

/** A cell of a numeric column that is no number. */
export function notNumeric(where: string, name: string, text: string): BceError {
  const column = shellWord(name);
  return new BceError(
    'CSV_NOT_NUMERIC',
    `${where}: column ${quoted(name)}: expected a number, got ${quoted(text)}`,
    `--missing-values ${shellWord(text)} if it means a missing cell, --categorical ${column} to read the column as text, --drop ${column} to leave it out`,
  );
}

/** A cell of a numeric column whose number no finite double holds. */
export function notFinite(where: string, name: string, text: string): BceError {
  return new BceError(
    'CSV_NOT_FINITE',
    `${where}: column ${quoted(name)}: expected a finite number, got ${quoted(text)}`,
    `--missing-values ${shellWord(text)} if it means a missing cell, --drop ${shellWord(name)} to leave the column out`,
  );
}

/** A row with more or fewer cells than the header. */
export function raggedRow(
  where: string,
  expected: number,
  found: number,
  names: readonly string[],
): BceError {
  return new BceError(
    'CSV_RAGGED_ROW',
    `${where}: expected ${expected} cells, found ${found}`,
    expected === 1
      ? 'if the cells are parted otherwise, say how with --delimiter'
      : `the columns are ${listed(names.map(quoted))}; a cell that holds the delimiter must be quoted`,
  );
}
