/** A scorer as a JavaScript module without dependencies. */
import type { ExportPlan } from './plan.js';

function value(x: number | undefined): string {
  return x === undefined ? 'NaN' : String(x);
}

/** A module with `logit(row)` and `probability(row)`; a row is an object by names of columns. */
export function exportJs({ intercept, numerics, factors, about }: ExportPlan): string {
  const numbers = numerics.map(
    ({ name, weight, pivot, fill }) => `  [${JSON.stringify(name)}, ${weight}, ${pivot}, ${value(fill)}],\n`,
  );
  const texts = factors.map(({ name, levels, ifMissing, ifUnseen }) => {
    const weights = levels.map(({ text, weight }) => `    [${JSON.stringify(text)}, ${weight}],\n`);
    return `  [${JSON.stringify(name)}, ${value(ifMissing)}, ${value(ifUnseen)}, new Map([\n${weights.join('')}  ])],\n`;
  });
  return `${about.map((line) => `// ${line}\n`).join('')}
// column, weight, what is taken off a cell, what a missing cell takes
const NUMBERS = [
${numbers.join('')}];

// column, weight of a missing cell, of a level not seen, and of each level
const TEXTS = [
${texts.join('')}];

// null, undefined, NaN and blank texts are missing
const isMissing = (cell) =>
  cell === null || cell === undefined || Number.isNaN(cell) || (typeof cell === 'string' && cell.trim() === '');

/** h of a row, an object of cells by the names of their columns; NaN is no prediction. */
export function logit(row) {
  let h = ${intercept};
  for (const [column, weight, pivot, fill] of NUMBERS) {
    const cell = row[column];
    h += weight * ((isMissing(cell) ? fill : Number(cell)) - pivot);
  }
  for (const [column, missing, unseen, weights] of TEXTS) {
    const cell = row[column];
    h += isMissing(cell) ? missing : (weights.get(String(cell).trim()) ?? unseen);
  }
  return h;
}

/** sigma(h) */
export function probability(row) {
  const h = logit(row);
  return h < 0 ? Math.exp(h) / (1 + Math.exp(h)) : 1 / (1 + Math.exp(-h));
}
`;
}
