/** Rows to a dataset: names, kinds, labels, missing cells, levels, moments, shards. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CategoricalFeature, Dataset, NumericFeature } from '../../src/dataset/dataset.js';
import { ColumnMoments } from '../../src/dataset/describe/moments.js';
import type { TrainOptions } from '../../src/options/library.js';
import { BLOCK_ROWS, keepColumns, rowsPerShard } from '../../src/storage/shards.js';
import { ShardWriter } from '../../src/storage/shardWriter.js';
import { ArrayStore } from '../../src/storage/store.js';
import { datasetOfCsv } from '../support/support.js';
import { shardsOf } from '../support/tables.js';

function numeric(dataset: Dataset, name: string): NumericFeature {
  const feature = dataset.features.find((candidate) => candidate.name === name);
  assert.equal(feature?.kind, 'numeric');
  return feature as NumericFeature;
}

function categorical(dataset: Dataset, name: string): CategoricalFeature {
  const feature = dataset.features.find((candidate) => candidate.name === name);
  assert.equal(feature?.kind, 'categorical');
  return feature as CategoricalFeature;
}

/** Values of numeric column j as stored. */
function column(dataset: Dataset, j: number): number[] {
  return shardsOf(dataset).flatMap(({ X, rows }) =>
    Array.from({ length: rows }, (_, i) => {
      const block = Math.floor(i / BLOCK_ROWS);
      return X[(block * dataset.design.numerics + j) * BLOCK_ROWS + (i % BLOCK_ROWS)]!;
    }),
  );
}

function labels(dataset: Dataset): number[] {
  return shardsOf(dataset).flatMap(({ y, rows }) => [...y.subarray(0, rows)]);
}

describe('the header', () => {
  it('is found when a cell of the first row is no number', async () => {
    const { features } = await datasetOfCsv('a,2,y\n1,3,0\n2,4,1\n');
    assert.deepEqual(
      features.map(({ name }) => name),
      ['a', '2'],
    );
  });

  it('is not found in a row of numbers', async () => {
    const dataset = await datasetOfCsv('1,2,0\n2,3,1\n');
    assert.deepEqual(
      dataset.features.map(({ name }) => name),
      ['x1', 'x2'],
    );
    assert.equal(dataset.rows, 2);
  });

  it('is what the options say', async () => {
    const named = await datasetOfCsv('1,2,0\n2,3,1\n4,5,0\n', { header: true });
    assert.deepEqual(
      named.features.map(({ name }) => name),
      ['1', '2'],
    );
    const unnamed = await datasetOfCsv('a,0\nb,1\n', { header: false });
    assert.deepEqual(categorical(unnamed, 'x1').levels, ['a', 'b']);
  });

  it('that looks like data is remembered for a warning', async () => {
    const { reading } = await datasetOfCsv('country,1990,1991\nfr,24,0\nfr,3,1\n');
    assert.deepEqual(reading.numbersInHeader, ['1990', '1991']);
  });

  it('is asked for where the first row may be data as well', async () => {
    for (const csv of [
      'male,23,1\nfemale,24,0\nmale,3,1\n',
      '0.5,0.25,R\n0.1,0.3,M\n0.2,0.4,R\n',
      'f,0.5,y\nu,1,0\nv,2,1\n',
      '0,1,2\n0.1,5,0\n0.2,6,1\n',
      '1,2\n3,0\n4,1\n',
    ]) {
      await assert.rejects(datasetOfCsv(csv), { code: 'HEADER_UNCERTAIN' });
      await datasetOfCsv(`${csv}${csv}`, { header: false }).catch(({ code }) => {
        assert.notEqual(code, 'HEADER_UNCERTAIN');
      });
    }
    // whoever names the target takes the first row for names
    await datasetOfCsv('x,died\n1,died\n2,lived\n', { target: 'died' });
  });
});

describe('columns', () => {
  const csv = 'id,"a,b",c,y\n1,2,u,0\n2,3,v,1\n3,5,u,1\n';
  const cases: [string, TrainOptions, string[]][] = [
    ['all but the last', {}, ['id', 'a,b', 'c']],
    ['those of --features, in the order of the file', { features: ['c,id'] }, ['id', 'c']],
    ['a name with a comma in it', { features: ['a,b'] }, ['a,b']],
    ['by number', { features: ['1,3'] }, ['id', 'c']],
    ['all but those of --drop', { drop: ['id', 'c'] }, ['a,b']],
    ['all but another target', { target: 'id', drop: ['y'], positive: '1' }, ['a,b', 'c']],
  ];
  for (const [what, options, expected] of cases) {
    it(`are ${what}`, async () => {
      const { features } = await datasetOfCsv(
        what.includes('target') ? csv.replace('\n3,', '\n1,') : csv,
        options,
      );
      assert.deepEqual(
        features.map(({ name }) => name),
        expected,
      );
    });
  }

  it('of text are coded with the levels in byte order', async () => {
    const dataset = await datasetOfCsv('c,y\nz,0\né,1\nZ,1\n\u{1f600},0\n\uffee,1\nz,0\n');
    assert.deepEqual(categorical(dataset, 'c').levels, ['Z', 'z', 'é', '\uffee', '\u{1f600}']);
    assert.deepEqual([...shardsOf(dataset)[0]!.codes.subarray(0, 6)], [1, 2, 0, 4, 3, 1]);
    assert.deepEqual(categorical(dataset, 'c').counts, [1, 2, 1, 1, 1]);
  });

  it('of digits can be read as text', async () => {
    const dataset = await datasetOfCsv('c,y\n10,0\n9,1\n10,1\n', { categorical: ['c'] });
    assert.deepEqual(categorical(dataset, 'c').levels, ['10', '9']);
  });

  it('are text when most cells are words', async () => {
    const { features } = await datasetOfCsv('a,b,y\n1,u,0\nv,2,1\nw,3,0\n', { categorical: ['b'] });
    assert.deepEqual(
      features.map(({ kind }) => kind),
      ['categorical', 'categorical'],
    );
  });

  it('are numeric when few cells are words, which are refused', async () => {
    await assert.rejects(datasetOfCsv('a,y\n1,0\n2,1\nunknown,1\n'), {
      message: 'data.csv:4: column "a": expected a number, got "unknown"',
    });
  });

  it('are numeric when the first word comes after the sample', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i % 2}`);
    rows[4998] = 'oops,1';
    await assert.rejects(datasetOfCsv(`a,y\n${rows.join('\n')}\n`), {
      code: 'CSV_NOT_NUMERIC',
      message: 'data.csv:5000: column "a": expected a number, got "oops"',
      hint: '--missing-values oops if it means a missing cell, --categorical a to read the column as text, --drop a to leave it out',
    });
  });

  it('that are the same in every row have no weight', async () => {
    const dataset = await datasetOfCsv('a,k,f,b,y\n1,7,u,4,0\n2,7,u,5,1\n3,7,u,9,1\n');
    assert.deepEqual(
      dataset.features.map(({ term }) => term),
      [0, -1, -1, 1],
    );
    assert.deepEqual(column(dataset, 1), [4, 5, 9]);
    const free = await datasetOfCsv('one,zero,y\n1,0,0\n1,0,1\n', { intercept: false });
    assert.deepEqual(
      free.features.map(({ term }) => term),
      [0, -1],
    );
  });

  it('far from zero are stored less a pivot', async () => {
    const dataset = await datasetOfCsv('t,y\n1700000000000,0\n1700000000500,1\n1700000001000,1\n');
    assert.deepEqual(column(dataset, 0), [0, 500, 1000]);
    assert.equal(dataset.scaling.pivot[0], 1_700_000_000_000);
    assert.equal(numeric(dataset, 't').mean, 1_700_000_000_500);
    const free = await datasetOfCsv('t,y\n1700000000000,0\n1700000000500,1\n', { intercept: false });
    assert.equal(free.scaling.pivot[0], 0);
  });
});

describe('labels', () => {
  const cases: [string, string, string | undefined, string][] = [
    ['1 of 0 and 1', '0 1', undefined, '1'],
    ['1 of -1 and 1', '-1 1', undefined, '1'],
    ['the larger of two numbers', '9 10', undefined, '10'],
    ['yes', 'yes no', undefined, 'yes'],
    ['True', 'True False', undefined, 'True'],
    ['positive', 'positive negative', undefined, 'positive'],
    ['the second in byte order', 'good bad', undefined, 'good'],
    ['yes is no special word without a no', 'yes zebra', undefined, 'zebra'],
    ['what the options say', 'good bad', 'bad', 'bad'],
    ['a number in another spelling', '0 1', '1.0', '1'],
    ['1 of spellings of two numbers', '0 1.0 1 0.0', undefined, '1'],
  ];
  for (const [what, words, positive, expected] of cases) {
    it(`take for positive: ${what}`, async () => {
      const rows = words.split(' ').map((word, i) => `${i},${word}\n`);
      const { target } = await datasetOfCsv(`a,y\n${rows.join('')}`, { positive });
      assert.equal(target.positive, expected);
    });
  }

  it('are 1 for positive rows and 0 for the others', async () => {
    const dataset = await datasetOfCsv('a,y\n1,no\n2,yes\n3,yes\n');
    assert.deepEqual(labels(dataset), [0, 1, 1]);
    assert.deepEqual([dataset.target.positives, dataset.target.negatives], [2, 1]);
  });
});

describe('missing cells', () => {
  const csv = 'a,b,y\n1,u,0\n,v,1\n3,NA,1\n5,v,1\n-999,u,0\n';

  it('refuse the file by default, with counts by column', async () => {
    await assert.rejects(datasetOfCsv(csv), {
      code: 'CELLS_MISSING',
      message:
        'data.csv:3: expected a value in every cell, found missing ones in "a" (1), "b" (1), in 5 rows',
    });
  });

  it('drop their rows', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'drop', missingValues: ['-999'] });
    assert.deepEqual(column(dataset, 0), [1, 5]);
    assert.deepEqual(categorical(dataset, 'b').counts, [1, 1]);
    assert.deepEqual(dataset.leftOut, [2, 3, 5]);
    assert.deepEqual(dataset.reading.missing, [
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('leave no level behind that only dropped rows had', async () => {
    const dataset = await datasetOfCsv('a,b,y\n1,u,0\n,w,1\n3,v,1\n', { missing: 'drop' });
    assert.deepEqual(categorical(dataset, 'b').levels, ['u', 'v']);
  });

  it('take the mean, or the commonest level', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'mean', missingValues: ['-999.0'] });
    assert.deepEqual(column(dataset, 0), [1, 3, 3, 5, 3]);
    assert.equal(numeric(dataset, 'a').filled, 2);
    const b = categorical(dataset, 'b');
    assert.deepEqual([b.mostFrequent, b.filled, b.counts], ['u', 1, [3, 2]]);
  });

  it('are only the empty ones when the words are turned off', async () => {
    const dataset = await datasetOfCsv('b,y\nNA,0\nu,1\nNA,1\n', { missingValues: false });
    assert.deepEqual(categorical(dataset, 'b').levels, ['NA', 'u']);
  });
});

describe('what is refused', () => {
  const ids = Array.from({ length: 200 }, (_, i) => `id${i},${i % 2}\n`).join('');
  const numbers = Array.from({ length: 50 }, (_, i) => `${i},${i}\n`).join('');
  const cases: [string, string, TrainOptions, string, RegExp][] = [
    ['an empty file', '', {}, 'CSV_EMPTY', /^data.csv: the file is empty$/],
    ['blank lines only', '\n \n', {}, 'CSV_EMPTY', /empty/],
    ['a header only', 'a,y\n', {}, 'CSV_HEADER_ONLY', /found only a header/],
    ['a short row', 'a,b,y\n1,2,0\n3,1\n', {}, 'CSV_RAGGED_ROW', /^data.csv:3: expected 3 cells, found 2$/],
    ['a long row', 'a,y\n1,0\n3,1,9\n', {}, 'CSV_RAGGED_ROW', /^data.csv:3: expected 2 cells, found 3$/],
    [
      'duplicate names',
      'a,b,a,y\n1,2,3,0\n',
      {},
      'CSV_COLUMN_NAMES',
      /duplicate column names: "a" \(columns 1, 3\)/,
    ],
    ['an empty name', 'a,,y\n1,2,0\n', {}, 'CSV_COLUMN_NAMES', /no name for column 2/],
    ['one label', 'a,y\n1,0\n2,0\n', {}, 'LABEL_NOT_BINARY', /found 1: "0" \(2\)/],
    [
      'three labels',
      'a,y\n1,u\n2,v\n3,w\n4,u\n',
      {},
      'LABEL_NOT_BINARY',
      /found 3: "u" \(2\), "v" \(1\), "w" \(1\)/,
    ],
    ['a target of many numbers', `a,y\n${numbers}`, {}, 'LABEL_NOT_BINARY', /^data.csv:22: .*more than 20/],
    [
      'a missing label',
      'a,y\n1,0\n2,\n3,1\n',
      {},
      'LABEL_MISSING',
      /^data.csv:3: .*1 row of 3 without; the labels are "0" \(1\), "1" \(1\)/,
    ],
    ['a missing label under mean', 'a,y\n1,0\n2,\n3,1\n', { missing: 'mean' }, 'LABEL_MISSING', /1 row of 3/],
    [
      'nothing left',
      'a,b,y\n,1,0\n2,,1\n',
      { missing: 'drop' },
      'NO_ROWS',
      /no row is left.*"a" \(1\), "b" \(1\)/,
    ],
    [
      'a column to fill with nothing',
      'a,b,y\n,1,0\n,2,1\n',
      { missing: 'mean' },
      'NO_ROWS',
      /column "a".*only missing/,
    ],
    [
      'an id',
      `id,y\n${ids}`,
      {},
      'CSV_TOO_MANY_LEVELS',
      /^data.csv:102: column "id": expected at most 100 levels/,
    ],
    [
      'an infinite cell',
      'a,y\n1,0\n1e999,1\n',
      {},
      'CSV_NOT_FINITE',
      /^data.csv:3: column "a": .*got "1e999"/,
    ],
    [
      'a NaN that is not missing',
      'a,y\n1,0\nNaN,1\n',
      { missingValues: false },
      'CSV_NOT_FINITE',
      /got "NaN"/,
    ],
    ['one column', 'y\n0\n1\n', {}, 'NO_FEATURES', /expected at least two columns, found one/],
    ['no features', 'a,y\n1,0\n2,1\n', { drop: ['a'] }, 'USAGE', /no feature is left/],
    [
      'a NUL byte in text',
      'a,y\nu\0,0\nv,1\n',
      {},
      'NOT_TEXT',
      /^data.csv:2: column "a": .*NUL byte in "u\\x00"/,
    ],
    ['a NUL byte in a number', 'a,y\n1\0,0\n2,1\n', { numeric: ['a'] }, 'CSV_NOT_NUMERIC', /got "1\\x00"/],
    ['a NUL byte in a name', 'a\0,y\n1,0\n2,1\n', {}, 'NOT_TEXT', /NUL/],
    [
      'two weights of one name',
      's,s=v,y\nu,1,0\nv,2,1\n',
      {},
      'CSV_COLUMN_NAMES',
      /two weights would be called "s=v"/,
    ],
    ['an unknown target', 'age,y\n1,0\n', { target: 'agr' }, 'COLUMN_UNKNOWN', /--target: no column "agr"/],
    ['an unknown number', 'age,y\n1,0\n', { drop: ['3'] }, 'COLUMN_UNKNOWN', /--drop: no column "3"/],
    ['an unknown positive label', 'a,y\n1,u\n2,v\n', { positive: 'w' }, 'USAGE', /--positive: no label "w"/],
    [
      'a target among the features',
      'a,y\n1,0\n',
      { features: ['a,y'] },
      'USAGE',
      /--features: column "y" is the target/,
    ],
    [
      'a kind of a column left out',
      'a,b,y\n1,2,0\n',
      { drop: ['b'], numeric: ['b'] },
      'USAGE',
      /not among the features/,
    ],
    ['two kinds', 'a,y\n1,0\n', { categorical: ['a'], numeric: ['1'] }, 'USAGE', /both name column "a"/],
    ['numbers too small to divide by', 'a,y\n0,0\n5e-324,1\n', {}, 'SCALE_TOO_SMALL', /spread/],
  ];
  for (const [what, csv, options, code, message] of cases) {
    it(`is ${what}`, () => assert.rejects(datasetOfCsv(csv, options), { code, message }));
  }

  it('is Latin-1', async () => {
    const latin1 = Buffer.from('a,y\ncaf\u00e9,0\nv,1\n', 'latin1');
    await assert.rejects(datasetOfCsv(latin1), { code: 'NOT_TEXT', message: /expected UTF-8/ });
  });
});

/** Shards of one column. */
function shardsOfColumn(values: readonly number[], capacity?: number) {
  const store = new ArrayStore();
  const writer = new ShardWriter(store, 1, 0, false, undefined, capacity);
  for (const value of values) writer.push(Float64Array.of(value), new Int32Array(0), 0);
  writer.finish();
  return store.shards;
}

function momentsOf(values: readonly number[], capacity?: number) {
  const column = new ColumnMoments(1);
  for (const shard of shardsOfColumn(values, capacity)) column.add(shard);
  return column.of(0);
}

describe('moments', () => {
  const moderate = fc.integer({ min: -1000, max: 1000 });

  it('are those of exact arithmetic', () => {
    fc.assert(
      fc.property(fc.array(moderate, { minLength: 1, maxLength: 300 }), (values) => {
        const { mean, sd } = momentsOf(values, 32);
        const sum = values.reduce((a, b) => a + b, 0);
        const square = values.reduce((a, b) => a + b * b, 0);
        // integers: both sums are exact
        const variance = (values.length * square - sum * sum) / values.length ** 2;
        assert.ok(Math.abs(mean - sum / values.length) <= 1e-12);
        assert.ok(Math.abs(sd - Math.sqrt(variance)) <= 1e-11);
      }),
    );
  });

  for (const [what, shift, scale] of [
    ['a large offset', 1.7e12, 1],
    ['huge numbers', 0, 1e305],
    ['tiny numbers', 0, 1e-300],
  ] as const) {
    it(`keep their digits with ${what}, in one shard and in several`, () => {
      const values = [1, 2, 4, 8, 16].map((x) => shift + x * scale);
      for (const [column, capacity] of [
        [values, undefined],
        [values.flatMap((value) => Array(20).fill(value)), 32],
      ] as const) {
        const { mean, sd } = momentsOf(column, capacity);
        assert.ok(Math.abs((mean - shift) / scale - 6.2) < 1e-3 + (shift === 0 ? -0.001 + 1e-14 : 0));
        assert.ok(Math.abs(sd / scale / 5.455272678794342 - 1) < 1e-14);
      }
    });
  }

  it('have a spread of exactly 0 for equal values', () => {
    assert.deepEqual(momentsOf([0.1, 0.1, 0.1]), { mean: 0.1, sd: 0, min: 0.1, max: 0.1 });
  });
});

describe('shards', () => {
  it('are cut by size, in whole blocks', () => {
    assert.equal(rowsPerShard(28, 4) % BLOCK_ROWS, 0);
    assert.ok(rowsPerShard(28, 4) * (28 * 8 + 4 * 4 + 8) <= 1 << 20);
    assert.equal(rowsPerShard(1_000_000, 0), BLOCK_ROWS);
    assert.deepEqual(
      shardsOfColumn(
        Array.from({ length: 70 }, (_, i) => i),
        32,
      ).map(({ rows }) => rows),
      [32, 32, 6],
    );
  });

  it('lose the columns that are not kept', () => {
    const store = new ArrayStore();
    const writer = new ShardWriter(store, 3, 2);
    for (let i = 0; i < 40; i++) {
      writer.push(Float64Array.of(i, 100 + i, 200 + i), Int32Array.of(i, -i), i % 2);
    }
    writer.finish();
    const shard = keepColumns(store.shards[0]!, 3, 2, [0, 2], [1]);
    // row 35 is row 3 of the second block
    assert.equal(shard.X[(1 * 2 + 0) * BLOCK_ROWS + 3], 35);
    assert.equal(shard.X[(1 * 2 + 1) * BLOCK_ROWS + 3], 235);
    assert.equal(shard.codes[BLOCK_ROWS + 3], -35);
    assert.equal(shard.y[35], 1);
  });
});
