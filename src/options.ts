/** Everything that can be asked of a training run: names, defaults and what values are valid. */
import { MOST_LEVELS } from './dataset/schema/factor.js';
import { MISSING_WORDS } from './dataset/schema/missing.js';
import type { ReadOptions } from './dataset/schema/plan.js';
import { BceError } from './errors.js';
import type { FitOptions } from './fit/fit.js';
import type { HeapPlan } from './objective/simd/host.js';
import { OPTIMIZERS, type Optimizer, TRAITS } from './optimizer/optimizers.js';
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
  /** Column of the weights of the rows, 0 or more; a row with weight 0 is left out. Default: all weigh 1. */
  weightColumn?: string | undefined;
  /** What the weights of the rows with y = 0 and y = 1 are multiplied by, or 'balanced'. */
  classWeight?: 'balanced' | readonly [negative: number, positive: number] | undefined;
  /** Rows that are not trained on: a share of each class in (0, 1), or the path of another file. */
  validation?: number | string | undefined;
  /** Seed of the choice of these rows; default 1. */
  seed?: number | undefined;
  /** Epochs without a new low of the validation loss after which training ends, with the weights of that low. */
  patience?: number | undefined;
  /** Whether the model tells how good it is on the training and the validation rows; default false. */
  metrics?: boolean | undefined;
  /** Threads at most; default as many as the machine has room for. Their number changes no bit. */
  threads?: number | undefined;
  /** Bytes of the data that are held in memory; the rest goes to a temporary file. Default half of the machine's. */
  memory?: number | undefined;
  /** Directory of that file; default that of the system. */
  tempDir?: string | undefined;
  /** Default 'gd'. */
  optimizer?: Optimizer | undefined;
  /** alpha, or 'auto' to take it from the curvature; default 0.1, but 'auto' for nesterov. */
  learningRate?: number | 'auto' | undefined;
  /** Updates at most; default 100. */
  epochs?: number | undefined;
  /** Stop when max |dJ/dv|, of the weights that are solved for, is at most this; default 1e-6, 0 turns it off. */
  tolerance?: number | undefined;
  /** Descend on standardized columns; default true. The weights are in the units of the file either way. */
  standardize?: boolean | undefined;
  /** Default true. */
  intercept?: boolean | undefined;
  /** Default 'mean'. */
  reduction?: 'mean' | 'sum' | undefined;
  /** lambda of the penalty lambda/2 |w|^2 on the slopes, standardized when standardizing; default 0. */
  l2?: number | undefined;
  /** lambda of the penalty lambda sum |w| on the same slopes, with gd and nesterov; default 0. */
  l1?: number | undefined;
  /** Standard errors, tests, intervals, deviances; default false. */
  stats?: boolean | undefined;
  /** Confidence of the intervals; default 0.95. */
  confidence?: number | undefined;
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
  weightColumn: text('--weight-column'),
  classWeight: {
    flag: '--class-weight',
    expected: 'balanced, or two positive numbers as NEGATIVE:POSITIVE',
    accepts: (value) =>
      value === 'balanced' || (Array.isArray(value) && value.length === 2 && value.every(isPositive)),
  },
  validation: {
    flag: '--validation',
    expected: 'a share of the rows between 0 and 1, or a file',
    accepts: (value) =>
      typeof value === 'number' ? value > 0 && value < 1 : typeof value === 'string' && value !== '',
  },
  seed: wholeNumber('--seed', 0),
  patience: wholeNumber('--patience', 1),
  metrics: choice('--metrics'),
  threads: wholeNumber('--threads', 1),
  memory: {
    flag: '--memory',
    expected: 'a number of bytes, as 200M or 4G',
    accepts: (value) => Number.isFinite(value) && (value as number) >= 0,
  },
  tempDir: text('--temp-dir'),
  optimizer: oneOf('--optimizer', OPTIMIZERS),
  learningRate: {
    flag: '--lr',
    expected: 'a positive number or auto',
    accepts: (value) => value === 'auto' || isPositive(value),
  },
  epochs: wholeNumber('--epochs', 0),
  tolerance: nonNegative('--tolerance'),
  standardize: choice('--no-standardize'),
  intercept: choice('--no-intercept'),
  reduction: oneOf('--reduction', ['mean', 'sum']),
  l2: nonNegative('--l2'),
  l1: nonNegative('--l1'),
  stats: choice('--stats'),
  confidence: {
    flag: '--confidence',
    expected: 'a number between 0 and 1',
    accepts: (value) => isPositive(value) && (value as number) < 1,
  },
};

function isPositive(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) > 0;
}

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
  'weightColumn',
];

/** @throws BceError USAGE when an option is given that says how to read a file */
export function refuseReadingOptions(options: TrainOptions): void {
  const given = READING.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new BceError('USAGE', `${given}: says how to read a file, but the data are arrays`);
  if (typeof options.validation === 'string') {
    throw new BceError('USAGE', 'validation: names a file, but the data are arrays');
  }
}

/** Confidence of intervals when nobody says. */
export const CONFIDENCE = 0.95;

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
  space: ' ',
};

export interface Resolved {
  readonly read: ReadOptions;
  readonly fit: FitOptions;
  readonly threads: number | undefined;
  /** Confidence of the intervals that were asked for; undefined without statistics. */
  readonly confidence: number | undefined;
  readonly heap: HeapPlan;
  readonly metrics: boolean;
}

/**
 * The options with defaults in place of what was left out.
 *
 * @throws BceError USAGE for an unknown name, a value that is not valid, or options that contradict each other
 */
export function resolveOptions(options: TrainOptions): Resolved {
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
  const optimizer = options.optimizer ?? 'gd';
  refuseUnusedOptions(optimizer, options);
  const intercept = options.intercept ?? true;
  const { missingValues, validation } = options;
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
      weightColumn: options.weightColumn,
      classWeight: options.classWeight,
      holdOut: typeof validation === 'number' ? { share: validation, seed: options.seed ?? 1 } : undefined,
      intercept,
    },
    fit: {
      optimizer,
      learningRate: options.learningRate ?? TRAITS[optimizer].learningRate,
      epochs: options.epochs ?? 100,
      tolerance: options.tolerance ?? 1e-6,
      standardize: options.standardize ?? true,
      reduction: options.reduction ?? 'mean',
      l2: options.l2 ?? 0,
      l1: options.l1 ?? 0,
      patience: options.patience,
    },
    threads: options.threads,
    confidence: options.stats ? (options.confidence ?? CONFIDENCE) : undefined,
    metrics: options.metrics ?? false,
    heap: { memory: options.memory, tempDir: options.tempDir },
  };
}

/** @throws BceError USAGE for options that would have no effect */
function refuseUnusedOptions(optimizer: Optimizer, options: TrainOptions): void {
  const { learningRate, autoRate, isProximal } = TRAITS[optimizer];
  if (options.learningRate !== undefined && learningRate === undefined) {
    throw new BceError(
      'USAGE',
      `--lr and --optimizer ${optimizer} cannot be used together`,
      `${optimizer} finds the length of its steps by itself`,
    );
  }
  if (options.learningRate === 'auto' && autoRate === undefined) {
    throw new BceError(
      'USAGE',
      `--lr auto and --optimizer ${optimizer} cannot be used together`,
      `${optimizer} scales every weight's steps by itself; --lr NUMBER is about how far a weight moves in one`,
    );
  }
  if ((options.l1 ?? 0) > 0 && !isProximal) {
    throw new BceError(
      'USAGE',
      `--l1 and --optimizer ${optimizer} cannot be used together`,
      '|w| has no gradient at 0; --optimizer nesterov and gd take proximal steps',
    );
  }
  if (options.stats && (options.l1 ?? 0) > 0) {
    throw new BceError(
      'USAGE',
      '--stats and --l1 cannot be used together',
      '|w| has a corner at 0 where weights stick, so no standard error follows from the Hessian; --l2 has none',
    );
  }
  if (options.confidence !== undefined && !options.stats) {
    throw new BceError('USAGE', '--confidence goes with --stats only');
  }
  if (options.patience !== undefined && options.validation === undefined) {
    throw new BceError('USAGE', '--patience goes with --validation only');
  }
  if (options.seed !== undefined && typeof options.validation === 'string') {
    throw new BceError(
      'USAGE',
      '--seed and a file of --validation cannot be used together',
      'the seed picks the rows that --validation SHARE holds out',
    );
  }
}

/** The delimiter that `--delimiter` means. @throws BceError USAGE */
export function delimiterOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const delimiter = Object.hasOwn(DELIMITER_NAMES, given) ? DELIMITER_NAMES[given]! : given;
  if ([...delimiter].length === 1 && !'"\r\n'.includes(delimiter)) return delimiter;
  throw new BceError(
    'USAGE',
    `--delimiter: expected one character, or comma, semicolon, tab, pipe or space, got ${quoted(given)}`,
  );
}
