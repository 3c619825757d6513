/** The scanner's numbers against `Number(text)`, to the last bit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bumpAllocator } from '../../src/runtime/bumpAllocator.js';
import { createMemory } from '../../src/runtime/sharedMemory.js';
import { parseNumber } from '../../src/source/csv/number.js';
import { NUMBER_TABLES_BYTES, writeNumberTables } from '../../src/source/scan/numberTables.js';
import { compileScan, instantiateScan } from '../../src/source/scan/scanModule.js';

const memory = createMemory();
const { take } = bumpAllocator(memory);
const TEXT_BYTES = 4096;
/** What comes before a text. */
const BEFORE = '7.89,-987654321.98765432109876543210,';
const [tables, out, start] = [take(NUMBER_TABLES_BYTES), take(8), take(TEXT_BYTES) + 64];
writeNumberTables(memory.buffer, tables);
const { readNumber, readShort, readLong } = instantiateScan(compileScan()!, memory);

/** What the scanner makes of a whole text: its double, NaN when it is no finite number. */
function scanned(text: string, after = ','): number {
  const bytes = Buffer.from(memory.buffer, start, TEXT_BYTES);
  const length = bytes.write(text);
  // before it, a number of which nothing may be taken
  Buffer.from(memory.buffer, start - BEFORE.length).write(BEFORE);
  bytes.write(after.padEnd(16, '9'), length);
  const end = readNumber(start, out, tables);
  return end === start + length ? new DataView(memory.buffer).getFloat64(out, true) : Number.NaN;
}

/** Those that only know some numbers, at once in registers; what they have read so far. */
const QUICK = [
  { read: readShort, count: 0 },
  { read: readLong, count: 0 },
];

/** Holds those against `Number` that read all of a text. */
function assertQuickSame(text: string, after: string): void {
  scanned(text, after);
  for (const quick of QUICK) {
    if (!quick.read(start, start + text.length, 0, out, tables)) continue;
    const value = new DataView(memory.buffer).getFloat64(out, true);
    assert.ok(Object.is(value, Number(text)), `${text}: expected ${Number(text)}, got ${value}`);
    quick.count++;
  }
}

/** Holds a text that is a number, finite or not, against `Number`, whatever comes after it. */
function assertSame(text: string): void {
  const expected = Number.isFinite(Number(text)) ? Number(text) : Number.NaN;
  for (const after of [',', '"', '\n', ';', '\t', ' ']) {
    const value = scanned(text, after);
    assert.ok(Object.is(value, expected), `${text}: expected ${expected}, got ${value}`);
    assertQuickSame(text, after);
  }
}

/** Any double but NaN and the infinities, all exponents alike. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''));
const sign = fc.constantFrom('', '-', '+');

describe('numbers of the scanner', () => {
  it('are read as they are written by programs', () => {
    const texts = `0 -0 +0 0.0 -0.0 1 -1 12 1.5 -1.5 .5 5. -.5 +5. 0.1 0.2 0.3 00012 000.5 1e5 1E5 1e+5 1e-5 1.e5 .5e1
      3.141592653589793 2.718281828459045 0.30000000000000004 123456789012345680000 1e21 1e22 1e23 9007199254740993
      9007199254740992 18446744073709551615 18446744073709551616 99999999999999999999 1e308 1.7976931348623157e308
      1.7976931348623158e308 2.2250738585072014e-308 2.2250738585072011e-308 5e-324 4.9e-324 3e-324 2.5e-324 2.4e-324
      1e-324 1e-400 0e999 0e99999999999 -0e-5 0.000000000000000000000000000001 1e-99999999999 100000000000000000000000e-23
      8.98846567431158e307 6929495644600919.5 3.7455744005952583e15 2.4703282292062327e-324 2.4703282292062328e-324
      1448997445238699 4503599627370496.5 4503599627370497.5 9355.5e-11 7.2057594037927933e16 1.00000005960464477550`;
    for (const text of texts.split(/\s+/)) assertSame(text);
  });

  it('are refused where they are none, or none that is finite', () => {
    const texts = `- + . -. e5 .e5 1e 1e+ 1e- -e abc 0x10 0b1 0o7 1_000 1,5 1.5.5 1..5 --1 +-1 Infinity inf NaN nan 1e999
      -1e999 1.8e308 1.7976931348623159e308 ${'9'.repeat(400)} 1e309 1n 1f ١ １`;
    for (const text of texts.split(/\s+/)) {
      assert.ok(!Number.isFinite(parseNumber(text)), text);
      assert.ok(Number.isNaN(scanned(text, ';')), text);
      assertQuickSame(text, ';');
    }
    assert.ok(Number.isNaN(scanned('')));
  });

  it('are the doubles that were printed, in every way to print them', () => {
    fc.assert(
      fc.property(double, fc.integer({ min: 1, max: 25 }), (x, n) => {
        assertSame(String(x));
        assertSame(x.toExponential());
        assertSame(x.toExponential(n - 1));
        assertSame(x.toPrecision(n));
        if (Math.abs(x) < 1e21) assertSame(x.toFixed(n));
      }),
      { numRuns: 3000 },
    );
  });

  it('are right for everyday sizes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        (x, n) => {
          assertSame(String(x));
          assertSame(x.toFixed(n));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('are right for any digits', () => {
    fc.assert(
      fc.property(
        sign,
        digits(0, 25),
        digits(0, 25),
        fc.option(fc.integer({ min: -400, max: 400 })),
        (signed, whole, fraction, power) => {
          fc.pre(whole !== '' || fraction !== '');
          for (const point of fraction === '' ? ['', '.'] : ['.']) {
            const text = `${signed}${whole}${point}${fraction}${power === null ? '' : `e${power}`}`;
            assertSame(text);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('are right halfway between two doubles, and a digit to either side', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: -1074, max: 200 }),
        (m, power) => {
          // (m + 1/2) 2^power as all of its digits
          const twice = 2n * m + 1n;
          const shift = BigInt(Math.abs(power - 1));
          const [whole, point] = power > 0 ? [twice << shift, 0n] : [twice * 5n ** shift, shift];
          for (const near of [whole - 1n, whole, whole + 1n]) {
            assertSame(`${near}e-${point}`);
            assertSame(`${near}0000e-${point + 4n}`);
            const text = near.toString();
            assertSame(`${text[0]}.${text.slice(1)}e${BigInt(text.length - 1) - point}`);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are right among the subnormal ones', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 53n }), fc.integer({ min: 1, max: 25 }), (bits, n) => {
        const x = Number(bits) * Number.MIN_VALUE;
        assertSame(String(x));
        assertSame(x.toExponential(n));
      }),
      { numRuns: 2000 },
    );
  });

  it('are right with many zeros in front and behind', () => {
    fc.assert(
      fc.property(digits(1, 20), fc.nat(400), fc.nat(400), (text, before, after) => {
        const [zeros, trailing] = ['0'.repeat(before), '0'.repeat(after)];
        assertSame(`${zeros}${text}.${text}${trailing}`);
        assertSame(`0.${zeros}${text}${trailing}`);
        if (text.length + after < 290) assertSame(`${text}${trailing}.0`);
      }),
      { numRuns: 2000 },
    );
  });

  it('are exactly those that the rows of csv-parse are read with', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'0123456789.eE+-x_'), { maxLength: 12 }).map((all) => all.join('')),
        (text) => {
          const expected = parseNumber(text);
          assert.ok(Object.is(scanned(text), Number.isFinite(expected) ? expected : Number.NaN), text);
          if (text !== '') assertQuickSame(text, ',');
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('are mostly read at once', () => {
    const quick = ['0.5', '-12.25', '7', '-0', '123456789012.25', '0.1234567', '5.', '.5'];
    for (const text of quick) {
      scanned(text);
      assert.ok(readShort(start, start + text.length, 0, out, tables), text);
    }
    for (const text of [
      '0.30000000000000004',
      '-3.141592653589793',
      '-123456789.0123456789',
      '0.000000000000000001',
    ]) {
      scanned(text);
      assert.ok(readLong(start, start + text.length, 0, out, tables), text);
    }
    for (const { count } of QUICK) assert.ok(count > 1000, `${count}`);
  });
});
