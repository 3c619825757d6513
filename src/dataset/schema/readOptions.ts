/** What of the table to use, and how. */
import type { NumberForm } from '../../source/csv/number.js';
import type { AskedGroup } from '../../terms/parse.js';
import type { ClassWeight } from '../describe/weighting.js';
import type { HoldOut } from '../read/holdOut.js';

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
