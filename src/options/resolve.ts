/** The options of the library: from what was given to what each stage takes. */
import { MISSING_WORDS } from '../dataset/schema/missing.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { BceError } from '../errors.js';
import type { FitOptions } from '../fit/fit.js';
import type { HeapPlan } from '../objective/simd/host.js';
import { TRAITS } from '../optimizer/optimizers.js';
import type { FoldOptions } from '../selection/folds.js';
import { formOf, type NumberForm } from '../source/csv/number.js';
import type { TextOptions } from '../source/open.js';
import { isUnsettled, nameOf } from '../terms/expression.js';
import { MOST_BITS } from '../terms/hash.js';
import { type Formula, parseFormula, parseTerms } from '../terms/parse.js';
import { quoted } from '../text.js';
import { notAccepted } from './kinds.js';
import { LIBRARY, type TrainOptions } from './library.js';
import type { Option, OptionTable, TaskName, ValuesOf } from './option.js';
import { refuseExcluded, refuseLonely, together } from './refusals.js';
import { refuseForFit } from './refusedFits.js';
import { READING } from './shared.js';

const GROUPS = '`groups` beside X and y names the group of each row';

/** @throws BceError USAGE when an option is given that says how to read a file */
export function refuseReadingOptions(options: TrainOptions): void {
  const rows: Readonly<Record<string, Option>> = LIBRARY;
  const given = Object.keys(options).find(
    (name) => rows[name]?.isOfFiles && options[name as keyof TrainOptions] !== undefined,
  );
  if (given !== undefined) {
    throw new BceError(
      'USAGE',
      `${given}: says how to read a file, but the data are arrays`,
      given === 'foldColumn' ? GROUPS : undefined,
    );
  }
  if (typeof options.validation === 'string') {
    throw new BceError('USAGE', 'validation: names a file, but the data are arrays');
  }
}

/**
 * @param work what the task is called
 * @param excluded flags that do not go with it besides
 * @throws BceError USAGE when an option is given that the task has no use for
 */
export function refuseIdleOptions(
  options: TrainOptions,
  task: TaskName,
  work: string,
  excluded: readonly string[] = [],
): void {
  for (const [name, row] of Object.entries(LIBRARY as OptionTable)) {
    const isUsed = (row.tasks === undefined || row.tasks.includes(task)) && !excluded.includes(row.flag);
    if (!isUsed && options[name as keyof TrainOptions] !== undefined) {
      throw new BceError('USAGE', `${name} (${row.flag}): means nothing for ${work}`);
    }
  }
}

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
  /** What the bytes of files are. */
  readonly text: TextOptions;
  readonly fit: FitOptions;
  readonly threads: number | undefined;
  /** Confidence of the intervals that were asked for; undefined without statistics. */
  readonly confidence: number | undefined;
  readonly heap: HeapPlan;
  readonly metrics: boolean;
  /** Bytes of text whose rows are looked at before all go by; undefined where rows are kept. */
  readonly headBytes: number | undefined;
  /** Folds of the rows; undefined for none. */
  readonly cv: FoldOptions | undefined;
  /** What was given of the options that shape the result. */
  readonly shaping: TrainOptions;
  /** Terms, and --rare, that are settled by all training rows. */
  readonly settledByRows: readonly string[];
  /** Of the rows that are drawn; undefined where none are. */
  readonly seed: number | undefined;
}

/**
 * The options with defaults in place of what was left out.
 *
 * @throws BceError USAGE for an unknown name, a value that is not valid, or options that contradict each other
 */
export function resolveOptions(options: TrainOptions): Resolved {
  const given = new Set<string>();
  for (const [name, value] of Object.entries(options)) {
    const row: Option | undefined = Object.hasOwn(LIBRARY, name)
      ? LIBRARY[name as keyof typeof LIBRARY]
      : undefined;
    if (row === undefined) throw new BceError('USAGE', `unknown option ${quoted(name)}`);
    if (value === undefined) continue;
    if (!row.kind.accepts(value)) {
      throw notAccepted(row.kind, `${name} (${row.flag})`, value, name === 'foldColumn' ? GROUPS : undefined);
    }
    if (value !== false && !(Array.isArray(value) && value.length === 0)) given.add(row.flag);
  }
  refuseExcluded(LIBRARY, given);
  refuseLonely(LIBRARY, given);
  const optimizer = options.optimizer ?? LIBRARY.optimizer.default;
  refuseForFit(optimizer, options);
  const formula = options.formula === undefined ? undefined : parseFormula(options.formula);
  const intercept = formula?.intercept ?? options.intercept ?? LIBRARY.intercept.default;
  const hashes = (options.hash ?? []).map(hashOf);
  const { missingValues, validation } = options;
  const isDrawn = typeof validation === 'number';
  const isShuffled = options.batch !== undefined;
  const isDealt = options.cv !== undefined;
  const seed = options.seed ?? LIBRARY.seed.default;
  const asked = formula === undefined ? [] : formula.terms;
  const added = (options.add ?? []).flatMap((text) => parseTerms(text, '--add'));
  const settled = [...asked, ...added].filter(isUnsettled).map(nameOf);
  return {
    settledByRows: [...settled, ...(options.rare === undefined ? [] : ['--rare'])],
    shaping: shapingOf(options),
    seed: isDrawn || isShuffled || isDealt ? seed : undefined,
    text: textOf(options),
    read: {
      delimiter: delimiterOf(options.delimiter),
      header: options.header,
      target: options.target,
      positive: options.positive,
      features: options.features ?? [],
      drop: options.drop ?? [],
      hash: hashes.map(({ column }) => column),
      categorical: options.categorical ?? [],
      numeric: options.numeric ?? [],
      add: [...(options.add ?? []), ...hashes.map(({ term }) => term)],
      reference: options.reference ?? [],
      rare: options.rare,
      ...(formula && columnsOfFormula(formula)),
      missing: options.missing ?? LIBRARY.missing.default,
      numbers: numbersOf(options),
      missingWords: missingValues === false ? [] : [...MISSING_WORDS, ...(missingValues ?? [])],
      maxLevels: options.maxLevels ?? LIBRARY.maxLevels.default,
      weightColumn: options.weightColumn,
      foldColumn: options.foldColumn,
      notesFills: options.cv !== undefined,
      classWeight: options.classWeight,
      holdOut: isDrawn ? { share: validation, seed } : undefined,
      intercept,
    },
    fit: {
      optimizer,
      learningRate: options.learningRate ?? TRAITS[optimizer].learningRate,
      epochs: options.epochs ?? (options.stream ? 1 : LIBRARY.epochs.default),
      tolerance: options.tolerance ?? LIBRARY.tolerance.default,
      standardize: options.standardize ?? LIBRARY.standardize.default,
      reduction: options.reduction ?? LIBRARY.reduction.default,
      l2: options.l2 ?? LIBRARY.l2.default,
      l1: options.l1 ?? LIBRARY.l1.default,
      patience: options.patience,
      ...singledOf(options),
      ...(options.batch !== undefined && {
        batch: {
          rows: options.batch,
          momentum: options.momentum ?? LIBRARY.momentum.default,
          schedule: options.learningRateSchedule ?? LIBRARY.learningRateSchedule.default,
          seed,
          isOnePass: options.stream === true,
        },
      }),
    },
    threads: options.threads,
    confidence: options.stats ? (options.confidence ?? LIBRARY.confidence.default) : undefined,
    metrics: options.metrics ?? false,
    headBytes: options.stream ? HEAD_BYTES : undefined,
    cv: options.cv === undefined ? undefined : { folds: options.cv, seed },
    heap: { memory: options.memory, tempDir: options.tempDir },
  };
}

/**
 * What is asked of single weights, where anything is.
 *
 * @throws BceError USAGE for a lower bound above the upper one
 */
export function singledOf({
  unpenalised = [],
  bounds = [],
}: TrainOptions): Pick<FitOptions, 'unpenalised' | 'bounds'> {
  const finite = (bound: number | undefined) => (Number.isFinite(bound) ? bound : undefined);
  const boxes = bounds.map(({ column, lower, upper }) => {
    if (lower !== undefined && upper !== undefined && lower > upper) {
      throw new BceError(
        'USAGE',
        `--bounds: ${quoted(column)}: expected a lower bound up to the upper one, got ${lower} and ${upper}`,
      );
    }
    if (lower === Number.POSITIVE_INFINITY || upper === Number.NEGATIVE_INFINITY) {
      throw new BceError('USAGE', `--bounds: ${quoted(column)}: no weight is ${lower ?? upper}`);
    }
    return { column, lower: finite(lower), upper: finite(upper) };
  });
  return {
    ...(unpenalised.length > 0 && { unpenalised }),
    ...(boxes.length > 0 && { bounds: boxes }),
  };
}

/** What was given, without what changes no bit, as JSON has it. */
function shapingOf(options: TrainOptions): TrainOptions {
  const rows: Readonly<Record<string, Option>> = LIBRARY;
  const shaping = Object.entries(options).filter(([name]) => !rows[name]!.changesNoBit);
  // an infinite bound is none, and no number in JSON
  return JSON.parse(JSON.stringify({ ...Object.fromEntries(shaping), ...singledOf(options) }));
}

/** How numbers are written. @throws BceError USAGE for one mark with two meanings */
export function numbersOf({ decimal, thousands }: ValuesOf<typeof READING>): NumberForm {
  const form = formOf({ decimal, thousands });
  if (!form.thousands.includes(form.decimal)) return form;
  throw together(
    `--thousands ${thousands}`,
    `--decimal ${decimal ?? READING.decimal.default}`,
    form.decimal === '.'
      ? '--decimal comma --thousands point reads 1.234,5 as 1234.5'
      : '--thousands point, space or apostrophe goes with a decimal comma',
  );
}

/** How the bytes of a file are read. @throws BceError USAGE */
export function textOf(options: ValuesOf<typeof READING>): TextOptions {
  const { encoding, skip = READING.skip.default, comment, delimiter } = options;
  return { encoding, skip, comment, delimiter: delimiterOf(delimiter) };
}

/** Of a stream, bytes of text whose rows tell what the columns are. */
const HEAD_BYTES = 2 ** 24;

/** The delimiter that `--delimiter` means. @throws BceError USAGE */
function delimiterOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const delimiter = Object.hasOwn(DELIMITER_NAMES, given) ? DELIMITER_NAMES[given]! : given;
  if ([...delimiter].length === 1 && !'"\r\n'.includes(delimiter)) return delimiter;
  throw new BceError(
    'USAGE',
    `--delimiter: expected one character, or comma, semicolon, tab, pipe or space, got ${quoted(given)}`,
  );
}

/** The column and the term that stands in its place. @throws BceError USAGE */
function hashOf(asked: string): { readonly column: string; readonly term: string } {
  const [, column, bits] = /^(.+):(\d+)$/.exec(asked) ?? [];
  if (column === undefined || Number(bits) < 1 || Number(bits) > MOST_BITS) {
    throw new BceError(
      'USAGE',
      `--hash: expected COLUMN:BITS with 1 to ${MOST_BITS} bits, got ${quoted(asked)}`,
    );
  }
  return { column, term: nameOf({ kind: 'hash', name: column, bits: Number(bits) }) };
}

/** What a formula says of the columns. */
function columnsOfFormula({
  target,
  hasAll,
  terms,
  removed,
  groups,
}: Formula): Pick<ReadOptions, 'target' | 'features' | 'drop' | 'add' | 'formula' | 'groups' | 'order'> {
  const features = terms.flatMap((term) => (term.kind === 'column' ? [term.name] : []));
  return {
    target,
    features: hasAll ? [] : features,
    drop: removed,
    add: terms.filter(({ kind }) => kind !== 'column').map(nameOf),
    groups,
    ...(!hasAll && { order: terms.map((term) => (term.kind === 'column' ? term.name : nameOf(term))) }),
    formula: hasAll ? 'all' : 'named',
  };
}
