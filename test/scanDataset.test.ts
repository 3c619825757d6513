/** Tables through the scanner against the same tables through csv-parse: dataset and errors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { scanDataset } from '../src/dataset/read.js';
import { BceError } from '../src/errors.js';
import { resolveOptions, type TrainOptions } from '../src/options.js';
import type { ScanSizes } from '../src/source/scanRows.js';
import { datasetsOfCsv, example, seeded } from './support.js';

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

async function compare(csv: string | Buffer, options: TrainOptions = {}, sizes?: ScanSizes): Promise<void> {
  const { read } = resolveOptions(options);
  const found = await settled(scanDataset(piecesOf(Buffer.from(csv)), 'data.csv', read, undefined, sizes));
  assert.deepEqual(found, await settled(datasetsOfCsv(csv, options)));
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
const SMALL: ScanSizes = { headRows: 100, fewBytes: 0, chunkBytes: 4096 };

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
    { missing: 'mean', missingValues: ['-999,?'] },
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

describe('the dataset of', () => {
  for (const [what, csv, options] of TABLES) {
    it(`${what} is the same through the scanner`, async () => {
      await compare(csv, options);
      await compare(csv, options, SMALL);
    });
  }

  it('an example is the same through the scanner', async () => {
    await compare(readFileSync(example('pima.csv')), {}, SMALL);
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
            SMALL,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
