/** What is told of a file. */
import type { Description } from '../dataset/dataset.js';
import type { ErrorCode } from '../errors.js';
import type { TrainOptions } from '../options/library.js';
import type { Encoding } from '../source/decode.js';

/** A column of the file. */
export interface DescribedColumn {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly role: 'feature' | 'target' | 'weight' | 'left out';
  /** How training takes it; of a column that it leaves out, what most of its cells are. */
  readonly kind: 'numeric' | 'text';
  readonly missing: number;
  /** Different values; where `isBound`, there are at least so many. */
  readonly distinct: number;
  readonly isBound: boolean;
  /** Of its finite numbers; null where there are none. */
  readonly min: number | null;
  readonly max: number | null;
  /** The commonest texts with their counts, at most ten; of a text column, or one of few values. */
  readonly levels: readonly { readonly level: string; readonly rows: number }[];
  /** How numbers are written that are no plain decimals, as in `a percent sign`; null for none. */
  readonly notation: string | null;
  /** What else is to be known of it. */
  readonly notes: readonly (
    | 'id'
    | 'index'
    | 'constant'
    | 'duplicate'
    | 'like the target'
    | 'marker'
    | 'date'
  )[];
  /** The earlier column that it is the same as; null for none. */
  readonly sameAs: string | null;
}

/** What training refuses the table for, as it is or after what settles those before. */
export interface Obstacle {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** Flags, or a filter; null where nothing was found that settles it. */
  readonly settledBy: string | null;
  /** What else it may be. */
  readonly doubt: string | null;
}

export interface TableDescription {
  readonly source: string;
  /** Bytes as they lie there; null where nobody can know. */
  readonly byteLength: number | null;
  readonly compression: 'gzip' | 'zstd' | null;
  readonly encoding: Encoding;
  readonly delimiter: string;
  readonly header: boolean;
  /** Line of the first row, and rows of data. */
  readonly firstLine: number;
  readonly rows: number;
  readonly columns: readonly DescribedColumn[];
  /** Rows that training uses, and the labels; null where it takes no table. */
  readonly rowsUsed: number | null;
  readonly target: Description['target'] | null;
  /** Weights that training looks for, the intercept among them. */
  readonly weights: number | null;
  readonly obstacles: readonly Obstacle[];
  /** The options of the command that trains. */
  readonly options: TrainOptions | null;
  /** A line for a shell; null where none was found. */
  readonly command: string | null;
}
