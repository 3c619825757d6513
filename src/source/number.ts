/** What a cell says when it is read as a number. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
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
  if (DECIMAL.test(text)) return Number(text);
  return NOT_FINITE.test(text) ? Number.POSITIVE_INFINITY : Number.NaN;
}
