/** What the objective is computed from, and what the model must remember of the table. */

import type { Shard } from '../storage/shards.js';
import type { Shards } from '../storage/store.js';
import type { Weighting } from './describe/weighting.js';
import type { Target } from './schema/labels.js';

/**
 * The columns that have weights, and the place of each.
 *
 * Weights are laid out as [numeric columns (d) | levels 1.. of each factor | intercept]; a term is one
 * weight other than the intercept.
 */
export interface Design {
  /** Numeric columns, d. */
  readonly numerics: number;
  /** Factors, in the order of their weights. */
  readonly factors: readonly FactorShape[];
  /** Weights other than the intercept. */
  readonly terms: number;
  /** Whether the last weight is an intercept. */
  readonly intercept: boolean;
  /** All weights. */
  readonly size: number;
}

/** What makes standardized columns of the columns as stored (terms each). */
export interface Scaling {
  /** What was taken off each term's column to store it: x = X + pivot; 0 for a level. */
  readonly pivot: Float64Array;
  /** Weighted mean of each term's column as stored; for a level its share of the weights. */
  readonly mean: Float64Array;
  /** Weighted population standard deviation of each term's column of X, never 0. */
  readonly scale: Float64Array;
  /** The least and the greatest value of each term's column of X. */
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** What is known of a table without looking at its rows. */
export interface Description {
  /** What messages call the source. */
  readonly name: string;
  /** Rows that are used, m. */
  readonly rows: number;
  /** Sum of the weights of the rows; m where all weigh 1. */
  readonly weightSum: number;
  readonly weighting: Weighting;
  readonly design: Design;
  readonly scaling: Scaling;
  /** Every feature in the order of the file, those without a weight included. */
  readonly features: readonly Feature[];
  /** Terms that were asked for as one and are several features; undefined of none. */
  readonly groups?: readonly TermGroup[] | undefined;
  /** The least and the largest cell of each column of numbers that terms are computed of, of all rows that were read. */
  readonly ranges?: ReadonlyMap<string, readonly [low: number, high: number]> | undefined;
  readonly target: Target;
  readonly reading: Reading;
}

/** A term of several features, as `poly(age,3)` is `age`, `age^2` and `age^3`. */
export interface TermGroup {
  /** As it was asked for. */
  readonly name: string;
  /** Their names. */
  readonly features: readonly string[];
}

/** What sums over rows are made of. */
export interface Rows extends Pick<Description, 'design' | 'weightSum'> {
  /** Visited with `for await`. */
  readonly shards: Iterable<Shard> | AsyncIterable<Shard>;
}

/** The data of a training run: a description with its rows. */
export interface Dataset extends Description {
  readonly shards: Shards;
  /** Rows that stay together in cross-validation; undefined where none were asked for. */
  readonly rowGroups?: RowGroups | undefined;
  /** Cells that were missing; undefined where that was not to be noted. */
  readonly filledCells?: FilledCells | undefined;
  /** Rows of the file that are not in the shards though they were not held out, by their number from 1. */
  readonly leftOut: readonly number[];
  /** What terms looked at in the row that was to be noted; undefined of none. */
  readonly noted?: NotedRow | undefined;
}

/** Rows by the text of a column that is no feature. */
export interface RowGroups {
  readonly column: string;
  /** The texts, in byte order. */
  readonly names: readonly string[];
  /** Index of that of each row (m), in the order of the rows. */
  readonly ofRow: Uint32Array;
}

/** Rows whose cells were missing and have been filled, ascending: by numeric column and by factor of the design. */
export interface FilledCells {
  readonly numerics: readonly Uint32Array[];
  readonly factors: readonly Uint32Array[];
}

/** Cells of the columns of the file that terms are computed of, by name. */
export interface NotedRow {
  /** Number of the row, from 1. */
  readonly row: number;
  /** NaN where missing. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Empty where missing. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The rows that are trained on, and those that only tell how well that goes. */
export interface Datasets {
  readonly training: Dataset;
  /** In the columns and with the levels of the training rows; undefined without a hold-out. */
  readonly heldOut: Dataset | undefined;
}

export interface FactorShape {
  /** Index of the weight of level 1; level 0, the baseline, has none. */
  readonly start: number;
  /** Number of levels, the baseline included; at least 2. */
  readonly levels: number;
}

export type Feature = NumericFeature | CategoricalFeature;

export interface NumericFeature {
  readonly kind: 'numeric';
  readonly name: string;
  /** Index of its weight; -1 when the column is constant and has none. */
  readonly term: number;
  /** In the units of the file, as is the standard deviation. */
  readonly mean: number;
  readonly sd: number;
  /** The term that it is computed by; undefined of a column of the file. */
  readonly expression?: string;
  /** Cells that were missing and took the mean. */
  readonly filled: number;
}

export interface CategoricalFeature {
  readonly kind: 'categorical';
  readonly name: string;
  /** Index of the weight of level 1; -1 when there is one level only. */
  readonly term: number;
  /** The baseline, then the others in byte order; the baseline is the empty text where every level has a weight. */
  readonly levels: readonly string[];
  /** Rows of each level. */
  readonly counts: readonly number[];
  /** Of factors together, the term, and the baseline of each; undefined of a column of the file. */
  readonly expression?: string;
  readonly references?: readonly string[];
  /** How many levels of few rows are one, `(other)`, as is every text that no training row has; undefined of none. */
  readonly merged?: number;
  /** Of factors together, the levels of each that has such ones; null of one that has not. */
  readonly kept?: readonly (readonly string[] | null)[];
  /** The level that missing cells took. */
  readonly mostFrequent: string;
  /** Cells that were missing and took the most frequent level. */
  readonly filled: number;
}

/** What reading met. */
export interface Reading {
  readonly rowsRead: number;
  /** Rows left out because a cell was missing or their weight is 0. */
  readonly dropped: number;
  /** How many of them have weight 0. */
  readonly zeroWeights: number;
  /** Missing cells by column, in the order of the file, columns without any left out. */
  readonly missing: readonly (readonly [name: string, cells: number])[];
  /** Names in the header that are numbers, as they are when the first row was data. */
  readonly numbersInHeader: readonly string[];
  /** Missing cells that were filled. */
  readonly filled: number;
  /** Columns without a weight of their own since they follow from a term, which is named beside each. */
  readonly replaced?: readonly (readonly [name: string, term: string])[] | undefined;
  /** Columns and products that nobody named, but that products of text columns go with. */
  readonly margins?: readonly string[] | undefined;
}

/** The design of these columns. */
export function designOf(numerics: number, factors: readonly FactorShape[], intercept: boolean): Design {
  const terms = factors.reduce((sum, { levels }) => sum + levels - 1, numerics);
  return { numerics, factors, terms, intercept, size: terms + (intercept ? 1 : 0) };
}
