/** A scorer as a JavaScript module without dependencies. */
import type { ExportPlan } from './plan.js';
import { rendered, type Words } from './render.js';

const WORDS: Words = {
  number: (column) => `number(row[${JSON.stringify(column)}])`,
  level: (column, level) => `level(row[${JSON.stringify(column)}], ${JSON.stringify(level)})`,
  call(name, x) {
    switch (name) {
      case 'log':
        return `within(${x} > 0, Math.log(${x}))`;
      case 'log1p':
        return `within(${x} > -1, Math.log1p(${x}))`;
      case 'sqrt':
        return `within(${x} >= 0, Math.sqrt(${x}))`;
      case 'exp':
        return `within(${x} <= 700, Math.exp(${x}))`;
      case 'abs':
        return `Math.abs(${x})`;
    }
  },
  comparison: (x, by, bound) => `test(${x}, ${x} ${by} ${bound})`,
  double: (value) => (value < 0 ? `(${value})` : String(value)),
  choice: (x, bound, one, other) => `(${x} <= ${bound} ? ${one} : ${other})`,
};

function value(x: number | undefined): string {
  return x === undefined ? 'NaN' : String(x);
}

/** A module with `logit(row)` and `probability(row)`; a row is an object by names of columns. */
export function exportJs({ intercept, numerics, factors, interactions, about }: ExportPlan): string {
  const numbers = numerics.flatMap(({ name, tree, weight, pivot, fill }) =>
    tree !== undefined ? [] : `  [${JSON.stringify(name)}, ${weight}, ${pivot}, ${value(fill)}],\n`,
  );
  const terms = numerics.flatMap(({ tree, weight, pivot, fill }) =>
    tree === undefined ? [] : `  [(row) => ${rendered(tree, WORDS)}, ${weight}, ${pivot}, ${value(fill)}],\n`,
  );
  const together = interactions.map(({ columns, references, cells, ifMissing, ifUnseen }) => {
    const weights = cells.map(
      ({ levels, weight }) => `    [${JSON.stringify(JSON.stringify(levels))}, ${weight}],\n`,
    );
    return `  [${JSON.stringify(columns)}, ${JSON.stringify(references)}, ${value(ifMissing)}, ${value(ifUnseen)}, new Map([\n${weights.join('')}  ])],\n`;
  });
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

${
  terms.length === 0
    ? ''
    : `const number = (cell) => (isMissing(cell) ? NaN : Number(cell));
const level = (cell, text) => (isMissing(cell) ? NaN : String(cell).trim() === text ? 1 : 0);
const within = (isInside, x) => (isInside ? x : NaN);
const test = (x, holds) => (Number.isNaN(x) ? NaN : holds ? 1 : 0);

// what is computed of a row, weight, what is taken off, what a missing one takes
const TERMS = [
${terms.join('')}];

`
}${
  together.length === 0
    ? ''
    : `// columns of text, their baselines, weight of a missing cell, of levels not seen together, and of each cell
const TOGETHER = [
${together.join('')}];

`
}/** h of a row, an object of cells by the names of their columns; NaN is no prediction. */
export function logit(row) {
  let h = ${intercept};
  for (const [column, weight, pivot, fill] of NUMBERS) {
    const cell = row[column];
    h += weight * ((isMissing(cell) ? fill : Number(cell)) - pivot);
  }
${
  terms.length === 0
    ? ''
    : `  for (const [term, weight, pivot, fill] of TERMS) {
    const x = term(row);
    h += weight * ((Number.isNaN(x) ? fill : x) - pivot);
  }
`
}  for (const [column, missing, unseen, weights] of TEXTS) {
    const cell = row[column];
    h += isMissing(cell) ? missing : (weights.get(String(cell).trim()) ?? unseen);
  }
${
  together.length === 0
    ? ''
    : `  for (const [columns, references, missing, unseen, weights] of TOGETHER) {
    const cells = columns.map((column) => row[column]);
    const levels = cells.map((cell) => String(cell).trim());
    if (cells.some(isMissing)) h += missing;
    else if (!levels.some((text, i) => text === references[i])) {
      h += weights.get(JSON.stringify(levels)) ?? unseen;
    }
  }
`
}  return h;
}

/** sigma(h) */
export function probability(row) {
  const h = logit(row);
  return h < 0 ? Math.exp(h) / (1 + Math.exp(h)) : 1 / (1 + Math.exp(-h));
}
`;
}
