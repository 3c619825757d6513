/** Counts and rates at a threshold. */
import type { RowSetData } from './pageData.js';

export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** @param step the threshold is `step` of the steps that the counts were taken at */
export function confusionAt({ thresholds }: RowSetData, step: number): Confusion {
  const { truePositives, falsePositives } = thresholds;
  // nothing is below a threshold of 0
  return {
    truePositives: truePositives[step]!,
    falsePositives: falsePositives[step]!,
    trueNegatives: falsePositives[0]! - falsePositives[step]!,
    falseNegatives: truePositives[0]! - truePositives[step]!,
  };
}

/** Rates by name, NaN where there is nothing to divide by. */
export function ratesOf({ truePositives, falsePositives, trueNegatives, falseNegatives }: Confusion) {
  const right = truePositives + trueNegatives;
  return {
    accuracy: right / (right + falsePositives + falseNegatives),
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    specificity: trueNegatives / (trueNegatives + falsePositives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
  };
}
