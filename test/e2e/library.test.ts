/** The library face: train on a path, a stream, arrays; its hooks and its errors. */
import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  BceError,
  evaluate,
  exportModel,
  loadModel,
  type Model,
  namedWeights,
  predict,
  saveModel,
  type TrainOptions,
  train,
} from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { bcePredict, bceTrain, example, fixture, seeded, temporary } from '../support/support.js';

describe('train', () => {
  it('gives one model from a path, a stream, and arrays', async () => {
    const path = fixture('age.csv');
    const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const numbers = rows.map((row) => row.split(',').map(Number));
    const X = numbers.map(([age]) => Float64Array.of(age!));
    const y = numbers.map(([, label]) => label!);
    const bare = (model: Model) => ({ ...model, provenance: undefined });
    const fromPath = bare(await train(path));
    assert.deepEqual(bare(await train(createReadStream(path))), fromPath);
    assert.deepEqual(bare(await train({ X, y, names: ['age'] })), fromPath);
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

/** The cells below the header. */
function cellsOf(stdout: string): string[] {
  return stdout.trimEnd().split('\n').slice(1);
}

/** An empty file of that name. */
const empty = (name: string) => temporary(name, '');

describe('a model of the library', () => {
  const titanic = example('titanic.csv');
  const trained = (options: TrainOptions = {}) => train(titanic, { missing: 'drop', epochs: 40, ...options });

  it('predicts what bce-predict prints, from a model, its file, a file of weights, a path and a stream', async () => {
    const model = await trained();
    const path = empty('library-predict.json');
    await saveModel(model, path);
    const weights = (await bceTrain([titanic, '--missing', 'drop', '--epochs', '40', '-q'])).stdout;
    const table = temporary('library-predict.csv', weights);
    for (const kind of ['probability', 'logit'] as const) {
      const { stdout } = await bcePredict([path, titanic, '--kind', kind, '--missing', 'drop']);
      const options = { kind, missing: 'drop' } as const;
      for (const from of [model, path]) {
        for (const data of [titanic, createReadStream(titanic)]) {
          assert.deepEqual([...(await predict(from, data, options))].map(String), cellsOf(stdout));
        }
      }
      const ofWeights = await bcePredict([table, titanic, '--kind', kind, '--missing', 'drop']);
      assert.deepEqual([...(await predict(table, titanic, options))].map(String), cellsOf(ofWeights.stdout));
    }
  });

  it('gives labels by a threshold, none to a row with a missing cell, and tells what was missing', async () => {
    const model = await trained();
    const path = empty('library-class.json');
    await saveModel(model, path);
    const args = [path, titanic, '--kind', 'class', '--threshold', '0.7', '--missing', 'empty'];
    const printed = cellsOf((await bcePredict(args)).stdout);
    let rows = 0;
    let incomplete = 0;
    const labels = await predict(model, titanic, {
      kind: 'class',
      threshold: 0.7,
      missing: 'empty',
      onCounts: (counts) => {
        ({ rows, incomplete } = counts);
      },
    });
    assert.deepEqual(
      labels.map((label) => label ?? ''),
      printed,
    );
    assert.equal(rows, labels.length);
    assert.ok(incomplete > 0);
    assert.equal(labels.filter((label) => label === undefined).length, incomplete);
  });

  it('evaluates as bce-predict does', async () => {
    const model = await trained();
    const path = empty('library-evaluate.json');
    await saveModel(model, path);
    const args = [path, titanic, '--evaluate', '--missing', 'mean', '--format', 'json', '--threshold', '0.4'];
    const { stdout } = await bcePredict(args);
    const { metrics, positive, negative } = await evaluate(path, titanic, {
      missing: 'mean',
      threshold: 0.4,
    });
    const printed = JSON.parse(stdout);
    for (const [name, value] of Object.entries(metrics))
      assert.equal(printed[name] ?? undefined, value, name);
    assert.deepEqual([positive, negative], [model.target.positive, model.target.negative]);
  });

  it('takes arrays as it takes a file of them, NaN for a missing cell', async () => {
    const random = seeded(5);
    const X = Array.from({ length: 300 }, () => [random(), 1e12 + random(), random()]);
    const y = X.map(([a, , c]) => (a! - c! + random() > 0.5 ? 1 : 0));
    const weights = X.map((_, i) => (i % 3) / 2);
    const names = ['a', 'y', 'weights'];
    const model = await train({ X, y, weights, names });
    X[3]![0] = Number.NaN;
    const lines = X.map((row, i) =>
      [...row.map((x) => (Number.isNaN(x) ? '' : x)), y[i], weights[i]].join(','),
    );
    const file = temporary('library-arrays.csv', ['a,y,weights,label,c', ...lines, ''].join('\n'));
    for (const missing of ['mean', 'empty'] as const) {
      const options = { missing };
      assert.deepEqual(await predict(model, { X, names }, options), await predict(model, file, options));
    }
    assert.deepEqual(
      await evaluate(model, { X, y, weights, names }, { missing: 'drop' }),
      await evaluate(model, file, { missing: 'drop', target: 'label', weightColumn: 'c' }),
    );
    assert.deepEqual(
      await evaluate(model, { X, y, names }, { missing: 'drop' }),
      await evaluate(model, file, { missing: 'drop', target: 'label', weightColumn: false }),
    );
  });

  it('takes y = 1 of arrays for its positive label', async () => {
    const path = fixture('age.csv');
    const model = await train(path, { positive: '0' });
    assert.equal(model.target.positive, '0');
    const rows = cellsOf(readFileSync(path, 'utf8')).map((row) => row.split(','));
    const X = rows.map(([age]) => [Number(age)]);
    const y = rows.map(([, label]) => (label === '0' ? 1 : 0));
    assert.deepEqual(await evaluate(model, { X, y, names: ['age'] }), await evaluate(model, path));
  });

  it('is exported as bce-predict exports it', async () => {
    const model = await trained();
    const path = empty('library-export.json');
    await saveModel(model, path);
    for (const form of ['sql', 'js', 'c'] as const) {
      const { stdout } = await bcePredict([path, '--export', form]);
      assert.equal(await exportModel(path, form), stdout);
    }
    const options = { dialect: 'duckdb', table: 'people', missing: 'mean', unseen: 'baseline' } as const;
    const args = ['--dialect', 'duckdb', '--table', 'people', '--missing', 'mean', '--unseen', 'baseline'];
    const { stdout } = await bcePredict([path, '--export', 'sql', ...args]);
    assert.equal(await exportModel(path, 'sql', options), stdout);
    assert.ok((await exportModel(model, 'onnx')) instanceof Uint8Array);
  });

  const kinds: [string, () => Promise<Model>][] = [
    ['of defaults', () => trained()],
    [
      'with statistics, metrics and validation',
      () => trained({ stats: true, metrics: true, validation: 0.2 }),
    ],
    ['without an intercept', () => train(example('pima.csv'), { intercept: false, optimizer: 'newton' })],
    ['of separated classes', () => train(fixture('separated.csv'), { epochs: 30 })],
    ['of arrays', () => train({ X: [[1], [2], [3], [4]], y: [0, 1, 0, 1], names: ['NaN'] })],
  ];
  for (const [what, make] of kinds) {
    it(`is the same after it was saved and loaded: ${what}`, async () => {
      const model = await make();
      const path = empty('library-saved.json');
      await saveModel(model, path);
      assert.equal(readFileSync(path, 'utf8'), modelAsJson(model));
      const loaded = await loadModel(path);
      assert.deepEqual(loaded, model);
      assert.deepEqual(JSON.parse(JSON.stringify(model)), JSON.parse(readFileSync(path, 'utf8')));
      assert.equal(JSON.stringify(loaded), JSON.stringify(model));
      // nothing but its bits goes into what is read of it
      await saveModel(JSON.parse(JSON.stringify(model)), path);
      assert.deepEqual(await loadModel(path), model);
    });
  }

  it('saves what bce-train writes', async () => {
    const [written, saved] = [empty('library-written.json'), empty('library-own.json')];
    await bceTrain([fixture('age.csv'), '-o', written, '-q']);
    await saveModel(await train(fixture('age.csv')), saved);
    assert.equal(readFileSync(saved, 'utf8'), readFileSync(written, 'utf8'));
  });

  it('goes on to the last bit from a file', async () => {
    const path = empty('library-go-on.json');
    await saveModel(await trained({ epochs: 20 }), path);
    const more = await trained({ epochs: 20, init: await loadModel(path) } as TrainOptions);
    assert.deepEqual(more.descent.weights, (await trained()).descent.weights);
  });

  it('tells that its training did not converge', async () => {
    const cautions: string[] = [];
    const model = await train(example('pima.csv'), { epochs: 2 });
    await predict(model, example('pima.csv'), { onCaution: (text) => cautions.push(text) });
    assert.deepEqual(cautions, ['model: its training did not converge']);
  });

  const age = { X: [[30], [Number.NaN]], names: ['age'] };
  const other = 'age\n30\n';
  const refused: [string, (model: Model) => Promise<unknown>, string, RegExp][] = [
    [
      'an unknown option',
      (m) => predict(m, 'x.csv', { epochs: 1 } as object),
      'USAGE',
      /unknown option "epochs"/,
    ],
    [
      'an option of others',
      (m) => predict(m, 'x.csv', { positive: '1' } as object),
      'USAGE',
      /unknown option/,
    ],
    [
      'an unknown kind',
      (m) => predict(m, 'x.csv', { kind: 'odds' as 'logit' }),
      'USAGE',
      /kind \(--kind\): expected/,
    ],
    ['a lonely threshold', (m) => predict(m, 'x.csv', { threshold: 0.4 }), 'USAGE', /--threshold goes with/],
    [
      'a policy that settles nothing',
      (m) => predict(m, 'x.csv', { unseen: 'missing' }),
      'USAGE',
      /--unseen missing/,
    ],
    [
      'rows without predictions',
      (m) => evaluate(m, 'x.csv', { missing: 'empty' }),
      'USAGE',
      /--missing empty/,
    ],
    ['options of files', (m) => predict(m, age, { delimiter: ';' }), 'USAGE', /^delimiter: .* arrays/],
    [
      'a target for arrays',
      (m) => evaluate(m, { ...age, y: [0, 1] }, { target: 'y' }),
      'USAGE',
      /^target: .* arrays/,
    ],
    ['no such file', (m) => predict(m, 'no-such.csv'), 'FILE_UNREADABLE', /no such file/],
    ['no such model', () => predict('no-such.json', age), 'FILE_UNREADABLE', /no such file/],
    ['what is no model', () => predict({} as Model, age), 'WEIGHTS_UNREADABLE', /^model: /],
    ['no model', () => predict(3 as unknown as string, age), 'USAGE', /^model: expected a model/],
    ['no data', (m) => predict(m, 3 as unknown as string), 'USAGE', /^data: /],
    ['a missing cell', (m) => predict(m, age), 'CELLS_MISSING', /^X:1: column "age"/],
    ['an endless number', (m) => predict(m, { ...age, X: [[1 / 0]] }), 'CSV_NOT_FINITE', /^X\[0\]\[0\]: /],
    [
      'a text',
      (m) => predict(m, { ...age, X: [['1' as unknown as number]] }),
      'CSV_NOT_FINITE',
      /the text "1"/,
    ],
    ['rows of two lengths', (m) => predict(m, { ...age, X: [[1], [1, 2]] }), 'CSV_RAGGED_ROW', /^X\[1\]: /],
    ['an absent column', (m) => predict(m, { X: [[1]] }), 'COLUMN_MISSING', /found no "age"/],
    ['no labels', (m) => evaluate(m, age as never), 'USAGE', /^y: expected a list/],
    [
      'another label',
      (m) => evaluate(m, { ...age, y: [0, 2] }, { missing: 'mean' }),
      'LABEL_NOT_BINARY',
      /^y\[1\]: /,
    ],
    ['an unknown form', (m) => exportModel(m, 'java' as 'js'), 'USAGE', /^form: expected/],
    ['a lonely dialect', (m) => exportModel(m, 'js', { dialect: 'duckdb' }), 'USAGE', /--dialect goes with/],
    ['an export that stops', (m) => exportModel(m, 'js', { missing: 'drop' }), 'USAGE', /--missing drop/],
    [
      'a folder that is not there',
      (m) => saveModel(m, 'no-such/model.json'),
      'FILE_UNWRITABLE',
      /no such directory/,
    ],
    ['to save what is no model', () => saveModel({} as Model, 'x.json'), 'WEIGHTS_UNREADABLE', /^model: /],
    [
      'weights for a model',
      () => loadModel(fixture('patients-weights.csv')),
      'WEIGHTS_UNREADABLE',
      /weights only/,
    ],
    [
      'data for a model',
      () => loadModel(temporary('other.csv', other)),
      'WEIGHTS_UNREADABLE',
      /feature and weight/,
    ],
  ];
  for (const [what, attempt, code, message] of refused) {
    it(`refuses ${what}`, async () => {
      const model = await train(fixture('age.csv'));
      await assert.rejects(attempt(model), (error: unknown) => {
        assert.ok(error instanceof BceError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
