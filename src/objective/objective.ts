/** The one thing an optimizer knows of its problem. */

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
