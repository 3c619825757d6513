/** What the arguments of bce-predict ask for. */

import { BceError } from '../../errors.js';
import type { ExportRequest } from '../../export/export.js';
import type { ExportForm } from '../../export/plan.js';
import { PREDICT_TEXT } from '../../options/commands.js';
import { parseOptions } from '../../options/parse.js';
import { PREDICT } from '../../options/predict.js';
import { refuseExcluded, refuseLonely } from '../../options/refusals.js';
import { textOf } from '../../options/resolve.js';
import { exportPolicyOf, type PredictValues, scoringOf } from '../../options/resolvePredict.js';
import type { Format } from '../../options/shared.js';
import { OUTPUTS, type PredictionForm } from '../../predict/predictions.js';
import type { ScoreOptions } from '../../predict/scoreRows.js';
import type { TextOptions } from '../../source/open.js';
import { VERSION } from '../../version.js';
import type { Asked } from '../asked.js';
import type { ColourChoice } from '../colours.js';
import type { LogForm } from '../reporter.js';

/** What is to be done with the model. */
export type PredictTask =
  | {
      readonly kind: 'predict';
      readonly form: PredictionForm;
      readonly append: boolean;
      readonly scoring: ScoreOptions;
    }
  | {
      readonly kind: 'evaluate';
      readonly threshold: number;
      readonly positive: string | undefined;
      readonly format: Format | undefined;
      readonly scoring: ScoreOptions;
    }
  | ({ readonly kind: 'export' } & ExportRequest);

export interface PredictLine {
  readonly task: PredictTask;
  /** A path; `-` is standard input. */
  readonly model: string;
  /** Paths, or patterns of them; standard input where none are named. An export has none. */
  readonly data: readonly string[];
  /** What the bytes of the data are. */
  readonly text: TextOptions;
  readonly threads: number | undefined;
  /** File for what is printed; undefined is standard output. */
  readonly output: string | undefined;
  /** The kind that was asked for by --output, as version 0.1 had it. */
  readonly oldKind: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
  readonly log: LogForm;
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
  const [model, ...data] = args;
  if (model === undefined) return undefined;
  const task = taskOf(values, data);
  if (model === '-' && (data.length === 0 || data.includes('-')) && task.kind !== 'export') {
    throw new BceError(
      'USAGE',
      'the model and the data cannot both come from standard input',
      'bce-predict MODEL DATA: name a file for one of them',
    );
  }
  return {
    run: {
      task,
      model,
      data,
      text: textOf(values),
      threads: values.threads,
      output: values.output === '-' ? undefined : values.output,
      oldKind,
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
      color: values.color ?? PREDICT.color.default,
      log: values.log ?? PREDICT.log.default,
    },
  };
}

type Flags = PredictValues;

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

function taskOf(flags: Flags, data: readonly string[]): PredictTask {
  const { kind: output = PREDICT.kind.default, append = false, name = output } = flags;
  const { threshold = PREDICT.threshold.default } = flags;
  if (flags.export !== undefined) return exportTask({ ...flags, export: flags.export }, data);
  if (flags.evaluate) {
    const { target, weightColumn, positive, format } = flags;
    const scoring = scoringOf(flags, { target, weightColumn });
    return { kind: 'evaluate', threshold, positive, format, scoring };
  }
  return { kind: 'predict', form: { output, threshold, name }, append, scoring: scoringOf(flags, undefined) };
}

type ExportFlags = Flags & { readonly export: ExportForm };

function exportTask(flags: ExportFlags, data: readonly string[]): PredictTask {
  if (data.length > 0) {
    throw new BceError(
      'USAGE',
      '--export: expected a model only, got data too',
      'bce-predict MODEL --export FORM',
    );
  }
  const { dialect = PREDICT.dialect.default, table = PREDICT.table.default } = flags;
  return { kind: 'export', form: flags.export, dialect, table, policy: exportPolicyOf(flags) };
}

/** What is shown when nothing was asked for. */
export const SHORT_PREDICT_HELP = `usage: bce-predict [options] <model> [data]

  bce-predict weights.csv new.csv > p.csv               one probability a row
  cat new.csv | bce-predict model.json --append         the rows with one more column
  bce-predict -h                                        common options; --help all
`;
