/**
 * What the charts of the report are drawn from: the contract between the command, which writes it into the
 * page as JSON, and the script of the page (`page/`), which reads it. Nothing is imported that a browser cannot have.
 */
import type { PathData } from '../pathData.js';
import type { RowData } from './oneRow.js';

/** Points of a curve, x ascending. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface PageData {
  readonly loss: {
    /** Epochs that are shown, ascending. */
    readonly epochs: readonly number[];
    readonly training: readonly number[];
    /** Whether those are the mean losses of batches as they came, but for the first. */
    readonly isOfBatches: boolean;
    /** Undefined without validation rows. */
    readonly validation: readonly number[] | undefined;
  };
  /** The training rows, and the validation rows if there are any. */
  readonly sets: readonly RowSetData[];
  /** Undefined of a model that was not chosen on a path. */
  readonly path: PathData | undefined;
  /** Rows worked through. */
  readonly rows: readonly RowData[];
  /** Texts of the two labels. */
  readonly labels: { readonly positive: string; readonly negative: string };
}

/** One set of rows under the model. Rows count by their weight. */
export interface RowSetData {
  /** x false positive rate, y true positive rate. */
  readonly roc: Curve;
  /** x recall, y precision. */
  readonly precisionRecall: Curve;
  /** By bin of the probability: its mean, and the share of y = 1. */
  readonly calibration: Curve & {
    /** Ends of its 95 % interval. */
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
  /** By bin of equal width, its share of the rows of each class. */
  readonly histogram: { readonly negative: readonly number[]; readonly positive: readonly number[] };
  /** Entry k of n + 1: what is at or above the threshold k/n. */
  readonly thresholds: {
    readonly truePositives: readonly number[];
    readonly falsePositives: readonly number[];
  };
  readonly auc: number | undefined;
  readonly averagePrecision: number | undefined;
  readonly calibrationError: number | undefined;
}
