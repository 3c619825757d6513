/** A table as whatever comes after reading asks it: for sums over its rows, and where they are here, for the rows. */
import type { Dataset, Description } from '../dataset/dataset.js';
import type { RowStream } from '../dataset/read/rowStream.js';
import { BceError } from '../errors.js';
import type { ByClass } from './byClass.js';
import type { Margins } from './margins.js';
import type { LossObjective } from './objective.js';
import type { ClassWeights, Reduction } from './reference.js';

export interface Table extends Description {
  /**
   * The loss as fast as it can be had; open until it is closed.
   *
   * @param threads at most; default as many as the machine has room for. Their number changes no bit.
   * @throws BceError OUT_OF_MEMORY
   */
  loss(reduction: Reduction, threads?: number): Promise<LossObjective>;
  /** The loss without anything to set up, as `referenceObjective` defines it. */
  plainLoss(reduction: Reduction, classWeights?: ClassWeights): LossObjective;
  /** @param w weights of the columns as stored (terms, and the intercept last if there is one) */
  margins(w: Float64Array): Promise<Margins>;
  byClass(): Promise<ByClass>;
  /** Weights up to which it can be asked for second derivatives. */
  readonly mostCurved: number;
  /** The rows one by one; undefined where they stay elsewhere. */
  readonly local: Dataset | undefined;
  /** All rows, of which the table holds the first ones; undefined where it holds all. */
  readonly stream?: RowStream | undefined;
}

/**
 * The rows of a table for what looks at them one by one.
 *
 * @throws BceError USAGE for `flag` when they are elsewhere
 */
export function requireRows({ local, name }: Table, flag: string): Dataset {
  if (local !== undefined) return local;
  throw new BceError('USAGE', `${flag}: looks at single rows, and those of ${name} stay where they are`);
}
