/** What the charts are drawn from: curves with no more points than a screen shows, whatever the size of the data. */
import { calibrationBins, eachThreshold, histogramByClass, probabilitiesOf } from '../../metrics/curves.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { Scored } from '../../metrics/scored.js';
import type { Curve, PageData, RowSetData } from './pageData.js';

/** Steps of the threshold from 0 to 1. */
export const THRESHOLD_STEPS = 1000;

const HISTOGRAM_BINS = 40;

/** A point of a curve is left out when it is closer than this, in both directions, to the one before. */
const NEAR = 1 / 400;

/** Epochs that are shown at most. */
const MOST_EPOCHS = 1000;

/**
 * Evenly spread epochs of a run, the first and the last included.
 *
 * @param every epochs from one loss to the next
 */
export function lossData(
  training: readonly number[],
  validation: readonly number[] | undefined,
  every = 1,
): Omit<PageData['loss'], 'isOfBatches'> {
  const last = training.length - 1;
  const shown = Math.min(training.length, MOST_EPOCHS);
  const entries = Array.from({ length: shown }, (_, k) =>
    shown === 1 ? 0 : Math.round((k * last) / (shown - 1)),
  );
  return {
    epochs: entries.map((entry) => entry * every),
    training: entries.map((entry) => training[entry]!),
    validation: validation && entries.map((entry) => validation[entry]!),
  };
}

/** The curves of one set of rows, both classes being among them or not. */
export function rowSetData(scored: Scored, metrics: Metrics): RowSetData {
  const p = probabilitiesOf(scored);
  const { negative, positive } = histogramByClass(scored, p, HISTOGRAM_BINS);
  const bins = calibrationBins(scored, p).filter(({ weight }) => weight > 0);
  return {
    ...rankingCurves(scored, p, metrics),
    calibration: {
      x: bins.map(({ predicted }) => short(predicted)),
      y: bins.map(({ observed }) => short(observed)),
      low: bins.map(({ observed, weight }) => short(wilson(observed, weight, -1))),
      high: bins.map(({ observed, weight }) => short(wilson(observed, weight, 1))),
    },
    histogram: { negative: shares(negative), positive: shares(positive) },
    thresholds: countsByStep(scored, p),
    auc: metrics.rocAuc,
    averagePrecision: metrics.averagePrecision,
    calibrationError: metrics.expectedCalibrationError,
  };
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** An end of the 95 % interval of a share p of n rows (Wilson, 1927). */
function wilson(p: number, n: number, side: 1 | -1): number {
  const half = (Z / n) * Math.sqrt(n * p * (1 - p) + Z ** 2 / 4);
  return Math.min(1, Math.max(0, (p + Z ** 2 / (2 * n) + side * half) / (1 + Z ** 2 / n)));
}

/** Both curves in one visit to the thresholds. */
function rankingCurves(
  scored: Scored,
  p: Float64Array,
  { positives, weight }: Metrics,
): Pick<RowSetData, 'roc' | 'precisionRecall'> {
  const negatives = weight - positives;
  const roc = thinned(1 / negatives, 1 / positives);
  const precisionRecall = thinned(1 / positives, 0);
  // a class without rows has no rate; then there is no curve
  if (!(positives > 0 && negatives > 0)) return { roc: roc.curve, precisionRecall: precisionRecall.curve };
  roc.push(0, 0, 0);
  eachThreshold(scored, p, (_, ones, zeros) => {
    roc.push(zeros, ones, ones / positives);
    precisionRecall.push(ones, ones, ones / (ones + zeros));
  });
  roc.end();
  precisionRecall.end();
  return { roc: roc.curve, precisionRecall: precisionRecall.curve };
}

/** A curve that grows by what can be told apart: x by its own scale, and a second count by another. */
function thinned(xScale: number, otherScale: number) {
  const x: number[] = [];
  const y: number[] = [];
  let [keptX, keptOther] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let waiting: readonly [number, number] | undefined;
  const keep = (px: number, py: number) => {
    x.push(short(px));
    y.push(short(py));
    waiting = undefined;
  };
  return {
    curve: { x, y } satisfies Curve,
    push(xCount: number, otherCount: number, value: number) {
      const [px, other] = [xCount * xScale, otherCount * otherScale];
      if (px - keptX >= NEAR || other - keptOther >= NEAR) {
        keep(px, value);
        [keptX, keptOther] = [px, other];
      } else waiting = [px, value];
    },
    /** The last point is kept in any case. */
    end() {
      if (waiting !== undefined) keep(...waiting);
    },
  };
}

/** Weights of the rows of each class at or above each threshold k/n, exactly. */
function countsByStep({ y, c }: Scored, p: Float64Array): RowSetData['thresholds'] {
  const n = THRESHOLD_STEPS;
  const truePositives = new Array<number>(n + 1).fill(0);
  const falsePositives = new Array<number>(n + 1).fill(0);
  for (let i = 0; i < p.length; i++) {
    // the largest k with k/n <= p, which the product alone may miss by a rounding
    let k = Math.floor(p[i]! * n);
    if (k < n && (k + 1) / n <= p[i]!) k++;
    else if (k / n > p[i]!) k--;
    (y[i] === 1 ? truePositives : falsePositives)[k]! += c === undefined ? 1 : c[i]!;
  }
  for (let k = n - 1; k >= 0; k--) {
    truePositives[k]! += truePositives[k + 1]!;
    falsePositives[k]! += falsePositives[k + 1]!;
  }
  return { truePositives, falsePositives };
}

function shares(weights: Float64Array): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Array.from(weights, (weight) => (sum > 0 ? short(weight / sum) : 0));
}

/** Five digits: finer than a screen. */
function short(x: number): number {
  return Number(x.toPrecision(5));
}
