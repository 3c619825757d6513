/** The values of one row, in buffers that the next one overwrites. */
export interface RowValues {
  /** Numbers less the pivots (d); NaN where missing. */
  readonly x: Float64Array;
  /** Texts of the factors (k); empty where missing. */
  readonly texts: readonly string[];
  /** Empty where missing. */
  readonly label: string;
  /** NaN where missing. */
  readonly weight: number;
  /** Missing cells among the features. */
  readonly missing: number;
  /** Columns whose values are missing, computed ones among them. */
  missingColumns(): number[];
  /** What is to be named for them: columns of the file, and terms that have no value of a cell; each once. */
  causesOfMissing(): readonly string[];
  /** Where messages say that it is. */
  at(line: number): string;
}
