/** A scorer as a query of ClickHouse: numbers are told by their types there, and NaN stands for what is missing. */
import { double, identifier, list, sum, text } from '../clickhouse/sql.js';
import { type ExportPlan, freeName } from './plan.js';

/**
 * A query that gives all columns of a table with the logit and the probability beside them, NULL where there is
 * no prediction.
 */
export function exportClickHouse(plan: ExportPlan, table: string): string {
  const terms = [double(plan.intercept)];
  for (const { name, weight, pivot, fill } of plan.numerics) {
    const value = `ifNull(toFloat64(${identifier(name)}), nan)`;
    const filled = fill === undefined ? value : `if(isNaN(${value}), ${double(fill)}, ${value})`;
    terms.push(`${double(weight)} * ${pivot === 0 ? filled : `(${filled} - ${double(pivot)})`}`);
  }
  for (const { name, levels, ifMissing, ifUnseen } of plan.factors) {
    const texts = ['', ...levels.map((level) => level.text)];
    const weights = [ifMissing, ...levels.map(({ weight }) => weight)];
    const column = `ifNull(toString(${identifier(name)}), '')`;
    terms.push(
      `transform(${column}, ${list(texts.map(text))}, ${list(weights.map(doubleOrNaN))}, ${doubleOrNaN(ifUnseen)})`,
    );
  }
  // no column of the table is likely to have this name, which would stand for it
  const h = identifier(freeName(plan, 'bce_train_h'));
  const a = `exp(-abs(${h}))`;
  return `${plan.about.map((line) => `-- ${line}\n`).join('')}WITH
  ${sum(terms)} AS ${h}
SELECT
  *,
  if(isNaN(${h}), NULL, ${h}) AS ${identifier(freeName(plan, 'logit'))},
  if(isNaN(${h}), NULL, if(${h} < 0., ${a}, 1.) / (1. + ${a})) AS ${identifier(freeName(plan, 'probability'))}
FROM ${identifier(table)}
`;
}

function doubleOrNaN(x: number | undefined): string {
  return x === undefined ? 'nan' : double(x);
}
