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
