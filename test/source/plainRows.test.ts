/** Rows whose quotes are in order, split without csv-parse: the very rows that csv-parse gives. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { plainRows } from '../../src/source/csv/plainRows.js';
import { parsedRows, type RowBatch } from '../../src/source/csv/rows.js';
import { placesIn } from '../../src/source/places.js';

async function parsed(text: string, delimiter: string, firstLine: number): Promise<RowBatch> {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  const all: RowBatch = { rows: [], lines: [], delimiter };
  for await (const { rows, lines } of parsedRows(bytes(), placesIn('x'), delimiter, firstLine)) {
    all.rows.push(...rows);
    all.lines.push(...lines);
  }
  return all;
}

describe('rows without quotes', () => {
  const piece = fc.constantFrom('a', '1.5', ',', ';', '\n', '\r\n', '\r', ' ', '\t', '\ufeff', 'é', '\0', '');
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  it('are those of csv-parse, on the same lines', () =>
    fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom(1, 7),
        async (csv, by, line) => {
          assert.deepEqual(
            plainRows(Buffer.from(csv), placesIn('x'), by, line)?.batch,
            await parsed(csv, by, line),
          );
        },
      ),
      { numRuns: 2000 },
    ));

  it('are those of csv-parse where cells are quoted', async () => {
    const inner = fc.constantFrom('a', ',', ';', '\n', '\r\n', '\r', '""', ' ', 'é', '');
    const quoted = fc.array(inner, { maxLength: 4 }).map((parts) => `"${parts.join('')}"`);
    const cell = fc.oneof(quoted, fc.constantFrom('', 'a', '1.5', ' ', '\0'));
    const row = fc.array(cell, { minLength: 1, maxLength: 4 });
    const end = fc.constantFrom('\n', '\r\n', '\r', '\n\n');
    const table = fc.record({
      bom: fc.constantFrom('', '\ufeff'),
      rows: fc.array(fc.tuple(row, end), { minLength: 1, maxLength: 6 }),
      isEnded: fc.boolean(),
      by: fc.constantFrom(',', ';', '\t'),
      line: fc.constantFrom(1, 7),
    });
    await fc.assert(
      fc.asyncProperty(table, async ({ bom, rows, isEnded, by, line }) => {
        const all = rows.map(([cells, after]) => `${cells.join(by)}${after}`).join('');
        const csv = (line === 1 ? bom : '') + (isEnded ? all : all.trimEnd());
        const found = plainRows(Buffer.from(csv), placesIn('x'), by, line);
        assert.ok(found !== undefined);
        assert.deepEqual(found.batch, await parsed(csv, by, line));
        assert.equal(found.lineEnds, csv.match(/\r\n|\n|\r/g)?.length ?? 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('are those of csv-parse or left to it, whatever quotes there are', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(piece, fc.constant('"')), { maxLength: 30 }),
        fc.constantFrom(',', ';'),
        async (pieces, by) => {
          const csv = pieces.join('');
          const found = plainRows(Buffer.from(csv), placesIn('x'), by, 7);
          if (found !== undefined) assert.deepEqual(found.batch, await parsed(csv, by, 7));
        },
      ),
      { numRuns: 3000 },
    ));

  it('are left to csv-parse where a quote is not around a whole cell', () => {
    for (const csv of ['a,b"\n', '"a"b\n', '"a" ,b\n', 'a,"b\n']) {
      assert.equal(plainRows(Buffer.from(csv), placesIn('x'), ',', 1), undefined);
    }
  });
});
