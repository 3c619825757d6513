/** What the arguments of bce-predict ask for. */
import { CommanderError } from 'commander';
import { MISSING_WORDS } from '../dataset/missing.js';
import { BceError } from '../errors.js';
import { delimiterOf } from '../options.js';
import type { PredictionForm } from '../predict/predictions.js';
import type { ScoreOptions } from '../predict/scoreRows.js';
import type { ColourChoice } from './colours.js';
import { refusePairs } from './contradictions.js';
import { usageError } from './failure.js';
import type { Format } from './flags.js';
import { createPredictCommand } from './predictFlags.js';

export interface PredictLine {
  /** Paths; `-` is standard input. */
  readonly model: string;
  readonly data: string;
  readonly delimiter: string | undefined;
  readonly scoring: ScoreOptions;
  readonly form: PredictionForm;
  readonly append: boolean;
  /** Set when metrics take the place of predictions. */
  readonly evaluate:
    | { readonly positive: string | undefined; readonly format: Format | undefined }
    | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
}

/** What the arguments come to: a run, or a text that was asked for, or none of both when they name nothing. */
export type ParsedPrediction = { readonly run: PredictLine } | { readonly text: string } | undefined;

const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--quiet', '--verbose'],
  ['--weight-column', '--no-weight-column'],
  ...['--output', '--append', '--name'].map((flag) => ['--evaluate', flag] as const),
];

/** Flags that say how predictions are held against labels. */
const OF_EVALUATION = ['--target', '--positive', '--weight-column', '--no-weight-column', '--format'];

/** @throws BceError USAGE */
export function parsePredictLine(argv: readonly string[]): ParsedPrediction {
  const text: string[] = [];
  const seen = new Set<string>();
  const command = createPredictCommand();
  command.configureOutput({ writeOut: (part) => text.push(part), writeErr: () => {}, outputError: () => {} });
  for (const option of command.options) {
    command.on(`option:${option.name()}`, () => seen.add(option.long!));
  }
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: text.join('') };
    throw usageError(error, 'bce-predict');
  }
  refusePairs(CONFLICTS, seen);
  const [model, data = '-'] = command.args;
  if (model === undefined) return undefined;
  if (model === '-' && data === '-') {
    throw new BceError(
      'USAGE',
      'the model and the data cannot both come from standard input',
      'bce-predict MODEL DATA: name a file for one of them',
    );
  }
  const { delimiter, header, missing, unseen, missingValues, output, threshold, append, name, ...rest } =
    command.opts();
  const { evaluate, target, positive, weightColumn, format } = rest;
  refuseIdle(output ?? 'probability', seen);
  refuseUnsettled(missing ?? 'error', unseen ?? 'error', evaluate);
  return {
    run: {
      model,
      data,
      delimiter: delimiterOf(delimiter),
      scoring: {
        header,
        missing: missing ?? 'error',
        unseen: unseen ?? 'error',
        missingWords: missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])],
        // commander has true where a flag with a --no- form was not given
        evaluation: evaluate
          ? { target, weightColumn: weightColumn === true ? undefined : weightColumn }
          : undefined,
      },
      form: {
        output: output ?? 'probability',
        threshold: threshold ?? 0.5,
        name: name ?? output ?? 'probability',
      },
      append: append ?? false,
      evaluate: evaluate ? { positive, format } : undefined,
      quiet: rest.quiet ?? false,
      verbose: rest.verbose ?? false,
      color: rest.color,
    },
  };
}

/** Refuses flags that would have no effect. */
function refuseIdle(output: string, seen: ReadonlySet<string>): void {
  if (seen.has('--evaluate')) return;
  if (seen.has('--threshold') && output !== 'class') {
    throw new BceError('USAGE', '--threshold goes with --output class or --evaluate only');
  }
  const idle = OF_EVALUATION.find((flag) => seen.has(flag));
  if (idle !== undefined) throw new BceError('USAGE', `${idle} goes with --evaluate only`);
}

function refuseUnsettled(missing: string, unseen: string, evaluate: true | undefined): void {
  if (evaluate && missing === 'empty') {
    throw new BceError(
      'USAGE',
      '--missing empty and --evaluate cannot be used together',
      'a row without a prediction cannot be held against its label; --missing drop leaves such rows out',
    );
  }
  if (unseen !== 'missing' || missing !== 'error') return;
  throw new BceError(
    'USAGE',
    '--unseen missing goes with --missing mean, drop or empty only',
    'without one of them a missing cell is an error',
  );
}

/** What is shown when nothing was asked for. */
export const SHORT_PREDICT_HELP = `usage: bce-predict [options] <model> [data]

  bce-predict weights.csv new.csv > p.csv               one probability a row
  cat new.csv | bce-predict model.json --append         the rows with one more column
  bce-predict --help                                    all options
`;
