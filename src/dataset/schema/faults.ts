/** Rows and cells that are refused, in words. */
import { BceError } from '../../errors.js';
import { counted, listed, quoted, shellWord } from '../../text.js';
import type { MissingByName } from './missingByName.js';
import { missingByColumn } from './missingByName.js';

/**
 * A cell of a numeric column, or of that of the weights, that is no number.
 *
 * @param remedy what the row or the text tells of the way out; undefined for nothing
 * @param isTraining false where there are no flags that say how to read a column
 */
export function notNumeric(
  where: string,
  name: string,
  text: string,
  isWeight: boolean,
  remedy: string | undefined,
  isTraining: boolean,
): BceError {
  const column = shellWord(name);
  // the flag takes several words with commas between
  const missing = text.includes(',')
    ? []
    : [`--missing-values ${shellWord(text)} if it means a missing cell`];
  const remedies = isWeight
    ? ['another column with --weight-column']
    : isTraining
      ? [`--categorical ${column} to read the column as text`, `--drop ${column} to leave it out`]
      : [];
  return new BceError(
    'CSV_NOT_NUMERIC',
    `${where}: column ${quoted(name)}: expected a number, got ${quoted(text)}`,
    remedy ?? ([...missing, ...remedies].join(', ') || 'write it as a plain number, as in 1200.5'),
  );
}

/** A cell of a numeric column, or of that of the weights, whose number no finite double holds. */
export function notFinite(
  where: string,
  name: string,
  text: string,
  isWeight: boolean,
  isTraining: boolean,
): BceError {
  const remedy = isWeight || !isTraining ? '' : `, --drop ${shellWord(name)} to leave the column out`;
  return new BceError(
    'CSV_NOT_FINITE',
    `${where}: column ${quoted(name)}: expected a finite number, got ${quoted(text)}`,
    `--missing-values ${shellWord(text)} if it means a missing cell${remedy}`,
  );
}

/** A row that would count less than not at all. */
export function weightNegative(where: string, name: string, weight: number): BceError {
  return new BceError(
    'WEIGHT_NEGATIVE',
    `${where}: column ${quoted(name)}: expected a weight, 0 or more, got ${weight}`,
    'a weight says how often a row counts; 0 leaves it out',
  );
}

/** A table of which every row was left out. */
export function noRows(
  where: string,
  rowsRead: number,
  zeroWeights: number,
  missing: MissingByName,
): BceError {
  if (zeroWeights === rowsRead) {
    return new BceError(
      'NO_ROWS',
      `${where}: no row is left: each of ${counted(rowsRead, 'row')} has weight 0`,
    );
  }
  const orWeightless = zeroWeights > 0 ? ' or weight 0' : '';
  return new BceError(
    'NO_ROWS',
    `${where}: no row is left: each of ${counted(rowsRead, 'row')} has a missing cell${orWeightless}: ${missingByColumn(missing)}`,
    'leave out the columns that are mostly missing with --drop, or fill the cells with --missing mean',
  );
}

/** A row with more or fewer cells than the header. */
/** What helps where a row that may hold several cells was read as one. */
export function separatedBy(row: string): string {
  if (/\S\s+\S/.test(row)) return '--delimiter space if blanks separate the cells';
  const [mark] = /[:^~#/!*]/.exec(row) ?? [];
  return mark === undefined
    ? '--delimiter names the character between cells'
    : `--delimiter ${shellWord(mark)} if that separates the cells`;
}

export function raggedRow(
  where: string,
  expected: number,
  found: number,
  names: readonly string[],
  remedy?: string,
): BceError {
  return new BceError(
    'CSV_RAGGED_ROW',
    `${where}: expected ${expected === 1 ? '1 cell' : `${expected} cells`}, found ${found}`,
    remedy !== undefined
      ? remedy
      : expected === 1
        ? separatedBy(names[0]!)
        : `the columns are ${listed(names.map(quoted))}; a cell that holds the delimiter must be quoted`,
  );
}

/** A cell of which a term has no value. */
export function outsideDomain(where: string, term: string, expected: string, found: string): BceError {
  return new BceError(
    'TERM_DOMAIN',
    `${where}: term ${quoted(term)}: expected ${expected}, got ${found}`,
    '--missing drop leaves such rows out: the term has no value there, as in a missing cell',
  );
}

/** A level that occurs after the rows that told which there are. */
export function levelComesLate(where: string, name: string, text: string): BceError {
  return new BceError(
    'LEVEL_UNKNOWN',
    `${where}: column ${quoted(name)}: expected a level of the first rows, of which a term made columns, got ${quoted(text)}`,
    'name the levels in the term, as in sex=male:age, or put a row of each level among the first',
  );
}
