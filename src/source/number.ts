/** What a cell says when it is read as a number. */

const NOT_FINITE = /^[+-]?(?:inf|infinity|nan)$/i;

/**
 * The double that a trimmed cell stands for.
 *
 * Decimal notation only, with an optional sign and exponent; the value is the very double that
 * `Number(text)` gives. Hexadecimal, empty and other texts that `Number` takes are words here.
 *
 * @returns a finite number; Infinity for a number that no finite double holds (`1e999`, `inf`, `NaN`);
 *   NaN for a word
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value)) return text === '' || hasRadix(text) ? Number.NaN : value;
  return !Number.isNaN(value) || NOT_FINITE.test(text) ? Number.POSITIVE_INFINITY : Number.NaN;
}

/** True for `0x1F`, `0o17` and `0b11`, the only finite numbers of `Number` with a letter in second place but e. */
function hasRadix(text: string): boolean {
  const second = text.charCodeAt(1);
  return second > NINE && second !== SMALL_E && second !== CAPITAL_E;
}

const NINE = 0x39;
const CAPITAL_E = 0x45;
const SMALL_E = 0x65;
