/** Tables through the scanner against the same tables through csv-parse: dataset and errors. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { scanDataset, trainingTable } from '../../src/dataset/read/read.js';
import { BceError } from '../../src/errors.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { placesIn } from '../../src/source/places.js';
import { type ScanOptions, scanRows } from '../../src/source/scan/scanRows.js';
import { ArrayStore } from '../../src/storage/store.js';
import { parsedDatasets } from '../support/oracle.js';
import { threadsHere } from '../support/scanning.js';
import { example, seeded } from '../support/support.js';

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1 << 16) yield bytes.subarray(at, at + (1 << 16));
}

/** What comes of a promise: its value, or the error in words. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof BceError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

/** Reads a table in each of these ways, all of which must give what csv-parse gives. */
async function compare(
  csv: string | Buffer,
  options: TrainOptions = {},
  ways: readonly ScanOptions[] = [{}],
  note?: number,
): Promise<void> {
  const read = { ...resolveOptions(options).read, note };
  const expected = await settled(parsedDatasets(csv, options, note));
  for (const way of ways) {
    const found = await settled(
      scanDataset(piecesOf(Buffer.from(csv)), placesIn('data.csv'), read, undefined, way),
    );
    assert.deepEqual(found, expected);
  }
}

/** Rows of two numbers, two texts and a label; `odd` may put another line in the place of row i. */
function tableOf(rows: number, odd: (i: number) => string | undefined = () => undefined): string {
  const random = seeded(7);
  const lines = ['a,b,group,"note",y'];
  for (let i = 0; i < rows; i++) {
    const [a, b] = [random(), 1.7e12 + 1e5 * random()];
    const usual = `${a},${b.toFixed(3)},g${i % 7},"says ""${i % 3}""\nand more",${random() > a ? 'yes' : 'no'}`;
    lines.push(odd(i) ?? usual);
  }
  return `${lines.join('\n')}\n`;
}

/** Past the first thousand rows, which csv-parse reads. */
const LATE = 2345;
/** Threads that are slower than each other by turns. */
const host = () => {
  const next = seeded(5);
  return threadsHere(() => Math.floor(2 * (next() + 1)));
};
const SMALL: ScanOptions = { headRows: 100, fewBytes: 0, chunkBytes: 4096, manyBytes: 0, threads: 1 };
/** Chunks of few rows, or of none, on any number of threads. */
const WAYS: readonly ScanOptions[] = [
  {},
  SMALL,
  { ...SMALL, threads: 2, host: host() },
  { ...SMALL, threads: 3, chunkBytes: 500, host: host() },
  { ...SMALL, threads: 8, chunkBytes: 60, host: host() },
];

const at = (line: string) => (i: number) => (i === LATE ? line : undefined);
const everyTenth = (line: string) => (i: number) => (i % 10 === 3 ? line : undefined);

const TABLES: readonly (readonly [what: string, csv: string, options?: TrainOptions])[] = [
  ['a plain table', tableOf(4000)],
  ['a pivot, factors and quotes in columns of their own', tableOf(4000), { drop: ['a'] }],
  ['a word among numbers', tableOf(4000, at('x,1,g1,n,yes'))],
  ['an infinite number', tableOf(4000, at('1e999,1,g1,n,yes'))],
  ['a ragged row', tableOf(4000, at('1,1,g1,yes'))],
  ['a stray quote', tableOf(4000, at('1,1,g"1,n,yes'))],
  ['a quote that is never closed', tableOf(4000, at('1,1,"g1,n,yes'))],
  ['a third label', tableOf(4000, at('1,1,g1,n,maybe'))],
  ['more than twenty labels', tableOf(4000, (i) => (i > 2000 ? `1,1,g1,n,${i}` : undefined))],
  ['too many levels', tableOf(4000, (i) => (i > 2000 ? `1,1,g${i},n,yes` : undefined))],
  [
    'as many levels as allowed',
    tableOf(4000, (i) => (i > 2000 ? `1,1,g${i},n,yes` : undefined)),
    { maxLevels: 3000 },
  ],
  ['bytes that are no text', tableOf(4000, at('1,1,\ufffd,n,yes'))],
  ['a NUL', tableOf(4000, at('1,1,g\0,n,yes'))],
  ['a missing cell', tableOf(4000, at('NA,1,g1,n,yes'))],
  ['missing cells to drop', tableOf(4000, everyTenth('NA,1,new,,yes')), { missing: 'drop' }],
  ['missing cells to fill', tableOf(4000, everyTenth('NA,1,,null,yes')), { missing: 'mean' }],
  [
    'missing words',
    tableOf(4000, everyTenth('-999.0,1,-999,?,yes')),
    { missing: 'mean', missingValues: ['-999', '?'] },
  ],
  ['a missing label', tableOf(4000, at('1,1,g1,n,'))],
  ['missing labels to drop', tableOf(4000, everyTenth('1,1,g1,n,NA')), { missing: 'drop' }],
  ['no intercept', tableOf(4000), { intercept: false }],
  ['a column of text read as numbers', tableOf(4000), { numeric: ['group'] }],
  ['row weights', tableOf(4000, everyTenth('x,0,none,,')), { weightColumn: 'b' }],
  ['a negative weight', tableOf(4000, at('1,-2.50,g1,n,yes')), { weightColumn: 'b' }],
  ['a missing weight', tableOf(4000, at('1,,g1,n,yes')), { weightColumn: 'b' }],
  ['a missing weight to fill', tableOf(4000, at('1,NA,g1,n,yes')), { weightColumn: 'b', missing: 'mean' }],
  [
    'missing weights to drop',
    tableOf(4000, everyTenth('NA,,g1,n,yes')),
    { weightColumn: 'b', missing: 'drop' },
  ],
  ['weights that are words', tableOf(4000, at('1,much,g1,n,yes')), { weightColumn: 'b' }],
  ['class weights', tableOf(4000), { classWeight: 'balanced', weightColumn: 'b' }],
  ['rows held out', tableOf(4000), { validation: 0.3, seed: 7 }],
  [
    'rows held out and filled',
    tableOf(4000, (i) => (i % 10 === 3 ? `NA,1,new${i % 400},,yes` : undefined)),
    { validation: 0.2, missing: 'mean', classWeight: [1, 2] },
  ],
  ['semicolons', tableOf(3000).replaceAll(',', ';')],
  ['a header alone', 'a,b,y\n'],
  ['nothing', ''],
  ['rows that are fewer than the sample', tableOf(50)],
];

/** Rows of numbers without a quote, whose first ones are scanned before anybody knows what their columns are. */
function numbersOf(rows: number, odd: (i: number) => string | undefined = () => undefined): string {
  const random = seeded(11);
  const lines = ['a,b,g,y'];
  for (let i = 0; i < rows; i++) {
    lines.push(odd(i) ?? `${random()},${1.7e12 + i},w${i % 3},${random() > 0.5 ? 1 : 0}`);
  }
  return `${lines.join('\n')}\n`;
}

const inRow = (row: number, line: string) => numbersOf(1500, (i) => (i === row ? line : undefined));
const withoutHeader = (csv: string) => csv.slice(csv.indexOf('\n') + 1);
const wide = Array.from({ length: 700 }, (_, i) =>
  Array.from({ length: 1501 }, (_, j) => (j === 1500 ? i % 2 : (i * 7919 + j * 104_729) % 1000)).join(','),
);

const OF_NUMBERS: typeof TABLES = [
  ['numbers, fewer than the sample', numbersOf(900)],
  ['numbers, more than the sample', numbersOf(3000)],
  ['numbers without a header', withoutHeader(numbersOf(3000))],
  ['a column of text that is left out', numbersOf(1500), { drop: ['g'] }],
  ['a column of numbers taken for text', numbersOf(1500), { categorical: ['b'], maxLevels: 2000 }],
  ['a term that takes numbers for text', numbersOf(1500), { drop: ['g'], add: ['a=0 + bins(a, 4)'] }],
  ['a term of text', numbersOf(1500), { add: ['g:a'] }],
  ['a header that stands among the rows', inRow(700, 'a,b,g,y')],
  ['a header with a cell that recurs', numbersOf(1500).replace('a,b,g,y', 'a,b,w1,y')],
  ['a header with a number that recurs', numbersOf(1500).replace('a,b,g,y', 'a,1700000000007,g,y')],
  ['a header with a fraction', numbersOf(1500).replace('a,b,g,y', 'a,0.5,g,y')],
  ['numbers that count the columns', withoutHeader(numbersOf(1500)).replace(/^.*/, '1,2,3,4')],
  ...[0, 1, 5, 700, 1200].flatMap((row): [string, string, TrainOptions?][] => [
    [`a word in row ${row}`, inRow(row, 'x,1,w1,1')],
    [`an infinite number in row ${row}`, inRow(row, '1,inf,w1,1')],
    [`a percentage in row ${row}`, inRow(row, '5%,1,w1,1')],
    [`a missing cell in row ${row}`, inRow(row, ',1,w1,1')],
    [`a missing cell to drop in row ${row}`, inRow(row, 'NA,1,w1,1'), { missing: 'drop' }],
    [`a missing cell to fill in row ${row}`, inRow(row, '1,NA,w1,1'), { missing: 'mean' }],
    [`a short row ${row}`, inRow(row, '1,1,w1')],
    [`a long row ${row}`, inRow(row, '1,1,w1,1,1')],
    [`a quoted cell in row ${row}`, inRow(row, '1,"1",w1,1')],
    [`a blank line before row ${row}`, inRow(row, '\n\n1,1,w1,0')],
    [`a third label in row ${row}`, inRow(row, '1,1,w1,2')],
  ]),
  ['numbers that mean a missing cell', inRow(700, '-9.0,1,w1,1'), { missingValues: ['-9'], missing: 'drop' }],
  ['blank lines first', `\n\n${numbersOf(1500)}`],
  ['a byte order mark', `\ufeff${numbersOf(1500)}`],
  ['pairs of a return and a line feed', numbersOf(1500).replaceAll('\n', '\r\n')],
  ['returns alone', numbersOf(1500).replaceAll('\n', '\r')],
  ['a delimiter at the ends of lines', numbersOf(1500).replaceAll('\n', ',\n')],
  ['decimal commas', numbersOf(1500).replaceAll(',', ';').replaceAll('.', ','), { decimal: 'comma' }],
  ['more columns than the sample has rows', wide.join('\n')],
];

/** Late lines as they are with terms. */
const late = (line: string) => tableOf(4000, at(line));
const TERMS = { add: ['a^2 + a:b + exp(a):group + group*note + (group=g1):a'] };
const OF_TERMS: typeof TABLES = [
  ['terms', tableOf(4000), TERMS],
  ['terms with a note of a row', tableOf(4000), { ...TERMS, drop: ['b'] }],
  ['terms of columns that are no features', tableOf(4000), { formula: 'y ~ sqrt(abs(a)) + group:b + group' }],
  [
    'a pivot of a column and of its terms',
    tableOf(4000),
    { drop: ['a'], add: ['b^2 + ns(b, 3) + scale(b)'] },
  ],
  ['factors together alone', tableOf(4000), { formula: '~ group*note - 1' }],
  // levels that several texts of a scanner share
  ['hashes of texts', tableOf(4000), { hash: ['group:2'], add: ['hash(note,1)*hash(group,1)'] }],
  [
    'parts of dates',
    tableOf(4000).replaceAll(/g(\d)/g, (_, g) => `2024-0${1 + (Number(g) % 3)}-0${1 + Number(g)}T0${g}:00`),
    { drop: ['group'], add: ['month(group)*note + weekday(group) + hour(group)'] },
  ],
  ['terms with held out rows', tableOf(4000), { ...TERMS, validation: 0.3, seed: 7 }],
  [
    'terms and row weights',
    tableOf(4000, everyTenth('x,0,none,,')),
    { ...TERMS, drop: ['b'], weightColumn: 'b', add: ['a^2 + group*note'] },
  ],
  ['terms and a negative weight', late('1,-2.50,g1,n,yes'), { weightColumn: 'b', add: ['a^2'] }],
  ['a term of a missing cell', late('NA,1,g1,n,yes'), TERMS],
  [
    'terms of missing cells to drop',
    tableOf(4000, everyTenth('NA,1,g1,,yes')),
    { ...TERMS, missing: 'drop' },
  ],
  [
    'terms of missing cells to fill',
    tableOf(4000, everyTenth('NA,1,g1,null,yes')),
    { ...TERMS, missing: 'mean' },
  ],
  ['a logarithm of 0', late('0,1,g1,n,yes'), { formula: '~ log((a:a))' }],
  [
    'a logarithm of 0 after a third label',
    tableOf(4000, (i) => (i === LATE ? '1,1,g1,n,maybe' : i === LATE + 2 ? '0,1,g1,n,yes' : undefined)),
    { formula: '~ log((a:a))' },
  ],
  [
    'a third label after a logarithm of 0',
    tableOf(4000, (i) => (i === LATE + 2 ? '1,1,g1,n,maybe' : i === LATE ? '0,1,g1,n,yes' : undefined)),
    { formula: '~ log((a:a))' },
  ],
  [
    'logarithms of 0 to drop',
    tableOf(4000, everyTenth('0,1,g1,n,yes')),
    { formula: '~ log((a:a)) + group', missing: 'drop' },
  ],
  [
    'logarithms of 0 to fill',
    tableOf(4000, everyTenth('0,1,g1,n,yes')),
    { formula: '~ log((a:a)) + group', missing: 'mean' },
  ],
  ['a power beyond the doubles', late('1e200,1,g1,n,yes'), { add: ['a^2'] }],
  ['a level that comes late', late('1,1,new,n,yes'), { add: ['group:a'] }],
  [
    'a level that comes late where it is no feature',
    late('1,1,new,n,yes'),
    { formula: '~ a + (group=g1):b' },
  ],
  [
    'a level that comes late in a row of weight 0',
    late('1,0,new,n,yes'),
    { add: ['group:a'], weightColumn: 'b' },
  ],
  ['a word in a column that only terms look at', late('x,1,g1,n,yes'), { formula: '~ a:b' }],
  ['a word that means missing there', late('NA,1,g1,n,yes'), { formula: '~ exp(a)', missing: 'drop' }],
  [
    'more levels than are allowed',
    tableOf(4000, (i) => (i > 2000 ? `1,1,g${i},n,yes` : undefined)),
    { add: ['group*note'] },
  ],
  ['a column as numbers and as texts', tableOf(4000), { add: ['a="0.5" + a^2'] }],
  ['a ragged row among terms', late('1,1,g1,yes'), TERMS],
];

interface Shape {
  readonly rows: number;
  readonly seed: number;
  readonly odd: number;
  readonly faults: number;
  readonly unfillable: number;
  readonly lineEnd: string;
}

/** Rows that decide the kinds, through csv-parse in any case. */
const SAMPLED = 1000;

/** What may stand in place of a usual cell, by column: odd but read, and refused. */
const ODD_CELLS = {
  a: ['', 'NA', '-9', '-9.0', ' 1.5 ', '"2"', '2', '1e-320', '" 3"'],
  b: ['nan', '-9', '1700000000000', '"1.7e12"', '  ', '"NA"'],
  c: ['0', '-0', '0.0', '0e5', '1e-3', ' 5 ', '"0"', '"3"', '4'],
  group: [
    'rare1',
    'rare2',
    'rare3',
    '',
    ' g1 ',
    '"g2"',
    'null',
    '2',
    '2.0',
    'é',
    '"a ""b"""',
    '"two\nlines"',
  ],
  y: ['"1"', ' 0 ', '1.0', '0.0', '+1', '-0'],
};
/** Missing ones that cannot be filled. */
const UNFILLABLE_CELLS = { c: ['', 'NA', '-9', '2', '"nan"'], y: ['', 'NA', '-9.0'] };
const REFUSED_CELLS = {
  a: ['x', '0x10', '1e999', '"1""2"', '1"2', '1,2'],
  b: ['much', 'Infinity', 'é'],
  c: ['-1', '-1e-9', '"-2.50"', 'heavy', 'Infinity'],
  group: ['g"1', '"g1"x', 'g\0', '\ufffd', '\u00a0g1'],
  y: ['2', 'yes', 'y"'],
};

/** A table of two numbers, a weight, a text and a label, with odd cells among the usual ones. */
function weightedTableOf({ rows, seed, odd, faults, unfillable, lineEnd }: Shape): string {
  const next = seeded(seed);
  const random = () => (next() + 1) / 2;
  const oneOf = (all: readonly string[]) => all[Math.floor(random() * all.length)]!;
  const at = SAMPLED + Math.floor(random() * (rows - SAMPLED));
  const faulty = faults > 0 ? [at, at + Math.floor(random() * 5)] : [];
  const lines = ['a,b,c,group,y'];
  for (let i = 0; i < rows; i++) {
    const usual = {
      a: random().toFixed(4),
      b: String(1.7e12 + Math.floor(1e5 * random())),
      c: random() < 0.1 ? '0' : random().toPrecision(3),
      group: `g${Math.floor(5 * random())}`,
      y: random() < 0.3 ? '1' : '0',
    };
    const bad = faulty.includes(i) ? Math.floor(random() * 5) : -1;
    const cells = Object.entries(usual).map(([name, cell], column) => {
      const key = name as keyof typeof usual;
      if (column === bad) return oneOf(REFUSED_CELLS[key]);
      if ((key === 'c' || key === 'y') && 100 * random() < unfillable) return oneOf(UNFILLABLE_CELLS[key]);
      return 100 * random() < odd ? oneOf(ODD_CELLS[key]) : cell;
    });
    lines.push(cells.join(','));
  }
  return lines.join(lineEnd);
}

describe('the dataset of', () => {
  for (const [what, csv, options] of [...TABLES, ...OF_NUMBERS]) {
    it(`${what} is the same through the scanner`, async () => {
      await compare(csv, options, WAYS);
    });
  }

  for (const [what, csv, options] of OF_TERMS) {
    it(`${what} is the same through the scanner`, async () => {
      await compare(csv, options, WAYS.slice(1, 3));
    });
  }

  it('tables with terms is read by the scanner, but where a column is numbers and texts', async () => {
    const scans = async (options: TrainOptions) => {
      let scanned = 0;
      const table = trainingTable(placesIn('data.csv'), resolveOptions(options).read, () => new ArrayStore());
      const take = table.addScanned.bind(table);
      table.addScanned = (rows) => {
        scanned += rows.rows;
        take(rows);
      };
      await scanRows(piecesOf(Buffer.from(tableOf(4000))), placesIn('data.csv'), undefined, table, SMALL);
      return scanned;
    };
    assert.equal(await scans(TERMS), 4000);
    assert.equal(await scans({ add: ['a="0.5" + a^2'] }), 0);
  });

  it('notes the cells of a row wherever it is read', async () => {
    for (const note of [1, 990, 1001, LATE, 4000, 4001]) {
      await compare(
        tableOf(4000, at('NA,1,g1,n,yes')),
        { ...TERMS, missing: 'drop' },
        WAYS.slice(1, 3),
        note,
      );
    }
  });

  it('an example is the same through the scanner', async () => {
    await compare(readFileSync(example('pima.csv')), {}, WAYS);
  });

  it('a table with new levels down to its end is the same, or refused for the same level', async () => {
    const lines = Array.from(
      { length: 3000 },
      (_, i) => `a${(i * 7) % 1900},b${i >> 1},${i % 3 ? 'no' : 'yes'}`,
    );
    const csv = `f,g,y\n${lines.join('\n')}\n`;
    await compare(csv, { maxLevels: 5000 }, WAYS);
    await compare(csv, { maxLevels: 1400 }, WAYS);
  });

  it('any two odd lines is the same, whichever comes first', async () => {
    const odd = ['x,1,g1,n,yes', '1,1,g1,yes', '1,1,"g1"x,n,yes', ',1,g1,n,yes', '1,1,g1,n,maybe', '', '  '];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.integer({ min: 1000, max: 1300 }).map(String), fc.constantFrom(...odd), {
          maxKeys: 3,
        }),
        fc.constantFrom('error' as const, 'drop' as const, 'mean' as const),
        async (lines, missing) => {
          await compare(
            tableOf(1300, (i) => lines[i]),
            { missing },
            WAYS.slice(1, 3),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('any table with weights, missing cells and rows held out is the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1010, max: 1600 }),
          seed: fc.nat(),
          // odd cells of a hundred, and labels and weights that are missing
          odd: fc.constantFrom(0, 2, 30),
          faults: fc.constantFrom(0, 0, 0, 1),
          unfillable: fc.constantFrom(0, 0, 2),
          lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
        }),
        fc.record({
          missing: fc.constantFrom('error' as const, 'drop' as const, 'mean' as const),
          weightColumn: fc.constantFrom(undefined, 'c'),
          classWeight: fc.constantFrom(undefined, 'balanced' as const, [1, 2.5] as const),
          validation: fc.constantFrom(undefined, 0.1, 0.3, 0.5),
          seed: fc.nat(1000),
          missingValues: fc.constantFrom(['-9'], ['-9', '2']),
          intercept: fc.boolean(),
          // terms of the columns, those that hold missing and odd cells among them
          add: fc.constantFrom(
            ...[
              undefined,
              undefined,
              ['a^2 + a:b + log1p(a)'],
              ['group:a + (group=g1):b'],
              ['sqrt(a) + ns(a, 3)'],
            ],
          ),
        }),
        fc.record({
          headRows: fc.integer({ min: 2, max: 50 }),
          chunkBytes: fc.constantFrom(256, 1024, 8192),
          threads: fc.constantFrom(1, 2, 3, 8),
        }),
        async (shape, { seed, ...options }, sizes) => {
          const way = { ...sizes, fewBytes: 0, manyBytes: 0, host: host() };
          const heldOut = options.validation === undefined ? {} : { seed };
          await compare(weightedTableOf(shape), { ...options, ...heldOut }, [way]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
