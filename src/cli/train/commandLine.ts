/** What the arguments ask for. */

import { isAddress } from '../../clickhouse/address.js';
import { BceError } from '../../errors.js';
import { type Mistake, requireEffect } from '../../objective/mistakes.js';
import { commandAgain } from '../../options/again.js';
import { TRAIN_TEXT } from '../../options/commands.js';
import type { TrainOptions } from '../../options/library.js';
import type { ValuesOf } from '../../options/option.js';
import { parseOptions } from '../../options/parse.js';
import { refuseExcluded, refuseForTables, refuseForTask, refuseLonely } from '../../options/refusals.js';
import { resolveCv, resolvePath } from '../../options/resolvePath.js';
import { type Format, PAGES, type Page } from '../../options/shared.js';
import { TRAIN } from '../../options/train.js';
import type { PathOptions } from '../../selection/path.js';
import type { CvOptions } from '../../selection/select.js';
import { VERSION } from '../../version.js';
import type { Asked } from '../asked.js';
import type { ColourChoice } from '../colours.js';
import type { LogForm } from '../reporter.js';

/** What is to be done with the data. */
export type Task =
  | { readonly kind: 'train'; readonly init: string | undefined; readonly strict: boolean }
  | { readonly kind: 'check'; readonly seed: number; readonly mistake: Mistake | undefined }
  | { readonly kind: 'compare'; readonly mistake: Mistake }
  | {
      readonly kind: 'explain';
      readonly row: number;
      readonly init: string | undefined;
      readonly page: Page | undefined;
    }
  | { readonly kind: 'diagnose'; readonly theirs: string }
  | { readonly kind: 'describe' }
  | { readonly kind: 'program'; readonly program: string; readonly seed: number }
  | { readonly kind: 'verify'; readonly model: string; readonly init: string | undefined }
  | {
      readonly kind: 'path';
      readonly options: PathOptions;
      readonly cv: CvOptions | undefined;
      /** Files for all weights, and for the curve. */
      readonly out: string | undefined;
      readonly cvOut: string | undefined;
    };

export interface CommandLine {
  readonly task: Task;
  /** Paths of the data, or patterns of them, or the address of a table; `-` is standard input; none when none was given. */
  readonly data: readonly string[];
  /** Condition of the rows of a table; undefined for all. */
  readonly where: string | undefined;
  readonly train: TrainOptions;
  readonly format: Format | undefined;
  /** File for the weights; undefined is standard output. */
  readonly output: string | undefined;
  readonly history: string | undefined;
  /** Undefined: all, but thinned on a terminal. */
  readonly logEvery: number | undefined;
  /** File for the report; undefined for none. */
  readonly report: string | undefined;
  /** Date that the report bears; undefined for none. */
  readonly date: string | undefined;
  /** What leads to the same results once more. */
  readonly again: string;
  /** Whether to draw the loss curve. */
  readonly plot: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
  readonly log: LogForm;
}

/** What the arguments come to: a run, or something that was asked for. */
export type Parsed = { readonly run: CommandLine } | Asked;

/** @throws BceError USAGE */
export function parseCommandLine(argv: readonly string[]): Parsed {
  const parsed = parseOptions(TRAIN_TEXT, TRAIN, argv);
  const { values, seen, args, asked } = parsed;
  if (asked === 'version') return { text: `${VERSION}\n` };
  if (asked !== undefined) return { isWhole: asked === 'help' };
  const {
    checkGradient,
    gradient,
    compare,
    explain,
    diagnose,
    describe,
    checkProgram,
    verify,
    init,
    strict,
    completions: shell,
    ...others
  } = values;
  const { path, lambdas, lambdaRatio, l1Ratio, pathOut, cvMetric, choose, cvOut, ...rest } = others;
  if (shell !== undefined) return { shell };
  refuseExcluded(TRAIN, seen);
  refuseForTask(TRAIN, seen);
  refuseLonely(TRAIN, seen);
  const {
    format: form,
    output,
    history,
    logEvery,
    report,
    date,
    plot,
    quiet,
    verbose,
    color,
    log,
    where,
    ...train
  } = rest;
  if (lambdas !== undefined && typeof path === 'number') {
    throw new BceError(
      'USAGE',
      `--path ${path} and --lambdas cannot be used together`,
      '--lambdas names all lambdas; --path alone solves for them',
    );
  }
  const page = PAGES.find((one) => one === form);
  const format = page === undefined ? (form as Format | undefined) : undefined;
  const task: Task =
    path === undefined
      ? taskOf({
          checkGradient,
          gradient,
          seed: train.seed,
          compare,
          explain,
          diagnose,
          describe,
          checkProgram,
          verify,
          init,
          strict,
          page,
        })
      : {
          kind: 'path',
          options: resolvePath(
            { lambdas, lambdaRatio, l1Ratio, lambdaCount: path === true ? undefined : path },
            train,
          ),
          cv: resolveCv({ cvMetric, choose }, train),
          out: pathOut,
          cvOut,
        };
  refuseForData(args, train.validation, seen);
  if (page !== undefined && task.kind !== 'explain') {
    throw new BceError(
      'USAGE',
      `--format ${page} goes with --explain only`,
      '--report writes a page of HTML about training',
    );
  }
  refuseFormat(task, format);
  if (task.kind === 'path' && task.cv === undefined && report !== undefined) {
    throw new BceError(
      'USAGE',
      '--report and --path cannot be used together without --cv',
      'a report is about one model; --cv K chooses it, --plot and --path-out show a path',
    );
  }
  if (strict && train.tolerance === 0) {
    throw new BceError(
      'USAGE',
      '--strict and --tolerance 0 cannot be used together',
      'with --tolerance 0 training never counts as converged',
    );
  }
  if (log === 'json' && plot) {
    throw new BceError('USAGE', '--plot and --log json cannot be used together', 'a drawing is no event');
  }
  if ('mistake' in task && task.mistake !== undefined) requireEffect(task.mistake, train);
  return {
    run: {
      task,
      data: args,
      where,
      train: {
        ...train,
        seed: (train.validation ?? train.batch ?? train.cv) === undefined ? undefined : train.seed,
        // where there is a path its penalty is meant
        unpenalised: path === undefined ? train.unpenalised : undefined,
      },
      format,
      output: output === '-' ? undefined : output,
      history,
      logEvery,
      report,
      date,
      again: commandAgain(TRAIN_TEXT.name, TRAIN, parsed),
      plot: plot ?? false,
      quiet: quiet ?? false,
      verbose: verbose ?? false,
      color: color ?? TRAIN.color.default,
      log: log ?? TRAIN.log.default,
    },
  };
}

/** Flags that do not go with where the data are. @throws BceError USAGE */
function refuseForData(
  data: readonly string[],
  validation: number | string | undefined,
  seen: ReadonlySet<string>,
): void {
  if (typeof validation === 'string' && isAddress(validation)) {
    throw new BceError(
      'USAGE',
      '--validation: expected a share or a file, got a table of ClickHouse',
      'of a table that is trained on, --validation SHARE holds rows out by their hash',
    );
  }
  const isTable = data.some(isAddress);
  if (isTable && data.length > 1) {
    throw new BceError(
      'USAGE',
      'data: expected one table of ClickHouse, or files, got more',
      'a view or a Merge table puts tables together there',
    );
  }
  if (isTable) refuseForTables(TRAIN, seen);
  else if (seen.has('--where')) {
    throw new BceError(
      'USAGE',
      '--where goes with a table of ClickHouse only',
      'as in bce-train clickhouse://host/database/table --where "year > 2020"',
    );
  }
}

type TaskFlags = Pick<
  ValuesOf<typeof TRAIN>,
  | 'checkGradient'
  | 'gradient'
  | 'seed'
  | 'compare'
  | 'explain'
  | 'diagnose'
  | 'describe'
  | 'checkProgram'
  | 'verify'
  | 'init'
  | 'strict'
> & { readonly page: Page | undefined };

function taskOf({
  checkGradient,
  gradient,
  seed,
  compare,
  explain,
  diagnose,
  describe,
  checkProgram,
  verify,
  init,
  strict,
  page,
}: TaskFlags): Task {
  if (checkGradient) return { kind: 'check', seed: seed ?? TRAIN.seed.default, mistake: gradient };
  if (compare !== undefined) {
    if (compare !== true && gradient !== undefined && gradient !== compare) {
      throw new BceError('USAGE', `--compare ${compare} and --gradient ${gradient} name two mistakes`);
    }
    return { kind: 'compare', mistake: compare === true ? (gradient ?? TRAIN.compare.default) : compare };
  }
  if (checkProgram !== undefined) {
    return { kind: 'program', program: checkProgram, seed: seed ?? TRAIN.seed.default };
  }
  if (describe) return { kind: 'describe' };
  if (verify !== undefined) return { kind: 'verify', model: verify, init };
  if (diagnose !== undefined) return { kind: 'diagnose', theirs: diagnose };
  if (explain !== undefined) {
    return { kind: 'explain', row: explain === true ? TRAIN.explain.default : explain, init, page };
  }
  return { kind: 'train', init, strict: strict ?? false };
}

/** A check and an explanation are a text for eyes, or JSON. */
function refuseFormat(task: Task, format: Format | undefined): void {
  const isText = task.kind !== 'train' && task.kind !== 'compare' && task.kind !== 'path';
  if (isText && (format === 'csv' || format === 'tsv')) {
    const flags = { check: '--check-gradient', program: '--check-program' } as const;
    const flag = task.kind === 'check' || task.kind === 'program' ? flags[task.kind] : `--${task.kind}`;
    throw new BceError(
      'USAGE',
      `${flag} and --format ${format} cannot be used together`,
      task.kind === 'explain' ? 'it gives table, json, html or latex' : 'it gives json or table',
    );
  }
}

/** What is shown when nothing was asked for. */
export const SHORT_HELP = `usage: bce-train [options] <data>

  bce-train data.csv --lr 0.1 > weights.csv     train on a file; the last column is the target
  zcat data.csv.gz | bce-train - --target y     train on standard input
  bce-train -h                                  common options; --help all
`;
