/** Which column is what: decided from the names, the options and the first rows, before data are kept. */
import { BceError } from '../../errors.js';
import type { NumberForm } from '../../source/csv/number.js';
import type { HeadNumbers } from '../../source/scan/headScan.js';
import type { AskedGroup } from '../../terms/parse.js';
import { quoted } from '../../text.js';
import type { TermGroup } from '../dataset.js';
import type { ClassWeight } from '../describe/weighting.js';
import type { HoldOut } from '../read/holdOut.js';
import { findColumn, findColumns } from './columns.js';
import type { TableContext } from './context.js';
import type { DerivedColumn } from './derived.js';
import { isMarker, type MissingCells } from './missing.js';
import { pivotOf } from './pivot.js';
import { refuseUnusable } from './unusable.js';

/** What of the table to use, and how. Columns are given by name, or by number from 1. */
export interface ReadOptions {
  /** Character between cells; found by itself when undefined. */
  readonly delimiter?: string | undefined;
  /** Whether the first row holds names; found by itself when undefined. */
  readonly header?: boolean | undefined;
  /** Column of the labels; the last one when undefined. */
  readonly target?: string | undefined;
  /** Label with y = 1. */
  readonly positive?: string | undefined;
  /** Columns to use; all but the target when empty. */
  readonly features: readonly string[];
  /** Columns to leave out. */
  readonly drop: readonly string[];
  /** Columns in whose place a term stands that hashes them. */
  readonly hash?: readonly string[] | undefined;
  /** Whether a formula names the columns: all of them, or those of `features`, which may then be none. */
  readonly formula?: 'all' | 'named' | undefined;
  /** Terms to add, and baselines as COLUMN=LEVEL. */
  readonly add: readonly string[];
  /** Names of the terms in the order of the formula that names them. */
  readonly order?: readonly string[] | undefined;
  /** What a formula asked for as one term and is among them as several. */
  readonly groups?: readonly AskedGroup[] | undefined;
  readonly reference: readonly string[];
  /** Rows below which a level is one with others of so few: a number, or a share of the rows; none when undefined. */
  readonly rare?: number | undefined;
  /** Columns to take as text, and as numbers, whatever their cells look like. */
  readonly categorical: readonly string[];
  readonly numeric: readonly string[];
  /** What a missing cell does: refuse the file, drop its row, or take the column's mean or commonest level. */
  readonly missing: 'error' | 'drop' | 'mean';
  /** Words that mean a missing cell, besides the empty cell. */
  readonly missingWords: readonly string[];
  /** How numbers are written. */
  readonly numbers: NumberForm;
  /** Levels a text column may have. */
  readonly maxLevels: number;
  /** Column of the weights of the rows; all weigh 1 when undefined. */
  readonly weightColumn: string | undefined;
  /** Column whose rows of one text stay together in cross-validation; none when undefined. */
  readonly foldColumn?: string | undefined;
  /** Whether it is to be noted which cells were missing and have been filled. */
  readonly notesFills?: boolean | undefined;
  /** What the weights of each class are multiplied by. */
  readonly classWeight: ClassWeight | undefined;
  /** Rows to keep from training, if any. */
  readonly holdOut: HoldOut | undefined;
  /** False when the model has no intercept: then a constant column is a feature like any other. */
  readonly intercept: boolean;
  /** Number of the row, from 1, whose cells that terms look at are noted; none when undefined. */
  readonly note?: number | undefined;
}

/** Indices into a row of the file, ascending. */
export interface Plan {
  readonly names: readonly string[];
  readonly target: number;
  /** Column of the weights of the rows, if they have any. */
  readonly weight: number | undefined;
  readonly numerics: readonly number[];
  readonly factors: readonly number[];
  /** The one of the factors that is no feature, but says which rows stay together; undefined for none. */
  readonly fold?: number | undefined;
  /** What is taken off each numeric column as it is stored (d). */
  readonly pivots: Float64Array;
  /** Columns that are not in the file but computed from it; their names are the last ones. */
  readonly derived?: readonly DerivedColumn[];
  /** Columns that would have a weight but follow from a term, which is named beside each. */
  readonly replaced?: readonly (readonly [name: string, term: string])[];
  /** Columns and products that stand beside terms which need them, though nobody named them. */
  readonly margins?: readonly string[];
  /** How many of the last numeric columns, all of them computed, are kept only until terms are settled by them. */
  readonly aside?: number;
  /** Baselines by the name of their column, where they were asked for. */
  readonly references?: ReadonlyMap<string, string>;
  /** Terms that are several features. */
  readonly groups?: readonly TermGroup[];
  /** By column of the file, the texts that it may hold, where columns were made of them. */
  readonly known?: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Columns picked by the options, their kinds still open. */
export interface Selection {
  readonly names: readonly string[];
  readonly target: number;
  readonly weight: number | undefined;
  readonly fold: number | undefined;
  /** Feature columns, ascending. */
  readonly features: readonly number[];
  readonly categorical: ReadonlySet<number>;
  readonly numeric: ReadonlySet<number>;
}

/**
 * @param columns how many of the names are columns: the last one may be what a delimiter at the end of each line makes
 * @throws BceError COLUMN_UNKNOWN, USAGE for options that contradict each other, NO_FEATURES
 */
export function selectColumns(
  names: readonly string[],
  options: ReadOptions,
  where: string,
  columns = names.length,
): Selection {
  const by = (flag: string) => (options.formula === undefined ? flag : '--formula');
  const target =
    options.target === undefined ? columns - 1 : findColumn(names, options.target, by('--target'));
  const weight =
    options.weightColumn === undefined
      ? undefined
      : findColumn(names, options.weightColumn, '--weight-column');
  const fold =
    options.foldColumn === undefined ? undefined : findColumn(names, options.foldColumn, '--fold-column');
  const kept = findColumns(names, options.features, by('--features'));
  const hashed = findColumns(names, options.hash ?? [], '--hash');
  const dropped = new Set([...findColumns(names, options.drop, by('--drop')), ...hashed]);
  const categorical = findColumns(names, options.categorical, '--categorical');
  const numeric = findColumns(names, options.numeric, '--numeric');

  const all = [...names.keys()].slice(0, columns);
  const features = (kept.size > 0 || options.formula === 'named' ? [...kept] : all).filter(
    (c) => c !== target && c !== weight && c !== fold && !dropped.has(c),
  );
  const chosen =
    options.formula === undefined
      ? { '--features': kept, '--drop': dropped }
      : { '--formula': new Set([...kept, ...dropped]) };
  const named = { '--hash': hashed, ...chosen, '--categorical': categorical, '--numeric': numeric };
  refuseTaken(names, target, 'the target', 'name another column as the target with --target', named);
  if (weight !== undefined) {
    if (weight === target) {
      throw new BceError(
        'USAGE',
        `--weight-column: column ${quoted(names[weight]!)} is the target`,
        'the target is the last column unless --target names another',
      );
    }
    refuseTaken(names, weight, 'that of the weights', 'a column of weights is no feature', named);
  }
  if (fold !== undefined) {
    for (const [taken, role] of [
      [target, 'the target'],
      [weight, 'that of the weights'],
    ] as const) {
      if (fold !== taken) continue;
      throw new BceError('USAGE', `--fold-column: column ${quoted(names[fold]!)} is ${role}`);
    }
    refuseTaken(names, fold, 'that of the folds', 'a column of folds is no feature', named);
  }
  for (const column of categorical) {
    if (numeric.has(column)) {
      throw new BceError('USAGE', `--categorical and --numeric both name column ${quoted(names[column]!)}`);
    }
  }
  for (const column of [...categorical, ...numeric]) {
    if (features.includes(column)) continue;
    const flag = categorical.has(column) ? '--categorical' : '--numeric';
    throw new BceError('USAGE', `${flag}: column ${quoted(names[column]!)} is not among the features`);
  }
  if (names.length === 1) {
    throw new BceError(
      'NO_FEATURES',
      `${where}: expected at least two columns, found one: ${quoted(names[0]!)}`,
      'if the cells are parted otherwise, say how with --delimiter',
    );
  }
  if (features.length === 0 && !(options.formula === 'named' && options.add.length > 0)) {
    const taken = weight === undefined ? '' : ` and the weights ${quoted(names[weight]!)}`;
    throw new BceError(
      dropped.size > 0 ? 'USAGE' : 'NO_FEATURES',
      `${dropped.size > 0 ? by('--drop') : where}: no feature is left beside the target ${quoted(names[target]!)}${taken}`,
    );
  }
  return { names, target, weight, fold, features, categorical, numeric };
}

/** Refuses options that name a column which is something else already. */
function refuseTaken(
  names: readonly string[],
  taken: number,
  role: string,
  hint: string,
  options: Readonly<Record<string, ReadonlySet<number>>>,
): void {
  for (const [flag, columns] of Object.entries(options)) {
    if (!columns.has(taken)) continue;
    throw new BceError('USAGE', `${flag}: column ${quoted(names[taken]!)} is ${role}`, hint);
  }
}

/** The first rows of data, and the lines on which they start. */
export interface Sample {
  readonly count: number;
  /** Texts; who can do with the numbers leaves them unmade. */
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** What the scanner found, if it has read them all; then they have as many cells as there are columns. */
  readonly numbers?: HeadNumbers | undefined;
}

/**
 * Decides the kinds and the pivots: a column is text when most of its sampled cells are words, and numeric
 * otherwise. A word among numbers is thus refused where it stands, not taken for a level; so are numbers
 * that are not finite. Numbers that are written otherwise than as decimals are refused, and columns with too
 * many levels in one go with them.
 *
 * @throws BceError CSV_NOT_NUMERIC for numbers that are no decimals, COLUMNS_UNUSABLE
 */
export function decideKinds(
  selection: Selection,
  sample: Sample,
  cells: MissingCells,
  options: Pick<ReadOptions, 'intercept' | 'maxLevels' | 'missing' | 'features' | 'numbers'>,
  context: TableContext,
): Plan {
  const { names, target, weight, features, categorical, numeric } = selection;
  const { count, numbers: scanned } = sample;
  const isText = (column: number) => {
    if (categorical.has(column) || numeric.has(column)) return categorical.has(column);
    if (scanned?.has(column)) return false;
    const { rows } = sample;
    let words = 0;
    let numbers = 0;
    // the rest of the sample cannot outvote half of it
    for (let r = 0; r < rows.length && 2 * numbers < rows.length; r++) {
      const text = rows[r]![column]!;
      if (!Number.isNaN(cells.read(text))) numbers++;
      else if (!cells.isMissing(text.trim())) words++;
    }
    return words > numbers && !(numbers > 0 && isOneMarker(rows, column, cells));
  };
  const factors = features.filter(isText);
  refuseUnusable(selection, factors, sample, cells, options, context);
  const textColumns = new Set(factors);
  const numerics = features.filter((column) => !textColumns.has(column));
  const pivots = new Float64Array(numerics.length);
  // only an intercept can take a pivot up
  if (options.intercept) {
    numerics.forEach((column, j) => {
      pivots[j] = pivotOf(
        count,
        scanned?.has(column)
          ? (row) => scanned.at(row, column)
          : (row) => cells.numberOf(sample.rows[row]![column]!),
      );
    });
  }
  return { names, target, weight, fold: selection.fold, numerics, factors, pivots };
}

/** The plan with the column of the folds read as text, beside the features. */
export function withFold(plan: Plan, fold: number | undefined): Plan {
  if (fold === undefined) return plan;
  return { ...plan, fold, factors: [...plan.factors, fold].sort((a, b) => a - b) };
}

/** Whether all words of a column are one word, or words that mean a missing cell elsewhere. */
function isOneMarker(
  rows: readonly (readonly string[])[],
  column: number,
  { isMissing, read }: MissingCells,
): boolean {
  let only: string | undefined;
  for (const row of rows) {
    const text = row[column]!.trim();
    if (!Number.isNaN(read(text)) || isMissing(text) || isMarker(text)) continue;
    if (only !== undefined && only !== text) return false;
    only = text;
  }
  return true;
}

/** Rows that decide the kinds: a thousand, fewer where the table is wider than a thousand columns. */
export function sampleRows(columns: number): number {
  return Math.max(20, Math.min(1000, Math.floor(1_000_000 / columns)));
}
