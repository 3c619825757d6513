/** Rows without quotes, split without csv-parse: the very rows that csv-parse gives. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { plainRows } from '../../src/source/csv/plainRows.js';
import { parsedRows, type RowBatch } from '../../src/source/csv/rows.js';

async function parsed(text: string, delimiter: string, firstLine: number): Promise<RowBatch> {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  const all: RowBatch = { rows: [], lines: [], delimiter };
  for await (const { rows, lines } of parsedRows(bytes(), 'x', delimiter, firstLine)) {
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
          assert.deepEqual(plainRows(Buffer.from(csv), 'x', by, line)?.batch, await parsed(csv, by, line));
        },
      ),
      { numRuns: 2000 },
    ));

  it('are left to csv-parse where there is a quote', () => {
    assert.equal(plainRows(Buffer.from('a,b\n1,"2"\n'), 'x', ',', 1), undefined);
  });
});
