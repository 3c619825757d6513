/** Quotes in order: told all at once, and cell by cell. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bumpAllocator } from '../../src/runtime/bumpAllocator.js';
import { createMemory } from '../../src/runtime/sharedMemory.js';
import { standardQuotes } from '../../src/source/csv/quotes.js';
import { endOfRows } from '../../src/source/scan/chunks.js';
import { endOfQuotes } from '../../src/source/scan/quoteOrder.js';
import { type Room, roomAt, takeRoom } from '../../src/source/scan/room.js';
import { compileScan, instantiateScan } from '../../src/source/scan/scanModule.js';

async function* cut(bytes: Buffer, ends: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const end of [...ends, bytes.length].sort((a, b) => a - b)) {
    if (end > start) yield bytes.subarray(start, end);
    start = end;
  }
}

/** What comes of bytes that come in pieces, of which all with so many bytes are looked at at once. */
async function standard(bytes: Buffer, ends: readonly number[], delimiter: string, manyBytes: number) {
  const pieces: Buffer[] = [];
  for await (const piece of standardQuotes(cut(bytes, ends), delimiter, manyBytes)) {
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).toString('latin1');
}

const CELL_BY_CELL = Number.POSITIVE_INFINITY;

/** Mostly cells in order, some with odd quotes; now and then so long that what is looked at at once ends within them. */
const oneCell = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', '1.5', '', '"a"', '""', '"x,y"', '"a ""b"""', '""""', '"\n"'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom('"', 'a', ' ', ',', '\n', '\r'), maxLength: 9 }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        length: fc.constantFrom(50, 64, 130, 1000, 2040, 2050, 16_000, 17_000),
        what: fc.constantFrom('a', ',', '""'),
      })
      .map(({ length, what }) => `"${what.repeat(length)}"`),
  },
);
const table = fc
  .record({
    bom: fc.constantFrom('', '', '\xef\xbb\xbf'),
    cells: fc.array(
      fc.tuple(oneCell, fc.constantFrom(',', ',', ';', '\t', ' ', '\n', '\r\n', '\r', '\n\n')),
      {
        maxLength: 30,
      },
    ),
    last: oneCell,
  })
  .map(({ bom, cells, last }) => Buffer.from(bom + cells.flat().join('') + last, 'latin1'));
const anything = fc
  .string({ unit: fc.constantFrom('"', '"', ',', '\n', '\r', ' ', '\t', ';', 'a', '\xef', '\xbb', '\xbf') })
  .map((text) => Buffer.from(text, 'latin1'));

const cutTable = fc
  .oneof(table, anything)
  .chain((bytes) =>
    fc.tuple(fc.constant(bytes), fc.array(fc.nat(Math.max(1, bytes.length)), { maxLength: 8 })),
  );

const ROOM_BYTES = 1 << 21;
const bump = bumpAllocator(createMemory());
const exports = instantiateScan(compileScan()!, bump.memory);
const [counter, address] = [bump.take(4), takeRoom(bump, ROOM_BYTES)];

/** Room in the memory of a scanner, full of one character. */
function roomOf(filling: string): Room {
  const room = roomAt(bump.memory, exports, address, ROOM_BYTES, counter);
  room.bytes.fill(filling);
  return room;
}

describe('quotes', () => {
  const cases: readonly (readonly [what: string, text: string, first: string, later?: string])[] = [
    ['a quote within a cell', '4" pipe,x\n', '"4"" pipe",x\n'],
    ['blanks around a quoted cell', 'a, "b" ,c\n', 'a,"b",c\n'],
    ['quotes that make no sense', '"a"b,c\n"d"\n', '"a"b,c\n"d"\n'],
    ['a BOM before a quote', '\ufeff"a",b\n', '\ufeff"a",b\n', '"\ufeff""a""",b\n'],
  ];
  for (const [what, text, first, later = first] of cases) {
    it(`are put in order: ${what}`, async () => {
      // so many rows in order that they are looked at at once
      const rows = '"1,2","3 ""4"""\r\n5,"6\n"\n'.repeat(5000);
      const bytes = Buffer.from(text + rows + text + rows);
      const found = await standard(bytes, [40_000, 90_001, 100_002], ',', 1 << 15);
      assert.equal(found, Buffer.from(first + rows + later + rows).toString('latin1'));
    });
  }

  it('come out the same all at once and cell by cell, however the bytes are cut', () =>
    fc.assert(
      fc.asyncProperty(
        cutTable,
        fc.constantFrom(',', ',', ';', '\t', ' ', '"', '^'),
        fc.constantFrom(0, 10, 1000),
        async ([bytes, ends], delimiter, manyBytes) => {
          const expected = await standard(bytes, [], delimiter, CELL_BY_CELL);
          assert.equal(await standard(bytes, ends, delimiter, CELL_BY_CELL), expected);
          assert.equal(await standard(bytes, ends, delimiter, manyBytes), expected);
        },
      ),
      { numRuns: 1000 },
    ));

  const IN_ORDER = /^(?:(?:"(?:[^"]|"")*"|[^",\r\n]*)[,\r\n])*(?:"(?:[^"]|"")*"?|[^",\r\n]*)$/;

  it('are in order where every cell has none or is in them', () => {
    fc.assert(
      fc.property(cutTable, fc.boolean(), ([bytes, [at = bytes.length]], isWithin) => {
        const start = bytes.subarray(0, Math.min(at, 2000));
        const text = (isWithin ? '"' : '') + start.toString('latin1');
        const isOdd = text.split('"').length % 2 === 0;
        const last = text.endsWith('"') ? 'closing' : 'outside';
        const expected = IN_ORDER.test(text) ? (isOdd ? 'within' : last) : undefined;
        assert.equal(endOfQuotes(start, 0x2c, isWithin), expected);
        const { bytes: room } = roomOf('"');
        start.copy(room);
        assert.equal(endOfQuotes(room.subarray(0, start.length), 0x2c, isWithin), expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('hide the line feeds between them from those that end rows', () => {
    fc.assert(
      fc.property(cutTable, fc.integer({ min: 1, max: 40 }), ([bytes], lines) => {
        const text = bytes.toString('latin1').replaceAll('\r', 'a');
        const rows = Buffer.from(text, 'latin1');
        // what lies behind them is not theirs
        const room = roomOf('\n');
        rows.copy(room.bytes);
        const found = room.endOfLines(rows.length, lines);
        const outside =
          text
            .split('"')
            .filter((_, i) => i % 2 === 0)
            .join('')
            .split('\n').length - 1;
        assert.equal(found.lines, Math.min(lines, outside));
        assert.equal(found.end, found.lines === 0 ? 0 : endOfRows(rows, 0, found.lines));
      }),
      { numRuns: 1000 },
    );
  });
});
