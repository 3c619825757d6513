/** The library face: train on a path, a stream, arrays; its hooks and its errors. */
import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BceError, namedWeights, type TrainOptions, train } from '../../src/index.js';
import { example, fixture, seeded } from '../support/support.js';

describe('train', () => {
  it('gives one model from a path, a stream, and arrays', async () => {
    const path = fixture('age.csv');
    const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const numbers = rows.map((row) => row.split(',').map(Number));
    const X = numbers.map(([age]) => Float64Array.of(age!));
    const y = numbers.map(([, label]) => label!);
    const fromPath = await train(path);
    assert.deepEqual(await train(createReadStream(path)), fromPath);
    assert.deepEqual(await train({ X, y, names: ['age'] }), fromPath);
  });

  it('tells every step, and stops after the epoch in which it is aborted', async () => {
    const abort = new AbortController();
    const epochs: number[] = [];
    const model = await train(example('pima.csv'), {
      onStep: ({ epoch }) => {
        epochs.push(epoch);
        if (epoch === 7) abort.abort();
      },
      signal: abort.signal,
    });
    assert.deepEqual(epochs, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(model.result.status, 'interrupted');
  });

  it('gives the same bits in every run', async () => {
    const options: TrainOptions = { missing: 'drop', epochs: 40 };
    assert.deepEqual(
      await train(example('titanic.csv'), options),
      await train(example('titanic.csv'), options),
    );
  });

  it('flips the signs when the labels are swapped', async () => {
    const options: TrainOptions = { missing: 'drop', epochs: 40 };
    const [yes, no] = [
      await train(example('titanic.csv'), options),
      await train(example('titanic.csv'), { ...options, positive: 'no' }),
    ];
    namedWeights(yes).forEach(({ feature, weight }, i) => {
      const other = namedWeights(no)[i]!;
      assert.equal(other.feature, feature);
      assert.ok(Math.abs(weight + other.weight) < 1e-14, feature);
    });
  });

  it('meets any scale and shift of a column with the same predictions', async () => {
    const random = seeded(11);
    // b has 20 binary places, so that the shift is exact
    const X = Array.from({ length: 80 }, () => [random(), Math.round(random() * 2 ** 20) / 2 ** 20]);
    const y = X.map(([a, b]) => (a! + b! + random() > 0 ? 1 : 0));
    const plain = await train({ X, y });
    const moved = await train({ X: X.map(([a, b]) => [1e300 * a!, 4096 + b!]), y });
    assert.ok(Math.abs(plain.result.loss - moved.result.loss) < 1e-12);
  });

  const refused: [string, () => Promise<unknown>, string, RegExp][] = [
    [
      'a negative rate',
      () => train('x.csv', { learningRate: -1 }),
      'USAGE',
      /learningRate \(--lr\): expected a positive number or auto, got -1/,
    ],
    ['a broken epoch count', () => train('x.csv', { epochs: 1.5 }), 'USAGE', /epochs/],
    ['an unknown policy', () => train('x.csv', { missing: 'dorp' as 'drop' }), 'USAGE', /missing/],
    ['a text for a number', () => train('x.csv', { l2: '1' as unknown as number }), 'USAGE', /l2/],
    ['a condition for a file', () => train('x.csv', { where: 'a > 1' }), 'USAGE', /^where: /],
    ['an unknown option', () => train('x.csv', { lr: 1 } as TrainOptions), 'USAGE', /unknown option "lr"/],
    ['no such file', () => train('no-such.csv'), 'FILE_UNREADABLE', /no such file/],
    ['rows of two lengths', () => train({ X: [[1, 2], [3]], y: [0, 1] }), 'CSV_RAGGED_ROW', /X\[1\]/],
    ['NaN', () => train({ X: [[1], [Number.NaN]], y: [0, 1] }), 'CSV_NOT_FINITE', /X\[1\]\[0\]/],
    [
      'labels that are not 0 or 1',
      () => train({ X: [[1], [2]], y: [1, 2] }),
      'LABEL_NOT_BINARY',
      /y\[1\]: expected 0 or 1, got 2/,
    ],
    ['one label', () => train({ X: [[1], [2]], y: [1, 1] }), 'LABEL_NOT_BINARY', /only 1/],
    [
      'too few labels',
      () => train({ X: [[1], [2]], y: [1] }),
      'CSV_RAGGED_ROW',
      /expected 2 labels, found 1/,
    ],
    ['no rows', () => train({ X: [], y: [] }), 'NO_ROWS', /rows/],
    [
      'reading options with arrays',
      () => train({ X: [[1], [2]], y: [0, 1] }, { missing: 'drop' }),
      'USAGE',
      /missing/,
    ],
    ['divergence', () => train(example('pima.csv'), { learningRate: 1e9 }), 'DIVERGED', /diverged at epoch/],
  ];
  for (const [what, attempt, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(attempt, (error: unknown) => {
        assert.ok(error instanceof BceError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
