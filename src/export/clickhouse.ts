/** A scorer as a query of ClickHouse: numbers are told by their types there, and NaN stands for what is missing. */
import { double, freePrefix, identifier, list, sum, text } from '../clickhouse/sql.js';
import { wordsOf } from '../clickhouse/words.js';
import { OTHER } from '../predict/levels.js';
import { rendered } from '../terms/render.js';
import { type ExportPlan, freeName, inputsOf } from './plan.js';

/**
 * A query that gives all columns of a table with the logit and the probability beside them, NULL where there is
 * no prediction.
 */
export function exportClickHouse(plan: ExportPlan, table: string): string {
  const terms = [double(plan.intercept)];
  const { numbers, texts } = inputsOf(plan);
  const words = wordsOf(numberOf, textOf, freePrefix([...numbers, ...texts], 'bce_train_'));
  for (const { name, tree, weight, pivot, fill } of plan.numerics) {
    const value = tree === undefined ? numberOf(name) : rendered(tree, words);
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
  for (const { parts, references, kept, cells, ifMissing, ifUnseen } of plan.interactions) {
    const said = parts.map((part, i) => {
      const x = part.kind === 'column' ? textOf(part.name) : rendered(part, words);
      if (part.kind !== 'column') {
        return { isMissing: `isNaN(${x})`, is: (level: string) => `${x} = ${double(Number(level))}` };
      }
      const own = kept[i]?.map(text).join(', ');
      const is = (level: string) =>
        own !== undefined && level === OTHER ? `${x} NOT IN (${own || "''"})` : `${x} = ${text(level)}`;
      return { isMissing: `${x} = ''`, is };
    });
    const are = (levels: readonly string[], by: string) =>
      `(${said.map(({ is }, i) => is(levels[i]!)).join(by)})`;
    const choices = [
      `(${said.map(({ isMissing }) => isMissing).join(' OR ')}), ${doubleOrNaN(ifMissing)}`,
      ...(references === undefined ? [] : [`${are(references, ' OR ')}, ${double(0)}`]),
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

function numberOf(name: string): string {
  return `ifNull(toFloat64(${identifier(name)}), nan)`;
}

function doubleOrNaN(x: number | undefined): string {
  return x === undefined ? 'nan' : double(x);
}
