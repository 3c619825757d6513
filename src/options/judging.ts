/** Options about rows that are held out, and how good the fit is said to be. */
import { parseNumber } from '../source/csv/number.js';
import { type Kind, numberOf, on, text, wholeNumber } from './kinds.js';
import type { Option } from './option.js';
import { MODEL_TASKS, OF_ROWS } from './tasks.js';

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

export const JUDGING = {
  validation: {
    flag: '--validation',
    group: 'Validation',
    kind: validation,
    argument: 'share',
    line: 'rows not to train on: a share of each class, picked by --seed, or a file; their loss is printed every epoch',
    more: 'A file, or a pattern of several, is read in the columns and with the levels of the training rows.',
    tasks: MODEL_TASKS,
  },
  patience: {
    flag: '--patience',
    group: 'Validation',
    kind: wholeNumber(1),
    argument: 'n',
    line: 'stop after n epochs without a lower validation loss, and keep the weights of the lowest',
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
    line: 'cross-validate over k folds: measure the fit on rows that it has not seen, or with --path choose lambda',
    more: 'Prints all metrics with their standard errors, then fits all rows. `--seed` deals the folds, each class by itself. Standardization, fills and balanced class weights are those of the rows outside the fold. Without a path, one fold at a time is copied. Along a path none is, unless cells are filled; the folds are solved side by side, to 1,000 times the tolerance or, with more than 256 weights, to a thousandth of lambda, which moves the mean log loss by up to 2e-3, 4 % of its standard error, as far as measured.',
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
    line: 'column of groups that stay in one fold, such as patients; it is no feature',
    more: 'The largest groups are dealt first, each into the smallest fold; with as many groups as folds, each is a fold.',
    tasks: ['train', 'path', 'verify'],
    requires: ['--cv'],
    isOfFiles: true,
  },
  metrics: {
    flag: '--metrics',
    aliases: ['--evaluate'],
    group: 'Output',
    kind: on,
    line: 'measure the predictions on the training and validation rows; part of the JSON model too',
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
