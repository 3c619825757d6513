/** The options of a regularization path. */

import { CHOICES, CV_METRICS } from '../selection/choices.js';
import { parseNumber } from '../source/csv/number.js';
import { file, isPositive, type Kind, numberOf, oneOf, wholeNumber } from './kinds.js';
import type { Option } from './option.js';

/** Largest violation of the optimality conditions that a solution of the path may have. */
export const PATH_TOLERANCE = 1e-10;

const positives: Kind<readonly number[]> = {
  expected: 'positive numbers with commas between',
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isPositive),
  parse: (given) => given.split(',').map((part) => parseNumber(part.trim())),
};

const ONE_PENALTY = '--lambdas with --l1-ratio say the penalty: lambda * A is --l1, lambda * (1 - A) is --l2';

/** What the library's function takes as well. */
export const PATH_LIBRARY = {
  lambdas: {
    flag: '--lambdas',
    group: 'Selection',
    kind: positives,
    argument: 'list',
    otherwise: 'a sequence down from the smallest that holds all weights at 0',
    line: 'lambdas of the path, with commas between',
    more: 'They are solved from the largest to the smallest.',
    tasks: ['path'],
    requires: ['--path'],
    excludes: [['--lambda-ratio', '--lambda-ratio says where the sequence ends, and a list needs none']],
  },
  lambdaRatio: {
    flag: '--lambda-ratio',
    group: 'Selection',
    kind: numberOf('a number between 0 and 1', (value) => value > 0 && value < 1),
    argument: 'ratio',
    otherwise: '1e-4, or 1e-2 with more terms than rows',
    line: 'the last lambda of the sequence, as a share of the first',
    tasks: ['path'],
    requires: ['--path'],
  },
  l1Ratio: {
    flag: '--l1-ratio',
    group: 'Selection',
    kind: numberOf('a number from 0 to 1', (value) => value >= 0 && value <= 1),
    argument: 'A',
    default: 1,
    line: 'share of L1 in lambda [A |w|_1 + (1 - A)/2 |w|_2^2]: 1 is the lasso, 0 is ridge',
    more: 'At one lambda that is `--l1` lambda A with `--l2` lambda (1 - A). Lambda and A are those of glmnet.',
    tasks: ['path'],
    requires: ['--path'],
  },
  cvMetric: {
    flag: '--cv-metric',
    group: 'Selection',
    kind: oneOf(CV_METRICS),
    argument: 'metric',
    default: 'loss',
    line: 'what to judge the folds by: log loss, ROC AUC, Brier score or share of errors',
    tasks: ['path'],
    requires: ['--path'],
    needs: ['--cv'],
  },
  choose: {
    flag: '--choose',
    group: 'Selection',
    kind: oneOf(CHOICES),
    argument: 'rule',
    default: 'min',
    line: 'take the lambda of the best mean, or the largest within one standard error of it',
    tasks: ['path'],
    requires: ['--path'],
    needs: ['--cv'],
  },
} as const satisfies Record<string, Option>;

export const PATH = {
  path: {
    flag: '--path',
    group: 'Selection',
    kind: wholeNumber(1) as Kind<number | true>,
    argument: '[n]',
    default: 100,
    line: 'solve for n descending lambdas and print a line for each, or with --cv the weights at the chosen one',
    more: `Its columns are \`lambda,nonzero,loss,violation\`: the weights that are not 0, the mean cross-entropy without the penalty, and the largest violation of the optimality conditions over all weights, for which \`--tolerance\` is ${PATH_TOLERANCE.toExponential()} here.`,
    isCommon: true,
    tasks: ['path'],
    excludes: [
      ['--l1', ONE_PENALTY],
      ['--l2', ONE_PENALTY],
      ['--reduction', 'lambda goes with the mean over the rows'],
    ],
  },
  ...PATH_LIBRARY,
  pathOut: {
    flag: '--path-out',
    group: 'Selection',
    kind: file(),
    argument: 'file',
    line: 'file for the weights at every lambda, as CSV',
    more: 'Its columns are `lambda,feature,weight`, in the units of the file.',
    tasks: ['path'],
    requires: ['--path'],
  },
  cvOut: {
    flag: '--cv-out',
    group: 'Selection',
    kind: file(),
    argument: 'file',
    line: 'file for the curve of the cross-validation, as CSV',
    more: 'Its columns are `lambda,nonzero,loss,violation,mean,se`.',
    tasks: ['path'],
    requires: ['--path'],
    needs: ['--cv'],
  },
} as const satisfies Record<string, Option>;
