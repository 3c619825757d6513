/** A scorer as a JavaScript module without dependencies. */
import { OTHER } from '../predict/levels.js';
import { ISO_DATE } from '../terms/dates.js';
import { childrenOf, type Expression, type TextPart } from '../terms/expression.js';
import { rendered, type Words } from '../terms/render.js';
import type { ExportInteraction, ExportPlan } from './plan.js';

const WORDS: Words = {
  hash: (column, bits) => `hash(row[${JSON.stringify(column)}], ${bits})`,
  date: (part, column) => `date(row[${JSON.stringify(column)}], ${JSON.stringify(part)})`,
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
  comparison: (x, by, bound) => `test(${x}, ${x} ${by === '=' ? '===' : by} ${bound})`,
  double: (value) => (value < 0 ? `(${value})` : String(value)),
  piecewise: (x, pieces) =>
    `piecewise(${x}, ${JSON.stringify(pieces.slice(0, -1).map(({ upTo, at, c }) => [upTo, at, c]))}, ${JSON.stringify([pieces.at(-1)!.at, pieces.at(-1)!.c])})`,
};

function hasKind(tree: Expression, kind: Expression['kind']): boolean {
  return tree.kind === kind || childrenOf(tree).some((child) => hasKind(child, kind));
}

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
  const has = (kind: Expression['kind']) =>
    interactions.some(({ parts }) => parts.some((part) => part.kind === kind)) ||
    numerics.some(({ tree }) => tree !== undefined && hasKind(tree, kind));
  const levelsOf = (parts: readonly TextPart[], kept: ExportInteraction['kept']) =>
    parts.map((part, i) => {
      if (part.kind !== 'column') return `digits(${rendered(part, WORDS)})`;
      const own = kept[i] === undefined ? '' : `, ${JSON.stringify(kept[i])}`;
      return `text(row[${JSON.stringify(part.name)}]${own})`;
    });
  const together = interactions.map(({ parts, references, kept, cells, ifMissing, ifUnseen }) => {
    const weights = cells.map(
      ({ levels, weight }) => `    [${JSON.stringify(JSON.stringify(levels))}, ${weight}],\n`,
    );
    return `  [(row) => [${levelsOf(parts, kept).join(', ')}], ${JSON.stringify(references ?? [])}, ${value(ifMissing)}, ${value(ifUnseen)}, new Map([\n${weights.join('')}  ])],\n`;
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
  has('date')
    ? `// dates of ISO 8601 by the clock of the text; those of JavaScript by UTC
const DATE = /^${ISO_DATE}$/;
const FROM_SUNDAY = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
const date = (cell, part) => {
  const text = cell instanceof Date && !Number.isNaN(+cell) ? cell.toISOString() : String(cell).trim();
  if (isMissing(cell) || !DATE.test(text)) return NaN;
  const month = Number(text.slice(5, 7));
  if (part === 'month') return month;
  if (part === 'hour') return text.length > 10 ? Number(text.slice(11, 13)) : NaN;
  const year = Number(text.slice(0, 4));
  if (part === 'year') return year;
  const y = month < 3 ? year - 1 : year;
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return (y + leaps + FROM_SUNDAY[month - 1] + Number(text.slice(8, 10)) + 6) % 7 + 1;
};

`
    : ''
}${
  has('hash')
    ? `// the lowest bits of MurmurHash3_x86_32 of the bytes of a text, of the seed 0
const hash = (cell, bits) => {
  if (isMissing(cell)) return NaN;
  const bytes = new TextEncoder().encode(String(cell).trim());
  const turned = (k, by) => (k << by) | (k >>> (32 - by));
  let h = 0;
  for (let i = 0; i <= bytes.length; i += 4) {
    const k = bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    h ^= Math.imul(turned(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
    if (i + 4 <= bytes.length) h = Math.imul(turned(h, 13), 5) + 0xe6546b64;
  }
  h ^= bytes.length;
  h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
  h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
  return (h ^ h >>> 16) & (2 ** bits - 1);
};

`
    : ''
}${
  terms.length === 0
    ? ''
    : `const number = (cell) => (isMissing(cell) ? NaN : Number(cell));
const level = (cell, text) => (isMissing(cell) ? NaN : String(cell).trim() === text ? 1 : 0);
const within = (isInside, x) => (isInside ? x : NaN);
const test = (x, holds) => (Number.isNaN(x) ? NaN : holds ? 1 : 0);
// each piece: its end, and c[0] + c[1] (x - at) + ...; the last has no end
const piecewise = (x, pieces, last) => {
  const [at, c] = pieces.find(([end]) => x <= end)?.slice(1) ?? last;
  return c.reduceRight((sum, coefficient) => sum * (x - at) + coefficient);
};

// what is computed of a row, weight, what is taken off, what a missing one takes
const TERMS = [
${terms.join('')}];

`
}${
  together.length === 0
    ? ''
    : `const text = (cell, own) => {
  const level = isMissing(cell) ? '' : String(cell).trim();
  return level === '' || own === undefined || own.includes(level) ? level : ${JSON.stringify(OTHER)};
};
const digits = (x) => (Number.isNaN(x) ? '' : String(x));

// levels of a row, their baselines, weight of a missing one, of levels not seen together, and of each cell
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
    : `  for (const [levelsOf, references, missing, unseen, weights] of TOGETHER) {
    const levels = levelsOf(row);
    if (levels.includes('')) h += missing;
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
