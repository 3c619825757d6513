/** The weights as text: for programs (CSV, TSV) and for eyes (a table). */
import type { NamedWeight } from '../model/model.js';
import { printable, quotedCell } from '../text.js';

/** `feature,weight` lines; doubles in their shortest form that reads back to the same double. */
export function weightsAsCsv(weights: readonly NamedWeight[], delimiter: ',' | '\t'): string {
  const lines = weights.map(
    ({ feature, weight }) => `${quotedCell(feature, delimiter)}${delimiter}${String(weight)}\n`,
  );
  return `feature${delimiter}weight\n${lines.join('')}`;
}

/** Two columns, the weights with six digits and their points below each other. */
export function weightsAsTable(weights: readonly NamedWeight[]): string {
  const rows = weights.map(({ feature, weight }) => {
    const [whole = '', fraction = ''] = weight.toPrecision(6).split(/(?=[.e])(.*)/s);
    return { name: printable(feature), whole, fraction };
  });
  const nameWidth = Math.max(7, ...rows.map(({ name }) => [...name].length));
  const wholeWidth = Math.max(6, ...rows.map(({ whole }) => whole.length));
  const pad = (name: string) => name + ' '.repeat(nameWidth - [...name].length);
  const lines = rows.map(
    ({ name, whole, fraction }) => `${pad(name)}  ${whole.padStart(wholeWidth)}${fraction}\n`,
  );
  return `${pad('feature')}  ${'weight'.padStart(wholeWidth)}\n${lines.join('')}`;
}
