/** What values an option may have: what is valid, how the text of one is read, and what messages say of it. */
import { nearestOf } from '../dataset/schema/columns.js';
import { BceError } from '../errors.js';
import { parseNumber } from '../source/csv/number.js';
import { alternatives, quoted } from '../text.js';

export interface Kind<T> {
  /** What is expected, after that word. */
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** The value of a text; one that is not accepted where the text has none. */
  parse(text: string): unknown;
  /** All values, where they are words. */
  readonly choices?: readonly string[];
  /** Whether the value is the name of a file or a directory, which completion knows. */
  readonly names?: 'file' | 'directory';
  /** Whether the option may be given several times, each time with more values. */
  readonly isList?: boolean;
  /** Set for options that take no value: what giving one means. */
  readonly isSwitch?: boolean;
  /** The type of the value; nothing is there at run time. */
  readonly type?: T;
}

export function text(expected = 'a text'): Kind<string> {
  return { expected, accepts: (value) => typeof value === 'string', parse: (given) => given };
}

/** A text that is not empty. */
export function named(expected: string): Kind<string> {
  return { expected, accepts: (value) => typeof value === 'string' && value !== '', parse: (given) => given };
}

/** What begins a line. */
export const lineStart: Kind<string> = {
  ...named('a text without quotes and line ends'),
  accepts: (value) => typeof value === 'string' && /^[^"\r\n]+$/.test(value) && value.trim() === value,
};

export function file(names: 'file' | 'directory' = 'file'): Kind<string> {
  return { ...named('the name of a file'), names };
}

export const texts: Kind<readonly string[]> = {
  expected: 'a list of texts',
  accepts: areTexts,
  parse: (given) => [given],
  isList: true,
};

export function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** True when it is given. */
export const on: Kind<boolean> = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  parse: () => true,
  isSwitch: true,
};

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  return {
    expected: alternatives(choices),
    accepts: (value) => choices.includes(value as T),
    parse: (given) => given,
    choices,
  };
}

/** One of the words, or the character that a word stands for. */
export function mark<const T extends string>(words: Readonly<Record<T, string>>): Kind<T> {
  const choices = Object.keys(words) as T[];
  return {
    expected: alternatives(choices),
    accepts: (value) => choices.includes(value as T),
    parse: (given) => choices.find((word) => given !== '' && words[word].includes(given)) ?? given,
    choices,
  };
}

/** Numbers of which `accepts` holds. */
export function numberOf(expected: string, accepts: (value: number) => boolean): Kind<number> {
  return {
    expected,
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && accepts(value),
    parse: (given) => parseNumber(given.trim()),
  };
}

export function wholeNumber(least: number): Kind<number> {
  return numberOf(
    `a whole number, ${least} or more`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

export const nonNegative = numberOf('a number, 0 or more', (value) => value >= 0);

export function isPositive(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) > 0;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes, with the units of `sort --buffer-size`: powers of 1024. */
export const size: Kind<number> = {
  ...numberOf('a number of bytes, as 200M or 4G', (value) => value >= 0),
  parse: (given) => {
    const [, digits = '', unit = ''] = /^([0-9.]+)\s*([KMGT]?)(?:i?B)?$/i.exec(given.trim()) ?? [];
    return parseNumber(digits) * UNITS[unit.toUpperCase()]!;
  },
};

/** The value of a text on the command line. @throws BceError USAGE */
export function read<T>(kind: Kind<T>, flag: string, given: string): T {
  const value = kind.parse(given);
  if (kind.accepts(value)) return value as T;
  throw notAccepted(kind, flag, given);
}

/** Share of the letters of a choice that may be typed wrong: choices are few, so a far one still is what was meant. */
const MISTYPED = 0.5;

/**
 * What a value that an option does not take comes to, with the choice that it may have been meant to be.
 *
 * @param name what the option is called where the value was given
 * @param hint what helps where no choice is near
 */
export function notAccepted(
  { expected, choices = [] }: Kind<unknown>,
  name: string,
  value: unknown,
  hint?: string,
): BceError {
  const isText = typeof value === 'string';
  const nearest = isText ? nearestOf(choices, value, MISTYPED) : undefined;
  return new BceError(
    'USAGE',
    `${name}: expected ${expected}, got ${isText ? quoted(value) : String(value)}`,
    nearest === undefined ? hint : `did you mean ${nearest}?`,
  );
}
