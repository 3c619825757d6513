/** Curves of a path, as the terminal, the page and its script draw them. */

/** Weights by lambda, and what the folds say of it. */
export interface PathData {
  /** log10 lambda, ascending. */
  readonly x: readonly number[];
  readonly nonzero: readonly number[];
  /** Weights of the standardized columns over x, those that come to the most first. */
  readonly terms: readonly TermPath[];
  /** Terms that are not among them. */
  readonly others: number;
  /** Undefined without cross-validation. */
  readonly folds: FoldCurve | undefined;
}

export interface TermPath {
  readonly name: string;
  readonly y: readonly number[];
}

/** The metric over the folds, with the ends of a band of one standard error to either side. */
export interface FoldCurve {
  readonly count: number;
  readonly metric: string;
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where in x the best mean is, the largest lambda within one standard error, and the one that is chosen. */
  readonly min: number;
  readonly oneSe: number;
  readonly chosen: number;
}
