/** Tables of which only some lie here: what can be asked of rows that stay where they are. */
import type { Dataset, Description } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import type { LossObjective } from './objective.js';
import type { ClassWeights, Reduction } from './reference.js';
import { parallelObjective, plainObjective } from './simd/parallel.js';

/** How the weights part the rows. */
export interface Margins {
  /** The least and the largest (2y - 1) h over the rows. */
  readonly min: number;
  readonly max: number;
  /** The least c z(1-z). */
  readonly leastCurvature: number;
}

/** Least and greatest value of a numeric column in the rows of one class; min > max where there are none. */
export interface Range {
  min: number;
  max: number;
}

/** What the columns say of y one by one. */
export interface ByClass {
  /** Of each numeric column as stored (d), in the rows with y = 0 and with y = 1. */
  readonly ranges: readonly (readonly [Range, Range])[];
  /** Rows of each level of each factor, with y = 0 and with y = 1. */
  readonly counts: readonly (readonly (readonly [number, number])[])[];
}

/** A table elsewhere, which answers with sums. */
export interface RemoteTable extends Description {
  /** The loss, as `referenceObjective` defines it. */
  loss(reduction: Reduction, classWeights?: ClassWeights): LossObjective;
  /** @param w weights of the columns as stored (terms, and the intercept last if there is one) */
  margins(w: Float64Array): Promise<Margins>;
  byClass(): Promise<ByClass>;
}

/** Weights up to which a table elsewhere is asked for second derivatives: it is told all of them in every row. */
export const MOST_REMOTE_WEIGHTS = 300;

export type Table = Dataset | RemoteTable;

export function isRemote(table: Table): table is RemoteTable {
  return 'loss' in table;
}

/** The loss of a table as fast as it can be had. @throws BceError OUT_OF_MEMORY */
export async function lossOf(
  table: Table,
  reduction: Reduction,
  threads?: number | undefined,
): Promise<LossObjective> {
  return isRemote(table) ? table.loss(reduction) : parallelObjective(table, reduction, { threads });
}

/** The loss of a table without anything to set up. */
export function plainLossOf(table: Table, reduction: Reduction, classWeights?: ClassWeights): LossObjective {
  return isRemote(table)
    ? table.loss(reduction, classWeights)
    : plainObjective(table, reduction, classWeights);
}

/**
 * The rows of a table for what looks at them one by one.
 *
 * @throws BceError USAGE for `flag` when they are elsewhere
 */
export function requireRows(table: Table, flag: string): Dataset {
  if (!isRemote(table)) return table;
  throw new BceError(
    'USAGE',
    `${flag}: looks at single rows, and those of ${table.name} stay where they are`,
  );
}
