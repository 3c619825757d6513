/** What errors cost at a threshold, and the threshold at which they cost least. */
import { confusionAt } from './confusion.js';
import type { RowSetData } from './pageData.js';

/** Of a row, in any unit; positive or 0. */
export interface Costs {
  /** Of a row with y = 0 that is taken for y = 1. */
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** The mean cost of a row at threshold `step` of the steps. */
export function costAt(set: RowSetData, step: number, { falsePositive, falseNegative }: Costs): number {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusionAt(set, step);
  const rows = truePositives + falsePositives + trueNegatives + falseNegatives;
  return (falsePositive * falsePositives + falseNegative * falseNegatives) / rows;
}

/** The threshold from which on a row with that very probability costs as much either way; NaN where errors cost nothing. */
function thresholdOf({ falsePositive, falseNegative }: Costs): number {
  return falsePositive / (falsePositive + falseNegative);
}

/**
 * The step of the least cost; of several, the one nearest to `thresholdOf`, at which the least is expected where
 * probabilities are kept. Undefined where errors cost nothing.
 */
export function bestStep(set: RowSetData, costs: Costs): number | undefined {
  const expected = thresholdOf(costs) * (set.thresholds.truePositives.length - 1);
  if (Number.isNaN(expected)) return undefined;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let step = 0; step < set.thresholds.truePositives.length; step++) {
    const cost = costAt(set, step, costs);
    const isNearer = Math.abs(step - expected) < Math.abs(best - expected);
    if (cost < least || (cost === least && isNearer)) [best, least] = [step, cost];
  }
  return best;
}
