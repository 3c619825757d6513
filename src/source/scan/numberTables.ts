/** What the scanner's numbers are computed with: powers of ten, and of five to 128 bits, and what moves digits together. */

import { lazily } from '../../lazily.js';
import {
  DIVISORS,
  DOUBLE_POWERS,
  DOUBLES,
  GREATEST_POWER,
  INTEGER_POWERS,
  LAST_BYTES,
  LEAST_POWER,
  NINES,
  POINT_SHUFFLES,
  POWERS,
  TO_EIGHTS,
  TO_FOURS,
  TO_PAIRS,
  ZEROS,
} from './layout.js';

/** Bytes of a register. */
const WIDTH = 16;
const BITS = 128n;
const LOW = (1n << 64n) - 1n;

/** Bytes of all tables. */
export const NUMBER_TABLES_BYTES = POWERS + 16 * powers();

function powers(): number {
  return GREATEST_POWER - LEAST_POWER + 1;
}

/** Writes the tables of assembly/scanner/number.ts at the address `at`, a multiple of 8. */
export function writeNumberTables(memory: ArrayBufferLike, at: number): void {
  new Uint8Array(memory, at, NUMBER_TABLES_BYTES).set(tables());
}

/**
 * The top 128 bits of 5^q are cut off for q >= 0, and rounded up for q < 0, as the proof wants them.
 *
 * Source: D. Lemire, Number Parsing at a Gigabyte per Second, 2021, section 5.
 */
const tables = lazily((): Uint8Array => {
  const memory = new ArrayBuffer(NUMBER_TABLES_BYTES);
  const integers = new BigUint64Array(memory, 0, INTEGER_POWERS);
  for (let n = 0; n < INTEGER_POWERS; n++) integers[n] = 10n ** BigInt(n);
  const doubles = new Float64Array(memory, DOUBLES, DOUBLE_POWERS);
  for (let n = 0; n < DOUBLE_POWERS; n++) doubles[n] = Number(10n ** BigInt(n));
  new Uint8Array(memory, LAST_BYTES + WIDTH, WIDTH).fill(0xff);
  const divisors = new Float64Array(memory, DIVISORS, 2 * (WIDTH + 1));
  for (let decimals = 0; decimals <= WIDTH; decimals++) {
    const point = WIDTH - 1 - decimals;
    const shuffle = new Uint8Array(memory, POINT_SHUFFLES + WIDTH * decimals, WIDTH);
    // nothing comes from place -1: a zero
    for (let i = 0; i < WIDTH; i++) shuffle[i] = i <= point ? i - 1 : i;
    divisors[2 * decimals] = point < 0 ? 1 : doubles[decimals]!;
    divisors[2 * decimals + 1] = -divisors[2 * decimals]!;
  }
  new Uint8Array(memory, ZEROS, WIDTH).fill(0x30);
  new Uint8Array(memory, NINES, WIDTH).fill(9);
  new Uint16Array(memory, TO_PAIRS, WIDTH / 2).fill(10 * 256 + 1);
  new Uint16Array(memory, TO_FOURS, WIDTH / 2).set([100, 1, 100, 1, 100, 1, 100, 1]);
  new Uint16Array(memory, TO_EIGHTS, WIDTH / 2).set([10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1]);
  const fives = new BigUint64Array(memory, POWERS, 2 * powers());
  // 5^|q|, and how many bits it has
  let [five, bits] = [1n, 1n];
  const next = () => {
    five *= 5n;
    bits += five >> (bits + 2n) === 0n ? 2n : 3n;
  };
  for (let q = 0; q <= GREATEST_POWER; q++, next()) {
    writePower(fives, q, bits > BITS ? five >> (bits - BITS) : five << (BITS - bits));
  }
  [five, bits] = [5n, 3n];
  // no power of five but 1 is one of two, so the quotient has 128 bits, and its remainder is never 0
  for (let q = -1; q >= LEAST_POWER; q--, next())
    writePower(fives, q, (1n << (bits + BITS - 1n)) / five + 1n);
  return new Uint8Array(memory);
});

function writePower(fives: BigUint64Array, q: number, bits: bigint): void {
  fives[2 * (q - LEAST_POWER)] = bits & LOW;
  fives[2 * (q - LEAST_POWER) + 1] = bits >> 64n;
}
