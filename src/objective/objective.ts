/** All that an optimizer ever knows of its problem. */

export interface Objective {
  /** Number of weights. */
  readonly size: number;
  /**
   * The objective J and its gradient at `w`.
   *
   * @param w weights (size), left as they are
   * @param g gradient (size), overwritten with dJ/dw
   * @returns J(w), at once or as a promise
   */
  evaluate(w: Float64Array, g: Float64Array): number | Promise<number>;
}

/** An objective that also tells its second derivatives. */
export interface CurvedObjective extends Objective {
  /**
   * The Hessian at `w`.
   *
   * @param w weights (size), left as they are
   * @param H overwritten with d^2J/dw^2 (size x size, row after row)
   */
  hessian(w: Float64Array, H: Float64Array): void | Promise<void>;
}
