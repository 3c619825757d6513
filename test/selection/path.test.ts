/** The regularization path against glmnet, and what holds of any. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { composeProblem } from '../../src/fit/problem.js';
import { namedWeights, type RegularizationPath, regularizationPath, train } from '../../src/index.js';
import { lasso } from '../../src/objective/penalty/penalty.js';
import { openTables } from '../../src/open.js';
import { resolveOptions } from '../../src/options/resolve.js';
import {
  bceTrain,
  datasetOfArrays,
  example,
  fixture,
  readJson,
  seeded,
  temporary,
} from '../support/support.js';

interface Reference {
  readonly terms: readonly string[];
  readonly l1_ratio: number;
  readonly lambda: readonly number[];
  readonly nonzero: readonly number[];
  readonly at: readonly { lambda: number; intercept: number; weights: readonly number[] }[];
}

const { tables }: { tables: Record<string, Reference> } = readJson(fixture('path_cv.json'));

/** Where the tables of the references lie. */
function fileOf(name: string): string {
  return name === 'pima' ? example('pima.csv') : fixture(`${name}.csv`);
}

describe('the path of glmnet', () => {
  for (const [key, reference] of Object.entries(tables)) {
    it(`has the same lambdas and weights: ${key}`, async () => {
      const file = fileOf(key.split('/')[0]!);
      // glmnet takes the last label in order for y = 1
      const positive = key.startsWith('credit') ? 'good' : undefined;
      const read = { missing: 'drop', positive } as const;
      const asked = { ...read, l1Ratio: reference.l1_ratio, lambdaCount: 50 };
      const path = await regularizationPath(file, asked);
      const best = await regularizationPath(file, { ...asked, tolerance: 1e-14 });
      reference.lambda.forEach((lambda, k) => {
        const { lambda: found, nonzero } = path.solutions[k]!;
        assert.ok(Math.abs(found / lambda - 1) < 1e-12, `${found} for ${lambda}`);
        assert.equal(nonzero, reference.nonzero[k]);
      });
      const { training } = await openTables(
        {
          data: file,
          where: undefined,
          password: undefined,
          validation: undefined,
          options: resolveOptions(read),
        },
        () => {},
        undefined,
      );
      const options = { standardize: true, reduction: 'mean', l1: 0, l2: 0 } as const;
      const problem = composeProblem(training, options);
      /** Standardized weights of those by name, and the largest violation of the optimality conditions there. */
      const judge = async (lambda: number, weights: ReadonlyMap<string, number>) => {
        const w = Float64Array.from([...path.names.slice(1), path.names[0]!], (name) => weights.get(name)!);
        const v = problem.fromFileUnits(reorder(w));
        const g = new Float64Array(v.length);
        await problem.objective.evaluate(v, g);
        const terms = v.length - 1;
        for (let j = 0; j < terms; j++) g[j]! += lambda * (1 - reference.l1_ratio) * v[j]!;
        return { v, violation: lasso(lambda * reference.l1_ratio, terms).steepness(v, g) };
      };
      // numeric columns come before factors in the weights
      const places = termPlaces(training.features);
      const reorder = (w: Float64Array) => {
        const moved = w.slice();
        places.forEach((term, k) => {
          moved[term] = w[k]!;
        });
        return moved;
      };
      for (const { lambda, intercept, weights } of reference.at) {
        const solution = path.solutions.find((one) => Math.abs(one.lambda / lambda - 1) < 1e-9)!;
        const ours = await judge(lambda, weightsAt(path, lambda));
        const named = [['(intercept)', intercept], ...reference.terms.map((name, j) => [name, weights[j]!])];
        const theirs = await judge(lambda, new Map(named as [string, number][]));
        const exact = await judge(lambda, weightsAt(best, lambda));
        const error = ours.v.reduce((most, x, j) => Math.max(most, Math.abs(x - exact.v[j]!)), 0);
        assert.ok(exact.violation < 1e-12 && error < 1e-6, `lambda ${lambda}: ${error}, ${exact.violation}`);
        const difference = ours.v.reduce((most, x, j) => Math.max(most, Math.abs(x - theirs.v[j]!)), 0);
        // with the default tolerance
        assert.ok(solution.violation <= 1e-10 && ours.violation < 1e-9, `${ours.violation}`);
        // where the weights differ by more it is glmnet that violates the conditions
        assert.ok(
          difference < 1e-6 || theirs.violation > 10 * ours.violation,
          `lambda ${lambda}: ${difference}, violations ${ours.violation} and ${theirs.violation}`,
        );
      }
    });
  }
});

function weightsAt({ names, solutions }: RegularizationPath, lambda: number): ReadonlyMap<string, number> {
  const solution = solutions.find((one) => Math.abs(one.lambda / lambda - 1) < 1e-9)!;
  return new Map(names.map((name, j) => [name, solution.weights[j]!]));
}

function termPlaces(
  features: readonly { kind: string; term: number; levels?: readonly string[] }[],
): number[] {
  return features.flatMap(({ term, levels }) =>
    term < 0 ? [] : levels === undefined ? [term] : levels.slice(1).map((_, k) => term + k),
  );
}

describe('a path', () => {
  it('has at each lambda the weights that --l1 and --l2 have there', async () => {
    const file = example('titanic.csv');
    const read = { missing: 'drop' } as const;
    const path = await regularizationPath(file, { ...read, lambdas: [0.01, 0.1, 0.003], l1Ratio: 0.3 });
    assert.deepEqual(
      path.solutions.map(({ lambda }) => lambda),
      [0.1, 0.01, 0.003],
    );
    for (const { lambda, weights } of path.solutions) {
      const model = await train(file, {
        ...read,
        l1: lambda * 0.3,
        l2: lambda * 0.7,
        optimizer: 'proximal-newton',
        tolerance: 1e-10,
      });
      namedWeights(model).forEach(({ feature, weight }, j) => {
        assert.equal(path.names[j], feature);
        assert.ok(Math.abs(weights[j]! - weight) < 1e-7, `${feature}: ${weights[j]} for ${weight}`);
      });
    }
  });

  it('meets the conditions over all terms where there are more terms than rows', async () => {
    const random = seeded(5);
    const d = 400;
    const X = Array.from({ length: 60 }, () => Array.from({ length: d }, random));
    const y = X.map((row, i) => (i === 0 || row[3]! - row[200]! + 0.5 * random() > 0 ? 1 : 0));
    const path = await regularizationPath({ X, y }, { lambdaCount: 20 });
    assert.ok(Math.abs(path.solutions.at(-1)!.lambda / path.solutions[0]!.lambda / 1e-2 - 1) < 1e-12);
    const problem = composeProblem(await datasetOfArrays({ X, y }), {
      standardize: true,
      reduction: 'mean',
      l1: 0,
      l2: 0,
    });
    const g = new Float64Array(d + 1);
    for (const { lambda, weights, violation, isConverged } of path.solutions) {
      const v = problem.fromFileUnits(Float64Array.from([...weights.slice(1), weights[0]!]));
      await problem.objective.evaluate(v, g);
      const found = lasso(lambda, d).steepness(v, g);
      assert.ok(isConverged && violation <= 1e-9 && found < 2e-9, `${violation} ${found}`);
    }
  });

  for (const [rows, kernel] of [
    [300, 'plain'],
    [5000, 'simd'],
  ] as const) {
    it(`has the same weights in any unit: ${kernel} kernel`, async () => {
      const random = seeded(9);
      const X = Array.from({ length: rows }, () => Array.from({ length: 8 }, random));
      const y = X.map((x) => (x[0]! - x[1]! + x[2]! + random() - 0.5 > 0 ? 1 : 0));
      const pathIn = (unit: number) =>
        regularizationPath({ X: X.map((x) => x.map((value) => value * unit)), y }, { lambdaCount: 6 });
      const plain = await pathIn(1);
      for (const unit of [2 ** 600, 2 ** -600]) {
        const { solutions } = await pathIn(unit);
        solutions.forEach((solution, k) => {
          assert.ok(solution.isConverged);
          const [, ...expected] = plain.solutions[k]!.weights;
          assert.deepEqual(
            solution.weights.slice(1).map((w) => w * unit),
            expected,
          );
        });
      }
    });
  }

  it('has the same bits for any number of threads, and however little memory there is', async () => {
    const random = seeded(8);
    const file = temporary('path-large.csv');
    const lines = Array.from({ length: 30_000 }, () => {
      const x = Array.from({ length: 6 }, random);
      return `${x.map((v) => v.toFixed(4)).join(',')},${x[0]! - x[1]! + random() > 0 ? 1 : 0}`;
    });
    writeFileSync(file, `a,b,c,d,e,f,y\n${lines.join('\n')}\n`);
    const paths = await Promise.all(
      [{ threads: 1 }, { threads: 2 }, { threads: 3 }, { threads: 2, memory: 2 ** 20 }].map((more) =>
        regularizationPath(file, { lambdaCount: 8, ...more }),
      ),
    );
    for (const path of paths.slice(1)) assert.deepEqual(path, paths[0]);
  });
});

describe('--path', () => {
  it('prints a line for each lambda, and writes the weights of each', async () => {
    const out = temporary('path-weights.csv');
    const { stdout, stderr, code } = await bceTrain([
      example('pima.csv'),
      '--path',
      '5',
      '--lambda-ratio',
      '0.01',
      '--path-out',
      out,
    ]);
    assert.equal(code, 0, stderr);
    const [header, ...rows] = stdout.trim().split('\n');
    assert.equal(header, 'lambda,nonzero,loss,violation');
    assert.deepEqual([rows.length, rows[0]!.split(',')[1]], [5, '0']);
    const weights = readFileSync(out, 'utf8').trim().split('\n');
    assert.equal(weights.length, 1 + 5 * 8);
    assert.match(stderr, /5 lambdas in \d+ passes: violations of the optimality conditions up to /);
  });

  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--path', '0'], /--path: expected a whole number, 1 or more/],
    [['--path', '--l1', '0.1'], /--path and --l1 cannot be used together/],
    [['--path', '--l2', '0.1'], /--path and --l2 cannot be used together/],
    [['--path', '--optimizer', 'newton'], /--path and --optimizer cannot be used together/],
    [['--path', '--stats'], /--path and --stats cannot be used together/],
    [['--path', '--reduction', 'sum'], /--path and --reduction cannot be used together/],
    [['--path', '--lambdas', '0.1,0'], /--lambdas: expected positive numbers with commas between/],
    [['--path', '--lambdas', '0.1,-1'], /--lambdas: expected positive numbers/],
    [['--path', '--lambdas', '0.1,x'], /--lambdas: expected positive numbers/],
    [['--path', '7', '--lambdas', '0.1'], /--path 7 and --lambdas cannot be used together/],
    [['--path', '--lambdas', '0.1', '--lambda-ratio', '0.1'], /cannot be used together/],
    [['--path', '--lambda-ratio', '1'], /--lambda-ratio: expected a number between 0 and 1/],
    [['--path', '--l1-ratio', '1.1'], /--l1-ratio: expected a number from 0 to 1/],
    [['--lambdas', '0.1'], /--lambdas goes with --path only/],
    [['--path-out', 'x.csv'], /--path-out goes with --path only/],
    [['--path', '--path-out', '-'], /--path-out: expected a file/],
  ];
  for (const [args, message] of refused) {
    it(`refuses before reading: ${args.join(' ')}`, async () => {
      const { stderr, stdout, code } = await bceTrain(['no-such-file.csv', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }

  it('refuses a table whose columns are all the same', async () => {
    const { stderr, stdout, code } = await bceTrain(['-', '--path'], { stdin: 'a,y\n1,0\n1,1\n1,0\n' });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /--path: expected a column to penalise, found none that varies/);
  });

  it('is refused in the library with what means nothing for it', async () => {
    const file = example('pima.csv');
    const fails = (options: object, message: RegExp) =>
      assert.rejects(regularizationPath(file, options), { code: 'USAGE', message });
    await fails({ l1: 0.1 }, /l1 \(--l1\): means nothing for a path/);
    await fails({ optimizer: 'gd' }, /optimizer/);
    await fails({ lambdas: [] }, /lambdas: expected positive numbers/);
    await fails({ lambdas: [1], lambdaCount: 3 }, /lambdas: a list needs/);
    await fails({ l1Ratio: -1 }, /l1Ratio: expected/);
  });
});
