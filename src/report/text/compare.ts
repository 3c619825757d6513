/** Two descents side by side as text and as JSON; every line says which of them is wrong. */
import type { ComparedEpoch } from '../../check/compare.js';
import { asJson } from '../../json.js';
import { widestOf } from '../../layout.js';
import type { Mistake } from '../../objective/mistakes.js';
import { VERSION } from '../../version.js';
import { aligned } from './columns.js';

/** One line an epoch; doubles in their shortest round-trip form. */
export function comparisonAsCsv(
  epochs: readonly ComparedEpoch[],
  mistake: Mistake,
  delimiter: ',' | '\t',
): string {
  const rows = epochs.map(({ epoch, right, wrong }) => [epoch, right, wrong].join(delimiter));
  return `${[['epoch', 'right', `wrong_${mistake}`].join(delimiter), ...rows].join('\n')}\n`;
}

export function comparisonAsTable(
  epochs: readonly ComparedEpoch[],
  mistake: Mistake,
  columns?: number,
): string {
  const rows = epochs.map(({ epoch, right, wrong }) => [
    `epoch ${epoch}`,
    `right: J ${right.toPrecision(12)}`,
    `wrong (${mistake}): J ${wrong.toPrecision(12)}`,
  ]);
  const lines = aligned(rows);
  const isTooWide = columns !== undefined && widestOf(lines) > columns;
  const shown = isTooWide
    ? rows.map(([first, ...others]) => [first, ...others.map((part) => `  ${part}`)].join('\n'))
    : lines;
  return `${shown.join('\n')}\n`;
}

export function comparisonAsJson(epochs: readonly ComparedEpoch[], mistake: Mistake): string {
  return asJson({
    format: 'bce-train comparison',
    version: VERSION,
    mistake,
    right: epochs.map(({ right }) => right),
    wrong: epochs.map(({ wrong }) => wrong),
  });
}

/** How both ended, in a line. */
export function comparisonLine(epochs: readonly ComparedEpoch[], mistake: Mistake): string {
  const [first, last] = [epochs[0]!, epochs.at(-1)!];
  const shown = (J: number) => J.toPrecision(6);
  const fate = !(last.wrong <= first.wrong)
    ? 'above the start'
    : last.wrong > last.right
      ? 'behind the right one'
      : 'no worse than the right one';
  return `after epoch ${last.epoch}: J ${shown(last.right)} with the right gradient, ${shown(last.wrong)} with ${mistake}, ${fate}; both began at ${shown(first.right)}`;
}
