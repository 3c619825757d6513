/** What an optimizer yields. */

/** The state after `epoch` updates. */
export interface Step {
  /** Updates so far; 0 at the starting weights. */
  readonly epoch: number;
  /** J at these weights. */
  readonly loss: number;
  /** max_j |dJ/dw_j| at these weights. */
  readonly maxGradient: number;
  /** The weights themselves, live: overwritten when the next step is asked for. */
  readonly w: Float64Array;
}
