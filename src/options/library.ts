/** The options of the library, which the command has as well. */
import { MOST_LEVELS } from '../dataset/schema/factor.js';
import type { Bound } from '../fit/singled.js';
import { OPTIMIZERS, TRAITS } from '../optimizer/optimizers.js';
import { SCHEDULES } from '../optimizer/schedule.js';
import { parseNumber } from '../source/csv/number.js';
import { partsOfList } from '../text.js';
import {
  file,
  isPositive,
  type Kind,
  nonNegative,
  numberOf,
  on,
  oneOf,
  size,
  text,
  texts,
  wholeNumber,
} from './kinds.js';
import type { Option, ValuesOf } from './option.js';
import { READING } from './shared.js';
import {
  FITTING_TASKS,
  MODEL_TASKS,
  OBJECTIVE_TASKS,
  OF_ROWS,
  SOLVING_TASKS,
  TRAINING_TASKS,
} from './tasks.js';

const OF_THIS_MACHINE = 'the servers of the table hold the rows and do the work';

/** True unless `--no-...` is given. */
const unlessOff: Kind<boolean> = { ...on, parse: () => false };

const classWeight: Kind<'balanced' | readonly [negative: number, positive: number]> = {
  expected: 'balanced, or two positive numbers as NEGATIVE:POSITIVE',
  accepts: (value) =>
    value === 'balanced' || (Array.isArray(value) && value.length === 2 && value.every(isPositive)),
  parse: (given) => (given === 'balanced' ? given : given.split(':').map((part) => parseNumber(part.trim()))),
};

/** A number is a share; a file whose name is one can be given as ./0.2 */
const validation: Kind<number | string> = {
  expected: 'a share of the rows between 0 and 1, or a file',
  accepts: (value) =>
    typeof value === 'number' ? value > 0 && value < 1 : typeof value === 'string' && value !== '',
  parse: (given) => {
    const share = parseNumber(given.trim());
    return Number.isNaN(share) ? given : share;
  },
  names: 'file',
};

const learningRate: Kind<number | 'auto'> = {
  expected: 'a positive number or auto',
  accepts: (value) => value === 'auto' || isPositive(value),
  parse: (given) => (given === 'auto' ? given : parseNumber(given.trim())),
};

/** A name may hold colons, as products of columns do: the bounds are behind the last two. */
const BOUND = /^(.*):([^:]*):([^:]*)$/s;

/** NaN, which is not accepted, for what is no number. */
const boundOf = (text: string): number | undefined =>
  text.trim() === '' ? undefined : parseNumber(text.trim());

const isBound = (value: unknown) => value === undefined || typeof value === 'number';

const boxes: Kind<readonly Bound[]> = {
  expected: 'bounds as COLUMN:LOWER:UPPER, one of which may be empty, with commas between',
  accepts: (value) =>
    Array.isArray(value) &&
    value.every(
      (item: Partial<Bound> | null) =>
        typeof item === 'object' &&
        item !== null &&
        typeof item.column === 'string' &&
        isBound(item.lower) &&
        isBound(item.upper) &&
        !Number.isNaN(item.lower ?? 0) &&
        !Number.isNaN(item.upper ?? 0) &&
        (item.lower ?? item.upper) !== undefined,
    ),
  parse: (given) =>
    partsOfList(given).map((part) => {
      const [, column = '', lower = '', upper = ''] = BOUND.exec(part) ?? [];
      return { column: column.trim(), lower: boundOf(lower), upper: boundOf(upper) };
    }),
  isList: true,
};

/** Of those that have one; in the order of the optimizers. */
function learningRates(): string {
  const { gd, nesterov } = TRAITS;
  return `${gd.learningRate}, for nesterov ${nesterov.learningRate}`;
}

/** What `train` takes, columns by name or by number from 1. */
export const LIBRARY = {
  target: {
    flag: '--target',
    group: 'Columns',
    kind: text(),
    argument: 'column',
    otherwise: 'the last',
    line: 'column of the labels',
    more: 'Columns are given by name, or by number from 1.',
    isCommon: true,
    isOfFiles: true,
  },
  positive: {
    flag: '--positive',
    group: 'Columns',
    kind: text(),
    argument: 'label',
    otherwise: 'the larger number, the yes of yes/no, or the second in byte order',
    line: 'label with y = 1',
    more: 'There are exactly two labels. Which of them is y = 1 is always told.',
    isCommon: true,
    isOfFiles: true,
  },
  features: {
    flag: '--features',
    group: 'Columns',
    kind: texts,
    argument: 'columns',
    otherwise: 'all',
    line: 'columns to use, with commas between',
    more: 'May be given several times.',
    excludes: [['--drop', '--features names all that is used; what it does not name is left out already']],
    isOfFiles: true,
  },
  drop: {
    flag: '--drop',
    group: 'Columns',
    kind: texts,
    argument: 'columns',
    line: 'columns to leave out',
    more: 'With commas between; may be given several times.',
    isCommon: true,
    isOfFiles: true,
  },
  categorical: {
    flag: '--categorical',
    group: 'Columns',
    kind: texts,
    argument: 'columns',
    otherwise: 'found',
    line: 'columns to read as text',
    more: 'A column of text has a weight for each of its levels but the first in byte order, the baseline.',
    isOfFiles: true,
  },
  numeric: {
    flag: '--numeric',
    group: 'Columns',
    kind: texts,
    argument: 'columns',
    otherwise: 'found',
    line: 'columns to read as numbers',
    more: 'A cell that is no number is then an error at its line.',
    isOfFiles: true,
  },
  add: {
    flag: '--add',
    group: 'Columns',
    kind: texts,
    argument: 'term',
    line: "columns computed of others, as in 'sex*age' or 'log(fare) + age^2'",
    more: '`a:b` is a product, `a*b` is `a + b + a:b`, of numbers, levels (`sex=male`) and text columns. Then there are `x^2`, `poly(x, k)` for the powers up to k, `cut(x, 10, 20)` for the intervals above and between, `bins(x, k)` for those between quantiles, `ns(x, k)` and `bs(x, k)` for splines with k columns, `scale(x)`, `year(d)`, `month(d)`, `weekday(d)` and `hour(d)` of ISO dates, `log`, `log1p`, `sqrt`, `exp`, `abs` and `x > 10`. Knots, quantiles, means and spreads are those of the training rows. May be given several times.',
  },
  formula: {
    flag: '--formula',
    group: 'Columns',
    kind: text('a formula as y ~ a + b'),
    argument: 'formula',
    line: "target and columns in R's notation, as 'y ~ . - id + log(x)'",
    more: 'Terms are those of --add. `.` is all columns, `-` takes one out, `- 1` the intercept. Without a target before `~` it is the last column.',
    excludes: [
      ['--target', 'the target stands before ~'],
      ['--features', 'the formula names them'],
      ['--drop', '~ . - column leaves one out'],
      ['--add', 'terms stand in the formula'],
      ['--no-intercept', '- 1 takes it out'],
    ],
  },
  reference: {
    flag: '--reference',
    group: 'Columns',
    kind: texts,
    argument: 'column=level',
    otherwise: 'the first level in byte order',
    line: 'baseline of a text column',
    more: 'May be given once for each column.',
    isOfFiles: true,
  },
  hash: {
    flag: '--hash',
    group: 'Columns',
    kind: texts,
    argument: 'column:bits',
    line: 'read an id with too many levels as 2^bits of them',
    more: 'The term `hash(column,bits)` in the place of the column, 1 to 20 bits: texts that share a number share a weight. May be given once for each column.',
    excludes: [['--formula', 'it takes hash(column,bits) as a term']],
    isOfFiles: true,
  },
  rare: {
    flag: '--rare',
    group: 'Columns',
    kind: numberOf(
      'a number of rows, 2 or more, or a share of them below 1',
      (value) => (value > 0 && value < 1) || (value >= 2 && Number.isSafeInteger(value)),
    ),
    argument: 'n|share',
    line: 'make levels of fewer training rows one, column=(other)',
    more: 'So is every text that no training row has, in bce-predict and in every export.',
    isOfFiles: true,
  },
  maxLevels: {
    flag: '--max-levels',
    group: 'Columns',
    kind: wholeNumber(2),
    argument: 'n',
    default: MOST_LEVELS,
    line: 'levels a text column may have',
    more: 'A column with more is mostly an identifier, and is refused.',
    isOfFiles: true,
  },
  ...READING,
  missing: {
    flag: '--missing',
    group: 'Reading',
    kind: oneOf(['error', 'drop', 'mean']),
    argument: 'policy',
    default: 'error',
    line: 'what a missing cell does: refuse the file, drop the row, or take the mean',
    more: '`error` counts them by column. `mean` fills numbers with the mean of their column and texts with its commonest level. A missing label is dropped or refused, never filled.',
    isCommon: true,
    isOfFiles: true,
  },
  weightColumn: {
    flag: '--weight-column',
    group: 'Weights',
    kind: text(),
    argument: 'column',
    line: 'column of the weights of the rows; 0 leaves a row out',
    more: 'A row of weight 3 counts as three rows.',
    isOfFiles: true,
  },
  classWeight: {
    flag: '--class-weight',
    group: 'Weights',
    kind: classWeight,
    argument: 'neg:pos',
    line: 'what the weights of the rows with y = 0 and y = 1 are multiplied by, or "balanced"',
    more: '`balanced` makes both classes weigh half of all.',
  },
  optimizer: {
    flag: '--optimizer',
    group: 'Training',
    kind: oneOf(OPTIMIZERS),
    argument: 'name',
    default: 'gd',
    line: 'how J is minimised',
    more: 'All of them find the same weights; `newton`, `lbfgs` and, with --l1, `proximal-newton` in a few epochs.',
    isCommon: true,
    tasks: FITTING_TASKS,
    isOfTraining: true,
  },
  learningRate: {
    flag: '--lr',
    aliases: ['--learning-rate', '--alpha'],
    group: 'Training',
    kind: learningRate,
    argument: 'alpha',
    otherwise: learningRates(),
    line: 'learning rate of gd, nesterov and adam; auto takes it from the curvature',
    more: 'A step that is too long is warned about before the first epoch.',
    isCommon: true,
    tasks: TRAINING_TASKS,
    isOfTraining: true,
  },
  epochs: {
    flag: '--epochs',
    aliases: ['--max-iter', '--iterations'],
    group: 'Training',
    kind: wholeNumber(0),
    argument: 'n',
    default: 100,
    line: 'updates at most',
    isCommon: true,
    tasks: TRAINING_TASKS,
    isOfTraining: true,
  },
  batch: {
    flag: '--batch',
    aliases: ['--batch-size'],
    group: 'Training',
    kind: wholeNumber(1),
    argument: 'n',
    otherwise: 'all rows at once',
    line: 'update by the gradient of n rows after the other, with gd and adam; an epoch is a pass over all of them',
    more: 'The rows come in an order made by `--seed`, another one in every epoch, the same for any `--threads` and `--memory`. What an epoch prints is the mean loss of its batches as they came; the last line has J over all rows. Training has converged only where the gradient of all rows says so at the end.',
    tasks: [...FITTING_TASKS, 'check'],
    notForTables: OF_ROWS,
  },
  stream: {
    flag: '--stream',
    group: 'Training',
    kind: on,
    line: 'train with --batch while the rows are read, once, and keep none of them',
    more: 'Columns, levels, labels, means and deviations, and what missing cells take, are those of the rows in the first 16 MiB of text; a table that ends before is trained on as without. The order is that of the file, mixed within 16 shards of about a MiB. J over all rows is told where they can be read again.',
    tasks: ['train'],
    requires: ['--batch'],
    excludes: [
      ['--validation', 'no row is held out of those that go by'],
      ['--cv', 'the folds visit the rows again and again'],
      ['--metrics', 'no row is kept; bce-predict --evaluate measures the model on a file'],
      ['--stats', 'no row is kept for the second derivatives'],
      ['--report', 'no row is kept to show how well they are predicted'],
      ['--strict', 'whether the optimum is reached is not known of rows that are not kept'],
    ],
    isOfFiles: true,
  },
  momentum: {
    flag: '--momentum',
    group: 'Training',
    kind: numberOf('a number from 0 to below 1', (value) => value >= 0 && value < 1),
    argument: 'beta',
    default: 0,
    line: 'of gd with --batch: the share of the last step that goes into the next',
    more: 'u <- beta u + g, w <- w - alpha u. Steps are as long as those of alpha / (1 - beta) without.',
    tasks: FITTING_TASKS,
    isOfTraining: true,
    requires: ['--batch'],
  },
  learningRateSchedule: {
    flag: '--lr-schedule',
    group: 'Training',
    kind: oneOf(SCHEDULES),
    argument: 'name',
    default: 'constant',
    line: 'alpha after t of T epochs with --batch: inverse is alpha / (1 + t), cosine falls from alpha to 0',
    more: 'With a constant one J stays above its minimum, by about as much as alpha is large; the others let that die away.',
    tasks: FITTING_TASKS,
    isOfTraining: true,
    requires: ['--batch'],
  },
  tolerance: {
    flag: '--tolerance',
    group: 'Training',
    kind: nonNegative,
    argument: 'x',
    default: 1e-6,
    line: 'stop when max |dJ/dv|, of the weights that are solved for, is at most this; 0 turns it off',
    more: 'Training has converged when J is within a hundredth of this of its minimum as well.',
    tasks: SOLVING_TASKS,
    isOfTraining: true,
  },
  l2: {
    flag: '--l2',
    group: 'Training',
    kind: nonNegative,
    argument: 'lambda',
    default: 0,
    line: 'add lambda/2 |w|^2 over the (standardized) slopes',
    more: 'Never over the intercept.',
    isCommon: true,
    isOfTraining: true,
    tasks: OBJECTIVE_TASKS,
  },
  l1: {
    flag: '--l1',
    group: 'Training',
    kind: nonNegative,
    argument: 'lambda',
    default: 0,
    line: 'add lambda sum |w| over them, with gd, nesterov and proximal-newton',
    more: 'Weights that it holds at 0 are exactly 0.',
    isOfTraining: true,
    tasks: OBJECTIVE_TASKS,
  },
  unpenalised: {
    flag: '--unpenalised',
    group: 'Training',
    kind: texts,
    argument: 'columns',
    otherwise: 'none but the intercept',
    line: 'columns whose weights carry no penalty, with commas between',
    more: 'By the names of columns or terms, or of single weights, as `sex=male` or `ns(age,4)[1]`. May be given several times.',
    isOfTraining: true,
    tasks: OBJECTIVE_TASKS,
    requires: ['--l2', '--l1', '--path'],
  },
  bounds: {
    flag: '--bounds',
    group: 'Training',
    kind: boxes,
    argument: 'list',
    otherwise: 'none',
    line: "bounds on weights, as 'age:0:,x:-1:1', with gd, nesterov and proximal-newton",
    more: 'COLUMN:LOWER:UPPER in the units of the file, one of which may be empty; by the name of a column or term, all of whose weights are meant, or of a single weight, as `sex=male:0:` or `ns(age,4)[1]:0:`. `*` is every one that is not named. May be given several times. A weight that its bound holds is exactly there.',
    isOfTraining: true,
    tasks: SOLVING_TASKS,
    excludes: [['--stats', 'weights stick at bounds, so no standard error follows from the Hessian']],
  },
  reduction: {
    flag: '--reduction',
    group: 'Training',
    kind: oneOf(['mean', 'sum']),
    argument: 'kind',
    default: 'mean',
    line: 'loss over the rows',
    tasks: OBJECTIVE_TASKS,
  },
  standardize: {
    flag: '--no-standardize',
    group: 'Training',
    kind: unlessOff,
    default: true,
    line: 'descend on the columns as they are',
    more: 'The weights are in the units of the file either way.',
    isOfTraining: true,
    tasks: OBJECTIVE_TASKS,
  },
  intercept: {
    flag: '--no-intercept',
    group: 'Training',
    kind: unlessOff,
    default: true,
    line: 'no intercept',
    more: 'Columns are then scaled, but not centred. The first text column has a weight for each of its levels, as in R.',
    tasks: [...OBJECTIVE_TASKS, 'program'],
  },
  threads: {
    flag: '--threads',
    group: 'Training',
    kind: wholeNumber(1),
    argument: 'n',
    otherwise: 'all cores',
    line: 'threads at most, for large tables; their number changes no bit',
    notForTables: OF_THIS_MACHINE,
    changesNoBit: true,
  },
  memory: {
    flag: '--memory',
    group: 'Training',
    kind: size,
    argument: 'size',
    otherwise: 'half of what the machine has',
    line: 'hold this much of the data in memory, as 200M or 4G, and the rest in a temporary file',
    more: 'Units are powers of 1024. The weights are the same to the last bit.',
    notForTables: OF_THIS_MACHINE,
    changesNoBit: true,
  },
  tempDir: {
    flag: '--temp-dir',
    group: 'Training',
    kind: file('directory'),
    argument: 'directory',
    otherwise: 'that of the system',
    line: 'where that file is, which has no name and goes with the process',
    notForTables: OF_THIS_MACHINE,
    changesNoBit: true,
  },
  validation: {
    flag: '--validation',
    group: 'Validation',
    kind: validation,
    argument: 'share',
    line: 'rows not to train on: a share of each class, picked by --seed, or a file; their loss is told every epoch',
    more: 'A file, or a pattern of several, is read in the columns and with the levels of the training rows.',
    tasks: MODEL_TASKS,
  },
  patience: {
    flag: '--patience',
    group: 'Validation',
    kind: wholeNumber(1),
    argument: 'n',
    line: 'end after n epochs without a lower validation loss; the weights are those of the lowest',
    tasks: MODEL_TASKS,
    requires: ['--validation'],
  },
  seed: {
    flag: '--seed',
    group: 'Validation',
    kind: wholeNumber(0),
    argument: 'n',
    default: 1,
    line: 'seed of the rows of --validation, of the order of --batch, of the folds of --cv and of the weights of --check-gradient',
    tasks: ['train', 'explain', 'check', 'program', 'path', 'verify'],
    requires: ['--check-gradient', '--check-program', '--validation', '--batch', '--cv'],
  },
  cv: {
    flag: '--cv',
    group: 'Selection',
    kind: wholeNumber(2),
    argument: 'k',
    line: 'cross-validate over k folds: tell how good the fit is on rows that it has not seen, or with --path choose lambda by it',
    more: 'All metrics with their standard errors, and then the fit of all rows. The folds are dealt by `--seed`, each class by itself. Columns are standardized, and missing cells filled, without the rows held out, and balanced classes are balanced there. A fold at a time is copied; along a path none is unless cells are filled, and the folds are solved side by side, to 1,000 times its tolerance, or with more than 256 weights to a thousandth of lambda.',
    isCommon: true,
    tasks: ['train', 'path', 'verify'],
    excludes: [
      ['--validation', 'each fold is held out in its turn already'],
      ['--init', 'weights that have seen all rows would tell of those that are held out'],
    ],
    notForTables: OF_ROWS,
  },
  foldColumn: {
    flag: '--fold-column',
    group: 'Selection',
    kind: text(),
    argument: 'column',
    otherwise: 'none',
    line: 'column whose rows of one text stay in one fold, as those of a patient; it is no feature',
    more: 'The largest groups are dealt first, each into the smallest fold; with as many texts as folds each is one.',
    tasks: ['train', 'path', 'verify'],
    requires: ['--cv'],
    isOfFiles: true,
  },
  metrics: {
    flag: '--metrics',
    aliases: ['--evaluate'],
    group: 'Output',
    kind: on,
    line: 'tell how good the predictions of the training and validation rows are, and put it into the JSON model',
    tasks: MODEL_TASKS,
    notForTables: OF_ROWS,
  },
  stats: {
    flag: '--stats',
    group: 'Output',
    kind: on,
    line: 'standard error, z, p, interval and odds ratio of every weight; deviances, AIC and BIC',
    isCommon: true,
    tasks: MODEL_TASKS,
  },
  confidence: {
    flag: '--confidence',
    group: 'Output',
    kind: numberOf('a number between 0 and 1', (value) => value > 0 && value < 1),
    argument: 'level',
    default: 0.95,
    line: 'confidence of the intervals',
    tasks: MODEL_TASKS,
    requires: ['--stats'],
  },
} as const satisfies Record<string, Option>;

/** Options of `train`; every one may be left out. docs/reference.md says what each is. */
export type TrainOptions = ValuesOf<typeof LIBRARY>;
