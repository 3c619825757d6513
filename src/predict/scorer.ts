/** What a model comes to when rows are scored: an intercept, weights of columns, weights of levels. */

import type { CategoricalFeature } from '../dataset/dataset.js';

/**
 * The logit of a row, with columns in the units of the file:
 *
 *   h = b + sum_j w_j (x_j - p_j) + sum_f w_f[level of f]
 *
 * A column whose weights are all 0 is not among the terms: it need not be there.
 */
export interface Scorer {
  /** Name of the file, for messages. */
  readonly where: string;
  /** b */
  readonly intercept: number;
  readonly numerics: readonly NumericTerm[];
  readonly factors: readonly FactorTerm[];
  /** The target as the model knows it; undefined of a file that holds weights only. */
  readonly target:
    | { readonly name: string; readonly positive: string; readonly negative: string }
    | undefined;
  /** Column of the weights of the rows that it was trained on, if they had any. */
  readonly weightColumn: string | undefined;
}

export interface NumericTerm {
  readonly name: string;
  /** The term that it is computed by; undefined of a column of the file. */
  readonly expression?: string | undefined;
  /** w_j */
  readonly weight: number;
  /** p_j, which is not 0 for a column far from zero only. */
  readonly pivot: number;
  /** What a missing cell takes under `--missing mean`; undefined when the file does not tell. */
  readonly mean: number | undefined;
}

export interface FactorTerm {
  readonly name: string;
  /** Of factors together, the term, and the baseline of each; undefined of a column of the file. */
  readonly expression?: string | undefined;
  readonly references?: readonly string[] | undefined;
  /** Whether a text that is none of the levels is in the level `(other)`; and levels of each of factors together. */
  readonly hasOther?: boolean | undefined;
  readonly kept?: CategoricalFeature['kept'];
  /** The baseline, then the others in byte order; without the baseline when the file does not name it. */
  readonly levels: readonly string[];
  /** w_f (levels) */
  readonly weights: readonly number[];
  readonly hasBaseline: boolean;
  /** What a level adds that counts as the baseline: where there is none, as the level that comes first. */
  readonly ifBaseline: number;
  /** The level that a missing cell takes under `--missing mean`; undefined when the file does not tell. */
  readonly mostFrequent: string | undefined;
}
