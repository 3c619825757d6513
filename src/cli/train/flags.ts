/** The flags of bce-train, as --help shows them. */
import { Argument, Command, Option } from 'commander';
import { MOST_LEVELS } from '../../dataset/schema/factor.js';
import { MISSING_WORDS } from '../../dataset/schema/missing.js';
import { BceError } from '../../errors.js';
import { MISTAKES } from '../../objective/mistakes.js';
import { OPTIMIZERS } from '../../optimizer/optimizers.js';
import { RULES, type TrainOptions } from '../../options.js';
import { parseNumber } from '../../source/csv/number.js';
import { quoted } from '../../text.js';
import { VERSION } from '../../version.js';

export const FORMATS = ['csv', 'tsv', 'json', 'table'] as const;
export type Format = (typeof FORMATS)[number];

/** The command with its flags declared; values are validated as they are read. */
export function createCommand(): Command {
  return new Command('bce-train')
    .description(
      'Train logistic regression by gradient descent on a CSV. Prints the loss of every epoch on standard error and the weights on standard output.',
    )
    .addArgument(
      new Argument(
        '[data]',
        'CSV file, plain or gzip; - is standard input; clickhouse://host/database/table is a table there',
      ).argParser(fileName('data')),
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
    .option('--where <expression>', 'rows of a table of ClickHouse to use, as an expression of its SQL')
    .optionsGroup('Weights:')
    .option('--weight-column <column>', 'column of the weights of the rows; 0 leaves a row out')
    .option(
      '--class-weight <neg:pos>',
      'what the weights of the rows with y = 0 and y = 1 are multiplied by, or "balanced"',
      classWeight,
    )
    .optionsGroup('Training:')
    .addOption(new Option('--optimizer <name>', 'how J is minimised').choices(OPTIMIZERS).default('gd'))
    .option(
      '--lr <alpha>',
      'learning rate of gd, nesterov and adam; auto takes it from the curvature (default: 0.1, for nesterov auto)',
      (text) => (text === 'auto' ? 'auto' : number('learningRate')(text)),
    )
    .option('--epochs <n>', 'updates at most (default: 100)', number('epochs'))
    .option(
      '--tolerance <x>',
      'stop when max |dJ/dv|, of the weights that are solved for, is at most this; 0 turns it off (default: 1e-6)',
      number('tolerance'),
    )
    .option('--l2 <lambda>', 'add lambda/2 |w|^2 over the (standardized) slopes (default: 0)', number('l2'))
    .option('--l1 <lambda>', 'add lambda sum |w| over them, with gd and nesterov (default: 0)', number('l1'))
    .addOption(
      new Option('--reduction <kind>', 'loss over the rows').choices(['mean', 'sum']).default('mean'),
    )
    .option('--no-standardize', 'descend on the columns as they are')
    .option('--no-intercept', 'no intercept')
    .option(
      '--init <file>',
      'begin at the weights of a file (CSV, TSV or JSON), or explain at them without training',
      fileName('--init'),
    )
    .option(
      '--threads <n>',
      'threads at most, for large tables; their number changes no bit (default: all cores)',
      number('threads'),
    )
    .option(
      '--memory <size>',
      'hold this much of the data in memory, as 200M or 4G, and the rest in a temporary file (default: half of what the machine has)',
      size,
    )
    .option(
      '--temp-dir <directory>',
      'where that file is, which has no name and goes with the process (default: that of the system)',
      fileName('--temp-dir'),
    )
    .option('--strict', 'exit code 3 when there is no unique optimum, or it is not reached')
    .optionsGroup('Validation:')
    .option(
      '--validation <share>',
      'rows not to train on: a share of each class, picked by --seed, or a file; their loss is told every epoch',
      validation,
    )
    .option(
      '--patience <n>',
      'end after n epochs without a lower validation loss; the weights are those of the lowest',
      number('patience'),
    )
    .option(
      '--seed <n>',
      'seed of the rows of --validation and of the weights of --check-gradient (default: 1)',
      wholeNumber('--seed', 0),
    )
    .optionsGroup('The gradient:')
    .option(
      '--check-gradient',
      'compare the gradient with differences of J, without training; exit code 4 if it is wrong',
    )
    .addOption(
      new Option('--gradient <mistake>', 'check a gradient that is wrong in a known way').choices(MISTAKES),
    )
    .addOption(
      new Option(
        '--compare [mistake]',
        'train with the right and a wrong gradient side by side (default: lost-minus)',
      ).choices(MISTAKES),
    )
    .option(
      '--explain [row]',
      'show the chain rule on one row of data (default: 1)',
      wholeNumber('--explain', 1),
    )
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
    .option(
      '--stats',
      'standard error, z, p, interval and odds ratio of every weight; deviances, AIC and BIC',
    )
    .option('--confidence <level>', 'confidence of the intervals (default: 0.95)', number('confidence'))
    .option(
      '--metrics',
      'tell how good the predictions of the training and validation rows are, and put it into the JSON model',
    )
    .option('--history <file>', 'file for the loss curve, as CSV', fileName('--history'))
    .option(
      '--report <file>',
      'file for a page of HTML: how training went, weights, and how well they predict',
      fileName('--report'),
    )
    .option('--plot', 'draw the loss curve on standard error when training is done')
    .option('--log-every <n>', 'print every n-th epoch (default: 1)', wholeNumber('--log-every', 1))
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

Exit codes: 0 done, 1 data or run-time failure, 2 usage, 3 diverged (with --strict: no optimum reached), 4 wrong gradient, 130 interrupted (the weights so far are written).
`,
    );
}

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, before: unknown): string[] {
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

function classWeight(text: string): 'balanced' | [number, number] {
  const { flag, expected, accepts } = RULES.classWeight;
  const value = text === 'balanced' ? text : text.split(':').map((part) => parseNumber(part.trim()));
  if (accepts(value)) return value as 'balanced' | [number, number];
  throw new BceError('USAGE', `${flag}: expected ${expected}, got ${quoted(text)}`);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Units as `sort --buffer-size` has them: powers of 1024. */
function size(text: string): number {
  const { flag, expected, accepts } = RULES.memory;
  const [, digits = '', unit = ''] = /^([0-9.]+)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim()) ?? [];
  const value = parseNumber(digits) * UNITS[unit.toUpperCase()]!;
  if (accepts(value)) return value;
  throw new BceError('USAGE', `${flag}: expected ${expected}, got ${quoted(text)}`);
}

/** A number is a share; a file whose name is one can be given as ./0.2 */
function validation(text: string): number | string {
  const { flag, expected, accepts } = RULES.validation;
  const share = parseNumber(text.trim());
  const value = Number.isNaN(share) ? text : share;
  if (accepts(value)) return value;
  throw new BceError('USAGE', `${flag}: expected ${expected}, got ${quoted(text)}`);
}

export function fileName(what: string): (path: string) => string {
  return (path) => {
    if (path !== '') return path;
    throw new BceError('USAGE', `${what}: expected the name of a file, got ""`);
  };
}

export function wholeNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text.trim());
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new BceError('USAGE', `${flag}: expected a whole number, ${least} or more, got ${quoted(text)}`);
  };
}
