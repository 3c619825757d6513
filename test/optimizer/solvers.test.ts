/** The optimizers on functions whose minimum is known, and the algebra that they stand on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { composeProblem } from '../../src/fit/problem.js';
import { train } from '../../src/index.js';
import { factorize } from '../../src/math/cholesky.js';
import { curvatureBound, largestCurvature } from '../../src/objective/curvature.js';
import type { CurvedObjective, Objective } from '../../src/objective/objective.js';
import { lasso, leastSlope, NO_PENALTY } from '../../src/objective/penalty/penalty.js';
import { adam } from '../../src/optimizer/adam.js';
import { lbfgs } from '../../src/optimizer/lbfgs.js';
import { type Probe, searchLine } from '../../src/optimizer/lineSearch.js';
import { nesterov } from '../../src/optimizer/nesterov.js';
import { newton, takingOrder } from '../../src/optimizer/newton.js';
import { OPTIMIZERS, stepsOf, TRAITS } from '../../src/optimizer/optimizers.js';
import { proximalNewton } from '../../src/optimizer/proximalNewton.js';
import { createModelSolver } from '../../src/optimizer/quadraticModel.js';
import { type Run, run } from '../../src/optimizer/run.js';
import type { Step } from '../../src/optimizer/step.js';
import { datasetOfArrays, datasetOfCsv, error, fitOptions, seeded } from '../support/support.js';

/** J(w) = 1/2 (w - c) A (w - c), A = diag(a). */
function bowl(a: readonly number[], c: readonly number[]): CurvedObjective {
  return {
    size: a.length,
    evaluate(w, g) {
      let J = 0;
      a.forEach((aj, j) => {
        g[j] = aj * (w[j]! - c[j]!);
        J += (aj / 2) * (w[j]! - c[j]!) ** 2;
      });
      return J;
    },
    hessian(_, H) {
      H.fill(0);
      a.forEach((aj, j) => {
        H[j * (a.length + 1)] = aj;
      });
    },
  };
}

/** Rosenbrock's valley, whose minimum is at (1, 1). */
const valley: Objective = {
  size: 2,
  evaluate(w, g) {
    const [a, b] = [w[0]!, w[1]!];
    g[0] = -2 * (1 - a) - 400 * a * (b - a * a);
    g[1] = 200 * (b - a * a);
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
  },
};

function settle(steps: AsyncGenerator<Step, void>, epochs: number, tolerance: number): Promise<Run> {
  return run(steps, { epochs, tolerance, isMonotone: false }, undefined, () => {});
}

describe('L-BFGS', () => {
  it('finds the minimum of a bowl in few passes', async () => {
    const { ending, last } = await settle(
      lbfgs(bowl([1, 10, 100], [3, -2, 1]), new Float64Array(3)),
      100,
      1e-10,
    );
    assert.equal(ending.status, 'tolerance');
    assert.ok(last.passes <= 20, `${last.passes} passes`);
    [3, -2, 1].forEach((c, j) => {
      assert.ok(error(last.w[j]!, c) < 1e-10);
    });
  });

  it('goes through a bent valley', async () => {
    const { ending, last } = await settle(lbfgs(valley, Float64Array.of(-1.2, 1)), 200, 1e-9);
    assert.equal(ending.status, 'tolerance');
    assert.ok(error(last.w[0]!, 1) < 1e-8 && error(last.w[1]!, 1) < 1e-8);
  });

  it('ends at the limit of double precision, and does not loop', async () => {
    const { ending, last } = await settle(lbfgs(valley, Float64Array.of(-1.2, 1)), 10_000, 0);
    assert.equal(ending.status, 'precision');
    assert.ok(last.epoch < 200 && last.maxGradient < 1e-10);
  });

  it('begins with a metric, and gives up one that misleads', async () => {
    const scaled = (factor: number) => (g: Float64Array, p: Float64Array) => {
      g.forEach((slope, j) => {
        p[j] = (factor * slope) / [1, 10, 100][j]!;
      });
      return 0;
    };
    for (const [factor, most] of [
      [1, 3],
      [1.2, 12],
      [1e9, 40],
      [-1, 22],
      [Number.NaN, 22],
    ] as const) {
      const { ending, last } = await settle(
        lbfgs(bowl([1, 10, 100], [3, -2, 1]), new Float64Array(3), { metric: scaled(factor), passes: 1 }),
        100,
        1e-10,
      );
      assert.equal(ending.status, 'tolerance');
      assert.ok(last.passes <= most, `${factor}: ${last.passes} passes`);
    }
  });

  it('remembers a bounded number of updates', async () => {
    const { ending } = await settle(lbfgs(valley, Float64Array.of(-1.2, 1), { memory: 2 }), 300, 1e-9);
    assert.equal(ending.status, 'tolerance');
  });
});

describe('the line search', () => {
  /** Searches along phi and tells how many probes it took. */
  async function search(phi: (t: number) => number, slope: (t: number) => number, first: number) {
    let probes = 0;
    const probe = async (alpha: number): Promise<Probe> => {
      probes++;
      return { alpha, value: phi(alpha), slope: slope(alpha) };
    };
    const found = await searchLine(probe, { alpha: 0, value: phi(0), slope: slope(0) }, first);
    return { found, probes };
  }

  for (const first of [1e-6, 1, 1e6]) {
    it(`meets the Wolfe conditions from a first step of ${first}`, async () => {
      const { found, probes } = await search(
        (t) => (t - 3) ** 2,
        (t) => 2 * (t - 3),
        first,
      );
      assert.ok(found !== undefined && found.value <= 9 - 0.1 * found.alpha * 6 && found.slope >= -5.4);
      assert.ok(probes <= 20, `${probes} probes`);
    });
  }

  it('comes back from where the function overflows', async () => {
    const { found } = await search(
      (t) => (t > 10 ? Number.POSITIVE_INFINITY : (t - 3) ** 2),
      (t) => (t > 10 ? Number.NaN : 2 * (t - 3)),
      1e9,
    );
    assert.ok(found !== undefined && found.alpha < 6);
  });

  it('gives up on a function that only pretends to fall', async () => {
    const { found, probes } = await search(
      (t) => t,
      () => -1,
      1,
    );
    assert.equal(found, undefined);
    assert.ok(probes <= 30);
  });
});

describe('the parabola with an L1 penalty', () => {
  it('is minimised to its optimality conditions, columns that repeat others included', () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true });
    const n = 5;
    fc.assert(
      fc.property(
        fc.array(fc.array(number, { minLength: n, maxLength: n }), { minLength: 6, maxLength: 12 }),
        fc.array(number, { minLength: n, maxLength: n }),
        fc.array(number, { minLength: n, maxLength: n }),
        fc.constantFrom(0.01, 0.1, 1),
        fc.boolean(),
        (rows, slopes, start, lambda, isCopied) => {
          const A = rows.map((row) => (isCopied ? row.map((x, j) => (j === 3 ? row[1]! : x)) : row));
          const H = new Float64Array(n * n);
          // the last weight is free, and the parabola has a minimum along it
          for (const row of A) {
            for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) H[j * n + k]! += row[j]! * row[k]!;
          }
          H[n * n - 1]! += 1;
          // a gradient is a sum of the rows, or there is no minimum
          const g = Float64Array.from(slopes, (_, j) =>
            A.reduce((sum, row, i) => sum + row[j]! * slopes[i % n]!, 0),
          );
          const v = Float64Array.from(start);
          const [u, q] = [new Float64Array(n), new Float64Array(n)];
          const penalty = lasso(lambda, n - 1);
          const ridge = new Float64Array(n).fill(lambda === 0.1 ? 0.2 : 0);
          createModelSolver(takingOrder(n, true)).minimize(g, H, ridge, penalty, v, 1e-9, u);
          q.forEach((_, j) => {
            q[j] = u.reduce((sum, uk, k) => sum + H[j * n + k]! * (uk - v[k]!), g[j]! + ridge[j]! * u[j]!);
          });
          assert.ok(penalty.steepness(u, q) <= 1e-7, `${penalty.steepness(u, q)}`);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('proximal Newton', () => {
  it('goes to the corner that shrinking leads to, exactly', async () => {
    const steps = proximalNewton(bowl([1, 4], [3, -0.2]), new Float64Array(2), lasso(1, 2), false);
    const { ending, last } = await settle(steps, 9, 1e-12);
    assert.deepEqual([ending.status, ...last.w, last.maxGradient], ['tolerance', 2, 0, 0]);
  });
});

describe("Newton's method", () => {
  it('finds the minimum of a bowl in one step', async () => {
    const { ending, last } = await settle(
      newton(bowl([1, 1e6], [3, -2]), new Float64Array(2), false),
      9,
      1e-9,
    );
    assert.deepEqual([ending.status, last.epoch, last.passes, ...last.w], ['tolerance', 1, 3, 3, -2]);
  });

  it('halves a step that overshoots', async () => {
    // from |w| > 1.5 the full step on log cosh runs away
    const logCosh: CurvedObjective = {
      size: 1,
      evaluate(w, g) {
        g[0] = Math.tanh(w[0]!);
        return Math.log(Math.cosh(w[0]!));
      },
      hessian(w, H) {
        H[0] = 1 / Math.cosh(w[0]!) ** 2;
      },
    };
    const { ending, history, last } = await settle(newton(logCosh, Float64Array.of(3), false), 20, 1e-12);
    assert.equal(ending.status, 'tolerance');
    assert.ok(last.passes > 2 * last.epoch + 1);
    history.losses.slice(1).forEach((loss, k) => {
      assert.ok(loss <= history.losses[k]!);
    });
  });

  it('goes on while steps with more digits lower J, however little the decrement falls', async () => {
    // J = 1 + e (w - ln w), whose decrement is e (1 - w)^2: e to the last digit of 1 - w, far from the minimum
    const e = 1e-4;
    const evaluate = (w: Float64Array, g: Float64Array) => {
      g[0] = e * (1 - 1 / w[0]!);
      return w[0]! > 0 ? 1 + e * (w[0]! - Math.log(w[0]!)) : Number.POSITIVE_INFINITY;
    };
    const hessian = (w: Float64Array, H: Float64Array) => {
      H[0] = e / w[0]! ** 2;
    };
    const objective: CurvedObjective = {
      size: 1,
      evaluate,
      hessian,
      newton: {
        precisely: async (w, _, g) => evaluate(w, g),
        isCheap: true,
        curvature: async (w) => ({
          isPlain: true,
          solve(g, p) {
            p[0] = (g[0]! * w[0]! ** 2) / e;
            return g[0]! * p[0]!;
          },
        }),
      },
    };
    const { last } = await settle(newton(objective, Float64Array.of(1e-3), false), 100, 0);
    assert.ok(error(last.w[0]!, 1) < 1e-12, `${last.w[0]} after ${last.epoch} epochs`);
  });

  it('leaves superfluous weights at their start', async () => {
    // J depends on w0 + w1 alone
    const flat: CurvedObjective = {
      size: 2,
      evaluate(w, g) {
        const s = w[0]! + w[1]! - 5;
        g.fill(s);
        return (s * s) / 2;
      },
      hessian: (_, H) => void H.fill(1),
    };
    const { last } = await settle(newton(flat, new Float64Array(2), false), 5, 1e-12);
    assert.deepEqual([...last.w], [5, 0]);
  });

  it('takes the intercept first', () => {
    assert.deepEqual([...takingOrder(3, true)], [2, 0, 1]);
    assert.deepEqual([...takingOrder(3, false)], [0, 1, 2]);
  });
});

describe('Adam', () => {
  it('makes the steps of its paper', async () => {
    const steps = adam(bowl([2], [0]), Float64Array.of(1), 0.1);
    await steps.next();
    // g = 2: p' = g, q' = g^2, so the first step is alpha
    const first = (await steps.next()).value as Step;
    assert.ok(error(first.w[0]!, 1 - (0.1 * 2) / (2 + 1e-8)) < 1e-15);
    const g = 2 * first.w[0]!;
    const p = (0.9 * 0.1 * 2 + 0.1 * g) / (1 - 0.9 ** 2);
    const q = (0.999 * 0.001 * 4 + 0.001 * g * g) / (1 - 0.999 ** 2);
    const expected = first.w[0]! - (0.1 * p) / (Math.sqrt(q) + 1e-8);
    assert.ok(error(((await steps.next()).value as Step).w[0]!, expected) < 1e-15);
  });
});

describe("Nesterov's method", () => {
  it('needs far fewer epochs than its curvature says of plain descent', async () => {
    const { ending, last } = await settle(
      nesterov(bowl([1, 1e4], [1, 1]), new Float64Array(2), 1e-4),
      3000,
      1e-6,
    );
    assert.equal(ending.status, 'tolerance');
    // plain descent: log(1e6) times the ratio of the curvatures, 138,000
    assert.ok(last.epoch < 1500, `${last.epoch} epochs`);
  });
});

describe('the L1 penalty', () => {
  it('takes alpha lambda off each weight, and stops at 0', () => {
    const penalty = lasso(2, 3);
    const v = Float64Array.of(1, -0.5, 0.1, 7);
    assert.ok(error(penalty.value(v), 2 * 1.6) < 1e-15);
    penalty.shrink(v, 0.1);
    assert.deepEqual([...v], [0.8, -0.3, 0, 7]);
    assert.ok(!Object.is(v[2], -0));
  });

  it('knows where it is steepest', () => {
    const penalty = lasso(2, 2);
    assert.equal(penalty.steepness(Float64Array.of(0, 1, 5), Float64Array.of(1.5, -2, 0.25)), 0.25);
    assert.equal(penalty.steepness(Float64Array.of(0, -1), Float64Array.of(-2.5, 1)), 1);
    assert.deepEqual([leastSlope(0, 3, 2), leastSlope(0, -1, 2), leastSlope(1, -1, 2)], [1, -0, 1]);
  });

  for (const optimizer of ['gd', 'nesterov'] as const) {
    it(`has the minimum that is known by hand, by ${optimizer}`, async () => {
      const objective = bowl([1, 4, 1], [3, 1, 0.5]);
      const minimand = { objective, penalty: lasso(1, 3), intercept: false };
      const { last } = await settle(stepsOf(optimizer, minimand, new Float64Array(3), 0.2), 500, 1e-13);
      // c_j - lambda / a_j, or 0
      [2, 0.75, 0].forEach((w, j) => {
        assert.ok(error(last.w[j]!, w) < 1e-12);
      });
      assert.equal(last.w[2], 0);
    });
  }
});

describe('the factorization', () => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true });
  const rows = fc.array(fc.tuple(entry, entry, entry, entry), { minLength: 8, maxLength: 20 });

  it('solves what it was made of', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom([0, 1, 2, 3], [3, 0, 1, 2]), (X, order) => {
        const A = gram(X.map((row) => [...row]));
        for (let j = 0; j < 4; j++) A[5 * j]! += 0.1;
        const b = Float64Array.of(1, -2, 3, 0.5);
        const x = new Float64Array(4);
        const factors = factorize(A, Int32Array.from(order), 1e-12);
        factors.solve(b, x);
        for (let i = 0; i < 4; i++) {
          const sum = x.reduce((total, xj, j) => total + A[4 * i + j]! * xj, 0);
          assert.ok(error(sum, b[i]!) < 1e-9);
        }
        const quadratic = b.reduce((total, bj, j) => total + bj * x[j]!, 0);
        assert.ok(error(factors.quadratic(b), quadratic) < 1e-9);
      }),
    );
  });

  it('names a row that follows from others, and how', () => {
    const random = seeded(3);
    const X = Array.from({ length: 30 }, () => {
      const [a, b, c] = [random(), random(), random()];
      return [a, b, 2 * a - 3 * b, c];
    });
    const factors = factorize(gram(X), Int32Array.of(0, 1, 2, 3), 1e-11);
    assert.deepEqual(factors.dependent, [2]);
    const [a, b, c, d] = factors.combination(2);
    assert.ok(error(a!, 2) < 1e-12 && error(b!, -3) < 1e-12);
    assert.deepEqual([c, d], [0, 0]);
  });
});

/** X^T X, row after row. */
function gram(X: readonly (readonly number[])[]): Float64Array {
  const n = X[0]!.length;
  return Float64Array.from({ length: n * n }, (_, p) =>
    X.reduce((sum, row) => sum + row[Math.floor(p / n)]! * row[p % n]!, 0),
  );
}

describe('the largest curvature', () => {
  it('is that of the quarter of the correlations', async () => {
    // two standardized columns with correlation 0.6, and ones: eigenvalues 1.6, 0.4 and 1
    const half = Array.from({ length: 40 }, (_, i) => [i % 2, i % 4 < 2 ? i % 2 : 1 - (i % 2)]);
    const X = half.map(([a, b], i) => [a!, i < 24 ? a! : b!]);
    const dataset = await datasetOfArrays({ X, y: X.map((_, i) => (i % 3 === 0 ? 1 : 0)) });
    const { objective } = composeProblem(dataset, fitOptions());
    const { L, passes } = await largestCurvature(objective, 1e-5, 100);
    const mean = (f: (row: number[]) => number) => X.reduce((sum, row) => sum + f(row), 0) / 40;
    const [a, b] = [mean(([x]) => x!), mean(([, x]) => x!)];
    const r = (mean(([x, z]) => x! * z!) - a * b) / Math.sqrt(a * (1 - a) * b * (1 - b));
    assert.ok(L >= (1 + r) / 4 - 1e-6 && L <= (1.05 * (1 + r)) / 4, `${L} against ${(1 + r) / 4}`);
    assert.ok(passes <= 13);
  });

  it('is never above the bound', async () => {
    const bound = curvatureBound(new Float64Array(2), new Float64Array(2).fill(1), true, 0);
    const { L } = await largestCurvature(bowl([1, 2, 9], [0, 0, 0]), 1e-5, bound);
    assert.equal(L, bound);
  });
});

describe('the Hessian', () => {
  for (const options of [
    {},
    { standardize: false },
    { intercept: false },
    { l2: 0.3 },
    { reduction: 'sum' as const },
    { weightColumn: 'c' },
  ]) {
    it(`agrees with differences of the gradient: ${JSON.stringify(options)}`, async () => {
      const random = seeded(17);
      const lines = Array.from({ length: 150 }, (_, i) => {
        const [f, e] = ['uvw'[i % 3], 'pq'[Math.floor(random() + 1)]];
        return `${random()},${f},${40 + 3 * random()},${e},${1 + Math.floor(3 * random() + 3)},${i % 2}`;
      });
      const drop = 'weightColumn' in options ? [] : ['c'];
      const dataset = await datasetOfCsv(`a,f,b,e,c,y\n${lines.join('\n')}\n`, {
        drop,
        ...('weightColumn' in options ? { weightColumn: 'c' } : {}),
        ...('intercept' in options ? { intercept: false } : {}),
      });
      const { objective } = composeProblem(dataset, fitOptions(options));
      const n = objective.size;
      const unit = 'standardize' in options || 'intercept' in options ? 0.01 : 1;
      const w = Float64Array.from({ length: n }, () => unit * random());
      const H = new Float64Array(n * n);
      await objective.hessian(w, H);
      const [above, below] = [new Float64Array(n), new Float64Array(n)];
      const largest = H.reduce((most, h) => Math.max(most, Math.abs(h)), 0);
      for (let j = 0; j < n; j++) {
        const e = 1e-5 * unit;
        await objective.evaluate(
          w.map((wk, k) => wk + (k === j ? e : 0)),
          above,
        );
        await objective.evaluate(
          w.map((wk, k) => wk - (k === j ? e : 0)),
          below,
        );
        for (let k = 0; k < n; k++) {
          const numeric = (above[k]! - below[k]!) / (2 * e);
          assert.ok(Math.abs(numeric - H[j * n + k]!) < 1e-6 * largest, `${j}, ${k}`);
          assert.ok(Math.abs(H[j * n + k]! - H[k * n + j]!) < 1e-14 * largest);
        }
      }
    });
  }
});

describe('every optimizer', () => {
  /** One row with x = 1 and y = 1: J falls for ever as w grows. */
  const oneRow: CurvedObjective = {
    size: 1,
    evaluate(w, g) {
      const t = Math.exp(-Math.abs(w[0]!));
      g[0] = (w[0]! >= 0 ? 1 : t) / (1 + t) - 1;
      return Math.max(-w[0]!, 0) + Math.log1p(t);
    },
    hessian(w, H) {
      const t = Math.exp(-Math.abs(w[0]!));
      H[0] = t / (1 + t) ** 2;
    },
  };
  for (const optimizer of OPTIMIZERS) {
    it(`lowers J on one row, and ends: ${optimizer}`, async () => {
      const minimand = { objective: oneRow, penalty: NO_PENALTY, intercept: false };
      const {
        history: { losses },
        last,
      } = await settle(stepsOf(optimizer, minimand, new Float64Array(1), 1), 2000, 1e-12);
      assert.ok(last.loss < 0.01 && losses.every(Number.isFinite), `${last.loss}`);
      assert.ok(Number.isFinite(last.w[0]!));
    });
  }

  const scale = fc.constantFrom(1e-9, 1, 1, 1, 1e9, 1e150);
  const column = fc.tuple(fc.constantFrom('random', 'constant', 'copy', 'binary'), scale, fc.nat(1000));
  const table = fc.record({
    columns: fc.array(column, { minLength: 1, maxLength: 6 }),
    labels: fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 25 }),
  });

  for (const optimizer of OPTIMIZERS) {
    it(`lowers J or ends, and finds numbers, on any small table: ${optimizer}`, async () => {
      await fc.assert(
        fc.asyncProperty(table, fc.boolean(), async ({ columns, labels }, standardize) => {
          const y = [...labels, 0, 1];
          let copied: number[] = y.map((_, i) => i);
          const made = columns.map(([kind, size, seed]) => {
            const random = seeded(seed);
            const values = y.map(() =>
              kind === 'constant' ? 1 : kind === 'binary' ? Math.round(random()) : random(),
            );
            const column = kind === 'copy' ? copied.map((x) => 2 * x) : values.map((x) => size * x);
            copied = column;
            return column;
          });
          const X = y.map((_, i) => made.map((values) => values[i]!));
          const learningRate = TRAITS[optimizer].autoRate === undefined ? undefined : ('auto' as const);
          const model = await train({ X, y }, { optimizer, learningRate, standardize, epochs: 30 }).catch(
            (reason) => {
              // columns of zeros only, or so large that nothing can be divided by them
              assert.ok(['DIVERGED', 'SCALE_TOO_LARGE', 'SCALE_TOO_SMALL'].includes(reason.code), reason);
              return undefined;
            },
          );
          if (model === undefined) return;
          assert.ok(model.history.at(-1)! <= model.history[0]! * (1 + 1e-9));
          assert.ok(JSON.stringify(model).match(/NaN|Infinity/) === null);
          for (const weight of model.descent.weights) assert.ok(Number.isFinite(weight));
        }),
        { numRuns: 150 },
      );
    });
  }
});
