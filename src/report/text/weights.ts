/** The weights as text: for programs (CSV, TSV) and for eyes (a table). */
import { widestOf } from '../../layout.js';
import type { ModelTerm, NamedWeight } from '../../model/model.js';
import { printable, quotedCell } from '../../text.js';
import { fitted } from './columns.js';

/** The columns of the statistics; a figure that there is not is an empty cell. */
const STATISTICS = [
  { name: 'std_error', of: ({ standardError }: ModelTerm) => standardError, digits: 4 },
  { name: 'z', of: ({ z }: ModelTerm) => z, digits: 4 },
  { name: 'p', of: ({ p }: ModelTerm) => p, digits: 3 },
  { name: 'lower', of: ({ lower }: ModelTerm) => lower, digits: 5 },
  { name: 'upper', of: ({ upper }: ModelTerm) => upper, digits: 5 },
  { name: 'odds_ratio', of: ({ oddsRatio }: ModelTerm) => oddsRatio, digits: 5 },
] as const;

/**
 * `feature,weight` lines; doubles in their shortest form that reads back to the same double.
 *
 * @param statistics of the same weights in the same order, for six more columns; undefined for none
 */
export function weightsAsCsv(
  weights: readonly NamedWeight[],
  delimiter: ',' | '\t',
  statistics?: readonly ModelTerm[],
): string {
  const more = statistics === undefined ? [] : STATISTICS;
  const header = ['feature', 'weight', ...more.map(({ name }) => name)];
  let text = `${header.join(delimiter)}\n`;
  weights.forEach(({ feature, weight }, row) => {
    text += quotedCell(feature, delimiter) + delimiter + weight;
    for (const { of } of more) text += delimiter + (of(statistics![row]!) ?? '');
    text += '\n';
  });
  return text;
}

/**
 * The same columns for eyes: few digits, their points below each other.
 *
 * @param columns of the terminal; undefined where there is none to fit
 */
export function weightsAsTable(
  weights: readonly NamedWeight[],
  statistics?: readonly ModelTerm[],
  columns?: number,
): string {
  const names = ['feature', ...weights.map(({ feature }) => printable(feature))];
  const figures = (statistics === undefined ? [] : STATISTICS).map(({ name, of, digits }) =>
    pointAligned(
      name,
      statistics!.map((row) => of(row)?.toPrecision(digits) ?? ''),
    ),
  );
  const values = pointAligned(
    'weight',
    weights.map(({ weight }) => weight.toPrecision(6)),
  );
  return `${fitted(names, [values, ...figures], columns).join('\n')}\n`;
}

/** Texts of numbers under a name at their right, padded to one width with their points below each other. */
function pointAligned(name: string, numbers: readonly string[]): string[] {
  const parts = numbers.map((text) => {
    const [whole = '', fraction = ''] = text.split(/(?=[.e])(.*)/s);
    return { whole, fraction };
  });
  const fractionWidth = widestOf(parts.map(({ fraction }) => fraction));
  const width = Math.max(name.length, widestOf(parts.map(({ whole }) => whole)) + fractionWidth);
  const padded = parts.map(({ whole, fraction }) => whole + fraction.padEnd(fractionWidth));
  return [name, ...padded].map((text) => text.padStart(width));
}
