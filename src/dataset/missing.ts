/** Which cells are missing, and how many were. */
import { parseNumber } from '../source/number.js';

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

export interface MissingCells {
  /** True when a trimmed cell says that there is no value. */
  isMissing(text: string): boolean;
  /** The number of a cell as `parseNumber` reads it, but NaN when it means a missing one. */
  numberOf(text: string): number;
}

/** @param words in place of or on top of `MISSING_WORDS`; a number also stands for its other spellings */
export function missingCells(words: readonly string[]): MissingCells {
  const texts = new Set(['', ...words]);
  const numbers = new Set(words.map(parseNumber).filter(Number.isFinite));
  const hasNumbers = numbers.size > 0;
  return {
    isMissing: (text) => texts.has(text) || (hasNumbers && numbers.has(parseNumber(text))),
    numberOf: hasNumbers
      ? (text) => {
          const value = parseNumber(text);
          return numbers.has(value) ? Number.NaN : value;
        }
      : parseNumber,
  };
}
