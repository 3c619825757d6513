/** Options about the objective and how it is minimised. */
import type { Bound } from '../fit/singled.js';
import { BATCH_OPTIMIZERS } from '../optimizer/miniBatch.js';
import { OPTIMIZERS, optimizersThat, TRAITS } from '../optimizer/optimizers.js';
import { SCHEDULES } from '../optimizer/schedule.js';
import { parseNumber } from '../source/csv/number.js';
import { enumerated, partsOfList } from '../text.js';
import {
  file,
  isPositive,
  type Kind,
  nonNegative,
  numberOf,
  on,
  oneOf,
  size,
  texts,
  wholeNumber,
} from './kinds.js';
import type { Option } from './option.js';
import { FITTING_TASKS, OBJECTIVE_TASKS, OF_ROWS, SOLVING_TASKS, TRAINING_TASKS } from './tasks.js';

const OF_THIS_MACHINE = 'the servers of the table hold the rows and do the work';

/** True unless `--no-...` is given. */
const unlessOff: Kind<boolean> = { ...on, parse: () => false };

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

/** The optimizers that take an L1 penalty and bounds, in words. */
const PROXIMAL = enumerated(optimizersThat(({ isProximal }) => isProximal));

/** Of those that have one; in the order of the optimizers. */
function learningRates(): string {
  const { gd, nesterov } = TRAITS;
  return `${gd.learningRate}, for nesterov ${nesterov.learningRate}`;
}

export const TRAINING = {
  optimizer: {
    flag: '--optimizer',
    group: 'Training',
    kind: oneOf(OPTIMIZERS),
    argument: 'name',
    default: 'gd',
    line: 'how to minimise J',
    more: 'All find the same weights; `newton`, `lbfgs` and, with --l1, `proximal-newton` in a few epochs.',
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
    line: `learning rate of ${enumerated(optimizersThat((traits) => traits.learningRate !== undefined))}; auto finds it from the curvature`,
    more: 'There is a warning before the first epoch if the steps are too long.',
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
    line: 'maximum number of updates',
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
    line: `with ${enumerated(BATCH_OPTIMIZERS)}, update by n rows at a time; an epoch is one pass over all rows`,
    more: '`--seed` decides the order of the rows, which is another in every epoch and the same for any `--threads` and `--memory`. An epoch prints the mean loss of its batches as they came; the last line has J over all rows. Training has converged only if the gradient of all rows says so at the end.',
    tasks: [...FITTING_TASKS, 'check'],
    notForTables: OF_ROWS,
  },
  stream: {
    flag: '--stream',
    group: 'Training',
    kind: on,
    line: 'with --batch, train on the rows while they are read, once, and keep none',
    more: 'Columns, levels, labels, means, deviations and fills are those of the first 16 MiB of text; a shorter table is trained on as without --stream. The order is that of the file, mixed within 16 shards of about a MiB. J over all rows is printed where they can be read again.',
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
    line: 'with gd and --batch: share of the last step that is added to the next',
    more: 'u <- beta u + g, w <- w - alpha u. Steps are as long as with alpha / (1 - beta) and no momentum.',
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
    line: 'with --batch, alpha after t of T epochs: inverse is alpha / (1 + t), cosine falls from alpha to 0',
    more: 'With constant steps J stays above its minimum by an amount in proportion to alpha; with the others that dies away.',
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
    line: 'stop when max |dJ/dv|, over the weights that are solved for, is at most this; 0 turns that off',
    more: 'Training has converged when J is also within a hundredth of this of its minimum.',
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
    line: `add lambda sum |w| over the slopes, with ${PROXIMAL}`,
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
    line: 'columns whose weights have no penalty, with commas between',
    more: 'By the name of a column, a term or a single weight, such as `sex=male` or `ns(age,4)[1]`. May be given several times.',
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
    line: `bounds on weights, as 'age:0:,x:-1:1', with ${PROXIMAL}`,
    more: 'COLUMN:LOWER:UPPER in the units of the file; one of the two may be empty. COLUMN names a column or term, for all of its weights, or a single weight, as in `sex=male:0:` or `ns(age,4)[1]:0:`; `*` is every weight that is not named. May be given several times. A weight that a bound holds is exactly there.',
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
    line: 'maximum number of threads, on large tables; the results are the same to the last bit',
    notForTables: OF_THIS_MACHINE,
    changesNoBit: true,
  },
  memory: {
    flag: '--memory',
    group: 'Training',
    kind: size,
    argument: 'size',
    otherwise: 'half of what the machine has',
    line: 'hold this much of the data in memory, such as 200M or 4G, and the rest in a temporary file',
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
    line: 'directory of that file, which has no name and is gone when the process ends',
    notForTables: OF_THIS_MACHINE,
    changesNoBit: true,
  },
} as const satisfies Record<string, Option>;
