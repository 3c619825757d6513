/** How the numbers of a column are written that are no decimals with a point, and what makes decimals of them. */
import { lazily } from '../../lazily.js';
import {
  type FormWords,
  formOf,
  type NumberForm,
  numberReader,
  PLAIN_NUMBERS,
  type ReadNumber,
} from '../../source/csv/number.js';
import { listed, quoted } from '../../text.js';
import {
  COMMA,
  COMMAS,
  CURRENCIES,
  DECIMAL_COMMA,
  LAKHS,
  LAKHS_PATTERN,
  type Notation,
  notationsBesideCommas,
  plainNotations,
  THOUSANDS,
} from './notation.js';

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
    plain: () => undefined,
    awk: () => undefined,
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
