/** What the scanner's numbers are computed with: powers of ten, and of five to 128 bits. */

import { DOUBLE_POWERS, DOUBLES, GREATEST_POWER, INTEGER_POWERS, LEAST_POWER, POWERS } from './layout.js';

const BITS = 128n;
const LOW = (1n << 64n) - 1n;

/** Bytes of all tables. */
export const NUMBER_TABLES_BYTES = POWERS + 16 * powers();

function powers(): number {
  return GREATEST_POWER - LEAST_POWER + 1;
}

/**
 * Writes the tables of assembly/scanner/number.ts at the address `at`, a multiple of 8.
 *
 * The top 128 bits of 5^q are cut off for q >= 0, and rounded up for q < 0, as the proof wants them.
 *
 * Source: D. Lemire, Number Parsing at a Gigabyte per Second, 2021, section 5.
 */
export function writeNumberTables(memory: ArrayBufferLike, at: number): void {
  const integers = new BigUint64Array(memory, at, INTEGER_POWERS);
  for (let n = 0; n < INTEGER_POWERS; n++) integers[n] = 10n ** BigInt(n);
  const doubles = new Float64Array(memory, at + DOUBLES, DOUBLE_POWERS);
  for (let n = 0; n < DOUBLE_POWERS; n++) doubles[n] = Number(10n ** BigInt(n));
  const fives = new BigUint64Array(memory, at + POWERS, 2 * powers());
  let five = 1n;
  for (let q = 0; q <= GREATEST_POWER; q++, five *= 5n) writePower(fives, q, topBits(five));
  five = 5n;
  for (let q = -1; q >= LEAST_POWER; q--, five *= 5n) {
    // no power of five but 1 is one of two, so the quotient has 128 bits, and its remainder is never 0
    writePower(fives, q, (1n << (bitLength(five) + BITS - 1n)) / five + 1n);
  }
}

function topBits(value: bigint): bigint {
  const shift = bitLength(value) - BITS;
  return shift > 0n ? value >> shift : value << -shift;
}

function bitLength(value: bigint): bigint {
  return BigInt(value.toString(2).length);
}

function writePower(fives: BigUint64Array, q: number, bits: bigint): void {
  fives[2 * (q - LEAST_POWER)] = bits & LOW;
  fives[2 * (q - LEAST_POWER) + 1] = bits >> 64n;
}
