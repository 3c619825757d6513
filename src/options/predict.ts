/** The options of bce-predict. */
import { BceError } from '../errors.js';
import { EXPORTS } from '../export/plan.js';
import { DIALECTS } from '../export/sql.js';
import { OUTPUTS } from '../predict/predictions.js';
import { quoted, shellWord } from '../text.js';
import { type Kind, named, numberOf, on, oneOf, text, wholeNumber } from './kinds.js';
import type { Option } from './option.js';
import { FORMATS, MESSAGES, READING } from './shared.js';

/** A file is no kind of output, though --output names one in other programs. */
const outputKind: Kind<(typeof OUTPUTS)[number]> = {
  ...oneOf(OUTPUTS),
  isStrict: true,
  parse(given) {
    if ((OUTPUTS as readonly string[]).includes(given)) return given;
    throw new BceError(
      'USAGE',
      `--output: expected ${OUTPUTS.join(', ')}, got ${quoted(given)}`,
      `predictions go to standard output: bce-predict MODEL DATA > ${shellWord(given)}`,
    );
  },
};

export const PREDICT = {
  delimiter: READING.delimiter,
  header: READING.header,
  missing: {
    flag: '--missing',
    group: 'Reading',
    kind: oneOf(['error', 'mean', 'drop', 'empty']),
    argument: 'policy',
    otherwise: 'error; empty with --export',
    line: 'what a missing cell does: refuse the file, take the mean or the commonest level of training (of a JSON model), drop the row, or leave its prediction empty',
    isCommon: true,
  },
  unseen: {
    flag: '--unseen',
    group: 'Reading',
    kind: oneOf(['error', 'baseline', 'missing']),
    argument: 'policy',
    otherwise: 'error; missing with --export',
    line: 'what a level does that no training row had: refuse the file, count as the baseline, or as a missing cell',
    isCommon: true,
  },
  missingValues: READING.missingValues,
  threads: {
    flag: '--threads',
    group: 'Reading',
    kind: wholeNumber(1),
    argument: 'n',
    otherwise: 'all cores',
    line: 'threads at most, for large files; they change nothing but the time',
  },
  output: {
    flag: '--output',
    group: 'Predictions',
    kind: outputKind,
    argument: 'kind',
    default: 'probability',
    line: 'what is printed of each row: probability, logit or class',
    isCommon: true,
  },
  threshold: {
    flag: '--threshold',
    group: 'Predictions',
    kind: numberOf('a probability, 0 to 1', (value) => value >= 0 && value <= 1),
    argument: 'p',
    default: 0.5,
    line: 'probability from which on the class is the positive one',
    requires: ['--output class', '--evaluate'],
  },
  append: {
    flag: '--append',
    group: 'Predictions',
    kind: on,
    line: 'print the rows as they are, with the prediction as one more column',
    isCommon: true,
  },
  name: {
    flag: '--name',
    group: 'Predictions',
    kind: named('a name'),
    argument: 'column',
    otherwise: 'that of --output',
    line: 'name of the column of predictions',
  },
  evaluate: {
    flag: '--evaluate',
    group: 'Metrics',
    kind: on,
    line: 'hold the predictions against the labels, and print metrics in their place',
    more: 'Log loss, Brier score, ROC AUC, average precision, calibration error, McFadden R2, accuracy, precision, recall, F1 and the confusion counts.',
    isCommon: true,
    excludes: [['--output'], ['--append'], ['--name']],
  },
  target: {
    flag: '--target',
    group: 'Metrics',
    kind: text(),
    argument: 'column',
    otherwise: 'that of the JSON model; beside weights alone, the last',
    line: 'column of the labels',
    requires: ['--evaluate'],
  },
  positive: {
    flag: '--positive',
    group: 'Metrics',
    kind: text(),
    argument: 'label',
    otherwise: 'that of the JSON model; beside weights alone, as bce-train finds it',
    line: 'label with y = 1',
    requires: ['--evaluate'],
  },
  weightColumn: {
    flag: '--weight-column',
    negative: { flag: '--no-weight-column', line: 'all rows weigh 1' },
    group: 'Metrics',
    kind: text(),
    argument: 'column',
    otherwise: 'that of the JSON model, if it has one',
    line: 'column of the weights of the rows',
    requires: ['--evaluate'],
  },
  format: {
    flag: '--format',
    group: 'Metrics',
    kind: oneOf(FORMATS),
    argument: 'format',
    otherwise: 'table on a terminal, else csv',
    line: 'form of the metrics',
    requires: ['--evaluate'],
  },
  export: {
    flag: '--export',
    group: 'Elsewhere',
    kind: oneOf(EXPORTS),
    argument: 'form',
    line: 'write the model as code that predicts by itself, in place of reading data',
    isCommon: true,
    // neither are rows read, nor is anything printed of them
    excludes: [
      ['--delimiter'],
      ['--header'],
      ['--no-header'],
      ['--missing-values'],
      ['--no-missing-values'],
      ['--output'],
      ['--threshold'],
      ['--append'],
      ['--name'],
      ['--evaluate'],
      ['--threads'],
    ],
  },
  dialect: {
    flag: '--dialect',
    group: 'Elsewhere',
    kind: oneOf(DIALECTS),
    argument: 'name',
    default: 'sqlite',
    line: 'that of --export sql',
    requires: ['--export sql'],
  },
  table: {
    flag: '--table',
    group: 'Elsewhere',
    kind: named('a name'),
    argument: 'name',
    default: 'data',
    line: 'table that --export sql selects from',
    requires: ['--export sql'],
  },
  quiet: {
    flag: '--quiet',
    short: '-q',
    group: 'Messages',
    kind: on,
    line: 'print only warnings and errors',
    isCommon: true,
    excludes: [['--verbose']],
  },
  verbose: {
    flag: '--verbose',
    short: '-v',
    group: 'Messages',
    kind: on,
    line: 'print where a failure came from',
  },
  ...MESSAGES,
} as const satisfies Record<string, Option>;
