/** Weights of rows and of classes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { namedWeights, type TrainOptions, train } from '../../src/index.js';
import { bceTrain, datasetOfCsv, error, example, temporary } from '../support/support.js';

/** pima with a column of weights 0 to 3 put in front. */
const [header, ...rows] = readFileSync(example('pima.csv'), 'utf8').trim().split('\n');
const weightOf = (i: number) => (i * 7) % 4;
const weighted = `w,${header}\n${rows.map((row, i) => `${weightOf(i)},${row}\n`).join('')}`;
const repeated = `${header}\n${rows.flatMap((row, i) => Array(weightOf(i)).fill(`${row}\n`)).join('')}`;

function assertSame(one: Awaited<ReturnType<typeof train>>, other: Awaited<ReturnType<typeof train>>): void {
  assert.equal(one.history.length, other.history.length);
  one.history.forEach((loss, k) => {
    assert.ok(error(loss, other.history[k]!) < 1e-12);
  });
  const names = namedWeights(other).map(({ feature }) => feature);
  assert.deepEqual(
    namedWeights(one).map(({ feature }) => feature),
    names,
  );
  namedWeights(one).forEach(({ weight }, j) => {
    const expected = namedWeights(other)[j]!.weight;
    assert.ok(error(weight, expected) < 1e-12, `${names[j]}: ${weight} against ${expected}`);
  });
}

describe('row weights', () => {
  const [byWeight, byCopy] = [temporary('weighted.csv', weighted), temporary('repeated.csv', repeated)];
  const runs: TrainOptions[] = [
    { epochs: 50 },
    { epochs: 50, l2: 0.1 },
    { optimizer: 'newton' },
    { optimizer: 'lbfgs', epochs: 5, tolerance: 0 },
    { optimizer: 'newton', standardize: false, tolerance: 1e-12 },
    { optimizer: 'nesterov', l1: 0.01, learningRate: 1, epochs: 60 },
    { epochs: 50, learningRate: 0.001, reduction: 'sum' },
    { epochs: 50, classWeight: 'balanced' },
    { epochs: 50, intercept: false },
    { epochs: 50, categorical: ['npreg'] },
  ];
  for (const options of runs) {
    it(`are as many copies of the row: ${JSON.stringify(options)}`, async () => {
      assertSame(await train(byWeight, { ...options, weightColumn: 'w' }), await train(byCopy, options));
    });
  }

  it('say nothing by their size, but for rounding', async () => {
    const scaled = weighted.replaceAll(/^(\d),/gm, (_, digit) => `${Number(digit) * 1e-3},`);
    const options = { weightColumn: 'w', epochs: 50 };
    assertSame(await train(temporary('scaled.csv', scaled), options), await train(byWeight, options));
  });

  it('fill missing cells with what the copies would', async () => {
    const csv = 'w,a,f,y\n1,1,p,0\n2,5,p,1\n3,,q,0\n4,2,,1\n5,4,q,1\n';
    const copies = csv
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((row) => Array(Number(row[0])).fill(row.slice(2)));
    const one = await datasetOfCsv(csv, { weightColumn: 'w', missing: 'mean' });
    const other = await datasetOfCsv(`a,f,y\n${copies.join('\n')}\n`, { missing: 'mean' });
    one.scaling.mean.forEach((mean, j) => {
      assert.ok(error(mean, other.scaling.mean[j]!) < 1e-15);
      assert.ok(error(one.scaling.scale[j]!, other.scaling.scale[j]!) < 1e-15);
    });
    assert.equal(one.weightSum, other.weightSum);
  });

  it('leave out rows with weight 0, whatever their cells hold', async () => {
    const { rows, reading, weightSum, leftOut } = await datasetOfCsv('w,a,y\n1,1,0\n0,oops,maybe\n2,3,1\n', {
      weightColumn: 'w',
      numeric: ['a'],
    });
    assert.deepEqual([rows, weightSum, reading.zeroWeights, leftOut], [2, 3, 1, [2]]);
  });

  it('come with arrays too', async () => {
    const X = [[1], [2], [4], [3], [5]];
    const y = [0, 1, 0, 1, 1];
    const copies = [0, 1, 1, 2, 3, 3, 3, 4];
    assertSame(
      await train({ X, y, weights: [1, 2, 1, 3, 1] }),
      await train({ X: copies.map((i) => X[i]!), y: copies.map((i) => y[i]!) }),
    );
  });
});

describe('class weights', () => {
  const pima = example('pima.csv');
  const withColumn = (negative: number, positive: number) => {
    const lines = rows.map((row) => `${row.endsWith('Yes') ? positive : negative},${row}\n`);
    return temporary(`classes-${negative}-${positive}.csv`, `w,${header}\n${lines.join('')}`);
  };

  it('are the weighted run that they stand for, to the last bit', async () => {
    const [one, other] = [
      await train(pima, { classWeight: [1.5, 4], epochs: 40 }),
      await train(withColumn(1.5, 4), { weightColumn: 'w', epochs: 40 }),
    ];
    assert.deepEqual(one.history, other.history);
    assert.deepEqual(namedWeights(one), namedWeights(other));
  });

  it('balance both classes to half of the rows', async () => {
    const { weighting, target, rows: m } = await train(pima, { classWeight: 'balanced', epochs: 1 });
    assert.deepEqual(weighting.classWeight, [m / 2 / target.negatives, m / 2 / target.positives]);
    assert.ok(error(weighting.sum, m) < 1e-14);
  });

  it('multiply row weights', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), async (n, p) => {
        const [one, other] = [
          await train(withColumn(2, 3), { weightColumn: 'w', classWeight: [n, p], epochs: 3 }),
          await train(pima, { classWeight: [2 * n, 3 * p], epochs: 3 }),
        ];
        assert.deepEqual(namedWeights(one), namedWeights(other));
      }),
      { numRuns: 10 },
    );
  });
});

describe('weights that cannot be used', () => {
  const refused: [what: string, csv: string, flags: string, code: number, message: RegExp][] = [
    [
      'negative',
      'w,a,y\n1,1,0\n-2,2,1\n',
      '',
      1,
      /<stdin>:3: column "w": expected a weight, 0 or more, got -2/,
    ],
    [
      'a word',
      'w,a,y\n1,1,0\nx,2,1\n',
      '',
      1,
      /<stdin>:3: column "w": expected a number, got "x"[\s\S]*--weight-column/,
    ],
    ['infinite', 'w,a,y\n1,1,0\ninf,2,1\n', '', 1, /expected a finite number, got "inf"/],
    [
      'missing',
      'w,a,y\n1,1,0\n,2,1\n',
      '',
      1,
      /<stdin>:3: column "w": expected a weight in every row, found 1 row/,
    ],
    ['missing, to be filled', 'w,a,y\n1,1,0\n,2,1\n', '--missing mean', 1, /a weight cannot be filled in/],
    ['all 0', 'w,a,y\n0,1,0\n0,2,1\n', '', 1, /no row is left: each of 2 rows has weight 0/],
    ['0 in one class', 'w,a,y\n1,1,0\n1,3,0\n0,2,1\n', '', 1, /all rows with "1" \(1\) weigh 0/],
    [
      'beyond doubles in sum',
      'w,a,y\n1e308,1,0\n1e308,2,1\n',
      '',
      1,
      /column "w": expected weights whose sum is from/,
    ],
    ['of the target', 'w,a,y\n1,1,0\n', '--weight-column y', 2, /column "y" is the target/],
    ['of a feature', 'w,a,y\n1,1,0\n', '--features w,a', 2, /--features: column "w" is that of the weights/],
    ['of an unknown column', 'w,a,y\n1,1,0\n', '--weight-column v', 2, /--weight-column: no column "v"/],
    [
      'of one class 0',
      'w,a,y\n1,1,0\n',
      '--class-weight 0:1',
      2,
      /two positive numbers as NEGATIVE:POSITIVE, got "0:1"/,
    ],
    ['of three classes', 'w,a,y\n1,1,0\n', '--class-weight 1:2:3', 2, /got "1:2:3"/],
  ];
  for (const [what, stdin, flags, code, message] of refused) {
    it(`are refused: ${what}`, async () => {
      const column = flags.includes('--weight-column') ? [] : ['--weight-column', 'w'];
      const outcome = await bceTrain(['-', ...column, ...flags.split(' ').filter(Boolean)], { stdin });
      assert.match(outcome.stderr, message);
      assert.deepEqual([outcome.code, outcome.stdout], [code, '']);
    });
  }
});
