/** The options of the library, which the command has as well. */
import { parseNumber } from '../source/csv/number.js';
import { COLUMNS } from './columns.js';
import { JUDGING } from './judging.js';
import { isPositive, type Kind, oneOf, text } from './kinds.js';
import type { Option, ValuesOf } from './option.js';
import { READING } from './shared.js';
import { TRAINING } from './training.js';

const classWeight: Kind<'balanced' | readonly [negative: number, positive: number]> = {
  expected: 'balanced, or two positive numbers as NEGATIVE:POSITIVE',
  accepts: (value) =>
    value === 'balanced' || (Array.isArray(value) && value.length === 2 && value.every(isPositive)),
  parse: (given) => (given === 'balanced' ? given : given.split(':').map((part) => parseNumber(part.trim()))),
};

/** What `train` takes, columns by name or by number from 1. */
export const LIBRARY = {
  ...COLUMNS,
  ...READING,
  missing: {
    flag: '--missing',
    group: 'Reading',
    kind: oneOf(['error', 'drop', 'mean']),
    argument: 'policy',
    default: 'error',
    line: 'what to do with missing cells: refuse the file, drop the row, or fill in the mean',
    more: '`error` counts them by column. `mean` fills in the mean of a column of numbers and the commonest level of a text column. A missing label is dropped or refused, never filled.',
    isCommon: true,
    isOfFiles: true,
  },
  weightColumn: {
    flag: '--weight-column',
    group: 'Weights',
    kind: text(),
    argument: 'column',
    line: 'column with the weights of the rows; 0 leaves a row out',
    more: 'A row of weight 3 counts as three rows.',
    isOfFiles: true,
  },
  classWeight: {
    flag: '--class-weight',
    group: 'Weights',
    kind: classWeight,
    argument: 'neg:pos',
    line: 'factors for the weights of rows with y = 0 and y = 1, or "balanced"',
    more: '`balanced` gives each class half of the weight.',
  },
  ...TRAINING,
  ...JUDGING,
} as const satisfies Record<string, Option>;

/** Options of `train`; every one may be left out. docs/reference.md says what each is. */
export type TrainOptions = ValuesOf<typeof LIBRARY>;
