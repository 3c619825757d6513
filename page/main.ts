/** The script of the report: draws the charts, and lets the reader move the threshold and choose the rows. */
import type uPlot from 'uplot';

import { confusionAt, ratesOf } from '../src/report/html/confusion.js';
import { bestStep, costAt } from '../src/report/html/cost.js';
import { gainsOf, liftOf } from '../src/report/html/gains.js';
import type { Curve, PageData, PathData, RowSetData } from '../src/report/html/pageData.js';
import { type Chart, createChart, drawBand, drawCurve, drawDot, drawLine } from './chart.js';
import { type Ink, onInkChange } from './colours.js';
import { createRowCard } from './row.js';

const data: PageData = JSON.parse(document.getElementById('data')!.textContent!);
const slider = document.querySelector<HTMLInputElement>('#threshold')!;
const steps = data.sets[0]!.thresholds.truePositives.length - 1;

/** What the reader has chosen. */
const chosen = { set: 0, step: Number(slider.value), costs: { falsePositive: 1, falseNegative: 1 } };
/** The colour of each set of rows. */
const inkOf = (set: number): Ink => (set === 0 ? 'accent' : 'one');
const rows = (): RowSetData => data.sets[chosen.set]!;
const threshold = (): number => chosen.step / steps;

const digits = (x: number | undefined): string =>
  x === undefined || Number.isNaN(x) ? 'none' : x.toFixed(3);
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const count = (x: number): string => x.toLocaleString('en-US', { maximumFractionDigits: 1 });

const figure = (name: string): HTMLElement => document.querySelector(`[data-chart="${name}"]`)!;
const square = (width: number): number => Math.min(width * 0.85, 360);
const lambdaOf = (log: number): string => `lambda ${(10 ** log).toPrecision(3)}`;

/** What charts over lambda have in common. */
const OVER_LAMBDA = {
  xLabel: 'log10 of lambda',
  heightOf: (width: number) => Math.min(320, Math.max(220, width * 0.4)),
  zooms: true,
};

// a model that was chosen on a path shows that in the place of its training
const training = data.path === undefined ? [createLossChart()] : createPathCharts(data.path);
const ofRow = createRowCard(data.rows);
const byRows: readonly { readonly chart: Chart; readonly data: () => [number[], ...number[][]] }[] = [
  createRocChart(),
  createPrecisionRecallChart(),
  createCalibrationChart(),
  createHistogramChart(),
  createGainsChart(),
  createLiftChart(),
  createCostChart(),
];

slider.addEventListener('input', () => moveTo(Number(slider.value)));
for (const name of ['falsePositive', 'falseNegative'] as const) {
  const input = document.querySelector<HTMLInputElement>(`#cost-${name}`)!;
  input.addEventListener('input', () => {
    // what is no price yet changes nothing
    if (input.value === '' || !(input.valueAsNumber >= 0)) return;
    chosen.costs = { ...chosen.costs, [name]: input.valueAsNumber };
    showCost();
    byRows.at(-1)!.chart.setData(byRows.at(-1)!.data());
  });
}
document.querySelector('#take-best')!.addEventListener('click', () => {
  const best = bestStep(rows(), chosen.costs);
  if (best === undefined) return;
  slider.value = String(best);
  moveTo(best);
});
for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="rows"]')) {
  choice.addEventListener('change', () => {
    chosen.set = Number(choice.value);
    showThreshold();
    showCost();
    for (const { chart, data: of } of byRows) chart.setData(of());
  });
}
onInkChange(() => {
  for (const chart of [...training, ofRow, ...byRows.map(({ chart }) => chart)]) chart?.redraw();
});
showThreshold();
showCost();
document.querySelector('#copy-weights')!.addEventListener('click', copyWeights);

/** Puts the table of weights where pasting takes it from, and says so on the button. */
async function copyWeights({ currentTarget }: Event): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  const { href } = document.querySelector<HTMLAnchorElement>('a[download]')!;
  const bytes = Uint8Array.from(atob(href.slice(href.indexOf(',') + 1)), (c) => c.charCodeAt(0));
  const text = new TextDecoder().decode(bytes);
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  button.textContent = isCopied || copiedBySelection(text) ? 'Copied' : 'Copying is not allowed here';
}

/** The way of browsers that give no clipboard to a page of a file. */
function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}

function moveTo(step: number): void {
  chosen.step = step;
  showThreshold();
  showCost();
  for (const { chart } of byRows) chart.redraw();
}

/** Writes the counts and rates at the threshold into the page. */
function showThreshold(): void {
  const confusion = confusionAt(rows(), chosen.step);
  const shown: Record<string, string> = { threshold: threshold().toFixed(3) };
  for (const [name, value] of Object.entries(confusion)) shown[name] = count(value);
  for (const [name, value] of Object.entries(ratesOf(confusion))) shown[name] = digits(value);
  for (const [name, text] of Object.entries(shown)) {
    document.querySelector(`[data-value="${name}"]`)!.textContent = text;
  }
  slider.setAttribute('aria-valuetext', threshold().toFixed(3));
}

/** Writes what a row costs at the threshold, and where it costs least. */
function showCost(): void {
  const { costs, step } = chosen;
  const best = bestStep(rows(), costs);
  const own = costAt(rows(), step, costs).toPrecision(4);
  document.querySelector('[data-value="cost"]')!.textContent =
    best === undefined
      ? 'Where errors cost nothing, no threshold is better than another.'
      : `At ${threshold().toFixed(3)} a row costs ${own}; the least is ${costAt(rows(), best, costs).toPrecision(4)}, at ${(best / steps).toFixed(3)}.`;
  document.querySelector<HTMLButtonElement>('#take-best')!.disabled = best === undefined || best === step;
}

/** Curves of the rows that are not chosen, beside those that are. */
function drawOthers(drawn: uPlot, curveOf: (set: RowSetData) => Curve, isStepped = false): void {
  data.sets.forEach((set, k) => {
    if (k === chosen.set) return;
    const { x, y } = curveOf(set);
    drawCurve(drawn, inkOf(k), x, y, { isDashed: true, isStepped });
  });
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
      heightOf: (width) => Math.min(320, Math.max(220, width * 0.4)),
      zooms: true,
      wholeX: true,
      readout(index) {
        if (index === undefined) return '';
        const second = validation === undefined ? '' : `, validation ${validation[index]!.toPrecision(6)}`;
        const what = isOfBatches && epochs[index] !== 0 ? 'mean of batches' : 'J';
        return `epoch ${count(epochs[index]!)}: ${what} ${training[index]!.toPrecision(8)}${second}`;
      },
    },
    all.map((values) => [...values]) as [number[], ...number[][]],
  );
}

function createPathCharts(path: PathData): Chart[] {
  const { x, folds } = path;
  const charts = folds === undefined ? [] : [createFoldChart(path, folds)];
  return x.length < 2 ? charts : [...charts, createWeightsChart(path)];
}

/** A line from the least to the largest y. */
function drawUpright(drawn: Parameters<typeof drawLine>[0], x: number): void {
  const { min, max } = drawn.scales.y!;
  drawLine(drawn, 'faint', [x, min!], [x, max!]);
}

function createFoldChart({ x, nonzero }: PathData, folds: NonNullable<PathData['folds']>): Chart {
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
    [x, mean, high, low].map((values) => [...values]) as [number[], ...number[][]],
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
    [x, ...terms.map(({ y }) => y)].map((values) => [...values]) as [number[], ...number[][]],
  );
}

function createRocChart() {
  const of = (): [number[], number[]] => [[...rows().roc.x], [...rows().roc.y]];
  const chart = createChart(
    {
      figure: figure('roc'),
      xLabel: 'false positive rate',
      yLabel: 'true positive rate',
      series: [{ ink: () => inkOf(chosen.set) }],
      xRange: [0, 1],
      yRange: [0, 1],
      heightOf: square,
      underlay(drawn) {
        drawLine(drawn, 'faint', [0, 0], [1, 1]);
        drawOthers(drawn, ({ roc }) => roc);
      },
      overlay(drawn) {
        const { recall, specificity } = ratesOf(confusionAt(rows(), chosen.step));
        drawDot(drawn, 'ink', 1 - specificity, recall);
      },
      readout: (index) =>
        index === undefined
          ? `area ${digits(rows().auc)}`
          : `${percent(rows().roc.y[index]!)} found at ${percent(rows().roc.x[index]!)} false alarms`,
    },
    of(),
  );
  return { chart, data: of };
}

function createPrecisionRecallChart() {
  const of = (): [number[], number[]] => [[...rows().precisionRecall.x], [...rows().precisionRecall.y]];
  const chart = createChart(
    {
      figure: figure('precision-recall'),
      xLabel: 'recall',
      yLabel: 'precision',
      series: [{ ink: () => inkOf(chosen.set), steps: 'before' }],
      xRange: [0, 1],
      yRange: [0, 1],
      heightOf: square,
      underlay(drawn) {
        // what guessing reaches: the share of y = 1
        const { truePositives, falsePositives } = rows().thresholds;
        const share = truePositives[0]! / (truePositives[0]! + falsePositives[0]!);
        drawLine(drawn, 'faint', [0, share], [1, share]);
        drawOthers(drawn, ({ precisionRecall }) => precisionRecall, true);
      },
      overlay(drawn) {
        const { recall, precision } = ratesOf(confusionAt(rows(), chosen.step));
        if (!Number.isNaN(precision)) drawDot(drawn, 'ink', recall, precision);
      },
      readout: (index) =>
        index === undefined
          ? `average precision ${digits(rows().averagePrecision)}`
          : `precision ${percent(rows().precisionRecall.y[index]!)} at recall ${percent(rows().precisionRecall.x[index]!)}`,
    },
    of(),
  );
  return { chart, data: of };
}

function createCalibrationChart() {
  const of = (): [number[], number[]] => [[...rows().calibration.x], [...rows().calibration.y]];
  const chart = createChart(
    {
      figure: figure('calibration'),
      xLabel: 'mean predicted probability',
      yLabel: 'share of y = 1',
      series: [{ ink: () => inkOf(chosen.set), points: true }],
      xRange: [0, 1],
      yRange: [0, 1],
      heightOf: square,
      underlay(drawn) {
        drawLine(drawn, 'faint', [0, 0], [1, 1]);
        const { x, low, high } = rows().calibration;
        drawBand(drawn, chosen.set === 0 ? 'zero-wash' : 'one-wash', x, low, high);
        drawOthers(drawn, ({ calibration }) => calibration);
      },
      readout: (index) =>
        index === undefined
          ? `expected error ${digits(rows().calibrationError)}`
          : `predicted ${percent(rows().calibration.x[index]!)}, seen ${percent(rows().calibration.y[index]!)}`,
    },
    of(),
  );
  return { chart, data: of };
}

function createHistogramChart() {
  // the last bin ends at 1, so its height is told twice
  const closed = (shares: readonly number[]) => [...shares, shares.at(-1)!];
  const of = (): [number[], number[], number[]] => {
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
      overlay: (drawn) => drawLine(drawn, 'ink', [threshold(), 0], [threshold(), drawn.scales.y!.max ?? 1]),
      readout(index) {
        const { negative, positive } = rows().histogram;
        if (index === undefined) return '';
        const bin = Math.min(index, negative.length - 1);
        const { labels } = data;
        return `${percent(negative[bin]!)} of ${labels.negative}, ${percent(positive[bin]!)} of ${labels.positive}`;
      },
    },
    of(),
  );
  return { chart, data: of };
}

function createGainsChart() {
  const of = (): [number[], number[]] => {
    const { x, y } = gainsOf(rows());
    return [[...x], [...y]];
  };
  const chart = createChart(
    {
      figure: figure('gains'),
      xLabel: 'share of the rows, the likeliest first',
      yLabel: 'share of y = 1 found',
      series: [{ ink: () => inkOf(chosen.set) }],
      xRange: [0, 1],
      yRange: [0, 1],
      heightOf: square,
      underlay(drawn) {
        drawLine(drawn, 'faint', [0, 0], [1, 1]);
        drawOthers(drawn, gainsOf);
      },
      overlay(drawn) {
        const { taken, recall } = takenAt();
        drawDot(drawn, 'ink', taken, recall);
      },
      readout(index) {
        if (index === undefined) return '';
        const { x, y } = gainsOf(rows());
        return `${percent(x[index]!)} of the rows hold ${percent(y[index]!)}`;
      },
    },
    of(),
  );
  return { chart, data: of };
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

function createLiftChart() {
  const of = (): [number[], number[]] => {
    const { x, y } = liftOf(rows());
    return [[...x], [...y]];
  };
  const most = Math.max(1, ...data.sets.flatMap((set) => liftOf(set).y)) * 1.05;
  const chart = createChart(
    {
      figure: figure('lift'),
      xLabel: 'share of the rows, the likeliest first',
      yLabel: 'lift',
      series: [{ ink: () => inkOf(chosen.set) }],
      xRange: [0, 1],
      yRange: [0, most],
      heightOf: square,
      underlay(drawn) {
        drawLine(drawn, 'faint', [0, 1], [1, 1]);
        drawOthers(drawn, liftOf);
      },
      overlay(drawn) {
        const { taken, recall } = takenAt();
        if (taken > 0) drawDot(drawn, 'ink', taken, recall / taken);
      },
      readout(index) {
        if (index === undefined) return '';
        const { x, y } = liftOf(rows());
        return `the likeliest ${percent(x[index]!)}: ${y[index]!.toFixed(2)} times as many`;
      },
    },
    of(),
  );
  return { chart, data: of };
}

function createCostChart() {
  const costsOf = (set: RowSetData): number[] =>
    Array.from({ length: steps + 1 }, (_, step) => costAt(set, step, chosen.costs));
  const thresholds = Array.from({ length: steps + 1 }, (_, step) => step / steps);
  const of = (): [number[], number[]] => [thresholds, costsOf(rows())];
  const chart = createChart(
    {
      figure: figure('cost'),
      label: 'mean cost of a row by threshold',
      xLabel: 'threshold',
      yLabel: 'cost of a row',
      series: [{ ink: () => inkOf(chosen.set) }],
      xRange: [0, 1],
      yRange: 'from 0',
      heightOf: (width) => Math.min(280, Math.max(200, width * 0.4)),
      underlay: (drawn) => drawOthers(drawn, (set) => ({ x: thresholds, y: costsOf(set) })),
      overlay(drawn) {
        drawLine(drawn, 'ink', [threshold(), 0], [threshold(), drawn.scales.y!.max ?? 1]);
        const best = bestStep(rows(), chosen.costs);
        if (best !== undefined) {
          drawDot(drawn, inkOf(chosen.set), best / steps, costAt(rows(), best, chosen.costs));
        }
      },
      readout: (index) =>
        index === undefined
          ? ''
          : `at ${thresholds[index]!.toFixed(3)} a row costs ${costAt(rows(), index, chosen.costs).toPrecision(4)}`,
    },
    of(),
  );
  return { chart, data: of };
}
