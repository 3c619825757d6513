/** Which cells are missing, and how many were. */
import { BceError } from '../../errors.js';
import { type NumberForm, numberReader, PLAIN_NUMBERS, type ReadNumber } from '../../source/csv/number.js';
import { counted, grouped, quoted } from '../../text.js';
import { missingByColumn } from './faults.js';
import type { Plan, ReadOptions } from './plan.js';

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

/** Missing cells by column, or by a term that has no value of a cell, where there are any. */
export type MissingByName = readonly (readonly [name: string, cells: number])[];

/** @param missing cells by column */
export function missingByName(missing: Int32Array, names: readonly string[]): MissingByName {
  return names.flatMap((name, c) => (missing[c]! > 0 ? [[name, missing[c]!] as const] : []));
}

/** What is known of the missing cells at the end of a file. */
export interface MissingCount {
  /** What messages call the source. */
  readonly name: string;
  readonly plan: Plan;
  readonly policy: ReadOptions['missing'];
  readonly missing: MissingByName;
  readonly rowsRead: number;
  /** Where the first row with a missing cell is, and the first whose label or weight is missing; if they are known. */
  readonly first?: string;
  readonly firstUnfillable?: string;
  /** The labels with their counts. */
  readonly labels: string;
}

/**
 * Refuses a file whose missing cells the policy does not settle.
 *
 * @throws BceError CSV_HEADER_ONLY, LABEL_MISSING, WEIGHT_MISSING, CELLS_MISSING
 */
export function refuseMissing(count: MissingCount): void {
  const { name, plan, policy, missing, rowsRead, first = name, firstUnfillable = name, labels } = count;
  const { names, target, weight } = plan;
  if (rowsRead === 0) {
    throw new BceError('CSV_HEADER_ONLY', `${name}: expected rows of data, found only a header`);
  }
  if (policy === 'drop') return;
  const missingIn = (column: number) => missing.find(([cause]) => cause === names[column])?.[1] ?? 0;
  const unfillable = (column: number, what: string) =>
    `${firstUnfillable}: column ${quoted(names[column]!)}: expected a ${what} in every row, found ${counted(missingIn(column), 'row')} of ${grouped(rowsRead)} without`;
  const remedy = (what: string) =>
    `${policy === 'mean' ? `a ${what} cannot be filled in; ` : ''}--missing drop leaves such rows out`;
  if (missingIn(target) > 0) {
    const message = `${unfillable(target, 'label')}; the labels are ${labels}`;
    throw new BceError('LABEL_MISSING', message, remedy('label'));
  }
  if (weight !== undefined && missingIn(weight) > 0) {
    throw new BceError('WEIGHT_MISSING', unfillable(weight, 'weight'), remedy('weight'));
  }
  const byColumn = missingByColumn(missing);
  if (policy === 'error' && byColumn !== '') {
    throw new BceError(
      'CELLS_MISSING',
      `${first}: expected a value in every cell, found missing ones in ${byColumn}, in ${grouped(rowsRead)} rows`,
      '--missing drop leaves such rows out, --missing mean fills them with the mean or the commonest level',
    );
  }
}
