/** A scorer as a C99 file that needs nothing but the standard library. */
import type { ExportPlan } from './plan.js';

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

function names(what: string, columns: readonly { readonly name: string }[]): string {
  const lines = columns.map(({ name }, i) => `  ${literal(name)}, /* ${i} */\n`);
  return `const char *const ${what}[] = {\n${lines.join('')}  0\n};\n`;
}

/**
 * `bce_logit(x, text)` and `bce_probability(x, text)`, whose arguments hold the cells in the order of the
 * arrays of names.
 */
export function exportC({ intercept, numerics, factors, about }: ExportPlan): string {
  const numbers = numerics.map(({ weight, pivot, fill }, j) => {
    const cell = fill === undefined ? `x[${j}]` : `(isnan(x[${j}]) ? ${double(fill)} : x[${j}])`;
    return `  h += ${double(weight)} * ${pivot === 0 ? cell : `(${cell} - ${double(pivot)})`};\n`;
  });
  const texts = factors.map(({ levels, ifMissing, ifUnseen }, f) => {
    const cases = levels.map(
      ({ text, weight }) => `  else if (strcmp(text[${f}], ${literal(text)}) == 0) h += ${double(weight)};\n`,
    );
    return `  if (text[${f}] == 0 || text[${f}][0] == 0) h += ${double(ifMissing)};\n${cases.join('')}  else h += ${double(ifUnseen)};\n`;
  });
  return `${about.map((line) => `// ${line}.\n`).join('')}
#include <math.h>
#include <string.h>

/* Columns of numbers, in the order of x; NAN is a missing cell. Ended by 0. */
${names('bce_numbers', numerics)}
/* Columns of texts in UTF-8, in the order of text; 0 and "" are missing cells. Ended by 0. */
${names('bce_texts', factors)}
/* h of a row; NAN is no prediction. */
double bce_logit(const double *x, const char *const *text) {
  double h = ${double(intercept)};
  (void)x;
  (void)text;
${numbers.join('')}${texts.join('')}  return h;
}

/* sigma(h) */
double bce_probability(const double *x, const char *const *text) {
  const double h = bce_logit(x, text);
  return h < 0 ? exp(h) / (1 + exp(h)) : 1 / (1 + exp(-h));
}
`;
}
