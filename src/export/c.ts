/** A scorer as a C99 file that needs nothing but the standard library. */
import { OTHER } from '../predict/levels.js';
import { DATE_PARTS, type DatePartName } from '../terms/dates.js';
import { rendered, type Words } from '../terms/render.js';
import { type ExportPlan, inputsOf } from './plan.js';

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
    hash: (column, bits) => `bce_hash(${textOf(column)}, ${bits})`,
    date: (part, column) => `bce_${part}(${textOf(column)})`,
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
    comparison: (x, by, bound) =>
      `(isnan(${x}) ? NAN : ${x} ${by === '=' ? '==' : by} ${double(bound)} ? 1.0 : 0.0)`,
    double: (value) => (value < 0 ? `(${double(value)})` : double(value)),
    piecewise(x, pieces) {
      const size = Math.max(...pieces.map(({ c }) => c.length));
      const rows = pieces.map(({ upTo, at, c }) => {
        const end = upTo === Number.POSITIVE_INFINITY ? 'HUGE_VAL' : double(upTo);
        return [end, double(at), ...Array.from({ length: size }, (_, r) => double(c[r] ?? 0))].join(', ');
      });
      return `bce_piecewise(${x}, ${pieces.length}, ${size}, (const double[]){${rows.join(', ')}})`;
    },
  };
}

/** The functions that the code calls. */
function helpers(code: string): string {
  return (
    (code.includes('bce_piecewise(') ? PIECEWISE : '') +
    (code.includes('bce_hash(') ? HASH : '') +
    dates(code)
  );
}

const HASH = `/* The lowest bits of MurmurHash3_x86_32 of the bytes of a text, of the seed 0. */
static unsigned long bce_turned(unsigned long k, int bits) {
  return (k << bits | k >> (32 - bits)) & 0xffffffffUL;
}

static unsigned long bce_times(unsigned long h, unsigned long by) {
  return (unsigned long)((unsigned long long)h * by & 0xffffffffUL);
}

static double bce_hash(const char *t, int bits) {
  unsigned long h = 0, k = 0, n = 0;
  if (t == 0 || *t == 0) return NAN;
  for (;; t++) {
    if (*t) k |= (unsigned long)(unsigned char)*t << 8 * (n++ & 3);
    if (*t && (n & 3)) continue;
    h ^= bce_times(bce_turned(bce_times(k, 0xcc9e2d51UL), 15), 0x1b873593UL);
    if (!*t) break;
    h = (bce_turned(h, 13) * 5 + 0xe6546b64UL) & 0xffffffffUL;
    k = 0;
  }
  h ^= n;
  h = bce_times(h ^ h >> 16, 0x85ebca6bUL);
  h = bce_times(h ^ h >> 13, 0xc2b2ae35UL);
  return (h ^ h >> 16) & ((1UL << bits) - 1);
}

`;

const PIECEWISE = `/* Polynomials of x, each with its end, the place that it is told from, and its coefficients. */
static double bce_piecewise(double x, int pieces, int size, const double *p) {
  double sum = 0;
  while (--pieces > 0 && !(x <= p[0])) p += size + 2;
  for (int r = size; r-- > 0;) sum = sum * (x - p[1]) + p[2 + r];
  return sum;
}

`;

function dates(code: string): string {
  const parts = Object.keys(DATE_PARTS).filter((part) => code.includes(`bce_${part}(`));
  return parts.length === 0
    ? ''
    : `${DATE_CODE}${parts.map((part) => DATE_FUNCTIONS[part as DatePartName]).join('')}`;
}

const DATE_FUNCTIONS: Readonly<Record<DatePartName, string>> = {
  year: `static double bce_year(const char *t) {
  return bce_is_date(t) ? bce_number(t, 4) : NAN;
}

`,
  month: `static double bce_month(const char *t) {
  return bce_is_date(t) ? bce_number(t + 5, 2) : NAN;
}

`,
  weekday: `/* Monday is 1 */
static double bce_weekday(const char *t) {
  static const int from_sunday[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  int y, month;
  if (!bce_is_date(t)) return NAN;
  month = bce_number(t + 5, 2);
  y = bce_number(t, 4) - (month < 3);
  return (y + y / 4 - y / 100 + y / 400 + from_sunday[month - 1] + bce_number(t + 8, 2) + 6) % 7 + 1;
}

`,
  hour: `static double bce_hour(const char *t) {
  return bce_is_date(t) && t[10] != 0 ? bce_number(t + 11, 2) : NAN;
}

`,
};

/** The same texts are dates as by `ISO_DATE`. */
const DATE_CODE = `/* Digits at the start of a text, up to \`most\`. */
static int bce_digits(const char *t, int most) {
  int n = 0;
  while (n < most && t[n] >= '0' && t[n] <= '9') n++;
  return n;
}

static int bce_number(const char *t, int n) {
  int number = 0;
  while (n-- > 0) number = 10 * number + (*t++ - '0');
  return number;
}

/* Whether a text is a date of ISO 8601 that the calendar has, with or without a time behind it. */
static int bce_is_date(const char *t) {
  int year, month, day, days;
  if (t == 0 || bce_digits(t, 4) < 4 || t[4] != '-' || bce_digits(t + 5, 2) < 2 || t[7] != '-' || bce_digits(t + 8, 2) < 2) {
    return 0;
  }
  year = bce_number(t, 4);
  month = bce_number(t + 5, 2);
  day = bce_number(t + 8, 2);
  days = month == 2 ? 28 + ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0) : 30 + (month + month / 8) % 2;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days) return 0;
  t += 10;
  if (*t == 0) return 1;
  if ((*t != 'T' && *t != ' ') || bce_digits(t + 1, 2) < 2 || bce_number(t + 1, 2) > 23) return 0;
  t += 3;
  if (*t == ':') {
    if (bce_digits(t + 1, 2) < 2 || t[1] > '5') return 0;
    t += 3;
    if (*t == ':') {
      if (bce_digits(t + 1, 2) < 2 || bce_number(t + 1, 2) > 60) return 0;
      t += 3;
      if (*t == '.' || *t == ',') {
        t++;
        if (bce_digits(t, 1) == 0) return 0;
        while (bce_digits(t, 1) == 1) t++;
      }
    }
  }
  if (*t == 'Z') return t[1] == 0;
  if (*t == '+' || *t == '-') {
    if (bce_digits(t + 1, 2) < 2) return 0;
    t += 3;
    if (*t == ':') t++;
    else if (*t == 0) return 1;
    if (bce_digits(t, 2) < 2) return 0;
    t += 2;
  }
  return *t == 0;
}

`;

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
  const together = interactions.map(({ parts, references, kept, cells, ifMissing, ifUnseen }) => {
    const isLevel = (level: string, i: number) => {
      const part = parts[i]!;
      if (part.kind !== 'column') return `${rendered(part, words)} == ${level}`;
      const isText = (text: string, by: string) => `strcmp(${textOf(part.name)}, ${literal(text)}) ${by} 0`;
      const own = kept[i];
      if (own === undefined || level !== OTHER) return isText(level, '==');
      return own.length === 0 ? '1' : own.map((text) => isText(text, '!=')).join(' && ');
    };
    const isMissing = parts
      .map((part) =>
        part.kind !== 'column'
          ? `isnan(${rendered(part, words)})`
          : `${textOf(part.name)} == 0 || ${textOf(part.name)}[0] == 0`,
      )
      .join(' || ');
    const cases = cells.map(
      ({ levels, weight }) => `  else if (${levels.map(isLevel).join(' && ')}) h += ${double(weight)};\n`,
    );
    const isBaseline =
      references === undefined
        ? ''
        : `  else if (${references.map((level, i) => `(${isLevel(level, i)})`).join(' || ')}) h += 0;\n`;
    return `  if (${isMissing}) h += ${double(ifMissing)};\n${isBaseline}${cases.join('')}  else h += ${double(ifUnseen)};\n`;
  });
  return `${about.map((line) => `// ${line}.\n`).join('')}
#include <math.h>
#include <string.h>

/* Columns of numbers, in the order of x; NAN is a missing cell. Ended by 0. */
${names('bce_numbers', inputs.numbers)}
/* Columns of texts in UTF-8, in the order of text; 0 and "" are missing cells. Ended by 0. */
${names('bce_texts', inputs.texts)}
${helpers(numbers.concat(together).join(''))}/* h of a row; NAN is no prediction. */
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
