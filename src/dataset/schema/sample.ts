/** The first rows, which tell what the columns are. */
import type { HeadNumbers } from '../../source/scan/headScan.js';

/** The first rows of data, and the lines on which they start. */
export interface Sample {
  readonly count: number;
  /** Texts; who can do with the numbers leaves them unmade. */
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** What the scanner found, if it has read them all; then they have as many cells as there are columns. */
  readonly numbers?: HeadNumbers | undefined;
}

/** Rows that decide the kinds: a thousand, fewer where the table is wider than a thousand columns. */
export function sampleRows(columns: number): number {
  return Math.max(20, Math.min(1000, Math.floor(1_000_000 / columns)));
}
