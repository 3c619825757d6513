/** Bytes to rows: numbers, delimiters, quotes, line ends, line numbers, gzip. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { findDelimiter } from '../../src/source/csv/dialect.js';
import { parseNumber } from '../../src/source/csv/number.js';
import { readRows } from '../../src/source/csv/rows.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import { prepend } from '../../src/source/pieces.js';
import { placesIn } from '../../src/source/places.js';

describe('parseNumber', () => {
  it('gives the very double of Number for decimal text', () => {
    const decimal = fc
      .tuple(
        fc.constantFrom('', '+', '-'),
        fc.stringMatching(/^(\d{1,25}(\.\d{0,25})?|\.\d{1,25})$/),
        fc.constantFrom('', 'e5', 'E-17', 'e+300', 'e-320'),
      )
      .map((parts) => parts.join(''))
      .filter((text) => Number.isFinite(Number(text)));
    fc.assert(
      fc.property(decimal, (text) => {
        assert.ok(Object.is(parseNumber(text), Number(text)), text);
      }),
    );
  });

  it('reads back every double that is written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        // a negative zero is written as 0
        assert.equal(parseNumber(String(x)), x + 0);
      }),
    );
  });

  it('takes only decimal notation for numbers', () => {
    for (const text of [
      '',
      'x',
      '0x1F',
      '0X1f',
      '0b11',
      '0o17',
      '1_000',
      '1,5',
      '1 2',
      '٣',
      '--1',
      'e5',
      '.',
      '1e',
    ]) {
      assert.ok(Number.isNaN(parseNumber(text)), text);
    }
  });

  it('tells numbers that no finite double holds from words', () => {
    for (const text of ['1e999', '-1e999', 'Infinity', '-inf', 'INF', 'NaN', 'nan']) {
      assert.equal(parseNumber(text), Number.POSITIVE_INFINITY, text);
    }
  });
});

describe('findDelimiter', () => {
  const cases: [string, string, string][] = [
    ['a comma', 'a,b\n1,2\n', ','],
    ['a semicolon beside decimal commas', 'a;b\n1,5;2,5\n2,5;3,5\n', ';'],
    ['a tab beside commas in text', 'name\tage\nDoe, Jane\t3\nRoe, Jo\t4\n', '\t'],
    ['a pipe', 'a|b|c\r\n1|2|3\r\n', '|'],
    ['a comma when delimiters are quoted', '"a;b","c;d"\n"1;2;3",4\n', ','],
    ['a semicolon after doubled quotes', '"say ""a,b,c""";y\n"x";1\n', ';'],
    ['a comma for one column', 'a\n1\n2\n', ','],
    ['a comma for nothing at all', '', ','],
    ['the delimiter of a lone row without an end', 'a;b;c', ';'],
  ];
  for (const [what, text, expected] of cases) {
    it(`finds ${what}`, () => assert.equal(findDelimiter(Buffer.from(text)), expected));
  }
});

async function rowsOf(chunks: readonly Buffer[], delimiter?: string) {
  const source = streamSource(Readable.from(chunks), 'data.csv');
  const rows: string[][] = [];
  const lines: number[] = [];
  for await (const batch of readRows(
    readBytes(source, () => {}),
    placesIn('data.csv'),
    delimiter,
  )) {
    rows.push(...batch.rows);
    lines.push(...batch.lines);
  }
  return { rows, lines };
}

describe('readBytes', () => {
  it('closes its source when it is left, even after the first piece', async () => {
    // the first is not its own
    for (const pieces of [2, 5]) {
      let isClosed = false;
      const source = {
        name: 'data.csv',
        byteLength: undefined,
        isRepeatable: false,
        async *pieces() {
          try {
            for (;;) yield Buffer.from('1,2\n');
          } finally {
            isClosed = true;
          }
        },
        stop() {},
      };
      const bytes = prepend(
        Buffer.from('a,b\n'),
        readBytes(source, () => {}),
      );
      for (let i = 0; i < pieces; i++) await bytes.next();
      await bytes.return();
      assert.ok(isClosed, `${pieces} pieces`);
    }
  });
});

describe('readRows', () => {
  const cases: [string, string, string[][], number[]][] = [
    [
      'CRLF line ends',
      'a,b\r\n1,2\r\n3,4\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
      [1, 2, 3],
    ],
    [
      'lone CR line ends',
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
      [1, 2],
    ],
    [
      'mixed line ends',
      'a,b\n1,2\r\n3,4\r5,6\n',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
      ],
      [1, 2, 3, 4],
    ],
    [
      'a BOM',
      '\ufeffa,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
      [1, 2],
    ],
    [
      'no final newline',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
      [1, 2],
    ],
    [
      'empty lines',
      '\n\na,b\n\n1,2\n\n\n3,4\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
      [3, 5, 8],
    ],
    [
      'lines of blanks',
      'a,b\n  \n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
      [1, 3],
    ],
    [
      'line ends in quotes',
      'a,b\n"x\ny\nz",2\n"p\r\nq",4\n5,6\n',
      [
        ['a', 'b'],
        ['x\ny\nz', '2'],
        ['p\r\nq', '4'],
        ['5', '6'],
      ],
      [1, 2, 5, 7],
    ],
    [
      'quotes and delimiters in quotes',
      '"a,b","c""d"\n1,2\n',
      [
        ['a,b', 'c"d'],
        ['1', '2'],
      ],
      [1, 2],
    ],
    [
      'empty quoted cells',
      'a,b\n"",""\n',
      [
        ['a', 'b'],
        ['', ''],
      ],
      [1, 2],
    ],
    [
      'rows of different lengths as they are',
      'a,b\n1\n1,2,3\n',
      [['a', 'b'], ['1'], ['1', '2', '3']],
      [1, 2, 3],
    ],
  ];
  for (const [what, text, rows, lines] of cases) {
    it(`reads ${what}`, async () => {
      assert.deepEqual(await rowsOf([Buffer.from(text)]), { rows, lines });
    });
  }

  it('reads the same rows however the bytes are cut', async () => {
    const text = '\ufeffname,"x\r\ny",é\r\n"a ""b""",1,ü\n\n"c\nd",2,3\re,5,6';
    const whole = await rowsOf([Buffer.from(text)]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 6 }), async (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), Buffer.byteLength(text)];
        const chunks = ends.slice(1).map((end, i) => Buffer.from(text).subarray(ends[i], end));
        assert.deepEqual(await rowsOf(chunks.filter(({ length }) => length > 0)), whole);
      }),
    );
  });

  it('reads back any table that is written with quotes', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', ' ', 'é') });
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = rows.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(',')).join('\n');
        assert.deepEqual((await rowsOf([Buffer.from(text)], ',')).rows, rows);
      }),
    );
  });

  it('takes names that begin like other formats', async () => {
    for (const name of ['PAR1', 'BZh', 'PK']) {
      const { rows } = await rowsOf([Buffer.from(`${name},y\n1,2\n`)]);
      assert.deepEqual(rows[0], [name, 'y']);
    }
  });

  it('unpacks gzip by its content, several members too', async () => {
    const packed = Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')]);
    assert.deepEqual((await rowsOf([packed])).rows, [
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  const faults: [string, Buffer, RegExp][] = [
    [
      'a quote that is never closed',
      Buffer.from('a,b\n1,2\n3,"4\n5,6\n'),
      /^data.csv:3: column 2: expected a closing quote/,
    ],
    [
      'text after a closing quote',
      Buffer.from('a,b\n"x"y,2\n'),
      /^data.csv:2: column 1: .*found a quote within/,
    ],
    [
      'cut-off gzip',
      gzipSync('a,b\n1,2\n'.repeat(999)).subarray(0, 40),
      /^data.csv: damaged or cut-off gzip data/,
    ],
  ];
  for (const [what, bytes, expected] of faults) {
    it(`refuses ${what}`, () => assert.rejects(rowsOf([bytes]), { name: 'BceError', message: expected }));
  }
});
