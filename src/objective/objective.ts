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

/** The objective of a batch of rows after the other: each evaluation is that of the next, pass after pass. */
export interface BatchObjective extends Objective {
  /** Rows of the batch that was evaluated last. */
  readonly taken: number;
  /** Whether that was the last one of its pass. */
  readonly isLast: boolean;
  /** Epochs so far, a part of one included. */
  readonly epochs: number;
}

/** The loss over the columns of a table as stored, wherever its rows are. */
export interface LossObjective extends Objective {
  /** The Hessian in the weights of the columns (x - mu)/s, as `referenceHessian` says. */
  hessian(mu: Float64Array, s: Float64Array, w: Float64Array, H: Float64Array): Promise<void>;
  /**
   * The same over so many rows at least, from all over the table; undefined where they would be most of it, or have
   * weights. It is open as long as this.
   */
  sample?(rows: number): SampledLoss | undefined;
  /** What a person may want to know of how it is computed. */
  readonly note?: string;
  /** Ends all that is at work for it; nothing else may be called afterwards. */
  close(): Promise<void>;
}

/** The loss over some of the rows as an estimate of that over all: a sum is divided by their share. */
export interface SampledLoss extends Objective, Pick<LossObjective, 'hessian'> {
  /** Of all rows. */
  readonly share: number;
}

/** One of several problems on the same rows, each of which leaves out those of a fold. */
export interface FoldProblem {
  /** The fold; `NO_FOLD` for none. */
  readonly held: number;
  /** What the weights of the rows with y = 0 and y = 1 are multiplied by. */
  readonly classWeights: readonly [c0: number, c1: number];
}

/** A fold that no row is in. */
export const NO_FOLD = 0xffffffff;

/** Weights of a problem, and what a visit to the rows tells of them. */
export interface FoldVisit {
  readonly problem: FoldProblem;
  /** Weights of the columns as stored (size). */
  readonly w: Float64Array;
  /** Overwritten with the gradient of the summed loss of the rows that are kept (size). */
  readonly g: Float64Array;
  /** The summed losses of the rows that are kept, and of those held. */
  kept: number;
  held: number;
}

/** The loss over rows that are parted into folds, for several problems in one visit. */
export interface FoldedLoss {
  /** Problems that may be visited at once. */
  readonly most: number;
  /** Writes what the rows tell into each of the visits. */
  visit(visits: readonly FoldVisit[]): Promise<void>;
  /** The Hessian of the summed loss of the rows that a problem keeps, as `referenceHessian` says. */
  hessian(
    problem: FoldProblem,
    mu: Float64Array,
    s: Float64Array,
    w: Float64Array,
    H: Float64Array,
  ): Promise<void>;
  readonly note?: string;
  /** Ends all that is at work for it; nothing else may be called afterwards. */
  close(): Promise<void>;
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
  /** A better way to Newton's step than by `hessian`, where there is one. */
  readonly newton?: NewtonOracle;
}

/** Newton's step at the precision of the data. */
export interface NewtonOracle {
  /** The second derivatives at w (size). */
  curvature(w: Float64Array): Promise<NewtonCurvature>;
  /** J and its gradient at w + low with more than double precision in between; undefined where it cannot be had. */
  readonly precisely: ((w: Float64Array, low: Float64Array, g: Float64Array) => Promise<number>) | undefined;
  /** Whether that is little work. */
  readonly isCheap: boolean;
}

export interface NewtonCurvature {
  /** Writes H^-1 g into `p` (size); returns g.H^-1 g, the squared Newton decrement. */
  solve(g: Float64Array, p: Float64Array): number;
  /** Whether the matrix of second derivatives was good enough; otherwise doubles lose digits of g as well. */
  readonly isPlain: boolean;
}
