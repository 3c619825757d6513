/** A scorer as a query of ClickHouse: numbers are told by their types there, and NaN stands for what is missing. */
import { double, identifier, list, sum, text } from '../clickhouse/sql.js';
import { type ExportPlan, freeName } from './plan.js';
import { rendered, type Words } from './render.js';

/**
 * A query that gives all columns of a table with the logit and the probability beside them, NULL where there is
 * no prediction.
 */
export function exportClickHouse(plan: ExportPlan, table: string): string {
  const terms = [double(plan.intercept)];
  for (const { name, tree, weight, pivot, fill } of plan.numerics) {
    const value = tree === undefined ? WORDS.number(name) : rendered(tree, WORDS);
    const filled = fill === undefined ? value : `if(isNaN(${value}), ${double(fill)}, ${value})`;
    terms.push(`${double(weight)} * ${pivot === 0 ? filled : `(${filled} - ${double(pivot)})`}`);
  }
  for (const { name, levels, ifMissing, ifUnseen } of plan.factors) {
    const texts = ['', ...levels.map((level) => level.text)];
    const weights = [ifMissing, ...levels.map(({ weight }) => weight)];
    terms.push(
      `transform(${textOf(name)}, ${list(texts.map(text))}, ${list(weights.map(doubleOrNaN))}, ${doubleOrNaN(ifUnseen)})`,
    );
  }
  for (const { columns, references, cells, ifMissing, ifUnseen } of plan.interactions) {
    const texts = columns.map(textOf);
    const are = (levels: readonly string[], by: string) =>
      `(${texts.map((column, i) => `${column} = ${text(levels[i]!)}`).join(by)})`;
    const choices = [
      `(${texts.map((column) => `${column} = ''`).join(' OR ')}), ${doubleOrNaN(ifMissing)}`,
      `${are(references, ' OR ')}, ${double(0)}`,
      ...cells.map(({ levels, weight }) => `${are(levels, ' AND ')}, ${double(weight)}`),
    ];
    terms.push(`multiIf(${choices.join(', ')}, ${doubleOrNaN(ifUnseen)})`);
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

function textOf(name: string): string {
  return `ifNull(toString(${identifier(name)}), '')`;
}

const WORDS: Words = {
  number: (column) => `ifNull(toFloat64(${identifier(column)}), nan)`,
  level: (column, level) =>
    `multiIf(${textOf(column)} = '', nan, ${textOf(column)} = ${text(level)}, ${double(1)}, ${double(0)})`,
  call(name, x) {
    switch (name) {
      case 'log':
        return `if(${x} > 0, log(${x}), nan)`;
      case 'log1p':
        return `if(${x} > -1, log1p(${x}), nan)`;
      case 'sqrt':
        return `if(${x} >= 0, sqrt(${x}), nan)`;
      case 'exp':
        return `if(${x} <= 700, exp(${x}), nan)`;
      case 'abs':
        return `abs(${x})`;
    }
  },
  comparison: (x, by, bound) =>
    `multiIf(isNaN(${x}), nan, ${x} ${by} ${double(bound)}, ${double(1)}, ${double(0)})`,
  double,
  choice: (x, bound, one, other) => `if(${x} <= ${double(bound)}, ${one}, ${other})`,
};

function doubleOrNaN(x: number | undefined): string {
  return x === undefined ? 'nan' : double(x);
}
