/** What is known of whether the classes are separated. */
import type { ColumnRule } from './columns.js';

/** How the classes are separated. */
export type Separation =
  /** By columns that do so each on its own. */
  | {
      readonly kind: 'columns';
      readonly rules: readonly ColumnRule[];
      /** True where the levels of one column tell the classes apart in every row; thresholds say so themselves. */
      readonly isComplete?: true;
    }
  /** By several together, in every row, or in part of them with the others on the border. */
  | { readonly kind: 'combination'; readonly isComplete: boolean; readonly terms: readonly string[] };

export type SeparationVerdict =
  /** By a direction that was checked on every row. */
  | { readonly kind: 'separated'; readonly separation: Separation }
  /** J has a minimum: proved. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };
