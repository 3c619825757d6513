/** The loss curve in characters. */
import type { History } from '../../optimizer/history.js';

/** Lines between the largest and the least loss, both included. */
const HEIGHT = 12;

/** Columns of the curve at least and at most, beside the labels of its axis. */
const LEAST_WIDTH = 20;
const MOST_WIDTH = 120;

/** Significant digits of the labels, more where they would be the same. */
const DIGITS = { least: 4, most: 12 } as const;

/**
 * J after every epoch as a line, or the mean loss of its batches, the loss of the validation rows as dots; undefined when there are not two
 * finite losses to draw a line between.
 *
 * @param columns of the terminal
 * @param isColoured whether the two are told apart by colour, too
 */
export async function lossChart(
  { losses: ofAll, batchLosses, validationLosses, every }: History,
  columns: number,
  isColoured: boolean,
): Promise<string | undefined> {
  const isOfBatches = batchLosses.length > 0;
  const shown = finiteStart(isOfBatches ? batchLosses : ofAll);
  const second = finiteStart(validationLosses).slice(0, shown.length);
  if (shown.length < 2) return undefined;
  const all = [...shown, ...second];
  const least = all.reduce((a, b) => Math.min(a, b));
  const most = all.reduce((a, b) => Math.max(a, b));
  const labels = distinct([most, least + (most - least) / 2, least]);
  const room = columns - Math.max(...labels.map((label) => label.length)) - 2;
  const width = Math.min(Math.max(room, LEAST_WIDTH), MOST_WIDTH);
  const last = shown.length - 1;

  // drawn between 0 and 1: the library rounds the differences of tiny numbers away
  const height = (loss: number) => (most > least ? (loss - least) / (most - least) : 0);
  const curve = (values: readonly number[]) =>
    Array.from({ length: width }, (_, c): [number, number] => [
      c,
      height(valueAt(values, (c / (width - 1)) * last)),
    ]);
  const dots = second.length === shown.length ? curve(second).map(([x, y]) => ({ x, y })) : [];
  const { plot } = await import('simple-ascii-chart');
  const drawn = plot(curve(shown), {
    width,
    height: most > least ? HEIGHT : 1,
    yRange: [0, 1],
    points: isColoured ? dots.map((dot) => ({ ...dot, color: 'ansiYellow' as const })) : dots,
    ...(isColoured ? { color: 'ansiCyan' as const } : {}),
    customXAxisTicks: [0, width - 1],
    customYAxisTicks: most > least ? [0, 0.5, 1] : [0],
    formatter: (value, { axis }) =>
      axis === 'y'
        ? labels[Math.round(2 - 2 * value)]!
        : String(Math.round((value / (width - 1)) * last * every)),
    symbols: {
      point: '·',
      chart: { we: '─', wns: '╮', ns: '│', nse: '╰', wsn: '╯', sne: '╭' },
      axis: { n: ' ', e: ' ', y: '┤', ns: '│', nse: '└', x: '┬', we: '─' },
    },
  });
  const legend = `${isOfBatches ? 'mean of batches' : 'J'} by epoch ───${dots.length > 0 ? '  validation ···' : ''}`;
  const lines = drawn.split('\n').map((line) => line.trimEnd());
  return [legend, ...lines.filter((line) => line !== '')].join('\n');
}

/** The values before the first that is not finite. */
function finiteStart(values: readonly number[]): readonly number[] {
  const end = values.findIndex((value) => !Number.isFinite(value));
  return end < 0 ? values : values.slice(0, end);
}

/** The value at a place between two entries, on the line between them. */
function valueAt(values: readonly number[], place: number): number {
  const before = Math.min(Math.floor(place), values.length - 1);
  const after = Math.min(before + 1, values.length - 1);
  const share = place - before;
  return values[before]! * (1 - share) + values[after]! * share;
}

/** Numbers as texts with few digits, but as many as it takes to tell them apart. */
function distinct(values: readonly number[]): string[] {
  let texts: string[] = [];
  for (let digits: number = DIGITS.least; digits <= DIGITS.most; digits++) {
    texts = values.map((value) => value.toPrecision(digits));
    if (new Set(texts).size === new Set(values).size) break;
  }
  return texts;
}
