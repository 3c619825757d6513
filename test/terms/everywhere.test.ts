/** Terms wherever rows come from and whatever becomes of the model: arrays, threads, memory, files of weights. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { evaluate, loadModel, namedWeights, predict, type TrainOptions, train } from '../../src/index.js';
import { bcePredict, bceTrain, seeded, temporary } from '../support/support.js';

const random = seeded(11);
const NAMES = ['x', 'u', 'far'];
const X = Array.from({ length: 1500 }, (_, i) => [
  1 + random(),
  Math.round(8 * random()) / 4,
  1.7e12 + 1e4 * random() + i,
]);
const y = X.map(([x, u]) => (x! * u! + random() > 0 ? 1 : 0));
const weights = X.map((_, i) => i % 4);
const lines = X.map((row, i) => [...row, y[i], weights[i]].join(','));
const csv = `${[...NAMES, 'y', 'weights'].join(',')}\n${lines.join('\n')}\n`;
const OPTIONS: TrainOptions = { optimizer: 'newton', epochs: 4, l2: 1e-3 };

describe('terms of arrays', () => {
  const path = temporary('arrays.csv', csv);
  const asked: readonly TrainOptions[] = [
    { add: ['x^2 + log(x) + u:x', 'far:x'] },
    { add: ['poly(u, 3) + ns(far, 3) + scale(x)'] },
    { add: ['u=0 + bins(x, 4)'] },
    { formula: 'y ~ x*u + sqrt(x)' },
    { formula: '~ . - far + u>0.5 - 1' },
  ];
  for (const options of asked) {
    it(`are those of the same file: ${options.add ?? options.formula}`, async () => {
      for (const validation of [undefined, 0.2]) {
        const all: TrainOptions = { ...OPTIONS, ...options, validation };
        const ofFile = await train(path, {
          ...all,
          target: options.formula === undefined ? 'y' : undefined,
          weightColumn: 'weights',
          ...(options.formula?.startsWith('~') && { formula: `y ${options.formula}` }),
        });
        const ofArrays = await train({ X, y, weights, names: NAMES }, all);
        assert.deepEqual(namedWeights(ofArrays), namedWeights(ofFile));
        assert.deepEqual(ofArrays.history, ofFile.history);
        assert.deepEqual(ofArrays.descent, ofFile.descent);
      }
    });
  }

  it('hold in predictions of arrays and of files', async () => {
    const model = await train({ X, y, names: NAMES }, { ...OPTIONS, add: ['x:u + ns(x, 3) + u^2'] });
    const loaded = await loadModel(temporary('arrays.json', JSON.stringify(model)));
    assert.deepEqual(await predict(loaded, { X, names: NAMES }), await predict(loaded, path));
    const { metrics } = await evaluate(model, { X, y, names: NAMES });
    assert.ok(Math.abs(metrics.logLoss - (model.result.loss - penaltyOf(model))) < 1e-9);
  });

  it('are refused where they stand', async () => {
    const rejected = async (options: TrainOptions, code: string, message: RegExp, rows = X) =>
      assert.rejects(train({ X: rows, y, names: NAMES }, options), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    await rejected(
      { add: ['log(u)'] },
      'TERM_DOMAIN',
      /^X\[\d+\]: term "log\(u\)": expected a number above 0, got/,
    );
    await rejected({ add: ['z^2'] }, 'COLUMN_UNKNOWN', /no column "z"/);
    await rejected({ add: ['x^^2'] }, 'USAGE', /character 3/);
    await rejected({ formula: 'x ~ u' }, 'USAGE', /^formula: expected "y" before ~, got "x"/);
    await rejected({ add: ['y:x'] }, 'USAGE', /column "y" is the target/);
    const broken = X.map((row, i) => (i === 1200 ? [1, Number.NaN, 2] : row));
    await rejected({ add: ['x^2'] }, 'CSV_NOT_FINITE', /^X\[1200\]\[1\]: expected a finite number/, broken);
    const ragged = X.map((row, i) => (i === 1300 ? [1, 2] : row));
    await rejected({ add: ['x^2'] }, 'CSV_RAGGED_ROW', /^X\[1300\]: expected 3 numbers, found 2/, ragged);
  });
});

/** l2/2 |v|^2 over the slopes. */
function penaltyOf(model: Awaited<ReturnType<typeof train>>): number {
  const slopes = model.descent.weights.slice(0, -1);
  return (1e-3 / 2) * slopes.reduce((sum, v) => sum + v * v, 0);
}

describe('the bits of a model with terms', () => {
  const rows = Array.from({ length: 12_000 }, (_, i) => {
    const x = 2 + random();
    return [
      x.toFixed(5),
      (3 * random()).toFixed(2),
      `g${i % 7}`,
      `s${i % 4}`,
      random() > x - 2 ? 'yes' : 'no',
    ];
  });
  const path = temporary('bits.csv', `x,u,g,s,y\n${rows.map((row) => row.join(',')).join('\n')}\n`);

  it('depend neither on threads nor on memory, nor on how the rows come', async () => {
    const options: TrainOptions = {
      ...{ optimizer: 'lbfgs', epochs: 3 },
      add: ['g*s + poly(x, 3) + log(x):u + bins(u, 4) + (g=g1):x'],
    };
    const model = await train(path, options);
    assert.equal(model.terms.length, 1 + 2 + 6 + 3 + 6 * 3 + 2 + 1 + 3 + 1);
    const ways: TrainOptions[] = [
      { threads: 1 },
      { threads: 2 },
      { threads: 3, memory: 2 ** 20 },
      { memory: 1 },
    ];
    for (const way of ways) {
      const other = await train(path, { ...options, ...way });
      assert.deepEqual(other.history, model.history);
      assert.deepEqual(namedWeights(other), namedWeights(model));
    }
  });
});

describe('a model with terms', () => {
  const path = temporary('model.csv', csv);
  const terms = 'x^2 + log(x) + u:x';
  const options = [
    '--target',
    'y',
    '--drop',
    'weights',
    '--drop',
    'far',
    '--add',
    terms,
    '--optimizer',
    'newton',
    '--quiet',
  ];

  it('is explained and predicted alike from a JSON model and from a file of weights', async () => {
    const { stdout } = await bceTrain([path, ...options]);
    const table = temporary('terms-weights.csv', stdout);
    const json = temporary('terms-model.json', '');
    assert.equal((await bceTrain([path, ...options, '-o', json])).code, 0);
    const plain = [
      '--target',
      'y',
      '--drop',
      'weights',
      '--drop',
      'far',
      '--add',
      terms,
      '--format',
      'json',
      '--quiet',
    ];
    const explained = async (init: string) => {
      const { stdout: text, stderr } = await bceTrain([path, ...plain, '--explain', '5', '--init', init]);
      assert.equal(stderr, '');
      return JSON.parse(text);
    };
    const [a, b] = [await explained(table), await explained(json)];
    assert.deepEqual({ ...a, weights: '' }, { ...b, weights: '' });
    assert.deepEqual(
      a.columns.map(({ name, through }: { name: string; through: unknown[] }) => [name, through.length]),
      [
        ['x', 4],
        ['u', 2],
      ],
    );
    const predicted = async (model: string) => {
      const { stdout: text } = await bcePredict([model, path, '--kind', 'logit', '--quiet']);
      return text.trim().split('\n').slice(1).map(Number);
    };
    const [one, two] = [await predicted(table), await predicted(json)];
    assert.equal(one.length, X.length);
    one.forEach((h, i) => {
      assert.ok(Math.abs(h - two[i]!) <= 1e-9 * Math.max(1, Math.abs(h)), `row ${i + 1}: ${h}, ${two[i]}`);
    });
    assert.ok(Math.abs(one[4]! - a.h) < 1e-9);
  });

  it('asks for its terms where weights are explained without them', async () => {
    const json = temporary('asked.json', readFileSync(temporary('terms-model.json')).toString());
    const { stderr, code } = await bceTrain([
      path,
      '--target',
      'y',
      '--drop',
      'weights',
      '--drop',
      'far',
      '--explain',
      '5',
      '--init',
      json,
    ]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /the data have no "x\^2", "log\(x\)", "u:x"\nhint: .*--add 'x\^2 \+ log\(x\) \+ u:x'/,
    );
  });
});
