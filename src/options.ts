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
  readonly accepts: (value: unknown) => boolean;
}

/** What is valid for each option, and the flag of the command line that sets it. */
export const RULES: Readonly<Record<keyof TrainOptions, Rule>> = {
  delimiter: text('--delimiter'),
  header: choice('--header'),
  target: text('--target'),
  positive: text('--positive'),
  features: texts('--features'),
  drop: texts('--drop'),
  categorical: texts('--categorical'),
  numeric: texts('--numeric'),
  missing: oneOf('--missing', ['error', 'drop', 'mean']),
  missingValues: {
    flag: '--missing-values',
    expected: 'a list of texts, or false',
    accepts: (value) => value === false || areTexts(value),
  },
  maxLevels: wholeNumber('--max-levels', 2),
  learningRate: {
    flag: '--lr',
    expected: 'a positive number',
    accepts: (value) => Number.isFinite(value) && (value as number) > 0,
  },
  epochs: wholeNumber('--epochs', 0),
  tolerance: nonNegative('--tolerance'),
  standardize: choice('--no-standardize'),
  intercept: choice('--no-intercept'),
  reduction: oneOf('--reduction', ['mean', 'sum']),
  l2: nonNegative('--l2'),
};

function text(flag: string): Rule {
  return { flag, expected: 'a text', accepts: (value) => typeof value === 'string' };
}

function texts(flag: string): Rule {
  return { flag, expected: 'a list of texts', accepts: areTexts };
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function choice(flag: string): Rule {
  return { flag, expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
}

function oneOf(flag: string, words: readonly string[]): Rule {
  return { flag, expected: words.join(' or '), accepts: (value) => words.includes(value as string) };
}

function wholeNumber(flag: string, least: number): Rule {
  return {
    flag,
    expected: `a whole number, ${least} or more`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  };
}

function nonNegative(flag: string): Rule {
  return {
    flag,
    expected: 'a number, 0 or more',
    accepts: (value) => Number.isFinite(value) && (value as number) >= 0,
  };
}

/** Options that say how to read a table of text; they mean nothing for numbers in memory. */
const READING: readonly (keyof TrainOptions)[] = [
  'delimiter',
  'header',
  'target',
  'positive',
  'features',
  'drop',
  'categorical',
  'numeric',
  'missing',
  'missingValues',
  'maxLevels',
];

/** @throws BceError USAGE when an option is given that says how to read a file */
export function refuseReadingOptions(options: TrainOptions): void {
  const given = READING.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new BceError('USAGE', `${given}: says how to read a file, but the data are arrays`);
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
 * @throws BceError USAGE for an unknown name, a value that is not valid, or options that contradict each other
 */
export function resolveOptions(options: TrainOptions): { read: ReadOptions; fit: FitOptions } {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof TrainOptions] : undefined;
    if (rule === undefined) throw new BceError('USAGE', `unknown option ${quoted(name)}`);
    if (value === undefined || rule.accepts(value)) continue;
    const found = typeof value === 'string' ? quoted(value) : String(value);
    throw new BceError('USAGE', `${name} (${rule.flag}): expected ${rule.expected}, got ${found}`);
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

function delimiterOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const delimiter = DELIMITER_NAMES[given] ?? given;
  if ([...delimiter].length === 1 && !'"\r\n'.includes(delimiter)) return delimiter;
  throw new BceError(
    'USAGE',
    `--delimiter: expected one character, or comma, semicolon, tab, pipe or space, got ${quoted(given)}`,
  );
}
