/** The loss curve in characters. */
import type { History } from '../../optimizer/history.js';
import { characterChart } from './characterChart.js';

/**
 * J after every epoch as a line, or the mean loss of its batches, the loss of the validation rows as dots; undefined when
 * there are not two finite losses to draw a line between.
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
  const dots = second.length === shown.length ? [second] : [];
  const drawn = await characterChart(
    {
      x: shown.map((_, k) => k),
      lines: [shown],
      dots,
      ends: ['0', String((shown.length - 1) * every)],
    },
    columns,
    isColoured,
  );
  const legend = `${isOfBatches ? 'mean of batches' : 'J'} by epoch ───${dots.length > 0 ? '  validation ···' : ''}`;
  return [legend, ...drawn].join('\n');
}

/** The values before the first that is not finite. */
function finiteStart(values: readonly number[]): readonly number[] {
  const end = values.findIndex((value) => !Number.isFinite(value));
  return end < 0 ? values : values.slice(0, end);
}
