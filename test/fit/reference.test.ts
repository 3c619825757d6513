/** Numbers that other programs found. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Model, namedWeights, type TrainOptions, train } from '../../src/index.js';
import { error, example, fixture, readFit, readJson, temporary } from '../support/support.js';

function weightsOf(model: Model): Map<string, number> {
  return new Map(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
}

interface DescentRun {
  data: string;
  standardize: boolean;
  lr: number;
  l2: number;
  epochs: number;
  objective_by_epoch: number[];
  raw_slopes: number[];
  raw_intercept: number;
}

describe('plain gradient descent', () => {
  const runs: DescentRun[] = readJson(fixture('gradient_descent.json')).runs;

  for (const run of runs) {
    const { data, standardize, lr, l2, epochs } = run;
    it(`has the losses and weights of NumPy on ${data}, standardize ${standardize}, l2 ${l2}`, async () => {
      const model = await train(fixture(data), { standardize, learningRate: lr, l2, epochs, tolerance: 0 });
      assert.equal(model.history.length, run.objective_by_epoch.length);
      model.history.forEach((loss, k) => {
        assert.ok(Math.abs(loss - run.objective_by_epoch[k]!) < 1e-12, `epoch ${k}: ${loss}`);
      });
      const [intercept, ...slopes] = namedWeights(model).map(({ weight }) => weight);
      assert.ok(Math.abs(intercept! - run.raw_intercept) < 1e-12);
      slopes.forEach((slope, j) => {
        assert.ok(Math.abs(slope - run.raw_slopes[j]!) < 1e-12);
      });
    });
  }

  it('keeps ten losses on pima to the last digits', async () => {
    const { history } = await train(example('pima.csv'), { learningRate: 1, epochs: 9 });
    assert.equal(history.length, PINNED_LOSSES.length);
    history.forEach((loss, k) => {
      assert.ok(Math.abs(loss - PINNED_LOSSES[k]!) < 1e-14, `epoch ${k}: ${loss}`);
    });
  });
});

// npx bce-train examples/pima.csv --lr 1 --epochs 9 --history /dev/stdout; epochs 0 to 9
const PINNED_LOSSES: readonly number[] = [
  0.6931471805599447, 0.5598987905726607, 0.5141546633880574, 0.4906763940135172, 0.47630944834944555,
  0.4667404617878461, 0.46004879469256044, 0.4552153342873055, 0.4516397400542824, 0.4489442191246477,
];

describe('the optimum', () => {
  const tables: [string, string, TrainOptions][] = [
    ['titanic', example('titanic.csv'), { missing: 'drop', learningRate: 3 }],
    ['birthwt', fixture('birthwt.csv'), { learningRate: 3 }],
    ['pima', example('pima.csv'), { learningRate: 3 }],
    ['credit', fixture('credit.csv'), { missing: 'drop', positive: 'bad', learningRate: 3 }],
  ];
  for (const [name, path, options] of tables) {
    it(`has R's coefficients on ${name}`, async () => {
      const model = await train(path, { ...options, epochs: 20_000, tolerance: 1e-11 });
      assert.equal(model.result.status, 'converged');
      const weights = weightsOf(model);
      const { terms, coef, mean_bce } = readFit(`${name}.json`);
      assert.deepEqual([...weights.keys()], terms);
      terms.forEach((term, j) => {
        const relative = Math.abs(weights.get(term)! - coef[j]!) / Math.abs(coef[j]!);
        assert.ok(relative < 1e-6, `${term}: ${weights.get(term)} against ${coef[j]}`);
      });
      assert.ok(Math.abs(model.result.loss - mean_bce) < 1e-12);
    });
  }
});

describe('columns far from zero', () => {
  const rows = readFileSync(example('pima.csv'), 'utf8').trim().split('\n');
  /** pima with age as a birth year and a column of epoch milliseconds in the place of glu. */
  const shifted = rows.map((row, i) => {
    const cells = row.split(',');
    if (i > 0) {
      cells[1] = String(1_700_000_000_000 + 1000 * Number(cells[1]));
      cells[6] = String(2000 - Number(cells[6]));
    }
    return cells.join(',');
  });

  it('come out as well as the same columns near zero', async () => {
    const options = { learningRate: 3, epochs: 20_000, tolerance: 1e-12 };
    const path = temporary('shifted.csv', `${shifted.join('\n')}\n`);
    const [near, far] = [await train(example('pima.csv'), options), await train(path, options)];
    const [w, v] = [weightsOf(near), weightsOf(far)];
    assert.equal(far.result.status, 'converged');
    for (const name of ['npreg', 'bp', 'skin', 'bmi', 'ped']) {
      assert.ok(error(v.get(name)! / w.get(name)!, 1) < 1e-8, name);
    }
    assert.ok(error((1000 * v.get('glu')!) / w.get('glu')!, 1) < 1e-8);
    assert.ok(error(-v.get('age')! / w.get('age')!, 1) < 1e-8);
  });
});
