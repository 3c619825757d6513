/** The gradient check: finds what is planted, names what is known, and raises no false alarm. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkObjective } from '../../src/check/checkObjective.js';
import { explainRow } from '../../src/check/explain.js';
import { slopeAt } from '../../src/check/slope.js';
import { checkGradient } from '../../src/index.js';
import { seededRandom } from '../../src/math/random.js';
import { MISTAKES, type Mistake } from '../../src/objective/mistakes.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { datasetOfCsv, error, example, fixture } from '../support/support.js';
import { shardsOf } from '../support/tables.js';

const N = 50;

/** sum_j c_j w_j^2 / 2 + w_j, curvatures from 1 to 50 */
const quadratic = {
  f: (w: Float64Array) => w.reduce((sum, wj, j) => sum + ((j + 1) * wj * wj) / 2 + wj, 0),
  gradient: (w: Float64Array) => w.map((wj, j) => (j + 1) * wj + 1),
};

/** sum_j 100 (w_{j+1} - w_j^2)^2 + (1 - w_j)^2 */
const rosenbrock = {
  f: (w: Float64Array) => {
    let sum = 0;
    for (let j = 0; j + 1 < w.length; j++) sum += 100 * (w[j + 1]! - w[j]! ** 2) ** 2 + (1 - w[j]!) ** 2;
    return sum;
  },
  gradient: (w: Float64Array) => {
    const g = new Float64Array(w.length);
    for (let j = 0; j + 1 < w.length; j++) {
      const gap = w[j + 1]! - w[j]! ** 2;
      g[j]! += -400 * w[j]! * gap - 2 * (1 - w[j]!);
      g[j + 1]! += 200 * gap;
    }
    return g;
  },
};

describe('checkGradient', () => {
  const random = seededRandom(3);
  const w = Float64Array.from({ length: N }, () => random.normal());

  for (const [name, { f, gradient }] of Object.entries({ quadratic, rosenbrock })) {
    it(`passes the gradient of the ${name} function`, async () => {
      const { passes, order, weights } = await checkGradient(f, gradient, w);
      assert.ok(passes);
      assert.ok(Math.abs(order! - 2) < 0.01, `order ${order}`);
      assert.ok(Math.max(...weights.map(({ relativeError }) => relativeError)) < 1e-8);
    });

    it(`finds an error of one part in 10,000 in any one coordinate of the ${name} function`, async () => {
      for (let planted = 0; planted < N; planted++) {
        const slip = (v: Float64Array) => gradient(v).map((gj, j) => (j === planted ? gj * (1 + 1e-4) : gj));
        const { passes, weights } = await checkGradient(f, slip, w);
        assert.ok(!passes);
        assert.deepEqual(
          weights.flatMap(({ isWrong }, j) => (isWrong ? [j] : [])),
          [planted],
        );
      }
    });
  }

  it('sees the order 1 of a wrong gradient', async () => {
    const { order } = await checkGradient(quadratic.f, (v) => quadratic.gradient(v).map((gj) => -gj), w);
    assert.ok(Math.abs(order! - 1) < 0.01, `order ${order}`);
  });

  it('takes promises, plain arrays, and leaves the point as it is', async () => {
    const point = [1, 2];
    const { passes } = await checkGradient(
      async (v) => v[0]! * v[1]!,
      async (v) => [v[1]!, v[0]!],
      point,
    );
    assert.ok(passes);
    assert.deepEqual(point, [1, 2]);
  });

  it('passes a constant and a linear function, where the remainder is rounding', async () => {
    assert.ok(
      (
        await checkGradient(
          () => 3,
          () => [0, 0],
          [1, 2],
        )
      ).passes,
    );
    const linear = await checkGradient(
      (v) => 3 * v[0]! - v[1]!,
      () => [3, -1],
      [1, 2],
    );
    assert.ok(linear.passes);
    assert.equal(linear.order, undefined);
  });

  it('refuses what cannot be a gradient', async () => {
    await assert.rejects(
      checkGradient(
        () => 1,
        () => [0],
        [1, 2],
      ),
      { code: 'USAGE', message: /expected 2 entries/ },
    );
    await assert.rejects(
      checkGradient(
        () => 1,
        () => [Number.NaN],
        [1],
      ),
      { code: 'USAGE', message: /entry 0 is NaN/ },
    );
    await assert.rejects(
      checkGradient(
        () => Number.NaN,
        () => [1],
        [1],
      ),
      { code: 'USAGE', message: /finite value/ },
    );
  });
});

describe('slopeAt', () => {
  it('has the digits that it claims', async () => {
    for (const at of [0, 1, -3, 30]) {
      const { value, uncertainty } = await slopeAt((w) => Math.sin(w[0]!), Float64Array.of(at), 0, 1, 0);
      assert.ok(Math.abs(value - Math.cos(at)) <= uncertainty, `${value} at ${at}, +- ${uncertainty}`);
      assert.ok(uncertainty < 1e-10);
    }
  });
});

/** Variants of the objective; names of the mistakes that make a difference there. */
const VARIANTS: readonly (readonly [TrainOptions, readonly Mistake[]])[] = [
  [{}, ['lost-minus', 'flipped', 'sum-for-mean']],
  [{ l2: 0.3 }, MISTAKES],
  [{ standardize: false, l2: 0.1 }, MISTAKES],
  [{ intercept: false }, ['lost-minus', 'flipped', 'sum-for-mean']],
  [{ reduction: 'sum', l2: 2 }, ['lost-minus', 'flipped', 'penalised-intercept']],
];

async function tableOf(path: string, options: TrainOptions) {
  const { read, fit } = resolveOptions({ missing: 'drop', ...options });
  const { intercept } = read;
  return { dataset: await datasetOfCsv(readFileSync(path), { missing: 'drop', intercept }), fit };
}

describe('the check of an objective', () => {
  const tables = [
    ...['patients', 'age', 'separated', 'birthwt', 'credit', 'breast_cancer', 'spam'].map((name) =>
      fixture(`${name}.csv`),
    ),
    ...['titanic', 'pima'].map((name) => example(`${name}.csv`)),
  ];
  for (const path of tables) {
    const name = path.split('/').at(-1)!;
    const isLarge = ['credit.csv', 'spam.csv'].includes(name);

    it(`raises no false alarm on ${name}, up to |h| of 1,000`, async () => {
      for (const [options] of VARIANTS) {
        const { dataset, fit } = await tableOf(path, options);
        for (const seed of isLarge ? [1] : [1, 2]) {
          const { passes, diagnosis } = await checkObjective(dataset, fit, undefined, seed);
          assert.ok(passes, JSON.stringify({ options, seed, diagnosis }));
        }
      }
    });

    it(`names every mistake on ${name}`, async () => {
      // on large tables the one variant in which all of them make a difference
      for (const [options, mistakes] of isLarge ? [VARIANTS[1]!] : VARIANTS) {
        const { dataset, fit } = await tableOf(path, options);
        for (const mistake of mistakes) {
          const { passes, diagnosis } = await checkObjective(dataset, fit, mistake, 1);
          assert.deepEqual({ passes, kind: diagnosis?.kind }, { passes: false, kind: mistake });
        }
      }
    });
  }
});

describe('the explanation of a row', () => {
  const csv = 'a,b,y\n1,u,0\n,v,1\n3,v,1\n4,u,0\n';
  const { fit } = resolveOptions({});

  it('multiplies the chain rule out', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'drop' });
    // layout: a, b=v, intercept
    const { h, z, loss, dldz, dzdh, product, cancelled, terms, y } = await explainRow(
      dataset,
      fit,
      Float64Array.of(0.5, -1, 0.25),
      3,
    );
    assert.deepEqual([h, y], [0.75, 1]);
    assert.ok(error(z, 1 / (1 + Math.exp(-0.75))) < 1e-15);
    assert.ok(error(loss, -Math.log(z)) < 1e-15);
    assert.ok(error(dldz, -1 / z) < 1e-15);
    assert.ok(error(dzdh, z * (1 - z)) < 1e-15);
    assert.ok(error(product, cancelled) < 1e-15);
    assert.deepEqual(
      terms.map(({ name, x, toInput }) => [name, x, toInput]),
      [
        ['(intercept)', 1, undefined],
        ['a', 3, (z - 1) * 0.5],
        ['b=v', 1, (z - 1) * -1],
      ],
    );
    terms.forEach((term) => {
      assert.ok(error(term.product, term.cancelled) < 1e-15);
    });
  });

  it('sums to the gradient over all rows', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'drop' });
    const w = Float64Array.of(0.5, -1, 0.25);
    const rows = await Promise.all([1, 3, 4].map((row) => explainRow(dataset, fit, w, row)));
    rows[0]!.terms.forEach(({ sum }, j) => {
      const mean = rows.reduce((total, { terms }) => total + terms[j]!.cancelled, 0) / 3;
      assert.ok(error(sum, mean) < 1e-15);
    });
  });

  it('shows where the product breaks down and the cancelled form does not', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'drop' });
    const { dldz, dzdh, product, cancelled, loss } = await explainRow(
      dataset,
      fit,
      Float64Array.of(1000, 0, 0),
      1,
    );
    assert.deepEqual(
      [dldz, dzdh, product, cancelled, loss],
      [Number.POSITIVE_INFINITY, 0, Number.NaN, 1, 1000],
    );
  });

  it('knows rows that are not there, and rows that were left out', async () => {
    const dataset = await datasetOfCsv(csv, { missing: 'drop' });
    const w = new Float64Array(3);
    await assert.rejects(explainRow(dataset, fit, w, 5), {
      code: 'USAGE',
      message: /expected a row from 1 to 4, got 5/,
    });
    await assert.rejects(explainRow(dataset, fit, w, 2), {
      code: 'USAGE',
      message: /row 2 has a missing cell/,
    });
  });

  it('finds rows beyond the first shard, in the units of the file', async () => {
    const rows = Array.from({ length: 70_000 }, (_, i) => `${1.7e12 + 10 * i},${i % 7},${i % 2}`);
    const dataset = await datasetOfCsv(`t,a,y\n${rows.join('\n')}\n`);
    assert.ok(shardsOf(dataset).length > 1);
    for (const row of [1, 33, 65_000, 70_000]) {
      const { terms, y } = await explainRow(dataset, fit, new Float64Array(3), row);
      assert.deepEqual(
        [...terms.map(({ x }) => x), y],
        [1, 1.7e12 + 10 * (row - 1), (row - 1) % 7, (row - 1) % 2],
      );
    }
  });
});
