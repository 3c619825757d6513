/** How good predictions are, in numbers. */
import { CALIBRATION_BINS, calibrationBins, eachThreshold, probabilitiesOf } from './curves.js';
import type { Scored } from './scored.js';

/** Undefined is what has no value: a quotient by 0, or what asks for both classes. */
export interface Metrics {
  readonly rows: number;
  /** Sum of the weights of the rows, and of those with y = 1. */
  readonly weight: number;
  readonly positives: number;
  /** Mean cross-entropy, in nats a row. */
  readonly logLoss: number;
  /** Mean (z - y)^2 */
  readonly brier: number;
  /** 1 - logLoss / that of the share of y = 1 */
  readonly mcFaddenR2: number | undefined;
  readonly rocAuc: number | undefined;
  readonly averagePrecision: number | undefined;
  readonly expectedCalibrationError: number;
  /** Probability from which on a row counts as positive. */
  readonly threshold: number;
  readonly accuracy: number;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly f1: number | undefined;
  /** Weights of the rows. */
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/**
 * The metrics of m rows, weighted by c.
 *
 *   log loss             sum c [ max(h,0) - h y + log1p(e^-|h|) ] / sum c
 *   ROC AUC              share of the pairs of a y = 1 and a y = 0 in the right order, ties counting half
 *   average precision    sum_n (R_n - R_n-1) P_n over the different probabilities, from the greatest on
 *   calibration error    sum_b W_b |mean z - share of y = 1| / W over ten bins (0, 0.1], ..., (0.9, 1]
 *   McFadden R2          1 - log loss / entropy of the share of y = 1
 *
 * The log loss is taken from the logits, so that it is finite where a probability rounds to 0 or 1; all
 * others from the probabilities, as they are written.
 *
 * @param threshold probability from which on a row counts as positive
 * Source: T. Fawcett, An introduction to ROC analysis, 2006; D. McFadden, Conditional logit analysis, 1974;
 *   M. P. Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, 2015.
 * Cost: a sort; 16 bytes a row while it runs, on top of what is handed in.
 */
export function metricsOf(scored: Scored, threshold: number): Metrics {
  const { h, y, c } = scored;
  const p = probabilitiesOf(scored);
  const m = h.length;
  let [weight, positives, loss, brier] = [0, 0, 0, 0];
  // each a sum of its own: a difference of sums of weights may miss 0 by a rounding, and fall below it
  let [truePositives, falsePositives, trueNegatives, falseNegatives] = [0, 0, 0, 0];
  for (let i = 0; i < m; i++) {
    const ci = c === undefined ? 1 : c[i]!;
    const [hi, yi, zi] = [h[i]!, y[i]!, p[i]!];
    weight += ci;
    positives += ci * yi;
    // h y of an endless h is no number
    const hy = yi === 1 ? hi : 0;
    loss += ci * (lossBeyond(hi, hy) + Math.log1p(Math.exp(-Math.abs(hi))));
    brier += ci * (zi - yi) ** 2;
    if (zi < threshold) {
      if (yi === 1) falseNegatives += ci;
      else trueNegatives += ci;
    } else if (yi === 1) truePositives += ci;
    else falsePositives += ci;
  }
  const logLoss = loss / weight;
  const share = positives / weight;
  const entropy = -share * Math.log(share) - (1 - share) * Math.log1p(-share);
  return {
    rows: m,
    weight,
    positives,
    logLoss,
    brier: brier / weight,
    mcFaddenR2: quotient(entropy - logLoss, entropy),
    ...ranking(scored, p),
    expectedCalibrationError: calibrationError(scored, p, weight),
    threshold,
    accuracy: (truePositives + trueNegatives) / weight,
    precision: quotient(truePositives, truePositives + falsePositives),
    recall: quotient(truePositives, positives),
    f1: quotient(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
  };
}

/** max(h,0) - h y, where both may be endless. */
function lossBeyond(h: number, hy: number): number {
  const most = Math.max(h, 0);
  return most === hy ? 0 : most - hy;
}

function quotient(a: number, b: number): number | undefined {
  const value = a / b;
  return Number.isFinite(value) && b !== 0 ? value : undefined;
}

/** A quotient that is above 1 by the rounding of sums of weights only. */
function atMostOne(a: number, b: number): number | undefined {
  const value = quotient(a, b);
  return value && Math.min(value, 1);
}

function ranking(
  scored: Scored,
  p: Float64Array,
): { rocAuc: number | undefined; averagePrecision: number | undefined } {
  let [pairs, precisions] = [0, 0];
  let [onesBefore, zerosBefore] = [0, 0];
  eachThreshold(scored, p, (_, ones, zeros) => {
    pairs += ((zeros - zerosBefore) * (ones + onesBefore)) / 2;
    precisions += ((ones - onesBefore) * ones) / (ones + zeros);
    onesBefore = ones;
    zerosBefore = zeros;
  });
  return {
    rocAuc: atMostOne(pairs, onesBefore * zerosBefore),
    averagePrecision: atMostOne(precisions, onesBefore),
  };
}

function calibrationError(scored: Scored, p: Float64Array, weight: number): number {
  let sum = 0;
  for (const bin of calibrationBins(scored, p, CALIBRATION_BINS)) {
    if (bin.weight > 0) sum += bin.weight * Math.abs(bin.predicted - bin.observed);
  }
  return sum / weight;
}
