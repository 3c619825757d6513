/** Curves in characters. */

/** Lines between the largest and the least value, both included. */
const HEIGHT = 12;

/** Columns of the curves at least and at most, beside the labels of the axis. */
const LEAST_WIDTH = 20;
const MOST_WIDTH = 120;

/** Significant digits of the labels, more where they would be the same. */
const DIGITS = { least: 4, most: 12 } as const;

/** Colours of the lines, one after the other, and of the dots. */
const LINES = ['ansiCyan', 'ansiMagenta', 'ansiGreen', 'ansiBlue', 'ansiRed'] as const;
const DOTS = 'ansiYellow';

export interface CharacterChart {
  /** Ascending, two or more; finite, as all values are. */
  readonly x: readonly number[];
  /** Each over x. */
  readonly lines: readonly (readonly number[])[];
  readonly dots: readonly (readonly number[])[];
  /** What stands under the first and the last x. */
  readonly ends: readonly [first: string, last: string];
}

/**
 * @param columns of the terminal
 * @param isColoured whether lines and dots are told apart by colour, too
 */
export async function characterChart(
  { x, lines, dots, ends }: CharacterChart,
  columns: number,
  isColoured: boolean,
): Promise<string[]> {
  const all = [...lines, ...dots].flat();
  const least = all.reduce((a, b) => Math.min(a, b));
  const most = all.reduce((a, b) => Math.max(a, b));
  const labels = distinct([most, least + (most - least) / 2, least]);
  const room = columns - Math.max(...labels.map((label) => label.length)) - 2;
  const width = Math.min(Math.max(room, LEAST_WIDTH), MOST_WIDTH);

  // drawn between 0 and 1: the library rounds the differences of tiny numbers away
  const height = (value: number) => (most > least ? (value - least) / (most - least) : 0);
  const [first, last] = [x[0]!, x.at(-1)!];
  const sampled = (values: readonly number[]) => {
    let k = 0;
    return Array.from({ length: width }, (_, c): [number, number] => {
      const at = first + (c / (width - 1)) * (last - first);
      while (k < x.length - 2 && x[k + 1]! < at) k++;
      const share = Math.min(1, (at - x[k]!) / (x[k + 1]! - x[k]!));
      return [c, height(values[k]! * (1 - share) + values[k + 1]! * share)];
    });
  };
  const points = dots.flatMap((values) => sampled(values).map(([px, py]) => ({ x: px, y: py })));
  const { plot } = await import('simple-ascii-chart');
  const drawn = plot(lines.length === 1 ? sampled(lines[0]!) : lines.map(sampled), {
    width,
    height: most > least ? HEIGHT : 1,
    yRange: [0, 1],
    points: isColoured ? points.map((point) => ({ ...point, color: DOTS })) : points,
    ...(isColoured
      ? { color: lines.length === 1 ? LINES[0] : lines.map((_, k) => LINES[k % LINES.length]!) }
      : {}),
    customXAxisTicks: [0, width - 1],
    customYAxisTicks: most > least ? [0, 0.5, 1] : [0],
    formatter: (value, { axis }) =>
      axis === 'y' ? labels[Math.round(2 - 2 * value)]! : ends[value === 0 ? 0 : 1],
    symbols: {
      point: '·',
      chart: { we: '─', wns: '╮', ns: '│', nse: '╰', wsn: '╯', sne: '╭' },
      axis: { n: ' ', e: ' ', y: '┤', ns: '│', nse: '└', x: '┬', we: '─' },
    },
  });
  return drawn
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
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
