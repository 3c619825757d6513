/** What the arguments of bce-predict ask for. */

import { MISSING_WORDS } from '../../dataset/schema/missing.js';
import { BceError } from '../../errors.js';
import type { ExportForm, ExportPolicy } from '../../export/plan.js';
import type { Dialect } from '../../export/sql.js';
import { PREDICT_TEXT } from '../../options/commands.js';
import type { ValuesOf } from '../../options/option.js';
import { parseOptions } from '../../options/parse.js';
import { PREDICT } from '../../options/predict.js';
import { refuseExcluded, refuseLonely } from '../../options/refusals.js';
import { delimiterOf } from '../../options/resolve.js';
import type { Format } from '../../options/shared.js';
import { OUTPUTS, type PredictionForm } from '../../predict/predictions.js';
import type { ScoreOptions } from '../../predict/scoreRows.js';
import type { TextOptions } from '../../source/decode.js';
import { VERSION } from '../../version.js';
import type { Asked } from '../asked.js';
import type { ColourChoice } from '../colours.js';

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
      readonly form: ExportForm;
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
  /** What the bytes of the data are. */
  readonly text: TextOptions;
  readonly scoring: ScoreOptions;
  readonly threads: number | undefined;
  /** File for what is printed; undefined is standard output. */
  readonly output: string | undefined;
  /** The kind that was asked for by --output, as version 0.1 had it. */
  readonly oldKind: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
}

/** What the arguments come to: a run, or something that was asked for, or none of both when they name nothing. */
export type ParsedPrediction = { readonly run: PredictLine } | Asked | undefined;

/** @throws BceError USAGE */
export function parsePredictLine(argv: readonly string[]): ParsedPrediction {
  const { values: given, seen: typed, args, asked } = parseOptions(PREDICT_TEXT, PREDICT, argv);
  const { values, seen, oldKind } = withKind(given, typed);
  if (asked === 'version') return { text: `${VERSION}\n` };
  if (asked !== undefined) return { isWhole: asked === 'help' };
  if (values.completions !== undefined) return { shell: values.completions };
  refuseExcluded(PREDICT, seen);
  refuseLonely(PREDICT, seen, values);
  const [model, data] = args;
  if (model === undefined) return undefined;
  const task = taskOf(values, data);
  if (model === '-' && (data ?? '-') === '-' && task.kind !== 'export') {
    throw new BceError(
      'USAGE',
      'the model and the data cannot both come from standard input',
      'bce-predict MODEL DATA: name a file for one of them',
    );
  }
  const {
    delimiter,
    header,
    missing = 'error',
    unseen = 'error',
    missingValues,
    target,
    weightColumn,
  } = values;
  if (task.kind !== 'export') refuseUnsettled(task, missing, unseen);
  return {
    run: {
      task,
      model,
      data,
      delimiter: delimiterOf(delimiter),
      text: { encoding: values.encoding, skip: values.skip ?? PREDICT.skip.default },
      scoring: {
        header,
        missing,
        unseen,
        missingWords: missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])],
        evaluation: task.kind === 'evaluate' ? { target, weightColumn } : undefined,
      },
      threads: values.threads,
      output: values.output === '-' ? undefined : values.output,
      oldKind,
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
      color: values.color ?? PREDICT.color.default,
    },
  };
}

type Flags = ValuesOf<typeof PREDICT>;

/** `--output class` of version 0.1 is `--kind class`. */
function withKind(
  values: Flags,
  seen: ReadonlySet<string>,
): { readonly values: Flags; readonly seen: ReadonlySet<string>; readonly oldKind: string | undefined } {
  const { output, ...rest } = values;
  const kind = OUTPUTS.find((one) => one === output);
  if (kind === undefined || seen.has('--kind')) return { values, seen, oldKind: undefined };
  const flags = new Set([...seen].filter((flag) => flag !== '--output')).add('--kind');
  return { values: { ...rest, kind }, seen: flags, oldKind: kind };
}

function taskOf(flags: Flags, data: string | undefined): PredictTask {
  const { kind: output = PREDICT.kind.default, append = false, name = output } = flags;
  const { threshold = PREDICT.threshold.default } = flags;
  if (flags.export !== undefined) return exportTask({ ...flags, export: flags.export }, data);
  if (flags.evaluate) {
    return { kind: 'evaluate', threshold, positive: flags.positive, format: flags.format };
  }
  return { kind: 'predict', form: { output, threshold, name }, append };
}

type ExportFlags = Flags & { readonly export: ExportForm };

/** Code has no row to stop at and none to leave out, so these policies have no answer there. */
function exportTask(
  {
    export: form,
    missing = 'empty',
    unseen = 'missing',
    dialect = PREDICT.dialect.default,
    table = PREDICT.table.default,
  }: ExportFlags,
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
  bce-predict -h                                        common options; --help all
`;
