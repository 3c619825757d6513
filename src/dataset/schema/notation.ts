/** Numbers that are written otherwise than as decimals with a point: what they are, and what makes decimals of them. */

import { lazily } from '../../lazily.js';
import {
  type FormWords,
  formOf,
  type NumberForm,
  numberReader,
  PLAIN_NUMBERS,
  parseNumber,
  type ReadNumber,
} from '../../source/csv/number.js';
import { listed, quoted } from '../../text.js';

/** One way to write a number. */
interface Notation {
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

const CURRENCIES: readonly (readonly [sign: string, regex: string])[] = [
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

const DECIMAL_COMMA = /^[-+]?\d*,\d+(?:[eE][-+]?\d+)?$/;
const THOUSANDS = /^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
const LAKHS_PATTERN = /^[-+]?[1-9]\d?(?:,\d{2})*,\d{3}(?:\.\d+)?$/;
const POINT_GROUPS = /^[-+]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})$/;

const POINTS: Notation = {
  what: 'a point between groups of digits',
  strip: (text) => (POINT_GROUPS.test(text) ? text.replaceAll('.', '').replace(',', '.') : undefined),
  awk: (c) => `gsub(/\\./,"",${c});gsub(/,/,".",${c})`,
  sed: undefined,
  form: { decimal: 'comma', thousands: 'point' },
};

const COMMAS: Notation = {
  what: 'a comma between groups of digits (thousands)',
  strip: (text) => (THOUSANDS.test(text) ? text.replaceAll(',', '') : undefined),
  awk: (c) => `gsub(/,/,"",${c})`,
  sed: ':a; s/("[-+]?[0-9]+),([0-9]{3}(,[0-9]{3})*(\\.[0-9]+)?")/\\1\\2/; ta',
  form: { thousands: 'comma' },
};

const LAKHS: Notation = {
  what: 'a comma between groups of digits (lakhs)',
  strip: (text) => (LAKHS_PATTERN.test(text) ? text.replaceAll(',', '') : undefined),
  awk: COMMAS.awk,
  sed: undefined,
  form: { thousands: 'comma' },
};

const COMMA: Notation = {
  what: 'a decimal comma',
  strip: (text) => (DECIMAL_COMMA.test(text) ? text.replace(',', '.') : undefined),
  awk: (c) => `gsub(/,/,".",${c})`,
  sed: 's/"([-+]?[0-9]*),([0-9]+([eE][-+]?[0-9]+)?)"/"\\1.\\2"/g',
  form: { decimal: 'comma' },
};

/** In the order in which they are taken off. */
const plainNotations = lazily((): readonly Notation[] => [
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
const notationsBesideCommas = lazily((): readonly Notation[] => [
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

/** A number and a unit behind it, as in `20 kg`. */
const withUnit = lazily(() => /^([-+]?(?:\d[\d.,' _\u00a0]*)?\d)\s*([\p{L}\u00b0\u00b5][^\d\s]*)$/u);

/** How the numbers of a column are written. */
export interface Writing {
  /** What is found, as in `a percent sign`. */
  readonly what: string;
  /** Index of the first text that is written so. */
  readonly first: number;
  /** The number as a decimal; undefined for a text that is none. */
  plain(text: string): string | undefined;
  /** Statements of awk for field `$c`, and commands of sed; undefined where no command settles it. */
  awk(c: string): string | undefined;
  readonly sed: string | undefined;
  /** The form that numbers of the whole file may have; undefined where none has all that is found. */
  readonly form: FormWords | undefined;
}

/**
 * How texts that are no decimals are written where most of them are numbers all the same; undefined where they are
 * not.
 *
 * @param texts trimmed cells of one column, the missing ones left out; decimals may be among them
 * @param numbers how numbers are written in this file
 */
export function writingOf(
  texts: readonly string[],
  numbers: NumberForm = PLAIN_NUMBERS,
): Writing | undefined {
  const read = numberReader(numbers);
  const isPlain = numbers.decimal === '.';
  const notations = isPlain ? plainNotations() : notationsBesideCommas();
  const unit = unitOf(texts, read);
  const all = unit === undefined ? notations : [unit, ...notations];
  // texts of a few levels recur
  const known = new Map<string, Stripped>();
  const strippedOf = (text: string) => {
    const one = known.get(text) ?? stripped(text, all);
    known.set(text, one);
    return one;
  };
  const found = new Set<Notation>();
  const withCommas: { stripped: string; index: number }[] = [];
  let count = 0;
  let first = -1;
  texts.forEach((text, index) => {
    if (!Number.isNaN(read(text))) {
      count++;
      return;
    }
    const { rest, taken } = strippedOf(text);
    if (isPlain && rest.includes(',')) withCommas.push({ stripped: rest, index });
    else if (taken.length === 0 || !Number.isFinite(read(rest))) return;
    count++;
    if (first < 0) first = index;
    for (const notation of taken) found.add(notation);
  });
  const comma = commaOf(withCommas.map((cell) => cell.stripped));
  if (withCommas.length > 0 && comma === undefined) count -= withCommas.length;
  else if (comma !== undefined) found.add(comma);
  if (found.size === 0 || 2 * count <= texts.length) return mixedUnits(texts, read);
  const order = [...notations, ...(unit === undefined ? [] : [unit]), COMMAS, LAKHS, COMMA];
  const ordered = order.filter((notation) => found.has(notation));
  const sed = ordered.map((notation) => notation.sed);
  return {
    what: ordered.map(({ what }) => what).join(' and '),
    first,
    plain(text) {
      const { rest } = stripped(text, all);
      const decimal = comma?.strip(rest) ?? rest;
      return Number.isNaN(read(decimal)) ? undefined : decimal;
    },
    awk: (c) => {
      const statements = ordered.map((notation) => notation.awk(c));
      return statements.includes(undefined) ? undefined : statements.join(';');
    },
    sed: sed.includes(undefined) ? undefined : sed.join('; '),
    form: oneForm(ordered.map(({ form }) => form)),
  };
}

/**
 * The form in which numbers written so are read, where it leaves all other numbers of the file what they are.
 *
 * @param forms of what is found
 * @param texts cells of the file
 * @param read reads numbers as they are read now, in the form `numbers`
 */
export function formThatReads(
  forms: readonly (FormWords | undefined)[],
  texts: readonly string[],
  read: ReadNumber,
  { decimal }: NumberForm,
): FormWords | undefined {
  const form = oneForm(forms);
  if (form === undefined || forms.length === 0) return undefined;
  const words: FormWords = decimal === ',' ? { ...form, decimal: 'comma' } : form;
  const readThen = numberReader(formOf(words));
  const isSame = texts.every((text) => {
    const value = read(text);
    return !Number.isFinite(value) || readThen(text) === value;
  });
  return isSame ? words : undefined;
}

/** The form that has what all of them have; undefined where they differ. */
function oneForm(forms: readonly (FormWords | undefined)[]): FormWords | undefined {
  let all: FormWords = {};
  for (const form of forms) {
    if (form === undefined) return undefined;
    const { thousands = form.thousands } = all;
    if (form.thousands !== undefined && form.thousands !== thousands) return undefined;
    all = { decimal: form.decimal ?? all.decimal, thousands };
  }
  return all.thousands === 'comma' && all.decimal === 'comma' ? undefined : all;
}

/** A text without the notations that were in it. */
interface Stripped {
  readonly rest: string;
  readonly taken: readonly Notation[];
}

/** Takes off all notations but a comma, which only the whole column tells. */
function stripped(text: string, notations: readonly Notation[]): Stripped {
  let rest = text;
  const taken: Notation[] = [];
  for (const notation of notations) {
    const next = notation.strip(rest);
    if (next === undefined) continue;
    taken.push(notation);
    rest = next;
  }
  return { rest, taken };
}

/** Groups of three behind every comma of every cell are thousands; otherwise one comma is that of a decimal. */
function commaOf(texts: readonly string[]): Notation | undefined {
  if (texts.length === 0) return undefined;
  if (texts.every((text) => THOUSANDS.test(text))) return COMMAS;
  if (texts.every((text) => THOUSANDS.test(text) || LAKHS_PATTERN.test(text))) return LAKHS;
  return texts.every((text) => DECIMAL_COMMA.test(text)) ? COMMA : undefined;
}

/** Texts that are a number with a unit behind it: how many, and the different numbers of each unit. */
function numbersByUnit(texts: readonly string[], read: ReadNumber) {
  const numbers = new Map<string, Set<string>>();
  let cells = 0;
  for (const text of texts) {
    const match = withUnit().exec(text);
    if (match === null || !Number.isNaN(read(text))) continue;
    cells++;
    numbers.set(match[2]!, (numbers.get(match[2]!) ?? new Set()).add(match[1]!));
  }
  return { numbers, cells };
}

/** Different texts from which numbers with units that differ are no levels. */
const MANY = 4;

/** Numbers with one unit or another, as in `3 kg` and `2 lb`, where most differ: levels such as `1st` recur. */
function mixedUnits(texts: readonly string[], read: ReadNumber): Writing | undefined {
  const { numbers, cells } = numbersByUnit(texts, read);
  const counts = [...numbers.values()].map(({ size }) => size);
  const different = counts.reduce((sum, count) => sum + count, 0);
  const isMost = 2 * cells > texts.length && 2 * different > cells;
  if (!isMost || different < MANY || counts.length < 2 || 2 * counts.length > different) return undefined;
  const units = [...numbers.keys()].slice(0, 3).map(quoted);
  return {
    what: `units that differ (${listed(units)}${counts.length > 3 ? ' and others' : ''})`,
    first: texts.findIndex((text) => withUnit().test(text)),
    plain: NONE,
    awk: NONE,
    sed: undefined,
    form: undefined,
  };
}

/** The unit that most texts have behind a number, where the numbers differ: `1st`, `2nd` have none. */
function unitOf(texts: readonly string[], read: ReadNumber): Notation | undefined {
  const { numbers, cells } = numbersByUnit(texts, read);
  if (numbers.size !== 1 || 4 * cells < texts.length) return undefined;
  const [unit, different] = [...numbers][0]!;
  const isCurrency = CURRENCIES.some(([sign]) => sign === unit);
  if (different.size < Math.min(2, texts.length) || isCurrency) return undefined;
  // other characters might mean something to awk or to the shell
  const isWord = /^[\p{L}\u00b0\u00b5\u00b2\u00b3]+$/u.test(unit);
  return {
    what: `the unit ${unit}`,
    strip: (text) => {
      const match = withUnit().exec(text);
      return match?.[2] === unit ? match[1] : undefined;
    },
    // what stands behind the unit is kept: a quote, or the return of a line's end
    awk: (c) =>
      isWord
        ? `if(match(${c},/[0-9] *${unit}/))${c}=substr(${c},1,RSTART)substr(${c},RSTART+RLENGTH)`
        : undefined,
    sed: undefined,
  };
}
