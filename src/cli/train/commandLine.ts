/** What the arguments ask for. */

import { BceError } from '../../errors.js';
import { type Mistake, requireEffect } from '../../objective/mistakes.js';
import type { TrainOptions } from '../../options.js';
import type { ColourChoice } from '../colours.js';
import { parseFlags } from '../parseFlags.js';
import { refuseContradictions, refuseForData } from './contradictions.js';
import { createCommand, type Format } from './flags.js';

/** What is to be done with the data. */
export type Task =
  | { readonly kind: 'train'; readonly init: string | undefined; readonly strict: boolean }
  | { readonly kind: 'check'; readonly seed: number; readonly mistake: Mistake | undefined }
  | { readonly kind: 'compare'; readonly mistake: Mistake }
  | { readonly kind: 'explain'; readonly row: number; readonly init: string | undefined };

export interface CommandLine {
  readonly task: Task;
  /** Path of the data, or address of a table; `-` is standard input; undefined when none was given. */
  readonly data: string | undefined;
  /** Condition of the rows of a table; undefined for all. */
  readonly where: string | undefined;
  readonly train: TrainOptions;
  readonly format: Format | undefined;
  /** File for the weights; undefined is standard output. */
  readonly output: string | undefined;
  readonly history: string | undefined;
  readonly logEvery: number;
  /** File for the report; undefined for none. */
  readonly report: string | undefined;
  /** Whether to draw the loss curve. */
  readonly plot: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
}

/** What the arguments come to: a run, or a text that was asked for (help, the version). */
export type Parsed = { readonly run: CommandLine } | { readonly text: string };

/** @throws BceError USAGE */
export function parseCommandLine(argv: readonly string[]): Parsed {
  const command = createCommand();
  const parsed = parseFlags(command, argv, 'bce-train');
  if ('text' in parsed) return parsed;
  const { seen } = parsed;
  refuseContradictions(seen);
  const { checkGradient, gradient, seed, compare, explain, init, strict, ...rest } = command.opts();
  const task = taskOf({ checkGradient, gradient, seed, compare, explain, init, strict });
  const {
    lr,
    maxLevels,
    format,
    output,
    history,
    logEvery,
    report,
    plot,
    quiet,
    verbose,
    color,
    where,
    ...train
  } = rest;
  refuseForData(command.args[0], train.validation, seen);
  refuseFormat(task, format);
  if (strict && train.tolerance === 0) {
    throw new BceError(
      'USAGE',
      '--strict and --tolerance 0 cannot be used together',
      'with --tolerance 0 training never counts as converged',
    );
  }
  if ('mistake' in task && task.mistake !== undefined) requireEffect(task.mistake, train);
  return {
    run: {
      task,
      data: command.args[0],
      where,
      train: {
        ...train,
        learningRate: lr,
        maxLevels,
        seed: train.validation === undefined ? undefined : seed,
      },
      format,
      output: output === '-' ? undefined : output,
      history,
      logEvery: logEvery ?? 1,
      report,
      plot: plot ?? false,
      quiet: quiet ?? false,
      verbose: verbose ?? false,
      color,
    },
  };
}

interface TaskFlags {
  readonly checkGradient: true | undefined;
  readonly gradient: Mistake | undefined;
  readonly seed: number | undefined;
  /** True without a name. */
  readonly compare: Mistake | true | undefined;
  /** True without a number. */
  readonly explain: number | true | undefined;
  readonly init: string | undefined;
  readonly strict: true | undefined;
}

function taskOf({ checkGradient, gradient, seed, compare, explain, init, strict }: TaskFlags): Task {
  if (checkGradient) return { kind: 'check', seed: seed ?? 1, mistake: gradient };
  if (compare !== undefined) {
    if (compare !== true && gradient !== undefined && gradient !== compare) {
      throw new BceError('USAGE', `--compare ${compare} and --gradient ${gradient} name two mistakes`);
    }
    return { kind: 'compare', mistake: compare === true ? (gradient ?? 'lost-minus') : compare };
  }
  if (explain !== undefined) return { kind: 'explain', row: explain === true ? 1 : explain, init };
  return { kind: 'train', init, strict: strict ?? false };
}

/** A check and an explanation are a text for eyes, or JSON. */
function refuseFormat(task: Task, format: Format | undefined): void {
  const isText = task.kind === 'check' || task.kind === 'explain';
  if (isText && (format === 'csv' || format === 'tsv')) {
    const flag = task.kind === 'check' ? '--check-gradient' : '--explain';
    throw new BceError(
      'USAGE',
      `${flag} and --format ${format} cannot be used together`,
      'it gives json or table',
    );
  }
}

/** What is shown when nothing was asked for. */
export const SHORT_HELP = `usage: bce-train [options] <data>

  bce-train data.csv --lr 0.1 > weights.csv     train on a file; the last column is the target
  zcat data.csv.gz | bce-train - --target y     train on standard input
  bce-train --help                              all options
`;
