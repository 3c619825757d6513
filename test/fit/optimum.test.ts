/** The optimum that other programs found, by every optimizer, with and without penalties. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Model, namedWeights, type Step, type TrainOptions, train } from '../../src/index.js';
import { example, fixture, readJson } from '../support/support.js';

interface Fit {
  readonly terms: readonly string[];
  readonly coef: readonly number[];
  readonly mean_bce: number;
  readonly deviance: number;
  readonly n: number;
}

/** Tables with the coefficients of R's glm. */
const TABLES: Readonly<Record<string, [path: string, options: TrainOptions]>> = {
  titanic: [example('titanic.csv'), { missing: 'drop' }],
  birthwt: [fixture('birthwt.csv'), {}],
  pima: [example('pima.csv'), {}],
  credit: [fixture('credit.csv'), { missing: 'drop', positive: 'bad' }],
  spam: [fixture('spam.csv'), {}],
};

/** The largest relative error of a coefficient. */
function errorOf(model: Model, terms: readonly string[], coef: readonly number[]): number {
  const weights = new Map(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
  assert.deepEqual([...weights.keys()].sort(), [...terms].sort());
  const errors = terms.map((term, j) => Math.abs(weights.get(term)! - coef[j]!) / Math.abs(coef[j]!));
  return Math.max(...errors);
}

describe('the optimum without a penalty', () => {
  for (const [name, [path, options]] of Object.entries(TABLES)) {
    const { terms, coef, deviance, n }: Fit = readJson(fixture(`${name}.json`)).fit;
    for (const optimizer of ['lbfgs', 'newton'] as const) {
      it(`is that of R on ${name} by ${optimizer}`, async () => {
        const model = await train(path, { ...options, optimizer, epochs: 1000, tolerance: 1e-11 });
        assert.equal(model.result.status, 'converged');
        assert.ok(errorOf(model, terms, coef) < 1e-7, `${errorOf(model, terms, coef)}`);
        const found = 2 * n * model.result.loss;
        assert.ok(Math.abs(found - deviance) < 1e-10 * deviance, `${found} against ${deviance}`);
      });
    }
    it(`is that of R on ${name} by nesterov`, async () => {
      const model = await train(path, {
        ...options,
        optimizer: 'nesterov',
        epochs: 50_000,
        tolerance: 1e-11,
      });
      assert.equal(model.result.status, 'converged');
      assert.ok(errorOf(model, terms, coef) < 1e-6, `${errorOf(model, terms, coef)}`);
    });
    // on spam, where fitted probabilities are 0 and 1, plain descent needs hundreds of thousands of epochs
    if (name === 'spam') continue;
    it(`is that of R on ${name} by gd with --lr auto`, async () => {
      const model = await train(path, { ...options, learningRate: 'auto', epochs: 50_000, tolerance: 1e-11 });
      assert.equal(model.result.status, 'converged');
      assert.ok(errorOf(model, terms, coef) < 1e-6, `${errorOf(model, terms, coef)}`);
    });
  }

  /** Iterations of scikit-learn's lbfgs until J - J* < 1e-10: npm run bench -- passes */
  const peerIterations: Readonly<Record<string, number>> = {
    titanic: 9,
    birthwt: 10,
    pima: 12,
    credit: 39,
    spam: 564,
  };
  for (const [name, [path, options]] of Object.entries(TABLES)) {
    it(`takes no more passes than half again the iterations of others on ${name} by lbfgs`, async () => {
      const { mean_bce }: Fit = readJson(fixture(`${name}.json`)).fit;
      const epochs = Math.floor(1.5 * peerIterations[name]!);
      const abort = new AbortController();
      let passes = Number.POSITIVE_INFINITY;
      const onStep = (step: Step) => {
        if (step.loss - mean_bce >= 1e-10) return;
        passes = step.passes;
        abort.abort();
      };
      await train(path, {
        ...options,
        optimizer: 'lbfgs',
        epochs,
        tolerance: 0,
        onStep,
        signal: abort.signal,
      });
      assert.ok(passes <= epochs, `${passes} passes`);
    });
  }

  const textbook: (Fit & { data: string })[] = readJson(fixture('textbook.json'));
  for (const { data, terms, coef, mean_bce } of textbook.filter((entry) => entry.coef !== null)) {
    for (const optimizer of ['lbfgs', 'newton'] as const) {
      it(`is that of the textbook on ${data} by ${optimizer}`, async () => {
        const model = await train(fixture(data), { optimizer, tolerance: 1e-12 });
        assert.ok(errorOf(model, terms, coef) < 1e-9, `${errorOf(model, terms, coef)}`);
        assert.ok(Math.abs(model.result.loss - mean_bce) < 1e-12);
      });
    }
  }
});

interface Ridge {
  readonly l2: number;
  readonly raw_coef: readonly number[];
  readonly objective: number;
}

describe('the optimum with L2', () => {
  const { terms, fits }: { terms: string[]; fits: Ridge[] } = readJson(fixture('breast_cancer.json'));
  for (const { l2, raw_coef, objective } of fits) {
    for (const optimizer of ['lbfgs', 'newton', 'nesterov'] as const) {
      it(`is that of others on breast_cancer, lambda ${l2}, by ${optimizer}`, async () => {
        const path = fixture('breast_cancer.csv');
        const model = await train(path, { l2, optimizer, epochs: 20_000, tolerance: 1e-12 });
        const found = errorOf(model, terms, raw_coef);
        assert.ok(found < 1e-8, `${found}`);
        assert.ok(Math.abs(model.result.loss - objective) < 1e-12);
        assert.deepEqual([model.separation, model.collinear], [undefined, []]);
      });
    }
  }
});

interface ElasticNet {
  readonly l1: number;
  readonly l2: number;
  readonly raw_coef: readonly number[];
  readonly mean_bce: number;
}

describe('the optimum with L1', () => {
  const { fits }: { fits: ElasticNet[] } = readJson(fixture('breast_cancer_elastic_net.json'));
  for (const { l1, l2, raw_coef } of fits) {
    for (const optimizer of ['proximal-newton', 'nesterov', 'gd'] as const) {
      // with little penalty on collinear columns plain descent needs a million epochs
      if (optimizer === 'gd' && l1 < 0.005) continue;
      it(`is that of glmnet on breast_cancer, l1 ${l1}, l2 ${l2}, by ${optimizer}`, async () => {
        const model = await train(fixture('breast_cancer.csv'), {
          l1,
          l2,
          optimizer,
          learningRate: optimizer === 'proximal-newton' ? undefined : 'auto',
          epochs: 100_000,
          tolerance: 1e-12,
        });
        assert.equal(model.result.status, 'converged');
        if (optimizer === 'proximal-newton')
          assert.ok(model.result.epochs < 30, `${model.result.epochs} epochs`);
        const [intercept, ...slopes] = namedWeights(model).map(({ weight }) => weight);
        [...slopes, intercept!].forEach((weight, j) => {
          const expected = raw_coef[j]!;
          if (expected === 0) assert.equal(weight, 0, `column ${j}`);
          else
            assert.ok(Math.abs(weight / expected - 1) < 1e-6, `column ${j}: ${weight} against ${expected}`);
        });
      });
    }
  }
});
