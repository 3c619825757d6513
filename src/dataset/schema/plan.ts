/** Which column is what: decided from the names, the options and the first rows, before data are kept. */
import type { TermGroup } from '../dataset.js';
import type { TableContext } from './context.js';
import type { DerivedColumn } from './derived.js';
import { isMarker, type MissingCells } from './missing.js';
import { pivotOf } from './pivot.js';
import type { ReadOptions } from './readOptions.js';
import type { Sample } from './sample.js';
import type { Selection } from './selection.js';
import { refuseUnusable } from './unusable.js';

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

/** Which column of a row is what; without a target no label is read. */
export type RowColumns = Omit<Plan, 'target'> & { readonly target: number | undefined };
