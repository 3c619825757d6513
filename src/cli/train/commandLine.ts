/** What the arguments ask for. */

import { isAddress } from '../../clickhouse/address.js';
import { BceError } from '../../errors.js';
import { type Mistake, requireEffect } from '../../objective/mistakes.js';
import { commandAgain } from '../../options/again.js';
import { TRAIN_TEXT } from '../../options/commands.js';
import type { TrainOptions } from '../../options/library.js';
import type { ValuesOf } from '../../options/option.js';
import { parseOptions } from '../../options/parse.js';
import {
  refuseExcluded,
  refuseForTables,
  refuseForTask,
  refuseLonely,
  together,
} from '../../options/refusals.js';
import { resolveCv, resolvePath } from '../../options/resolvePath.js';
import { type Format, PAGES, type Page, pageOfFile } from '../../options/shared.js';
import { libraryOptionsOf, TRAIN } from '../../options/train.js';
import type { PathOptions } from '../../selection/path.js';
import type { CvOptions } from '../../selection/select.js';
import { quoted, shellWord } from '../../text.js';
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
  if (values.completions !== undefined) return { shell: values.completions };
  refuseExcluded(TRAIN, seen);
  refuseForTask(TRAIN, seen);
  refuseLonely(TRAIN, seen);
  const train = libraryOptionsOf(values);
  const { format: form, output, log = TRAIN.log.default } = values;
  const page = PAGES.find((one) => one === form);
  const format = page === undefined ? (form as Format | undefined) : undefined;
  const task = values.path === undefined ? taskOf(values, page) : pathOf(values, train);
  refuseForData(args, train.validation, seen);
  refusePage(task, page, format === undefined ? output : undefined);
  refuseFormat(task, format);
  refuseForResults(values, task);
  if ('mistake' in task && task.mistake !== undefined) requireEffect(task.mistake, train);
  return {
    run: {
      task,
      data: args,
      where: values.where,
      train: {
        ...train,
        seed: (train.validation ?? train.batch ?? train.cv) === undefined ? undefined : train.seed,
        // where there is a path its penalty is meant
        unpenalised: task.kind === 'path' ? undefined : train.unpenalised,
      },
      format,
      output: output === '-' ? undefined : output,
      history: values.history,
      logEvery: values.logEvery,
      report: values.report,
      date: values.date,
      again: commandAgain(TRAIN_TEXT.name, TRAIN, parsed),
      plot: values.plot ?? false,
      quiet: values.quiet ?? false,
      verbose: values.verbose ?? false,
      color: values.color ?? TRAIN.color.default,
      log,
    },
  };
}

type Values = ValuesOf<typeof TRAIN>;

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

/** What else than a path is asked for. @throws BceError USAGE */
function taskOf(values: Values, page: Page | undefined): Task {
  const { checkGradient, gradient, compare, explain, diagnose, describe, checkProgram, verify } = values;
  const { init, strict = false, seed = TRAIN.seed.default } = values;
  if (checkGradient) return { kind: 'check', seed, mistake: gradient };
  if (compare !== undefined) {
    if (compare !== true && gradient !== undefined && gradient !== compare) {
      throw new BceError('USAGE', `--compare ${compare} and --gradient ${gradient} name two mistakes`);
    }
    return { kind: 'compare', mistake: compare === true ? (gradient ?? TRAIN.compare.default) : compare };
  }
  if (checkProgram !== undefined) return { kind: 'program', program: checkProgram, seed };
  if (describe) return { kind: 'describe' };
  if (verify !== undefined) return { kind: 'verify', model: verify, init };
  if (diagnose !== undefined) return { kind: 'diagnose', theirs: diagnose };
  if (explain !== undefined) {
    return { kind: 'explain', row: explain === true ? TRAIN.explain.default : explain, init, page };
  }
  return { kind: 'train', init, strict };
}

/** @throws BceError USAGE */
function pathOf(values: Values, train: TrainOptions): Task {
  const { path, lambdas, lambdaRatio, l1Ratio, cvMetric, choose, pathOut, cvOut } = values;
  if (lambdas !== undefined && typeof path === 'number') {
    throw together(
      `--path ${path}`,
      '--lambdas',
      '--lambdas names all lambdas; --path alone solves for them',
    );
  }
  const lambdaCount = path === true ? undefined : path;
  return {
    kind: 'path',
    options: resolvePath({ lambdas, lambdaRatio, l1Ratio, lambdaCount }, train),
    cv: resolveCv({ cvMetric, choose }, train),
    out: pathOut,
    cvOut,
  };
}

/**
 * @param output file whose ending decides the form; undefined where --format does
 * @throws BceError USAGE for a page where no row is explained
 */
function refusePage(task: Task, page: Page | undefined, output: string | undefined): void {
  if (task.kind === 'explain') return;
  if (page !== undefined) {
    throw new BceError(
      'USAGE',
      `--format ${page} goes with --explain only`,
      '--report writes a page of HTML about training',
    );
  }
  const wanted = output === undefined ? undefined : pageOfFile(output);
  if (output === undefined || wanted === undefined) return;
  throw new BceError(
    'USAGE',
    `--output: expected a file for weights, got ${quoted(output)}, a page that goes with --explain only`,
    `${wanted === 'html' ? `--report ${shellWord(output)} writes a page about training; ` : ''}--format csv writes weights under any name`,
  );
}

/** A check and an explanation are a text for eyes, or JSON. */
function refuseFormat(task: Task, format: Format | undefined): void {
  const isText = task.kind !== 'train' && task.kind !== 'compare' && task.kind !== 'path';
  if (isText && (format === 'csv' || format === 'tsv')) {
    const flags = { check: '--check-gradient', program: '--check-program' } as const;
    const flag = task.kind === 'check' || task.kind === 'program' ? flags[task.kind] : `--${task.kind}`;
    throw together(
      flag,
      `--format ${format}`,
      task.kind === 'explain' ? 'it gives table, json, html or latex' : 'it gives json or table',
    );
  }
}

/** @throws BceError USAGE for what cannot be told of the results */
function refuseForResults({ report, strict, tolerance, log, plot }: Values, task: Task): void {
  if (task.kind === 'path' && task.cv === undefined && report !== undefined) {
    throw together(
      '--report',
      '--path without --cv',
      'a report is about one model; --cv K chooses it, --plot and --path-out show a path',
    );
  }
  if (strict && tolerance === 0) {
    throw together('--strict', '--tolerance 0', 'with --tolerance 0 training never counts as converged');
  }
  if (log === 'json' && plot) throw together('--plot', '--log json', 'a drawing is no event');
}

/** What is shown when nothing was asked for. */
export const SHORT_HELP = `usage: bce-train [options] <data>

  bce-train data.csv --lr 0.1 > weights.csv     train on a file; the last column is the target
  zcat data.csv.gz | bce-train - --target y     train on standard input
  bce-train -h                                  common options; --help all
`;
