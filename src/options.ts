/** Everything that can be asked of a training run: names, defaults and what values are valid. */
import { MOST_LEVELS } from './dataset/factor.js';
import { MISSING_WORDS } from './dataset/missing.js';
import type { ReadOptions } from './dataset/plan.js';
import { BceError } from './errors.js';
import type { FitOptions } from './model/fit.js';
import { quoted } from './text.js';

/** Options of `train`; every one may be left out. Columns are given by name, or by number from 1. */
export interface TrainOptions {
  /** Character between cells; found by itself when left out. */
  delimiter?: string | undefined;
  /** Whether the first row holds names; when left out, it does unless all its cells are numbers. */
  header?: boolean | undefined;
  /** Column of the labels; default the last. */
  target?: string | undefined;
  /** Label with y = 1; default the larger of two numbers, the yes of yes and no, or the second in byte order. */
  positive?: string | undefined;
  /** Columns to use; default all but the target. */
  features?: readonly string[] | undefined;
  /** Columns to leave out. */
  drop?: readonly string[] | undefined;
  /** Columns to read as text, and as numbers, whatever their cells look like. */
  categorical?: readonly string[] | undefined;
  numeric?: readonly string[] | undefined;
  /** What a missing cell does; default 'error'. */
  missing?: 'error' | 'drop' | 'mean' | undefined;
  /** Words that mean a missing cell, on top of the usual ones; false: none but the empty cell. */
  missingValues?: readonly string[] | false | undefined;
  /** Levels a text column may have; default 100. */
  maxLevels?: number | undefined;
  /** alpha; default 0.1. */
  learningRate?: number | undefined;
  /** Updates at most; default 100. */
  epochs?: number | undefined;
  /** Stop when max |dJ/dw| is at most this; default 1e-6, 0 turns it off. */
  tolerance?: number | undefined;
  /** Descend on standardized columns; default true. The weights are in the units of the file either way. */
  standardize?: boolean | undefined;
  /** Default true. */
  intercept?: boolean | undefined;
  /** Default 'mean'. */
  reduction?: 'mean' | 'sum' | undefined;
  /** lambda of the penalty lambda/2 |w|^2 on the slopes, standardized when standardizing; default 0. */
  l2?: number | undefined;
}

interface Rule {
  readonly flag: string;
  readonly expected: string;
  readonly accepts: (value: number) => boolean;
}

/** The numbers among the options, and which are valid. */
export const NUMBER_RULES = {
  learningRate: { flag: '--lr', expected: 'a positive number', accepts: (x) => x > 0 && x < Infinity },
  epochs: { flag: '--epochs', expected: 'a whole number, 0 or more', accepts: isWhole(0) },
  tolerance: { flag: '--tolerance', expected: 'a number, 0 or more', accepts: isNonNegative },
  l2: { flag: '--l2', expected: 'a number, 0 or more', accepts: isNonNegative },
  maxLevels: { flag: '--max-levels', expected: 'a whole number, 2 or more', accepts: isWhole(2) },
} satisfies Record<string, Rule>;

export type NumberOption = keyof typeof NUMBER_RULES;

function isWhole(least: number): (value: number) => boolean {
  return (value) => Number.isSafeInteger(value) && value >= least;
}

function isNonNegative(value: number): boolean {
  return value >= 0 && value < Infinity;
}

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
  space: ' ',
};

/**
 * The options with defaults in place of what was left out.
 *
 * @throws BceError USAGE for a value that is not valid, or options that contradict each other
 */
export function resolveOptions(options: TrainOptions): { read: ReadOptions; fit: FitOptions } {
  for (const [name, { flag, expected, accepts }] of Object.entries(NUMBER_RULES)) {
    const value = options[name as NumberOption];
    if (value !== undefined && !accepts(value)) {
      throw new BceError('USAGE', `${name} (${flag}): expected ${expected}, got ${value}`);
    }
  }
  if ((options.features ?? []).length > 0 && (options.drop ?? []).length > 0) {
    throw new BceError(
      'USAGE',
      '--features and --drop cannot be used together',
      '--features names all that is used; what it does not name is left out already',
    );
  }
  const intercept = options.intercept ?? true;
  const { missingValues } = options;
  return {
    read: {
      delimiter: delimiterOf(options.delimiter),
      header: options.header,
      target: options.target,
      positive: options.positive,
      features: options.features ?? [],
      drop: options.drop ?? [],
      categorical: options.categorical ?? [],
      numeric: options.numeric ?? [],
      missing: options.missing ?? 'error',
      missingWords: missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])],
      maxLevels: options.maxLevels ?? MOST_LEVELS,
      intercept,
    },
    fit: {
      learningRate: options.learningRate ?? 0.1,
      epochs: options.epochs ?? 100,
      tolerance: options.tolerance ?? 1e-6,
      standardize: options.standardize ?? true,
      intercept,
      reduction: options.reduction ?? 'mean',
      l2: options.l2 ?? 0,
    },
  };
}

function delimiterOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const delimiter = DELIMITER_NAMES[text] ?? text;
  if ([...delimiter].length === 1 && !'"\r\n'.includes(delimiter)) return delimiter;
  throw new BceError(
    'USAGE',
    `--delimiter: expected one character, or comma, semicolon, tab, pipe or space, got ${quoted(text)}`,
  );
}
