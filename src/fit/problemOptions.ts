/** What is asked of the objective. */
import type { Reduction } from '../objective/reference.js';
import type { Bound } from './singled.js';

export interface ProblemOptions {
  /** Solve for the weights of the standardized columns. */
  readonly standardize: boolean;
  readonly reduction: Reduction;
  /** lambda of the penalty lambda/2 |w|^2 on the slopes being solved for; 0 for none. */
  readonly l2: number;
  /** lambda of the penalty lambda sum |w| on the slopes being solved for; 0 for none. */
  readonly l1: number;
  /** Columns, or single weights, that no penalty is on; default none but the intercept. */
  readonly unpenalised?: readonly string[] | undefined;
  /** Bounds on weights in the units of the file; default none. */
  readonly bounds?: readonly Bound[] | undefined;
}

/** What the variables that are solved for depend on. */
export type SpaceOptions = Pick<ProblemOptions, 'standardize' | 'unpenalised' | 'bounds'>;
