/** The options of predicting, evaluating and exporting: from what was given to what each stage takes. */
import { MISSING_WORDS } from '../dataset/schema/missing.js';
import { BceError } from '../errors.js';
import type { ExportPolicy } from '../export/plan.js';
import type { EvaluationColumns } from '../predict/columns.js';
import type { ScoreOptions } from '../predict/scoreRows.js';
import { quoted } from '../text.js';
import { notAccepted } from './kinds.js';
import type { Option, ValuesOf } from './option.js';
import { PREDICT } from './predict.js';
import { refuseExcluded, refuseLonely, together } from './refusals.js';
import { numbersOf } from './resolve.js';

export type PredictValues = ValuesOf<typeof PREDICT>;

const OF_ROWS = [
  'delimiter',
  'header',
  'encoding',
  'skip',
  'comment',
  'decimal',
  'thousands',
  'missing',
  'unseen',
  'missingValues',
  'threads',
] as const;

/** Names of the options of each function of the library; docs/api.md has them. */
export const TAKEN = {
  predict: [...OF_ROWS, 'kind', 'threshold'],
  evaluate: [...OF_ROWS, 'threshold', 'target', 'positive', 'weightColumn'],
  export: ['missing', 'unseen', 'dialect', 'table'],
} as const satisfies Record<string, readonly (keyof PredictValues)[]>;

type Task = keyof typeof TAKEN;
type OptionsOf<T extends Task> = Pick<PredictValues, (typeof TAKEN)[T][number]>;

/** Options of `predict`. */
export type PredictOptions = OptionsOf<'predict'>;
/** Options of `evaluate`. */
export type EvaluateOptions = OptionsOf<'evaluate'>;
/** Options of `exportModel`. */
export type ExportOptions = OptionsOf<'export'>;

/** Those of `evaluate` that name what arrays have by themselves. */
const OF_COLUMNS: readonly string[] = ['target', 'positive', 'weightColumn'];

/**
 * @param options as a caller of the library gave them
 * @param implied what the function stands for on the command line
 * @throws BceError USAGE for an unknown name, a value that is not valid, or options that contradict each other
 */
export function requirePredictOptions(task: Task, options: PredictValues, implied: PredictValues): void {
  const names: readonly string[] = TAKEN[task];
  const rows: Readonly<Record<string, Option>> = PREDICT;
  const given = new Set<string>(Object.keys(implied).map((name) => rows[name]!.flag));
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw new BceError('USAGE', `unknown option ${quoted(name)}`);
    if (value === undefined) continue;
    const { kind, flag, negative } = rows[name]!;
    if (!kind.accepts(value) && !(value === false && negative !== undefined)) {
      throw notAccepted(kind, `${name} (${flag})`, value);
    }
    if (value !== false) given.add(flag);
  }
  refuseExcluded(PREDICT, given);
  refuseLonely(PREDICT, given, { ...options, ...implied });
}

/** @throws BceError USAGE for an option that says how to read a file */
export function refuseFileOptions(options: PredictValues): void {
  const rows: Readonly<Record<string, Option>> = PREDICT;
  const given = Object.entries(options).find(
    ([name, value]) => value !== undefined && (rows[name]?.isOfFiles || OF_COLUMNS.includes(name)),
  );
  if (given !== undefined)
    throw new BceError('USAGE', `${given[0]}: says how to read a file, but the data are arrays`);
}

/**
 * @param evaluation undefined where rows are not held against labels
 * @throws BceError USAGE for policies that settle nothing
 */
export function scoringOf(options: PredictValues, evaluation: EvaluationColumns | undefined): ScoreOptions {
  const { header, missing = 'error', unseen = 'error', missingValues } = options;
  if (evaluation !== undefined && missing === 'empty') {
    throw together(
      '--missing empty',
      '--evaluate',
      'a row without a prediction cannot be held against its label; --missing drop leaves such rows out',
    );
  }
  if (unseen === 'missing' && missing === 'error') {
    throw new BceError(
      'USAGE',
      '--unseen missing goes with --missing mean, drop or empty only',
      'without one of them a missing cell is an error',
    );
  }
  const missingWords = missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])];
  return { header, missing, unseen, missingWords, numbers: numbersOf(options), evaluation };
}

/**
 * Code has no row to stop at and none to leave out, so some policies have no answer there.
 *
 * @throws BceError USAGE
 */
export function exportPolicyOf({ missing = 'empty', unseen = 'missing' }: PredictValues): ExportPolicy {
  if (missing === 'error' || missing === 'drop') {
    throw together('--export', `--missing ${missing}`, '--missing empty and mean can');
  }
  if (unseen === 'error') {
    throw together('--export', '--unseen error', '--unseen missing and baseline can');
  }
  return { missing, unseen };
}
