/** The path in characters: what the folds say of each lambda, and how the weights grow as it falls. */
import { listed, printable } from '../../text.js';
import type { PathData } from '../pathData.js';
import { characterChart } from './characterChart.js';

/** Terms whose weights are drawn. */
export const MOST_DRAWN = 10;

/** Terms that are named beside the curves. */
const MOST_NAMED = 6;

/**
 * Undefined when there are not two lambdas to draw a line between.
 *
 * @param columns of the terminal
 * @param isColoured whether lines are told apart by colour, too
 */
export async function pathCharts(
  { x, terms, others, folds }: PathData,
  columns: number,
  isColoured: boolean,
): Promise<string | undefined> {
  if (x.length < 2) return undefined;
  const ends = [lambdaText(x[0]!), lambdaText(x.at(-1)!)] as const;
  const lines: string[] = [];
  if (folds !== undefined && [...folds.mean, ...folds.low, ...folds.high].every(Number.isFinite)) {
    lines.push(
      `${folds.metric} by lambda ───  one standard error ···`,
      ...(await characterChart(
        { x, lines: [folds.mean], dots: [folds.low, folds.high], ends },
        columns,
        isColoured,
      )),
    );
  }
  if (terms.length > 0) {
    const largest = others > 0 ? `the ${terms.length} largest ` : '';
    lines.push(
      `${largest}weights of the standardized columns by lambda`,
      ...(await characterChart({ x, lines: terms.map(({ y }) => y), dots: [], ends }, columns, isColoured)),
      `at lambda ${ends[0]}, from the top: ${namesAtStart(terms)}`,
    );
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}

function lambdaText(log: number): string {
  return (10 ** log).toPrecision(3);
}

function namesAtStart(terms: PathData['terms']): string {
  const ordered = terms.toSorted((a, b) => b.y[0]! - a.y[0]!);
  const named = ordered.map(({ name, y }) => `${printable(name)} ${y[0]!.toPrecision(3)}`);
  return listed(named, MOST_NAMED);
}
