/** What becomes of the rows as the threshold falls, how well probabilities are kept, and where they lie. */
import { sigma } from '../math/logistic.js';
import { ascendingOrder } from './order.js';
import type { Scored } from './scored.js';

/** The probabilities of the rows (m). */
export function probabilitiesOf({ h }: Scored): Float64Array {
  return h.map(sigma);
}

/**
 * Calls `visit` for each different probability from the greatest to the least, with the weights of the rows
 * with y = 1 and with y = 0 that have at least it. Rows of one probability are never parted.
 *
 * @param p probabilities of the rows (m)
 */
export function eachThreshold(
  { y, c }: Scored,
  p: Float64Array,
  visit: (threshold: number, truePositives: number, falsePositives: number) => void,
): void {
  const order = ascendingOrder(p);
  let [ones, zeros] = [0, 0];
  for (let k = order.length - 1; k >= 0; k--) {
    const i = order[k]!;
    const weight = c === undefined ? 1 : c[i]!;
    if (y[i] === 1) ones += weight;
    else zeros += weight;
    if (k === 0 || p[order[k - 1]!] !== p[i]) visit(p[i]!, ones, zeros);
  }
}

export interface CalibrationBin {
  /** Probabilities in (from, to], 0 being in the first bin. */
  readonly from: number;
  readonly to: number;
  /** Weight of its rows. */
  readonly weight: number;
  /** Their mean probability, and the share of y = 1 among them; NaN where there are none. */
  readonly predicted: number;
  readonly observed: number;
}

export const CALIBRATION_BINS = 10;

/** Bins of equal width, as those of `calibration_curve` of scikit-learn. */
export function calibrationBins(
  { y, c }: Scored,
  p: Float64Array,
  count: number = CALIBRATION_BINS,
): CalibrationBin[] {
  const [weights, predicted, observed] = [0, 1, 2].map(() => new Float64Array(count));
  for (let i = 0; i < p.length; i++) {
    const bin = Math.max(0, Math.ceil(p[i]! * count) - 1);
    const weight = c === undefined ? 1 : c[i]!;
    weights![bin]! += weight;
    predicted![bin]! += weight * p[i]!;
    observed![bin]! += weight * y[i]!;
  }
  return Array.from(weights!, (weight, bin) => ({
    from: bin / count,
    to: (bin + 1) / count,
    weight,
    predicted: predicted![bin]! / weight,
    observed: observed![bin]! / weight,
  }));
}

/** Weights of the rows with y = 0 and with y = 1 whose probability lies in [k/count, (k+1)/count), 1 in the last. */
export function histogramByClass(
  { y, c }: Scored,
  p: Float64Array,
  count: number,
): { readonly negative: Float64Array; readonly positive: Float64Array } {
  const [negative, positive] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < p.length; i++) {
    const bin = Math.min(count - 1, Math.floor(p[i]! * count));
    (y[i] === 1 ? positive : negative)[bin]! += c === undefined ? 1 : c[i]!;
  }
  return { negative, positive };
}
