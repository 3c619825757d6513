/** What keeps its digits where sums of squares and doubles lose theirs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { composeProblem } from '../../src/fit/problem.js';
import { namedWeights, train } from '../../src/index.js';
import {
  divide,
  exponential,
  multiply,
  squareRoot,
  twoProduct,
  twoSum,
} from '../../src/math/doubleDouble.js';
import { RowTriangle } from '../../src/math/householder.js';
import { preciseInverse } from '../../src/math/preciseCholesky.js';
import { OPTIMIZERS } from '../../src/optimizer/optimizers.js';
import { bceTrain, datasetOfCsv, error, fitOptions, fixture, seeded, temporary } from '../support/support.js';

describe('sums of two doubles', () => {
  const number = fc.double({ min: -1e100, max: 1e100, noNaN: true }).filter((x) => Math.abs(x) > 1e-100);

  /** high + low as a fraction of 2^1200. */
  const exact = ([high, low]: readonly [number, number]) => toBig(high) + toBig(low);
  const toBig = (x: number): bigint => {
    const exponent = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x))) - 60;
    return BigInt(x / 2 ** exponent) << BigInt(exponent + 1200);
  };

  it('hold a sum and a product of two doubles exactly', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        assert.equal(exact(twoSum(a, b)), toBig(a) + toBig(b));
        if (Math.abs(a * b) < 1e100 && Math.abs(a * b) > 1e-100) {
          assert.equal(exact(twoProduct(a, b)) << 1200n, toBig(a) * toBig(b));
        }
      }),
    );
  });

  it('divide to 100 bits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 2, noNaN: true }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        (a, b) => {
          const [high, low] = multiply(divide([a, 0], [b, 0]), [b, 0]);
          assert.ok(Math.abs(high - a + low) < 2 ** -100);
        },
      ),
    );
  });

  it('have roots to 100 bits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 4, noNaN: true }), (a) => {
        const root = squareRoot([a, 0]);
        const [high, low] = multiply(root, root);
        assert.ok(Math.abs(high - a + low) < 2 ** -100);
      }),
    );
  });

  it('invert the Hilbert matrix, where doubles lose ten digits', () => {
    // entries 1/(i + j + 1); the inverse is known in whole numbers (Choi, Tricks or treats with the Hilbert matrix, 1983)
    const n = 8;
    const H = Array.from({ length: n }, (_, i) =>
      Array.from({ length: i + 1 }, (_, j) => divide([1, 0], [i + j + 1, 0])),
    );
    const inverse = preciseInverse(H)!;
    const expected = Array.from(
      { length: n },
      (_, j) => (2 * j + 1) * (binomial(n + j, n - j - 1) * binomial(2 * j, j)) ** 2,
    );
    assert.equal(expected[0], 64);
    inverse.diagonal().forEach((value, j) => {
      assert.ok(error(value, expected[j]!) < 1e-15, `${value} for ${expected[j]}`);
    });
    const a = Array.from({ length: n }, () => [1, 0] as const);
    // the sum of all entries of the inverse is n^2
    assert.ok(error(inverse.quadratic(a), n * n) < 1e-15);
    const dependent = [
      [[1, 0]],
      [
        [1, 0],
        [1, 0],
      ],
    ] as const;
    assert.equal(preciseInverse(dependent), undefined);
  });

  it('have the exponential of a handbook', () => {
    // Abramowitz & Stegun, table 4.4 and 1.1: 1/e and e^-20 to more digits than a double holds
    assert.deepEqual(exponential([-1, 0]), [0.36787944117144233, -1.2428753672788363e-17]);
    assert.deepEqual(exponential([0, 0]), [1, 0]);
    assert.deepEqual(exponential([-800, 0]), [0, 0]);
    assert.equal(exponential([-20, 0])[0], 2.061153622438558e-9);
  });
});

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}

describe('the triangle of the rows', () => {
  it('has the squares of the rows, however they are cut into blocks', () => {
    const random = seeded(5);
    const rows = Array.from({ length: 100 }, () => [random(), random() * 1e-3, random() + 5]);
    for (const block of [1, 7, 100]) {
      const triangle = new RowTriangle(3);
      for (let i = 0; i < rows.length; i += block) {
        const part = rows.slice(i, i + block);
        const A = Float64Array.from([0, 1, 2].flatMap((j) => part.map((row) => row[j]!)));
        triangle.add(A, part.length, part.length);
      }
      const { R } = triangle;
      for (let j = 0; j < 3; j++) {
        for (let k = 0; k < 3; k++) {
          const square = [0, 1, 2].reduce((sum, i) => sum + R[3 * i + j]! * R[3 * i + k]!, 0);
          const expected = rows.reduce((sum, row) => sum + row[j]! * row[k]!, 0);
          assert.ok(error(square, expected) < 1e-13);
        }
      }
    }
  });

  it('tells a column that follows from others from one that nearly does', () => {
    const random = seeded(6);
    for (const distance of [0, 1e-6, 1e-10, 1e-12]) {
      const rows = Array.from({ length: 200 }, () => {
        const [a, b] = [random(), random()];
        return [1, a, b, a - 2 * b + distance * random()];
      });
      const triangle = new RowTriangle(4);
      triangle.add(Float64Array.from([0, 1, 2, 3].flatMap((j) => rows.map((row) => row[j]!))), 200, 200);
      const { dependent } = triangle.factorization(Int32Array.of(0, 1, 2, 3), 4, 1);
      assert.deepEqual(dependent, distance === 0 ? [3] : [], `${distance}`);
    }
  });

  it('is the Hessian, with factors, weights and a ridge', async () => {
    const random = seeded(7);
    const csv = `a,f,g,c,y\n${Array.from(
      { length: 150 },
      (_, i) => `${random()},${'uvw'[i % 3]},${'pqrs'[(i * 7) % 4]},${1 + (i % 3)},${random() > 0 ? 1 : 0}`,
    ).join('\n')}\n`;
    for (const intercept of [true, false]) {
      const dataset = await datasetOfCsv(csv, { weightColumn: 'c', intercept });
      for (const standardize of [true, false]) {
        for (const reduction of ['mean', 'sum'] as const) {
          const options = fitOptions({ standardize, reduction, l2: 0.3 });
          const problem = composeProblem(dataset, options);
          const n = problem.objective.size;
          const v = Float64Array.from({ length: n }, random);
          const b = Float64Array.from({ length: n }, random);
          const p = new Float64Array(n);
          const H = new Float64Array(n * n);
          await problem.objective.hessian(v, H);
          const { factors, isOfRows } = await problem.parabola.curvature(v, undefined, true);
          assert.ok(isOfRows);
          problem.parabola.newtonStep(factors, b, p);
          b.forEach((bj, j) => {
            const Hp = p.reduce((sum, pk, k) => sum + H[j * n + k]! * pk, 0);
            assert.ok(error(Hp, bj) < 1e-10);
          });
        }
      }
    }
  });
});

describe('the loss with more digits', () => {
  it('is the loss, with factors, weights and a ridge', async () => {
    const random = seeded(8);
    const csv = `a,b,f,c,y\n${Array.from(
      { length: 90 },
      (_, i) => `${1e5 + random()},${random()},${'uvw'[i % 3]},${0.5 + (i % 3)},${random() > 0 ? 1 : 0}`,
    ).join('\n')}\n`;
    for (const intercept of [true, false]) {
      const dataset = await datasetOfCsv(csv, { weightColumn: 'c', intercept });
      for (const standardize of [true, false]) {
        for (const reduction of ['mean', 'sum'] as const) {
          const { objective, parabola } = composeProblem(
            dataset,
            fitOptions({ standardize, reduction, l2: 0.3 }),
          );
          const n = objective.size;
          const v = Float64Array.from({ length: n }, () => 1e-5 * random());
          const [g, exact] = [new Float64Array(n), new Float64Array(n)];
          const J = await objective.evaluate(v, g);
          assert.ok(error(await parabola.precisely!(v, new Float64Array(n), exact), J) < 1e-12);
          const size = Math.max(...exact.map(Math.abs));
          exact.forEach((slope, j) => {
            assert.ok(Math.abs(slope - g[j]!) < 1e-11 * size);
          });
        }
      }
    }
  });
});

/** Start and end of a session, a year of them: only their difference, of seconds, decides y. */
const sessions = fixture('cases/sessions.csv');
const OPTIMUM = { '(intercept)': -69.8170098649597, start: -0.12293855607203348, end: 0.12293859775280629 };
const MINIMUM = 0.42234585271;

describe('columns that nearly follow from each other', () => {
  for (const standardize of [true, false]) {
    it(`are told apart by newton, ${standardize ? '' : 'not '}standardized`, async () => {
      const model = await train(sessions, { optimizer: 'newton', standardize });
      for (const { feature, weight } of namedWeights(model)) {
        assert.ok(error(weight, OPTIMUM[feature as keyof typeof OPTIMUM]) < 1e-9, feature);
      }
      assert.ok(error(model.result.loss, MINIMUM) < 1e-9);
      assert.deepEqual([model.result.status, model.result.optimum], ['converged', 'reached']);
    });
  }

  for (const optimizer of OPTIMIZERS.filter((name) => name !== 'newton')) {
    it(`are not the optimum of ${optimizer}, which says so`, async () => {
      const { code, stderr } = await bceTrain([sessions, '--optimizer', optimizer, '--strict', '-q']);
      assert.equal(code, 3);
      assert.match(stderr, /^warning: not (at the optimum|converged) after .*J - J\* about \de-\d+/m);
      const { result } = await train(sessions, { optimizer });
      const gap = result.loss - MINIMUM;
      assert.ok(result.gap! > 0.7 * gap && result.gap! < 1.5 * gap, `${result.gap} against ${gap}`);
      assert.equal(result.converged, false);
    });
  }

  it('are one column where they are no further apart than rounding', async () => {
    const random = seeded(9);
    const rows = Array.from({ length: 60 }, (_, i) => {
      const [a, b] = [random(), random()];
      return `${a},${b},${a + 2 * b},${i % 3 === 0 ? 1 : 0}`;
    });
    const { stderr, code } = await bceTrain(['-', '--optimizer', 'newton', '-q', '--strict'], {
      stdin: `a,b,sum,y\n${rows.join('\n')}\n`,
    });
    assert.match(stderr, /"sum" follows from "a", "b": its weight is not unique/);
    assert.equal(code, 3);
  });
});

describe('columns whose squares are no doubles', () => {
  const random = seeded(10);
  const rows = Array.from({ length: 100 }, () => {
    const [a, b] = [random(), random()];
    return [a, b, random() < a - b ? 1 : 0] as const;
  });
  const csvOf = (scale: number) => `a,b,y\n${rows.map(([a, b, y]) => `${a * scale},${b},${y}`).join('\n')}\n`;

  for (const exponent of [154, 200, 306, -162, -200, -300, -307]) {
    it(`have the weights of those that are: 1e${exponent}`, async () => {
      const scale = Number(`1e${exponent}`);
      const [plain, scaled] = [temporary('plain.csv', csvOf(1)), temporary('scaled.csv', csvOf(scale))];
      const options = { optimizer: 'newton', stats: true } as const;
      const expected = await train(plain, options);
      const model = await train(scaled, options);
      assert.equal(model.result.status, 'converged');
      model.terms.forEach(({ standardError, z }, j) => {
        const unit = j === 1 ? scale : 1;
        assert.ok(error(standardError! * unit, expected.terms[j]!.standardError!) < 1e-12);
        assert.ok(error(z!, expected.terms[j]!.z!) < 1e-12);
      });
      const raw = await train(scaled, { ...options, standardize: false });
      namedWeights(raw).forEach(({ weight }, j) => {
        assert.ok(error(weight * (j === 1 ? scale : 1), namedWeights(expected)[j]!.weight) < 1e-12);
      });
    });
  }

  it('are refused by name where their sum is no double', async () => {
    const csv = csvOf(1).replaceAll(/^[^a,]+,(.*),1$/gm, '1.797e308,$1,1');
    const { stderr, code } = await bceTrain(['-', '-q'], { stdin: csv });
    assert.match(stderr, /hint: "a" has values of about .*--drop a/);
    assert.equal(code, 3);
  });
});
