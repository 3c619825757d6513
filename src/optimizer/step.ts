/** What an optimizer yields. */

/** The state after `epoch` updates. */
export interface Step {
  /** Updates so far, or passes in batches; 0 at the starting weights. */
  readonly epoch: number;
  /** J at these weights, a penalty without a gradient included; NaN after an epoch of batches. */
  readonly loss: number;
  /** The mean loss of the batches of this epoch as they came, each at weights of its own; undefined without any. */
  readonly batchLoss?: number | undefined;
  /** max_j |dJ/dw_j| at these weights; where J has no gradient, of its least subgradient; NaN where J is. */
  readonly maxGradient: number;
  /** Visits to all of the data so far: evaluations of J and its gradient, and Hessians. */
  readonly passes: number;
  /** The weights themselves, live: overwritten when the next step is asked for. */
  readonly w: Float64Array;
  /** The gradient there, of all but a penalty that has none, live; undefined of batches. */
  readonly g?: Float64Array | undefined;
  /** What w lacks to more than double precision, live; undefined for nothing. */
  readonly low?: Float64Array | undefined;
  /**
   * Whether the optimizer itself sees no better weights, asked when the gradient is within the tolerance; undefined
   * for one that sees no more than the gradient.
   */
  readonly isSettled?: (() => Promise<boolean>) | undefined;
}
