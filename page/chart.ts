/** One chart: axes, lines, a cursor that reads them out, and a size that follows the page. */
import uPlot from 'uplot';
import { type Ink, ink } from './colours.js';

export interface ChartSpec {
  /** The figure of the page that it is drawn into. */
  readonly figure: HTMLElement;
  /** What it shows, for whoever hears it read; undefined for what stood in its place. */
  readonly label?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly SeriesSpec[];
  /** [least, most]; undefined for the range of the data. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number] | 'from 0';
  /** What is filled between two series, by their numbers from 1. */
  readonly bands?: readonly { readonly high: number; readonly low: number; readonly wash: Ink }[];
  /** Whether x has whole numbers only. */
  readonly wholeX?: boolean;
  /** Height for a width, in CSS pixels. */
  readonly heightOf: (width: number) => number;
  /** Whether dragging chooses a part of x; a double click shows all again. */
  readonly zooms?: boolean;
  /** Drawn over the lines. */
  readonly overlay?: (chart: uPlot) => void;
  /** Drawn under the lines. */
  readonly underlay?: (chart: uPlot) => void;
  /** What the caption says at entry `index` of the data; undefined when nothing is pointed at. */
  readonly readout: (index: number | undefined) => string;
}

export interface SeriesSpec {
  readonly ink: Ink | (() => Ink);
  readonly wash?: Ink;
  readonly steps?: 'before' | 'after';
  readonly points?: boolean;
  readonly dash?: number[];
}

export interface Chart {
  readonly setData: (data: uPlot.AlignedData) => void;
  /** Draws again: the colours, the overlay or what is read out has changed. */
  readonly redraw: () => void;
}

/** Steps between whole numbers on an axis. */
const WHOLE = Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const FONT = '12px system-ui, sans-serif';

export function createChart(spec: ChartSpec, data: uPlot.AlignedData): Chart {
  const host = spec.figure.querySelector<HTMLElement>('.chart')!;
  // in place of what is there without a script, whose words it takes
  const label = spec.label ?? host.querySelector('svg')?.getAttribute('aria-label');
  host.replaceChildren();
  host.setAttribute('role', 'img');
  host.setAttribute('aria-label', label ?? '');
  const output = spec.figure.querySelector('output')!;
  const tell = (index: number | undefined) => {
    output.textContent = spec.readout(index);
  };
  const sizeOf = (width: number) => ({ width, height: Math.round(spec.heightOf(width)) });
  const chart = new uPlot(
    {
      ...sizeOf(host.clientWidth),
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: spec.zooms === true, y: false },
        points: { size: 7, width: 2 },
      },
      scales: { x: { time: false, ...rangeOf(spec.xRange) }, y: rangeOf(spec.yRange) },
      axes: [{ ...axis(spec.xLabel, 'x'), ...(spec.wholeX ? { incrs: WHOLE } : {}) }, axis(spec.yLabel, 'y')],
      series: [{}, ...spec.series.map(lineOf)],
      ...(spec.bands === undefined
        ? {}
        : {
            bands: spec.bands.map(({ high, low, wash }) => ({ series: [high, low], fill: () => ink(wash) })),
          }),
      hooks: {
        setCursor: [({ cursor: { idx } }) => tell(idx ?? undefined)],
        drawAxes: [(drawn) => spec.underlay?.(drawn)],
        draw: [(drawn) => spec.overlay?.(drawn)],
      },
    },
    data,
    host,
  );
  tell(undefined);
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== chart.width) chart.setSize(sizeOf(host.clientWidth));
  }).observe(host);
  return {
    setData(next) {
      chart.setData(next);
      tell(undefined);
    },
    redraw() {
      chart.redraw(false, true);
      tell(undefined);
    },
  };
}

function rangeOf(range: ChartSpec['yRange']): uPlot.Scale {
  if (range === undefined) return {};
  if (range === 'from 0') return { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] };
  return { range: [range[0], range[1]] };
}

function axis(label: string, side: 'x' | 'y'): uPlot.Axis {
  return {
    label,
    font: FONT,
    labelFont: FONT,
    labelSize: 20,
    labelGap: 2,
    size: side === 'x' ? 32 : 50,
    space: side === 'x' ? 64 : 40,
    gap: 6,
    stroke: () => ink('faint'),
    grid: { stroke: () => ink('rule'), width: 1 },
    ticks: { show: false },
  };
}

function lineOf({ ink: colour, wash, steps, points, dash }: SeriesSpec): uPlot.Series {
  return {
    width: 2,
    stroke: () => ink(nameOf(colour)),
    points: { show: points === true, size: 8, fill: () => ink(nameOf(colour)) },
    ...(wash === undefined ? {} : { fill: () => ink(wash) }),
    ...(dash === undefined ? {} : { dash }),
    ...(steps === undefined ? {} : { paths: uPlot.paths.stepped!({ align: steps === 'after' ? 1 : -1 }) }),
  };
}

function nameOf(colour: SeriesSpec['ink']): Ink {
  return typeof colour === 'string' ? colour : colour();
}

/** A curve beside the one that is pointed at. */
export function drawCurve(
  chart: uPlot,
  colour: Ink,
  xs: readonly number[],
  ys: readonly number[],
  { isDashed = false, isStepped = false } = {},
): void {
  const { ctx } = chart;
  ctx.save();
  ctx.strokeStyle = ink(colour);
  ctx.lineWidth = 2 * devicePixelRatio;
  if (isDashed) ctx.setLineDash([6 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  let before: number | undefined;
  for (const [k, x] of xs.entries()) {
    const [px, py] = [chart.valToPos(x, 'x', true), chart.valToPos(ys[k]!, 'y', true)];
    if (before === undefined) ctx.moveTo(px, py);
    else {
      // the value holds back to the point before
      if (isStepped) ctx.lineTo(before, py);
      ctx.lineTo(px, py);
    }
    before = px;
  }
  ctx.stroke();
  ctx.restore();
}

/** What lies between two curves. */
export function drawBand(
  chart: uPlot,
  colour: Ink,
  xs: readonly number[],
  low: readonly number[],
  high: readonly number[],
): void {
  const { ctx } = chart;
  ctx.save();
  ctx.fillStyle = ink(colour);
  ctx.beginPath();
  xs.forEach((x, k) => {
    ctx.lineTo(chart.valToPos(x, 'x', true), chart.valToPos(high[k]!, 'y', true));
  });
  for (let k = xs.length - 1; k >= 0; k--) {
    ctx.lineTo(chart.valToPos(xs[k]!, 'x', true), chart.valToPos(low[k]!, 'y', true));
  }
  ctx.fill();
  ctx.restore();
}

/** A straight line between two points of the data. */
export function drawLine(
  chart: uPlot,
  colour: Ink,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): void {
  const { ctx } = chart;
  ctx.save();
  ctx.strokeStyle = ink(colour);
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(chart.valToPos(x0, 'x', true), chart.valToPos(y0, 'y', true));
  ctx.lineTo(chart.valToPos(x1, 'x', true), chart.valToPos(y1, 'y', true));
  ctx.stroke();
  ctx.restore();
}

/** A dot at a point of the data. */
export function drawDot(chart: uPlot, colour: Ink, x: number, y: number): void {
  const { ctx } = chart;
  ctx.save();
  ctx.fillStyle = ink(colour);
  ctx.beginPath();
  ctx.arc(chart.valToPos(x, 'x', true), chart.valToPos(y, 'y', true), 5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}
