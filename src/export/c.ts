/** A scorer as a C99 file that needs nothing but the standard library. */
import { type ExportPlan, inputsOf } from './plan.js';
import { rendered, type Words } from './render.js';

/** A string literal of the bytes of UTF-8: whatever is not plain ASCII is escaped, and so are trigraphs. */
function literal(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}

/** The shortest digits, which every C compiler reads back to the same double. */
function double(x: number | undefined): string {
  return x === undefined ? 'NAN' : x.toExponential();
}

function wordsOf(numberOf: (column: string) => string, textOf: (column: string) => string): Words {
  return {
    number: numberOf,
    level: (column, level) => {
      const cell = textOf(column);
      return `(${cell} == 0 || ${cell}[0] == 0 ? NAN : strcmp(${cell}, ${literal(level)}) == 0 ? 1.0 : 0.0)`;
    },
    call(name, x) {
      switch (name) {
        case 'log':
          return `(${x} > 0 ? log(${x}) : NAN)`;
        case 'log1p':
          return `(${x} > -1 ? log1p(${x}) : NAN)`;
        case 'sqrt':
          return `(${x} >= 0 ? sqrt(${x}) : NAN)`;
        case 'exp':
          return `(${x} <= 700 ? exp(${x}) : NAN)`;
        case 'abs':
          return `fabs(${x})`;
      }
    },
    comparison: (x, by, bound) => `(isnan(${x}) ? NAN : ${x} ${by} ${double(bound)} ? 1.0 : 0.0)`,
    double: (value) => (value < 0 ? `(${double(value)})` : double(value)),
    choice: (x, bound, one, other) => `(${x} <= ${double(bound)} ? ${one} : ${other})`,
  };
}

function names(what: string, columns: readonly string[]): string {
  const lines = columns.map((name, i) => `  ${literal(name)}, /* ${i} */\n`);
  return `const char *const ${what}[] = {\n${lines.join('')}  0\n};\n`;
}

/**
 * `bce_logit(x, text)` and `bce_probability(x, text)`, whose arguments hold the cells in the order of the
 * arrays of names.
 */
export function exportC(plan: ExportPlan): string {
  const { intercept, numerics, factors, interactions, about } = plan;
  const inputs = inputsOf(plan);
  const textOf = (name: string) => `text[${inputs.texts.indexOf(name)}]`;
  const words = wordsOf((name) => `x[${inputs.numbers.indexOf(name)}]`, textOf);
  const numbers = numerics.map(({ name, tree, weight, pivot, fill }) => {
    const term = tree === undefined ? words.number(name) : rendered(tree, words);
    const cell = fill === undefined ? term : `(isnan(${term}) ? ${double(fill)} : ${term})`;
    return `  h += ${double(weight)} * ${pivot === 0 ? cell : `(${cell} - ${double(pivot)})`};\n`;
  });
  const texts = factors.map(({ name, levels, ifMissing, ifUnseen }) => {
    const cell = textOf(name);
    const cases = levels.map(
      ({ text, weight }) => `  else if (strcmp(${cell}, ${literal(text)}) == 0) h += ${double(weight)};\n`,
    );
    return `  if (${cell} == 0 || ${cell}[0] == 0) h += ${double(ifMissing)};\n${cases.join('')}  else h += ${double(ifUnseen)};\n`;
  });
  const together = interactions.map(({ columns, references, cells, ifMissing, ifUnseen }) => {
    const isLevel = (level: string, i: number) => `strcmp(${textOf(columns[i]!)}, ${literal(level)}) == 0`;
    const isMissing = columns.map((name) => `${textOf(name)} == 0 || ${textOf(name)}[0] == 0`).join(' || ');
    const cases = cells.map(
      ({ levels, weight }) => `  else if (${levels.map(isLevel).join(' && ')}) h += ${double(weight)};\n`,
    );
    return `  if (${isMissing}) h += ${double(ifMissing)};\n  else if (${references.map(isLevel).join(' || ')}) h += 0;\n${cases.join('')}  else h += ${double(ifUnseen)};\n`;
  });
  return `${about.map((line) => `// ${line}.\n`).join('')}
#include <math.h>
#include <string.h>

/* Columns of numbers, in the order of x; NAN is a missing cell. Ended by 0. */
${names('bce_numbers', inputs.numbers)}
/* Columns of texts in UTF-8, in the order of text; 0 and "" are missing cells. Ended by 0. */
${names('bce_texts', inputs.texts)}
/* h of a row; NAN is no prediction. */
double bce_logit(const double *x, const char *const *text) {
  double h = ${double(intercept)};
  (void)x;
  (void)text;
${numbers.join('')}${texts.join('')}${together.join('')}  return h;
}

/* sigma(h) */
double bce_probability(const double *x, const char *const *text) {
  const double h = bce_logit(x, text);
  return h < 0 ? exp(h) / (1 + exp(h)) : 1 / (1 + exp(-h));
}
`;
}
