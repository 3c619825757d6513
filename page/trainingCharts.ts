/** Charts of the training: the loss by epoch, or weights and folds by lambda. */
import type uPlot from 'uplot';
import type { FoldCurve, PathData } from '../src/report/pathData.js';
import { type Chart, createChart, drawDot, drawLine } from './chart.js';
import { count, data, figure } from './state.js';

/** Values of x, and of each series. */
const columns = (...values: readonly (readonly number[])[]) =>
  values.map((column) => [...column]) as [number[], ...number[][]];

const wide = (width: number): number => Math.min(320, Math.max(220, width * 0.4));
const lambdaOf = (log: number): string => `lambda ${(10 ** log).toPrecision(3)}`;

/** What charts over lambda have in common. */
const OVER_LAMBDA = {
  xLabel: 'log10 of lambda',
  heightOf: wide,
  zooms: true,
};

/** A model that was chosen on a path shows that in the place of its training. */
export function createTrainingCharts(): Chart[] {
  return data.path === undefined ? [createLossChart()] : createPathCharts(data.path);
}

function createLossChart(): Chart {
  const { epochs, training, validation, isOfBatches } = data.loss;
  const all = validation === undefined ? [epochs, training] : [epochs, training, validation];
  const series = [{ ink: 'zero' as const }, { ink: 'one' as const, dash: [6, 3] }];
  return createChart(
    {
      figure: figure('loss'),
      xLabel: 'epoch',
      yLabel: isOfBatches ? 'mean of batches' : 'J',
      series: series.slice(0, all.length - 1),
      heightOf: wide,
      zooms: true,
      wholeX: true,
      readout(index) {
        if (index === undefined) return '';
        const second = validation === undefined ? '' : `, validation ${validation[index]!.toPrecision(6)}`;
        const what = isOfBatches && epochs[index] !== 0 ? 'mean of batches' : 'J';
        return `epoch ${count(epochs[index]!)}: ${what} ${training[index]!.toPrecision(8)}${second}`;
      },
    },
    columns(...all),
  );
}

function createPathCharts(path: PathData): Chart[] {
  const { x, folds } = path;
  const charts = folds === undefined ? [] : [createFoldChart(path, folds)];
  return x.length < 2 ? charts : [...charts, createWeightsChart(path)];
}

/** A line from the least to the largest y. */
function drawUpright(drawn: uPlot, x: number): void {
  const { min, max } = drawn.scales.y!;
  drawLine(drawn, 'faint', [x, min!], [x, max!]);
}

function createFoldChart({ x, nonzero }: PathData, folds: FoldCurve): Chart {
  const { mean, low, high, min, oneSe, chosen, metric } = folds;
  const digits5 = (value: number) => value.toPrecision(5);
  return createChart(
    {
      ...OVER_LAMBDA,
      figure: figure('folds'),
      yLabel: metric,
      series: [{ ink: 'accent' }, { ink: 'zero-wash' }, { ink: 'zero-wash' }],
      bands: [{ high: 2, low: 3, wash: 'zero-wash' }],
      overlay(drawn) {
        drawUpright(drawn, x[chosen]!);
        drawDot(drawn, 'one', x[oneSe]!, mean[oneSe]!);
        drawDot(drawn, 'zero', x[min]!, mean[min]!);
      },
      readout: (index) =>
        index === undefined
          ? ''
          : `${lambdaOf(x[index]!)}: ${digits5(mean[index]!)}, from ${digits5(low[index]!)} to ${digits5(high[index]!)}; weights ${nonzero[index]}`,
    },
    columns(x, mean, high, low),
  );
}

function createWeightsChart({ x, nonzero, terms, folds }: PathData): Chart {
  const largestAt = (index: number): string =>
    terms
      .filter(({ y }) => y[index] !== 0)
      .sort((a, b) => Math.abs(b.y[index]!) - Math.abs(a.y[index]!))
      .slice(0, 3)
      .map(({ name, y }) => `, ${name} ${y[index]!.toPrecision(3)}`)
      .join('');
  return createChart(
    {
      ...OVER_LAMBDA,
      figure: figure('path'),
      yLabel: 'weight of the standardized column',
      series: terms.map(({ y }) => ({ ink: y[0]! < 0 ? ('one' as const) : ('zero' as const) })),
      overlay(drawn) {
        if (folds !== undefined) drawUpright(drawn, x[folds.chosen]!);
      },
      readout: (index) =>
        index === undefined ? '' : `${lambdaOf(x[index]!)}: weights ${nonzero[index]}${largestAt(index)}`,
    },
    columns(x, ...terms.map(({ y }) => y)),
  );
}
