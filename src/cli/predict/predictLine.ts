/** What the arguments of bce-predict ask for. */

import { MISSING_WORDS } from '../../dataset/schema/missing.js';
import { BceError } from '../../errors.js';
import type { ExportPolicy } from '../../export/plan.js';
import type { Dialect } from '../../export/sql.js';
import { delimiterOf } from '../../options.js';
import type { PredictionForm } from '../../predict/predictions.js';
import type { ScoreOptions } from '../../predict/scoreRows.js';
import type { ColourChoice } from '../colours.js';
import { parseFlags } from '../parseFlags.js';
import { refusePairs } from '../train/contradictions.js';
import type { Format } from '../train/flags.js';
import { createPredictCommand, type EXPORTS } from './predictFlags.js';

/** What is to be done with the model. */
export type PredictTask =
  | { readonly kind: 'predict'; readonly form: PredictionForm; readonly append: boolean }
  | {
      readonly kind: 'evaluate';
      readonly threshold: number;
      readonly positive: string | undefined;
      readonly format: Format | undefined;
    }
  | {
      readonly kind: 'export';
      readonly form: (typeof EXPORTS)[number];
      readonly dialect: Dialect;
      readonly table: string;
      readonly policy: ExportPolicy;
    };

export interface PredictLine {
  readonly task: PredictTask;
  /** Paths; `-` is standard input, as are data that are not named. An export has none. */
  readonly model: string;
  readonly data: string | undefined;
  readonly delimiter: string | undefined;
  readonly scoring: ScoreOptions;
  readonly threads: number | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
}

/** What the arguments come to: a run, or a text that was asked for, or none of both when they name nothing. */
export type ParsedPrediction = { readonly run: PredictLine } | { readonly text: string } | undefined;

const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--weight-column', '--no-weight-column'],
  ['--quiet', '--verbose'],
  ...['--output', '--append', '--name'].map((flag) => ['--evaluate', flag] as const),
];

/** Flags of reading rows and of what is printed of them; an export does neither. */
const OF_ROWS: readonly string[] = [
  '--delimiter',
  '--header',
  '--no-header',
  '--missing-values',
  '--no-missing-values',
  '--output',
  '--threshold',
  '--append',
  '--name',
  '--evaluate',
  '--threads',
];

/** Flags that mean something only beside another. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  '--evaluate': ['--target', '--positive', '--weight-column', '--no-weight-column', '--format'],
  '--export sql': ['--dialect', '--table'],
  '--output class or --evaluate': ['--threshold'],
};

/** @throws BceError USAGE */
export function parsePredictLine(argv: readonly string[]): ParsedPrediction {
  const command = createPredictCommand();
  const parsed = parseFlags(command, argv, 'bce-predict');
  if ('text' in parsed) return parsed;
  const { seen } = parsed;
  const flags = command.opts();
  refusePairs([...CONFLICTS, ...OF_ROWS.map((flag) => ['--export', flag] as const)], seen);
  refuseIdle(flags, seen);
  const [model, data] = command.args;
  if (model === undefined) return undefined;
  const task = taskOf(flags, data);
  if (model === '-' && (data ?? '-') === '-' && task.kind !== 'export') {
    throw new BceError(
      'USAGE',
      'the model and the data cannot both come from standard input',
      'bce-predict MODEL DATA: name a file for one of them',
    );
  }
  const { delimiter, header, missing, unseen, missingValues, target, weightColumn } = flags;
  if (task.kind !== 'export') refuseUnsettled(task, missing ?? 'error', unseen ?? 'error');
  return {
    run: {
      task,
      model,
      data,
      delimiter: delimiterOf(delimiter),
      scoring: {
        header,
        missing: missing ?? 'error',
        unseen: unseen ?? 'error',
        missingWords: missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])],
        evaluation: task.kind === 'evaluate' ? { target, weightColumn } : undefined,
      },
      threads: flags.threads,
      quiet: flags.quiet ?? false,
      verbose: flags.verbose ?? false,
      color: flags.color,
    },
  };
}

type Flags = ReturnType<ReturnType<typeof createPredictCommand>['opts']>;

/** Refuses flags that would have no effect. */
function refuseIdle(flags: Flags, seen: ReadonlySet<string>): void {
  const isThere: Readonly<Record<string, boolean>> = {
    '--evaluate': flags.evaluate ?? false,
    '--export sql': flags.export === 'sql',
    '--output class or --evaluate': flags.output === 'class' || (flags.evaluate ?? false),
  };
  for (const [other, idle] of Object.entries(COMPANIONS)) {
    const flag = isThere[other] ? undefined : idle.find((name) => seen.has(name));
    if (flag !== undefined) throw new BceError('USAGE', `${flag} goes with ${other} only`);
  }
}

function taskOf(flags: Flags, data: string | undefined): PredictTask {
  const { output = 'probability', threshold = 0.5, append = false, name = output } = flags;
  if (flags.export !== undefined) return exportTask(flags, data);
  if (flags.evaluate) {
    return { kind: 'evaluate', threshold, positive: flags.positive, format: flags.format };
  }
  return { kind: 'predict', form: { output, threshold, name }, append };
}

/** Code has no row to stop at and none to leave out, so these policies have no answer there. */
function exportTask(
  { export: form, missing = 'empty', unseen = 'missing', dialect = 'sqlite', table = 'data' }: Flags,
  data: string | undefined,
): PredictTask {
  if (data !== undefined) {
    throw new BceError(
      'USAGE',
      '--export: expected a model only, got data too',
      'bce-predict MODEL --export FORM',
    );
  }
  if (missing === 'error' || missing === 'drop') {
    throw new BceError(
      'USAGE',
      `--export and --missing ${missing} cannot be used together`,
      '--missing empty and mean can',
    );
  }
  if (unseen === 'error') {
    throw new BceError(
      'USAGE',
      '--export and --unseen error cannot be used together',
      '--unseen missing and baseline can',
    );
  }
  return { kind: 'export', form, dialect, table, policy: { missing, unseen } };
}

/** Refuses policies that settle nothing. */
function refuseUnsettled({ kind }: PredictTask, missing: string, unseen: string): void {
  if (kind === 'evaluate' && missing === 'empty') {
    throw new BceError(
      'USAGE',
      '--missing empty and --evaluate cannot be used together',
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
}

/** What is shown when nothing was asked for. */
export const SHORT_PREDICT_HELP = `usage: bce-predict [options] <model> [data]

  bce-predict weights.csv new.csv > p.csv               one probability a row
  cat new.csv | bce-predict model.json --append         the rows with one more column
  bce-predict --help                                    all options
`;
