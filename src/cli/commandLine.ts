/** The flags of bce-train, and what they ask for. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { MOST_LEVELS } from '../dataset/factor.js';
import { MISSING_WORDS } from '../dataset/missing.js';
import { BceError } from '../errors.js';
import { RULES, type TrainOptions } from '../options.js';
import { parseNumber } from '../source/number.js';
import { quoted } from '../text.js';
import { VERSION } from '../version.js';
import type { ColourChoice } from './colours.js';

export const FORMATS = ['csv', 'tsv', 'json', 'table'] as const;
export type Format = (typeof FORMATS)[number];

export interface CommandLine {
  /** Path of the data; `-` is standard input; undefined when none was given. */
  readonly data: string | undefined;
  readonly train: TrainOptions;
  readonly format: Format | undefined;
  /** File for the weights; undefined is standard output. */
  readonly output: string | undefined;
  readonly history: string | undefined;
  readonly logEvery: number;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: ColourChoice;
}

/** What the arguments come to: a run, or a text that was asked for (help, the version). */
export type Parsed = { readonly run: CommandLine } | { readonly text: string };

/** Pairs that contradict each other. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--features', '--drop'],
  ['--quiet', '--log-every'],
  ['--quiet', '--verbose'],
];

/** @throws BceError USAGE */
export function parseCommandLine(argv: readonly string[]): Parsed {
  const text: string[] = [];
  const seen = new Set<string>();
  const command = createCommand();
  command.configureOutput({ writeOut: (part) => text.push(part), writeErr: () => {}, outputError: () => {} });
  for (const option of command.options) {
    command.on(`option:${option.name()}`, () => seen.add(option.long!));
  }
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: text.join('') };
    throw inOurWords(error);
  }
  for (const [one, other] of CONFLICTS) {
    if (seen.has(one) && seen.has(other)) {
      throw new BceError('USAGE', `${one} and ${other} cannot be used together`);
    }
  }
  const { lr, maxLevels, format, output, history, logEvery, quiet, verbose, color, ...rest } = command.opts();
  return {
    run: {
      data: command.args[0],
      train: { ...rest, learningRate: lr, maxLevels },
      format,
      output: output === '-' ? undefined : output,
      history,
      logEvery: logEvery ?? 1,
      quiet: quiet ?? false,
      verbose: verbose ?? false,
      color,
    },
  };
}

/** What is shown when nothing was asked for. */
export const SHORT_HELP = `usage: bce-train [options] <data>

  bce-train data.csv --lr 0.1 > weights.csv     train on a file; the last column is the target
  zcat data.csv.gz | bce-train - --target y     train on standard input
  bce-train --help                              all options
`;

function createCommand(): Command {
  return new Command('bce-train')
    .description(
      'Train logistic regression by gradient descent on a CSV. Prints the loss of every epoch on standard error and the weights on standard output.',
    )
    .addArgument(
      new Argument('[data]', 'CSV file, plain or gzip; - is standard input').argParser(fileName('data')),
    )
    .helpOption('-h, --help', 'show this help')
    .version(VERSION, '-V, --version', 'show the version')
    .exitOverride()
    .optionsGroup('Columns:')
    .option('--target <column>', 'column of the labels (default: the last)')
    .option(
      '--positive <label>',
      'label with y = 1 (default: the larger number, the yes of yes/no, or the second in byte order)',
    )
    .option('--features <columns>', 'columns to use, with commas between (default: all)', collect)
    .option('--drop <columns>', 'columns to leave out', collect)
    .option('--categorical <columns>', 'columns to read as text', collect)
    .option('--numeric <columns>', 'columns to read as numbers', collect)
    .option(
      '--max-levels <n>',
      `levels a text column may have (default: ${MOST_LEVELS})`,
      number('maxLevels'),
    )
    .optionsGroup('Reading:')
    .option(
      '--delimiter <character>',
      'character between cells, or tab, comma, semicolon, pipe, space (default: found)',
    )
    .option('--header', 'the first row holds names (default: unless all its cells are numbers)')
    .option('--no-header', 'the first row is data; columns are called x1, x2, ...')
    .addOption(
      new Option(
        '--missing <policy>',
        'what a missing cell does: refuse the file, drop the row, or take the mean',
      )
        .choices(['error', 'drop', 'mean'])
        .default('error'),
    )
    .option(
      '--missing-values <words>',
      `words that mean a missing cell, on top of the empty cell and ${MISSING_WORDS.join(', ')}`,
      (value: string, before: unknown) => collect(value, before).flatMap((words) => words.split(',')),
    )
    .option('--no-missing-values', 'only the empty cell is missing')
    .optionsGroup('Training:')
    .option('--lr <alpha>', 'learning rate (default: 0.1)', number('learningRate'))
    .option('--epochs <n>', 'updates at most (default: 100)', number('epochs'))
    .option(
      '--tolerance <x>',
      'stop when max |dJ/dw| is at most this; 0 turns it off (default: 1e-6)',
      number('tolerance'),
    )
    .option('--l2 <lambda>', 'add lambda/2 |w|^2 over the (standardized) slopes (default: 0)', number('l2'))
    .addOption(
      new Option('--reduction <kind>', 'loss over the rows').choices(['mean', 'sum']).default('mean'),
    )
    .option('--no-standardize', 'descend on the columns as they are')
    .option('--no-intercept', 'no intercept')
    .optionsGroup('Output:')
    .option(
      '-o, --output <file>',
      'file for the weights, written whole or not at all (default: standard output)',
      fileName('--output'),
    )
    .addOption(
      new Option(
        '--format <format>',
        'form of the weights (default: by the ending of the file, table on a terminal, else csv)',
      ).choices(FORMATS),
    )
    .option('--history <file>', 'file for the loss curve, as CSV', fileName('--history'))
    .option('--log-every <n>', 'print every n-th epoch (default: 1)', logEvery)
    .option('-q, --quiet', 'print only warnings and errors')
    .option('-v, --verbose', 'print every feature, and where a failure came from')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .addHelpText(
      'after',
      `
Examples:
  bce-train data.csv --lr 0.1 > weights.csv
  bce-train titanic.csv --missing drop --epochs 500 --history loss.csv -o model.json
  cut -d, -f2- table.csv | bce-train - --target survived --positive yes

Exit codes: 0 done, 1 data or run-time failure, 2 usage, 3 diverged, 130 interrupted (the weights so far are written).
`,
    );
}

/** Gathers the values of an option that may be given several times. */
function collect(value: string, before: unknown): string[] {
  return Array.isArray(before) ? [...before, value] : [value];
}

function number(option: keyof TrainOptions): (text: string) => number {
  const { flag, expected, accepts } = RULES[option];
  return (text) => {
    const value = parseNumber(text.trim());
    if (accepts(value)) return value;
    throw new BceError('USAGE', `${flag}: expected ${expected}, got ${quoted(text)}`);
  };
}

function fileName(what: string): (path: string) => string {
  return (path) => {
    if (path !== '') return path;
    throw new BceError('USAGE', `${what}: expected the name of a file, got ""`);
  };
}

function logEvery(text: string): number {
  const value = parseNumber(text.trim());
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new BceError('USAGE', `--log-every: expected a whole number, 1 or more, got ${quoted(text)}`);
}

/** commander's message as ours: its suggestion becomes the hint. */
function inOurWords({ message }: CommanderError): BceError {
  const [first = '', ...rest] = message.split('\n');
  const suggestion = /^\((?:Did you mean )?(.*?)\??\)$/.exec(rest.join(' '))?.[1];
  return new BceError(
    'USAGE',
    first.replace(/^error: /, '').replace(/\.$/, ''),
    suggestion === undefined ? 'bce-train --help lists the options' : `did you mean ${suggestion}?`,
  );
}
