/** Ways to write a number that is no decimal with a point, and what takes each of them off. */
import { lazily } from '../../lazily.js';
import { type FormWords, parseNumber } from '../../source/csv/number.js';

/** One way to write a number. */
export interface Notation {
  /** What is found, after "found". */
  readonly what: string;
  /** The text without it; undefined where it is not in the text. */
  strip(text: string): string | undefined;
  /** Statements of awk that take it out of field `$c`; undefined where there are none. */
  awk(c: string): string | undefined;
  /**
   * A command of `sed -E` that takes it out of the quoted numbers of a line, where cells cannot be told apart;
   * undefined where it would take it out of words as well.
   */
  readonly sed: string | undefined;
  /** The form of numbers that has it; undefined where none has. */
  readonly form?: FormWords;
}

const NONE = () => undefined;

/** A sign before or after a number. */
function decoration(what: string, regex: string): Notation {
  const before = new RegExp(`^([-+]?)${regex}\\s*`);
  const after = new RegExp(`\\s*${regex}$`);
  return {
    what,
    strip: (text) =>
      before.test(text) || after.test(text) ? text.replace(before, '$1').replace(after, '') : undefined,
    awk: (c) => `gsub(/ *${regex} */,"",${c})`,
    sed: undefined,
  };
}

/** What is replaced in the text, where no command is given for it. */
function plain(what: string, pattern: RegExp, by: string): Notation {
  return {
    what,
    strip: (text) => {
      const rest = text.replace(pattern, by);
      return rest === text ? undefined : rest;
    },
    awk: NONE,
    sed: undefined,
  };
}

/** A whole number in another base, as JavaScript writes it. */
function inBase(what: string, pattern: RegExp): Notation {
  return {
    what,
    strip: (text) => (pattern.test(text) ? String(Number(text.replace(/^[-+]/, ''))) : undefined),
    awk: NONE,
    sed: undefined,
  };
}

/** Digits of another script, by the code of its zero. */
function digitsFrom(what: string, zero: number): Notation {
  const digit = new RegExp(`[${String.fromCharCode(zero)}-${String.fromCharCode(zero + 9)}]`, 'g');
  return {
    ...plain(what, digit, ''),
    strip: (text) => {
      const rest = text.replaceAll(digit, (c) => String(c.charCodeAt(0) - zero));
      return rest === text ? undefined : rest;
    },
  };
}

/** Digits in groups of three, with what awk calls the separator. */
function groups(
  what: string,
  separator: string,
  awk: string,
  thousands: NonNullable<FormWords['thousands']>,
): Notation {
  const pattern = new RegExp(`^[-+]?\\d{1,3}(?:${separator}\\d{3})+(?:[.,]\\d+)?$`);
  return {
    what: `${what} between groups of digits`,
    strip: (text) => (pattern.test(text) ? text.replaceAll(new RegExp(separator, 'g'), '') : undefined),
    awk: (c) => `gsub(/${awk}/,"",${c})`,
    sed: undefined,
    form: { thousands },
  };
}

export const CURRENCIES: readonly (readonly [sign: string, regex: string])[] = [
  ['$', '\\$'],
  ...['€', '£', '¥', '₹', 'USD', 'EUR', 'GBP', 'CHF', 'JPY'].map((sign) => [sign, sign] as const),
];

const SUPERSCRIPTS = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';

/** As in `3 x 10^-2`, `3*10**4` and `3×10²`. */
const POWER_OF_TEN =
  /^(.*\d)\s*[\u00d7\u00b7x*]\s*10(?:(?:\^|\*\*)?([-+]?\d+)|([\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+))$/iu;

function fromSuperscripts(text: string): string {
  return [...text].map((c) => (c === '\u207b' ? '-' : SUPERSCRIPTS.indexOf(c))).join('');
}

export const DECIMAL_COMMA = /^[-+]?\d*,\d+(?:[eE][-+]?\d+)?$/;
export const THOUSANDS = /^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
export const LAKHS_PATTERN = /^[-+]?[1-9]\d?(?:,\d{2})*,\d{3}(?:\.\d+)?$/;
const POINT_GROUPS = /^[-+]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})$/;

const POINTS: Notation = {
  what: 'a point between groups of digits',
  strip: (text) => (POINT_GROUPS.test(text) ? text.replaceAll('.', '').replace(',', '.') : undefined),
  awk: (c) => `gsub(/\\./,"",${c});gsub(/,/,".",${c})`,
  sed: undefined,
  form: { decimal: 'comma', thousands: 'point' },
};

export const COMMAS: Notation = {
  what: 'a comma between groups of digits (thousands)',
  strip: (text) => (THOUSANDS.test(text) ? text.replaceAll(',', '') : undefined),
  awk: (c) => `gsub(/,/,"",${c})`,
  sed: ':a; s/("[-+]?[0-9]+),([0-9]{3}(,[0-9]{3})*(\\.[0-9]+)?")/\\1\\2/; ta',
  form: { thousands: 'comma' },
};

export const LAKHS: Notation = {
  what: 'a comma between groups of digits (lakhs)',
  strip: (text) => (LAKHS_PATTERN.test(text) ? text.replaceAll(',', '') : undefined),
  awk: COMMAS.awk,
  sed: undefined,
  form: { thousands: 'comma' },
};

export const COMMA: Notation = {
  what: 'a decimal comma',
  strip: (text) => (DECIMAL_COMMA.test(text) ? text.replace(',', '.') : undefined),
  awk: (c) => `gsub(/,/,".",${c})`,
  sed: 's/"([-+]?[0-9]*),([0-9]+([eE][-+]?[0-9]+)?)"/"\\1.\\2"/g',
  form: { decimal: 'comma' },
};

/** In the order in which they are taken off. */
export const plainNotations = lazily((): readonly Notation[] => [
  plain('a character of no width', /[\u200b-\u200d\u2060\ufeff]/g, ''),
  {
    what: 'a formula of a spreadsheet',
    strip: (text) => /^="(.*)"$/.exec(text)?.[1]?.trim(),
    awk: (c) => `gsub(/[="]/,"",${c})`,
    sed: undefined,
  },
  {
    what: 'digits of full width',
    strip: (text) =>
      /[\uff10-\uff19]/.test(text)
        ? text.replaceAll(/[\uff0b-\uff19]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
        : undefined,
    awk: NONE,
    sed: undefined,
  },
  digitsFrom('Arabic digits', 0x660),
  digitsFrom('Persian digits', 0x6f0),
  digitsFrom('Devanagari digits', 0x966),
  {
    what: 'a minus sign that is no hyphen',
    strip: (text) => (/^[\u2212\u2013]/.test(text) ? `-${text.slice(1)}` : undefined),
    awk: (c) => `gsub(/\u2212|\u2013/,"-",${c})`,
    sed: undefined,
  },
  {
    what: 'parentheses around a negative number',
    strip: (text) => /^\(([^()]*)\)$/.exec(text)?.[1]?.replace(/^/, '-'),
    awk: (c) => `gsub(/\\(/,"-",${c});gsub(/\\)/,"",${c})`,
    sed: undefined,
  },
  ...CURRENCIES.map(([sign, regex]) => decoration(`the currency ${sign}`, regex)),
  plain('another currency sign', /^([-+]?)\p{Sc}\s*|\s*\p{Sc}$/u, '$1'),
  decoration('a percent sign', '%'),
  plain('a permille sign', /\s*\u2030$/, ''),
  plain('a minus sign behind the number', /^(\d[\d.,]*)-$/, '-$1'),
  plain('an apostrophe before the number', /^'(?=[-+.]?\d)/, ''),
  plain('a sign of approximation', /^[~\u2248]\s*(?=[-+.]?\d)/, ''),
  inBase('a hexadecimal number', /^[-+]?0x[0-9a-f]+$/i),
  inBase('a binary number', /^[-+]?0b[01]+$/i),
  inBase('an octal number', /^[-+]?0o[0-7]+$/i),
  {
    what: 'a power of ten',
    strip: (text) => {
      const match = POWER_OF_TEN.exec(text);
      if (match === null) return undefined;
      const [, digits, plainly, raised] = match;
      return `${digits}e${plainly ?? fromSuperscripts(raised!)}`;
    },
    awk: NONE,
    sed: undefined,
  },
  groups('an apostrophe', "['\u2019]", '(\\047|\u2019)', 'apostrophe'),
  groups('a no-break space', '[\u00a0\u2009\u202f]', '(\\302\\240|\\342\\200\\257|\\342\\200\\211)', 'space'),
  groups('a blank', ' ', ' ', 'space'),
  groups('an underscore', '_', '_', 'underscore'),
  POINTS,
]);

/** Notations where the decimal mark is a comma, in place of those with one. */
export const notationsBesideCommas = lazily((): readonly Notation[] => [
  ...plainNotations().filter((notation) => notation !== POINTS),
  {
    what: POINTS.what,
    strip: (text) => (POINT_GROUPS.test(text) ? text.replaceAll('.', '') : undefined),
    awk: NONE,
    sed: undefined,
    form: { decimal: 'comma', thousands: 'point' },
  },
  {
    what: 'a decimal point',
    strip: (text) => (Number.isFinite(parseNumber(text)) ? text.replace('.', ',') : undefined),
    awk: NONE,
    sed: undefined,
  },
]);
