/** What a cell says when it is read as a number. */

// what `Number` reads besides decimal notation
const RADIX = /^0[xob]/i;

const NOT_FINITE = /^[+-]?(?:inf|infinity|nan)$/i;

const BLANK = 0x20;
const NINE = 0x39;

/**
 * The double that a cell stands for; blanks around it do not count.
 *
 * Decimal notation only, with an optional sign and exponent; the value is the very double that
 * `Number(text)` gives. Hexadecimal, empty and other texts that `Number` takes are words here.
 *
 * @returns a finite number; Infinity for a number that no finite double holds (`1e999`, `inf`, `NaN`);
 *   NaN for a word
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  // most cells: a number that begins at once, and goes on with a digit or a point or ends
  if (value - value === 0 && text.charCodeAt(0) > BLANK && !(text.charCodeAt(1) > NINE)) return value;
  return parseUnusual(text.trim());
}

function parseUnusual(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value)) return text === '' || RADIX.test(text) ? Number.NaN : value;
  return !Number.isNaN(value) || NOT_FINITE.test(text) ? Number.POSITIVE_INFINITY : Number.NaN;
}

/** How the numbers of a file are written. */
export interface NumberForm {
  readonly decimal: '.' | ',';
  /** Characters of which one may stand between groups of digits; empty for none. */
  readonly thousands: string;
}

/** What parts the decimals from a number. */
export const DECIMALS = { point: '.', comma: ',' } as const;
/** What may stand between groups of its digits. */
export const THOUSANDS = {
  point: '.',
  comma: ',',
  space: ' \u00a0\u2009\u202f',
  apostrophe: "'\u2019",
  underscore: '_',
} as const;

/** The words for a form. */
export interface FormWords {
  readonly decimal?: keyof typeof DECIMALS | undefined;
  readonly thousands?: keyof typeof THOUSANDS | undefined;
}

/** The form of the words; plain where nothing is said. */
export function formOf({ decimal = 'point', thousands }: FormWords): NumberForm {
  return { decimal: DECIMALS[decimal], thousands: thousands === undefined ? '' : THOUSANDS[thousands] };
}

/** What a cell says as a number, as `parseNumber` does. */
export type ReadNumber = (text: string) => number;

export const PLAIN_NUMBERS: NumberForm = { decimal: '.', thousands: '' };

/** The reader of a form; `parseNumber` itself of the plain one. */
export function numberReader({ decimal, thousands }: NumberForm = PLAIN_NUMBERS): ReadNumber {
  if (decimal === '.' && thousands === '') return parseNumber;
  const separators = [...thousands].map((c) => `\\u{${c.codePointAt(0)!.toString(16)}}`).join('');
  const grouped = groupedDigits(separators, decimal);
  const separator = new RegExp(`[${separators}]`, 'gu');
  return (text) => {
    const written = text.trim();
    const isGrouped = thousands !== '' && grouped.test(written);
    const digits = isGrouped ? written.replaceAll(separator, '') : written;
    if (decimal === '.') return parseNumber(digits);
    // a point is no part of a number here
    return digits.includes('.') ? Number.NaN : parseNumber(digits.replace(',', '.'));
  };
}

/**
 * Numbers whose digits are in groups of three, or as in India of two before the last of three, always parted by the
 * same character. The first group has no zero in front: `0.125` is no number with a point between groups.
 */
function groupedDigits(separators: string, decimal: string): RegExp {
  const threes = `[1-9]\\d{0,2}(?<a>[${separators}])\\d{3}(?:\\k<a>\\d{3})*`;
  const twos = `[1-9]\\d?(?<b>[${separators}])\\d{2}(?:\\k<b>\\d{2})*\\k<b>\\d{3}`;
  return new RegExp(`^[-+]?(?:${threes}|${twos})(?:[${decimal}]\\d*)?(?:[eE][-+]?\\d+)?$`, 'u');
}
