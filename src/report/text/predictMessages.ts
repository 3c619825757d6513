/** What a person is told of predictions on standard error. */
import type { Evaluation } from '../../predict/evaluate.js';
import type { ScoreCounts } from '../../predict/scoreRows.js';
import { counted, grouped, listed, quoted } from '../../text.js';

/** The last line, and what a careful reader would want to know before it. */
export function countLines(counts: ScoreCounts, name: string): { line: string; notes: string[] } {
  const { rows, incomplete, dropped, weightless, missing, unseen, baselines } = counts;
  const notes: string[] = [];
  for (const [column, text] of baselines) {
    notes.push(
      `column ${quoted(column)}: ${quoted(text)} has no weight and comes first: taken for the baseline`,
    );
  }
  const cells = [...missing].map(([column, count]) => `${quoted(column)} ${grouped(count)}`);
  if (cells.length > 0) notes.push(`missing cells: ${listed(cells)}`);
  const levels = [...unseen].map(
    ([column, { cells: count, first }]) => `${quoted(column)} ${grouped(count)}, the first ${quoted(first)}`,
  );
  if (levels.length > 0) notes.push(`levels that no training row had: ${levels.join('; ')}`);
  if (weightless > 0) notes.push(`${counted(weightless, 'row')} with weight 0 left out`);
  const touched = incomplete - dropped;
  const parts = [
    counted(rows, 'row'),
    ...(dropped > 0 ? [`${grouped(dropped)} left out`] : []),
    ...(touched > 0 ? [`${grouped(touched)} with missing cells`] : []),
  ];
  return { line: `${name}: ${parts.join(', ')}`, notes };
}

/** Which label is which, and how often each came. */
export function labelLine({ metrics, positive, negative }: Evaluation): string {
  const { weight, positives } = metrics;
  const share = `${Number(((100 * positives) / weight).toPrecision(3))} %`;
  return `y = 1 is ${quoted(positive)} (${share} of the weight), y = 0 is ${quoted(negative)}`;
}
