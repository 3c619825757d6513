/** The charts as SVG: what is seen without a script, which draws its own in their place. */

import type { PathData } from '../pathData.js';
import { type Costs, costAt } from './cost.js';
import { gainsOf, liftOf } from './gains.js';
import { html, type Markup, NOTHING } from './markup.js';
import type { Curve, PageData, RowSetData } from './pageData.js';

/** Colours of the style sheet. */
type Ink = 'accent' | 'zero' | 'one' | 'faint' | 'ink';

interface Line extends Curve {
  readonly ink: Ink;
  readonly isDashed?: boolean;
  /** Whether the points are marked. */
  readonly hasPoints?: boolean;
  /** Where the step to the next value is, if there are steps. */
  readonly steps?: 'before' | 'after';
}

interface Drawing {
  /** What it shows, for whoever hears it read. */
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  readonly lines: readonly Line[];
  /** What lies between two curves over the x of the first line. */
  readonly band?: Band | undefined;
  readonly width?: number;
}

interface Band {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const [USUAL_WIDTH, BROAD_WIDTH, HEIGHT] = [400, 560, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 18, 10, 44];
const TICKS = 4;

function drawing({ title, xLabel, yLabel, lines, band, width = USUAL_WIDTH, ...ranges }: Drawing): Markup {
  const xs = lines.flatMap(({ x }) => x);
  const ys = [...lines.flatMap(({ y }) => y), ...(band?.low ?? []), ...(band?.high ?? [])].filter(
    Number.isFinite,
  );
  if (ys.length === 0) return html`<p class="faint">No curve: one of the classes has no rows.</p>`;
  const [x0, x1] = ranges.xRange ?? rangeOf(xs);
  const [y0, y1] = ranges.yRange ?? rangeOf(ys);
  const px = (x: number) => (LEFT + ((x - x0) / (x1 - x0)) * (width - LEFT - RIGHT)).toFixed(1);
  const py = (y: number) => (HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const ticks = Array.from({ length: TICKS + 1 }, (_, k) => k / TICKS);
  const grid = ticks.map((share) => {
    const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
    return html`<line class="rule" x1="${LEFT}" x2="${width - RIGHT}" y1="${py(y)}" y2="${py(y)}"/><text x="${LEFT - 8}" y="${Number(py(y)) + 4}" text-anchor="end">${tick(y, y1 - y0)}</text><text x="${px(x)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${tick(x, x1 - x0)}</text>`;
  });
  const area = band === undefined ? NOTHING : html`<path class="band" d="${areaOf(lines[0]!.x, band)}"/>`;
  const paths = lines.map(({ x, y, ink, isDashed, hasPoints, steps }) => {
    const shown = x.map((_, i) => i).filter((i) => Number.isFinite(y[i]!));
    const path = shown.map((i, k) => {
      const before = shown[k - 1];
      if (before === undefined) return `M${px(x[i]!)} ${py(y[i]!)}`;
      if (steps === undefined) return `L${px(x[i]!)} ${py(y[i]!)}`;
      return steps === 'after' ? `H${px(x[i]!)}V${py(y[i]!)}` : `V${py(y[i]!)}H${px(x[i]!)}`;
    });
    const dots = hasPoints
      ? shown.map((i) => html`<circle class="ink-${ink}" cx="${px(x[i]!)}" cy="${py(y[i]!)}" r="4"/>`)
      : NOTHING;
    return html`<path class="ink-${ink}${isDashed ? ' dashed' : ''}" d="${path.join('')}"/>${dots}`;
  });
  return html`<svg class="drawn${width > USUAL_WIDTH ? ' broad' : ''}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${title}">${grid}<text class="label" x="${(LEFT + width - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${xLabel}</text><text class="label" transform="translate(13 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>${area}${paths}</svg>`;

  /** Along the upper ends and back along the lower ones. */
  function areaOf(x: readonly number[], { low, high }: Band): string {
    const shown = x.map((_, i) => i).filter((i) => Number.isFinite(low[i]!) && Number.isFinite(high[i]!));
    const points = [
      ...shown.map((i) => `${px(x[i]!)} ${py(high[i]!)}`),
      ...shown.reverse().map((i) => `${px(x[i]!)} ${py(low[i]!)}`),
    ];
    return points.length === 0 ? '' : `M${points.join('L')}Z`;
  }
}

/** A range with some room where all values are the same. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return most > least ? [least, most] : [least - 0.5, most + 0.5];
}

function tick(value: number, span: number): string {
  const size = Math.max(Math.abs(value), span);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1);
  const decimals = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(span / TICKS))));
  return String(Number(value.toFixed(decimals))).replace('-', '−');
}

export function drawnLoss({ epochs, training, validation, isOfBatches }: PageData['loss']): Markup {
  const lines: Line[] = [{ x: epochs, y: training, ink: 'zero' }];
  if (validation !== undefined) lines.push({ x: epochs, y: validation, ink: 'one', isDashed: true });
  const title = `loss by epoch, from ${training[0]!.toPrecision(4)} to ${training.at(-1)!.toPrecision(4)}`;
  return drawing({
    title,
    xLabel: 'epoch',
    yLabel: isOfBatches ? 'mean of batches' : 'J',
    lines,
    width: BROAD_WIDTH,
  });
}

const LOG_LAMBDA = 'log10 of lambda';

/** The metric of the folds with its band, and dots at the best, at the largest within one standard error of it. */
export function drawnFolds({ x, folds }: PathData): Markup {
  const { metric, mean, low, high, min, oneSe } = folds!;
  const dot = (place: number, ink: Ink): Line => ({
    x: [x[place]!],
    y: [mean[place]!],
    ink,
    hasPoints: true,
  });
  return drawing({
    title: `${metric} by lambda, best at ${(10 ** x[min]!).toPrecision(3)}`,
    xLabel: LOG_LAMBDA,
    yLabel: metric,
    lines: [{ x, y: mean, ink: 'accent' }, dot(oneSe, 'one'), dot(min, 'zero')],
    band: { low, high },
    width: BROAD_WIDTH,
  });
}

/** The weights by lambda: those that end above 0 in one colour, those that end below in the other. */
export function drawnPath({ x, terms }: PathData): Markup {
  return drawing({
    title: `weights of ${terms.length} standardized columns by lambda`,
    xLabel: LOG_LAMBDA,
    yLabel: 'weight of the standardized column',
    lines: terms.map(({ y }): Line => ({ x, y, ink: y[0]! < 0 ? 'one' : 'zero' })),
    width: BROAD_WIDTH,
  });
}

const UNIT = [0, 1] as const;
const DIAGONAL: Line = { x: UNIT, y: UNIT, ink: 'faint', isDashed: true };

/** Of the training rows, and dashed of the validation rows. */
function ofSets(
  sets: readonly RowSetData[],
  curveOf: (set: RowSetData) => Curve,
  more: Partial<Line> = {},
): Line[] {
  return sets.map((set, k) => ({
    ink: k === 0 ? 'accent' : 'one',
    isDashed: k > 0,
    ...more,
    ...curveOf(set),
  }));
}

export function drawnRoc(sets: readonly RowSetData[]): Markup {
  const lines = [DIAGONAL, ...ofSets(sets, ({ roc }) => roc)];
  const areas = sets.map(({ auc }) => auc?.toFixed(3) ?? 'none').join(' and ');
  const drawn = {
    title: `ROC curve, area ${areas}`,
    xLabel: 'false positive rate',
    yLabel: 'true positive rate',
  };
  return sets[0]!.roc.x.length === 0
    ? drawing({ ...drawn, lines: [] })
    : drawing({ ...drawn, lines, xRange: UNIT, yRange: UNIT });
}

export function drawnPrecisionRecall(sets: readonly RowSetData[]): Markup {
  const lines = ofSets(sets, ({ precisionRecall }) => precisionRecall, { steps: 'before' });
  return drawing({
    title: 'precision by recall',
    xLabel: 'recall',
    yLabel: 'precision',
    lines,
    xRange: UNIT,
    yRange: UNIT,
  });
}

export function drawnCalibration(sets: readonly RowSetData[]): Markup {
  const { low, high } = sets[0]!.calibration;
  const lines = [...ofSets(sets, ({ calibration }) => calibration, { hasPoints: true }), DIAGONAL];
  return drawing({
    title: 'share of y = 1 by predicted probability, with its 95 % band',
    xLabel: 'mean predicted probability',
    yLabel: 'share of y = 1',
    lines,
    band: { low, high },
    xRange: UNIT,
    yRange: UNIT,
  });
}

export function drawnHistogram([
  {
    histogram: { negative, positive },
  },
]: readonly [RowSetData, ...RowSetData[]]): Markup {
  const n = negative.length;
  const x = Array.from({ length: n + 1 }, (_, bin) => bin / n);
  const closed = (shares: readonly number[]) => [...shares, shares.at(-1)!];
  const lines: Line[] = [
    { x, y: closed(negative), ink: 'zero', steps: 'after' },
    { x, y: closed(positive), ink: 'one', steps: 'after' },
  ];
  const most = Math.max(...negative, ...positive) * 1.05 || 1;
  return drawing({
    title: 'predicted probabilities by class',
    xLabel: 'predicted probability',
    yLabel: 'share of the class',
    lines,
    xRange: UNIT,
    yRange: [0, most],
  });
}

export function drawnGains(sets: readonly RowSetData[]): Markup {
  const lines = [DIAGONAL, ...ofSets(sets, gainsOf)];
  const drawn = {
    title: 'gains: share of y = 1 found by share of rows taken',
    xLabel: 'share of the rows, the likeliest first',
    yLabel: 'share of y = 1 found',
  };
  return gainsOf(sets[0]!).x.length === 0
    ? drawing({ ...drawn, lines: [] })
    : drawing({ ...drawn, lines, xRange: UNIT, yRange: UNIT });
}

export function drawnLift(sets: readonly RowSetData[]): Markup {
  const lines = ofSets(sets, liftOf);
  const most = Math.max(1, ...lines.flatMap(({ y }) => y)) * 1.05;
  const random: Line = { x: UNIT, y: [1, 1], ink: 'faint', isDashed: true };
  const drawn = {
    title: 'lift: y = 1 found over those of as many rows at random, by share of rows taken',
    xLabel: 'share of the rows, the likeliest first',
    yLabel: 'lift',
  };
  return lines[0]!.x.length === 0
    ? drawing({ ...drawn, lines: [] })
    : drawing({ ...drawn, lines: [random, ...lines], xRange: UNIT, yRange: [0, most] });
}

export function drawnCost(sets: readonly RowSetData[], costs: Costs): Markup {
  const lines = ofSets(sets, (set) => {
    const last = set.thresholds.truePositives.length - 1;
    const steps = Array.from({ length: last / COST_STRIDE + 1 }, (_, k) => k * COST_STRIDE);
    return { x: steps.map((step) => step / last), y: steps.map((step) => costAt(set, step, costs)) };
  });
  const most = Math.max(...lines.flatMap(({ y }) => y)) * 1.05 || 1;
  return drawing({
    title: 'mean cost of a row by threshold, where either error costs 1',
    xLabel: 'threshold',
    yLabel: 'cost of a row',
    lines,
    xRange: UNIT,
    yRange: [0, most],
    width: BROAD_WIDTH,
  });
}

/** Steps from one point of the drawn cost to the next. */
const COST_STRIDE = 5;

/** The loss of a row by a weight, with the point where it is and its tangent there. */
export function drawnRowLoss(
  curve: Curve,
  name: string,
  { x, y, slope }: { readonly x: number; readonly y: number; readonly slope: number },
): Markup {
  const most = Math.max(...curve.y) * 1.05 || 1;
  const tangent = curve.x.map((at) => y + slope * (at - x));
  // what lies outside is cut
  const inside = tangent.map((value) => (value >= 0 && value <= most ? value : Number.NaN));
  return drawing({
    title: `loss of the row by the weight of ${name}, with its tangent`,
    xLabel: `weight of ${name}`,
    yLabel: 'l',
    lines: [
      { x: curve.x, y: inside, ink: 'one', isDashed: true },
      { x: [x], y: [y], ink: 'ink', hasPoints: true },
      { ...curve, ink: 'accent' },
    ],
    yRange: [0, most],
  });
}

/**
 * The effect of a column through its terms.
 *
 * @param title what it is the effect of
 * @param yRange of all drawings beside it; undefined of one alone
 */
export function drawnTerm(
  column: string,
  title: string,
  curve: Curve,
  band: Band | undefined,
  yRange: readonly [number, number] | undefined,
): Markup {
  return drawing({
    title: `change of the log odds by ${title}${band === undefined ? '' : ', with its interval'}`,
    xLabel: column,
    yLabel: 'change of the log odds',
    lines: [{ ...curve, ink: 'accent' }],
    band,
    ...(yRange && { yRange }),
  });
}
