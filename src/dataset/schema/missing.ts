/** Which cells are missing, and how many were. */
import { type NumberForm, numberReader, PLAIN_NUMBERS, type ReadNumber } from '../../source/csv/number.js';

/** Words that mean "no value" besides the empty cell, unless `--no-missing-values`. */
export const MISSING_WORDS: readonly string[] = [
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  'null',
  'NULL',
];

/** Other words that mean it in many files, and may well be levels in another. */
const MARKERS: ReadonlySet<string> = new Set([
  '?',
  '??',
  '-',
  '--',
  '---',
  '.',
  '..',
  '*',
  '_',
  'none',
  '\\n',
  '#div/0!',
  '#ref!',
  '#value!',
  '#name?',
  '#num!',
  '#null!',
  'missing',
  'unknown',
  'undefined',
  'n.a.',
  'not available',
]);

/** Whether a trimmed cell is a word that means a missing one in many files. */
export function isMarker(text: string): boolean {
  return MARKERS.has(text.toLowerCase());
}

export interface MissingCells {
  /** True when a trimmed cell says that there is no value. */
  isMissing(text: string): boolean;
  /** The number of a cell as `read` gives it, but NaN when it means a missing one. */
  numberOf(text: string): number;
  /** The number of a cell, whether it means a missing one or not. */
  readonly read: ReadNumber;
  /** How numbers are written. */
  readonly form: NumberForm;
}

/**
 * @param words in place of or on top of `MISSING_WORDS`; a number also stands for its other spellings
 * @param form how numbers are written
 */
export function missingCells(words: readonly string[], form: NumberForm = PLAIN_NUMBERS): MissingCells {
  const read = numberReader(form);
  const texts = new Set(['', ...words]);
  const numbers = new Set(words.map(read).filter(Number.isFinite));
  const hasNumbers = numbers.size > 0;
  return {
    isMissing: (text) => texts.has(text) || (hasNumbers && numbers.has(read(text))),
    numberOf: hasNumbers
      ? (text) => {
          const value = read(text);
          return numbers.has(value) ? Number.NaN : value;
        }
      : read,
    read,
    form,
  };
}
