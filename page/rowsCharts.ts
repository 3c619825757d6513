/** Charts of how well the chosen rows are predicted. */
import type uPlot from 'uplot';
import { confusionAt, ratesOf } from '../src/report/html/confusion.js';
import { bestStep, costAt } from '../src/report/html/cost.js';
import { gainsOf, liftOf } from '../src/report/html/gains.js';
import type { Curve, RowSetData } from '../src/report/html/pageData.js';
import { type Chart, type ChartSpec, createChart, drawBand, drawCurve, drawDot, drawLine } from './chart.js';
import { chosen, data, digits, figure, inkOf, percent, rows, steps, threshold } from './state.js';

/** A chart of the rows that are chosen. */
export interface RowsChart extends Chart {
  /** Shows the rows that are chosen now. */
  readonly show: () => void;
}

type Values = [number[], ...number[][]];

function showing(chart: Chart, values: () => Values): RowsChart {
  return { ...chart, show: () => chart.setData(values()) };
}

/** A curve of the chosen rows, with those of the others beside it. */
interface CurveSpec
  extends Pick<ChartSpec, 'label' | 'xLabel' | 'yLabel' | 'yRange' | 'overlay' | 'underlay'>,
    Partial<Pick<ChartSpec, 'heightOf'>> {
  readonly name: string;
  readonly curveOf: (set: RowSetData) => Curve;
  /** How it goes on to the next point; default straight. */
  readonly steps?: 'before';
  readonly points?: boolean;
  /** What is said of a point, and of the whole. */
  readonly pointText: (x: number, y: number) => string;
  readonly text?: () => string;
}

const square = (width: number): number => Math.min(width * 0.85, 360);

function createCurveChart(spec: CurveSpec): RowsChart {
  const {
    name,
    curveOf,
    steps,
    points = false,
    heightOf = square,
    underlay,
    pointText,
    text = () => '',
  } = spec;
  const values = (): Values => {
    const { x, y } = curveOf(rows());
    return [[...x], [...y]];
  };
  const chart = createChart(
    {
      yRange: [0, 1],
      ...spec,
      heightOf,
      figure: figure(name),
      series: [{ ink: () => inkOf(chosen.set), points, ...(steps !== undefined && { steps }) }],
      xRange: [0, 1],
      underlay(drawn) {
        underlay?.(drawn);
        drawOthers(drawn, curveOf, steps !== undefined);
      },
      readout(index) {
        if (index === undefined) return text();
        const { x, y } = curveOf(rows());
        return pointText(x[index]!, y[index]!);
      },
    },
    values(),
  );
  return showing(chart, values);
}

/** Curves of the rows that are not chosen, beside those that are. */
function drawOthers(drawn: uPlot, curveOf: (set: RowSetData) => Curve, isStepped = false): void {
  data.sets.forEach((set, k) => {
    if (k === chosen.set) return;
    const { x, y } = curveOf(set);
    drawCurve(drawn, inkOf(k), x, y, { isDashed: true, isStepped });
  });
}

const diagonal = (drawn: uPlot): void => drawLine(drawn, 'faint', [0, 0], [1, 1]);

export function createRocChart(): RowsChart {
  return createCurveChart({
    name: 'roc',
    xLabel: 'false positive rate',
    yLabel: 'true positive rate',
    curveOf: ({ roc }) => roc,
    underlay: diagonal,
    overlay(drawn) {
      const { recall, specificity } = ratesOf(confusionAt(rows(), chosen.step));
      drawDot(drawn, 'ink', 1 - specificity, recall);
    },
    pointText: (x, y) => `${percent(y)} found at ${percent(x)} false alarms`,
    text: () => `area ${digits(rows().auc)}`,
  });
}

export function createPrecisionRecallChart(): RowsChart {
  return createCurveChart({
    name: 'precision-recall',
    xLabel: 'recall',
    yLabel: 'precision',
    curveOf: ({ precisionRecall }) => precisionRecall,
    steps: 'before',
    underlay(drawn) {
      // what guessing reaches: the share of y = 1
      const { truePositives, falsePositives } = rows().thresholds;
      const share = truePositives[0]! / (truePositives[0]! + falsePositives[0]!);
      drawLine(drawn, 'faint', [0, share], [1, share]);
    },
    overlay(drawn) {
      const { recall, precision } = ratesOf(confusionAt(rows(), chosen.step));
      if (!Number.isNaN(precision)) drawDot(drawn, 'ink', recall, precision);
    },
    pointText: (x, y) => `precision ${percent(y)} at recall ${percent(x)}`,
    text: () => `average precision ${digits(rows().averagePrecision)}`,
  });
}

export function createCalibrationChart(): RowsChart {
  return createCurveChart({
    name: 'calibration',
    xLabel: 'mean predicted probability',
    yLabel: 'share of y = 1',
    curveOf: ({ calibration }) => calibration,
    points: true,
    underlay(drawn) {
      diagonal(drawn);
      const { x, low, high } = rows().calibration;
      drawBand(drawn, chosen.set === 0 ? 'zero-wash' : 'one-wash', x, low, high);
    },
    pointText: (x, y) => `predicted ${percent(x)}, seen ${percent(y)}`,
    text: () => `expected error ${digits(rows().calibrationError)}`,
  });
}

export function createHistogramChart(): RowsChart {
  // the last bin ends at 1, so its height is told twice
  const closed = (shares: readonly number[]) => [...shares, shares.at(-1)!];
  const values = (): Values => {
    const { negative, positive } = rows().histogram;
    const edges = Array.from({ length: negative.length + 1 }, (_, bin) => bin / negative.length);
    return [edges, closed(negative), closed(positive)];
  };
  const chart = createChart(
    {
      figure: figure('histogram'),
      xLabel: 'predicted probability',
      yLabel: 'share of the class',
      series: [
        { ink: 'zero', wash: 'zero-wash', steps: 'after' },
        { ink: 'one', wash: 'one-wash', steps: 'after' },
      ],
      xRange: [0, 1],
      yRange: 'from 0',
      heightOf: square,
      overlay: drawThreshold,
      readout(index) {
        const { negative, positive } = rows().histogram;
        if (index === undefined) return '';
        const bin = Math.min(index, negative.length - 1);
        const { labels } = data;
        return `${percent(negative[bin]!)} of ${labels.negative}, ${percent(positive[bin]!)} of ${labels.positive}`;
      },
    },
    values(),
  );
  return showing(chart, values);
}

export function createGainsChart(): RowsChart {
  return createCurveChart({
    name: 'gains',
    xLabel: 'share of the rows, the likeliest first',
    yLabel: 'share of y = 1 found',
    curveOf: gainsOf,
    underlay: diagonal,
    overlay(drawn) {
      const { taken, recall } = takenAt();
      drawDot(drawn, 'ink', taken, recall);
    },
    pointText: (x, y) => `${percent(x)} of the rows hold ${percent(y)}`,
  });
}

export function createLiftChart(): RowsChart {
  return createCurveChart({
    name: 'lift',
    xLabel: 'share of the rows, the likeliest first',
    yLabel: 'lift',
    yRange: [0, Math.max(1, ...data.sets.flatMap((set) => liftOf(set).y)) * 1.05],
    curveOf: liftOf,
    underlay: (drawn) => drawLine(drawn, 'faint', [0, 1], [1, 1]),
    overlay(drawn) {
      const { taken, recall } = takenAt();
      if (taken > 0) drawDot(drawn, 'ink', taken, recall / taken);
    },
    pointText: (x, y) => `the likeliest ${percent(x)}: ${y.toFixed(2)} times as many`,
  });
}

/** Share of the rows at or above the threshold, and of y = 1 among them. */
function takenAt(): { taken: number; recall: number } {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusionAt(rows(), chosen.step);
  const taken = truePositives + falsePositives;
  return {
    taken: taken / (taken + trueNegatives + falseNegatives),
    recall: truePositives / (truePositives + falseNegatives),
  };
}

export function createCostChart(): RowsChart {
  const thresholds = Array.from({ length: steps + 1 }, (_, step) => step / steps);
  return createCurveChart({
    name: 'cost',
    label: 'mean cost of a row by threshold',
    xLabel: 'threshold',
    yLabel: 'cost of a row',
    yRange: 'from 0',
    heightOf: (width) => Math.min(280, Math.max(200, width * 0.4)),
    curveOf: (set) => ({ x: thresholds, y: thresholds.map((_, step) => costAt(set, step, chosen.costs)) }),
    overlay(drawn) {
      drawThreshold(drawn);
      const best = bestStep(rows(), chosen.costs);
      if (best !== undefined) {
        drawDot(drawn, inkOf(chosen.set), best / steps, costAt(rows(), best, chosen.costs));
      }
    },
    pointText: (x, y) => `at ${x.toFixed(3)} a row costs ${y.toPrecision(4)}`,
  });
}

/** A line over the whole height where the threshold is. */
function drawThreshold(drawn: uPlot): void {
  drawLine(drawn, 'ink', [threshold(), 0], [threshold(), drawn.scales.y!.max ?? 1]);
}
