/** Weights without a penalty and within bounds: against glmnet, by the optimality conditions, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedWeights, regularizationPath, type TrainOptions, train } from '../../src/index.js';
import { bceTrain, example, fixture, readJson, seeded } from '../support/support.js';

interface Case {
  readonly l1: number;
  readonly l2: number;
  readonly unpenalised: readonly string[];
  readonly bounds: readonly { readonly column: string; readonly lower?: number; readonly upper?: number }[];
  readonly weights: Readonly<Record<string, number>>;
}

const { cases }: { cases: readonly Case[] } = readJson(fixture('singled.json'));
const OPTIMIZERS = ['gd', 'nesterov', 'lbfgs', 'newton', 'proximal-newton'] as const;
const PIMA = example('pima.csv');
const TITANIC = example('titanic.csv');

function optionsOf({ l1, l2, unpenalised, bounds }: Case, optimizer: (typeof OPTIMIZERS)[number]) {
  return {
    l1,
    l2,
    unpenalised,
    bounds,
    optimizer,
    ...(optimizer === 'gd' && { learningRate: 'auto' }),
    epochs: 20_000,
    tolerance: 1e-9,
  } as const satisfies TrainOptions;
}

describe('weights of glmnet with lower.limits, upper.limits and penalty.factor', () => {
  cases.forEach((one, k) => {
    for (const optimizer of OPTIMIZERS) {
      const isSmooth = one.l1 === 0 && one.bounds.length === 0;
      if (!isSmooth && (optimizer === 'lbfgs' || optimizer === 'newton')) continue;
      it(`are those of ${optimizer}: case ${k + 1}`, async () => {
        const model = await train(PIMA, optionsOf(one, optimizer));
        assert.equal(model.result.status, 'converged');
        for (const { feature, weight } of namedWeights(model)) {
          const expected = one.weights[feature]!;
          assert.ok(
            Math.abs(weight - expected) < 2e-7 * Math.max(1, Math.abs(expected)),
            `${feature}: ${weight}`,
          );
          const bound = one.bounds.find(({ column }) => column === feature);
          // exactly there, not nearly
          if (bound?.lower === expected || bound?.upper === expected) assert.equal(weight, expected);
        }
        assert.deepEqual(model.options.bounds, one.bounds.length === 0 ? undefined : asResolved(one.bounds));
        assert.deepEqual(
          model.options.unpenalised,
          one.unpenalised.length === 0 ? undefined : one.unpenalised,
        );
      });
    }
    it(`are those of the path at one lambda: case ${k + 1}`, async () => {
      const { l1, l2, unpenalised, bounds } = one;
      const path = await regularizationPath(PIMA, {
        lambdas: [l1 + l2],
        l1Ratio: l1 / (l1 + l2),
        unpenalised,
        bounds,
      });
      path.names.forEach((name, j) => {
        const weight = path.solutions[0]!.weights[j]!;
        const expected = one.weights[name]!;
        assert.ok(Math.abs(weight - expected) < 2e-7 * Math.max(1, Math.abs(expected)), `${name}: ${weight}`);
      });
    });
  });
});

function asResolved(bounds: Case['bounds']) {
  return bounds.map(({ column, lower, upper }) => ({ column, lower, upper }));
}

describe('--unpenalised', () => {
  it('of every column is no penalty at all', async () => {
    const names = ['npreg', 'glu', 'bp', 'skin', 'bmi', 'ped', 'age'];
    const free = await train(PIMA, { l2: 5, unpenalised: names, optimizer: 'newton' });
    const plain = await train(PIMA, { optimizer: 'newton' });
    assert.equal(free.result.converged, true);
    namedWeights(free).forEach(({ weight }, j) => {
      assert.ok(Math.abs(weight - namedWeights(plain)[j]!.weight) < 1e-9);
    });
  });

  it('names columns of text, single levels, and several at once', async () => {
    const read = { missing: 'drop', l1: 0.05, optimizer: 'proximal-newton' } as const;
    const weightsWith = async (unpenalised: readonly string[]) =>
      new Map(
        namedWeights(await train(TITANIC, { ...read, unpenalised })).map(({ feature, weight }) => [
          feature,
          weight,
        ]),
      );
    const penalised = await weightsWith([]);
    assert.equal(penalised.get('passengerClass=2nd'), 0);
    const level = await weightsWith(['passengerClass=2nd']);
    assert.notEqual(level.get('passengerClass=2nd'), 0);
    const both = await weightsWith(['passengerClass,age']);
    assert.notEqual(both.get('age'), 0);
    assert.deepEqual(both, await weightsWith(['passengerClass', 'age']));
  });

  it('has the right gradient, by --check-gradient', async () => {
    const { code, stderr } = await bceTrain([
      PIMA,
      '--check-gradient',
      '--l2',
      '0.3',
      '--unpenalised',
      'glu,age',
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /without a penalty on "glu,age"/);
  });

  it('leaves open whether classes that a free column separates have an optimum', async () => {
    const X = Array.from({ length: 20 }, (_, i) => [i, (i * 7) % 5]);
    const y = X.map(([i]) => (i! < 10 ? 0 : 1));
    const options = { l2: 0.1, unpenalised: ['x1'], optimizer: 'newton' } as const;
    const model = await train({ X, y }, options);
    assert.equal(model.result.converged, false);
    assert.notEqual(model.result.optimum, 'reached');
    // where the column that separates them is held there is an optimum
    const held = await train({ X, y }, { ...options, unpenalised: ['x2'] });
    assert.notEqual(held.result.optimum, 'not-reached');
  });
});

describe('--bounds', () => {
  it('hold weights of levels, begin within, and may fix a weight', async () => {
    const { stdout, code } = await bceTrain([
      TITANIC,
      '--missing',
      'drop',
      '--bounds',
      'passengerClass:-1:,sex=male:-2:-2',
      '--bounds',
      '*::0',
      '--optimizer',
      'proximal-newton',
      '--quiet',
    ]);
    assert.equal(code, 0);
    const weights = new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(',') as [string, string]),
    );
    assert.equal(weights.get('sex=male'), '-2');
    assert.equal(weights.get('passengerClass=3rd'), '-1');
    assert.ok(Number(weights.get('age')) <= 0);
  });

  it('take names with colons in them', async () => {
    const args = ['--add', 'glu:bmi', '--bounds', 'glu:bmi:0:1e-4', '--optimizer', 'proximal-newton'];
    const { code, stderr } = await bceTrain([PIMA, ...args]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /0 <= "glu:bmi" <= 0.0001/);
  });

  it('meet the optimality conditions for random boxes, with and without standardizing', async () => {
    const random = seeded(4);
    for (let k = 0; k < 12; k++) {
      const d = 5;
      const X = Array.from({ length: 80 }, () => {
        const shared = random();
        return Array.from({ length: d }, (_, j) => (j + 1) * (random() + shared));
      });
      const y = X.map((x, i) => (i < 2 ? i : x[0]! - x[1]! / 2 + 2 * random() > 1.2 ? 1 : 0));
      const bounds = Array.from({ length: d }, (_, j) => {
        const ends = [random() - 0.6, random() - 0.3].sort((a, b) => a - b);
        return { column: `x${j + 1}`, lower: ends[0]!, upper: ends[1]! };
      });
      const model = await train(
        { X, y },
        {
          bounds,
          l2: k % 3 === 0 ? 0 : 0.05,
          l1: k % 2 === 0 ? 0 : 0.02,
          standardize: k % 4 !== 1,
          optimizer: 'proximal-newton',
        },
      );
      const { status, optimum } = model.result;
      assert.deepEqual([status, optimum], ['converged', 'reached'], `case ${k}`);
      // no small move within the box lowers J
      const named = namedWeights(model)
        .slice(1)
        .map(({ weight }) => weight);
      const J = (w: readonly number[], b: number) => objectiveOf(X, y, w, b, model.options);
      const b = namedWeights(model)[0]!.weight;
      const least = J(named, b);
      for (let j = 0; j < d; j++) {
        for (const step of [1e-4, -1e-4]) {
          const moved = named.map((weight, i) =>
            i === j ? Math.min(Math.max(weight + step, bounds[j]!.lower), bounds[j]!.upper) : weight,
          );
          assert.ok(J(moved, b) >= least - 1e-12, `case ${k}: x${j + 1}`);
        }
      }
    }
  });

  it('are told of a path, and hold along it', async () => {
    const bounds = [
      { column: 'glu', upper: 0 },
      { column: 'age', lower: 0, upper: 0.02 },
    ];
    const path = await regularizationPath(PIMA, {
      lambdaCount: 8,
      bounds,
      unpenalised: ['bmi'],
      l1Ratio: 0.7,
    });
    const at = (name: string) => path.names.indexOf(name);
    assert.equal(path.solutions[0]!.nonzero, 1);
    for (const { weights, isConverged } of path.solutions) {
      assert.ok(isConverged);
      assert.equal(weights[at('glu')], 0);
      assert.ok(weights[at('age')]! >= 0 && weights[at('age')]! <= 0.02);
      assert.notEqual(weights[at('bmi')], 0);
    }
    assert.equal(path.solutions.at(-1)!.weights[at('age')], 0.02);
    assert.deepEqual([path.unpenalised, path.bounds?.length], [['bmi'], 2]);
  });
});

/** J with penalties on the slopes times the deviations of their columns, or as they are. */
function objectiveOf(
  X: readonly (readonly number[])[],
  y: readonly number[],
  w: readonly number[],
  b: number,
  { l1, l2, standardize }: { l1: number; l2: number; standardize: boolean },
): number {
  const m = X.length;
  let J = 0;
  X.forEach((x, i) => {
    const h = x.reduce((sum, xj, j) => sum + xj * w[j]!, b);
    J += (Math.max(h, 0) - h * y[i]! + Math.log1p(Math.exp(-Math.abs(h)))) / m;
  });
  w.forEach((wj, j) => {
    const mean = X.reduce((sum, x) => sum + x[j]!, 0) / m;
    const sd = Math.sqrt(X.reduce((sum, x) => sum + (x[j]! - mean) ** 2, 0) / m);
    const v = wj * (standardize ? sd : 1);
    J += (l2 / 2) * v * v + l1 * Math.abs(v);
  });
  return J;
}

describe('weights of terms', () => {
  const read = { formula: 'survived ~ sex + ns(age, 2)', missing: 'drop', tolerance: 1e-9 } as const;
  const solved = { ...read, optimizer: 'proximal-newton' } as const;
  const weightsOf = async (options: TrainOptions) =>
    Object.fromEntries(
      namedWeights(await train(TITANIC, options)).map(({ feature, weight }) => [feature, weight]),
    );

  it('are named with the commas within their parentheses, or all at once by the term', async () => {
    const single = ['--bounds', 'sex:-2:,ns(age,2)[2]::-5'];
    const { stdout } = await bceTrain([
      ...[TITANIC, '--formula', read.formula, '--missing', 'drop', '--optimizer', 'proximal-newton'],
      ...single,
    ]);
    assert.match(stdout, /^sex=male,-2$/m);
    assert.match(stdout, /^"ns\(age,2\)\[2\]",-5$/m);
    const bounded = await weightsOf({ ...solved, bounds: [{ column: 'ns(age,2)', lower: 0 }] });
    assert.equal(bounded['ns(age,2)[1]'], 0);
    assert.ok(bounded['ns(age,2)[2]']! > 0);
  });

  it('are left without a penalty by the term as by all its columns', async () => {
    const byTerm = await weightsOf({ ...solved, l1: 0.3, unpenalised: ['ns(age,2)'] });
    const byColumns = await weightsOf({ ...solved, l1: 0.3, unpenalised: ['ns(age,2)[1],ns(age,2)[2]'] });
    assert.deepEqual(byTerm, byColumns);
    assert.equal(byTerm['sex=male'], 0);
    assert.notEqual(byTerm['ns(age,2)[1]'], 0);
  });
});

describe('what cannot be', () => {
  const early: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--unpenalised', 'age'], /--unpenalised goes with --l2, --l1 or --path only/],
    [['--unpenalised', 'age', '--l2', '1', '--explain', '--init', 'w.csv'], /cannot be used together/],
    [['--bounds', 'age'], /--bounds: expected bounds as COLUMN:LOWER:UPPER/],
    [['--bounds', 'age::'], /--bounds: expected bounds/],
    [['--bounds', ''], /--bounds: expected bounds/],
    [['--bounds', 'age:0:,'], /--bounds: expected bounds/],
    [['--bounds', 'age:low:'], /--bounds: expected bounds/],
    [['--bounds', 'age:2:1'], /"age": expected a lower bound up to the upper one, got 2 and 1/],
    [['--bounds', 'age:Infinity:'], /"age": no weight is Infinity/],
    [
      ['--bounds', 'age:0:', '--optimizer', 'lbfgs'],
      /--bounds and --optimizer lbfgs cannot be used together/,
    ],
    [['--bounds', 'age:0:', '--optimizer', 'newton'], /--bounds and --optimizer newton cannot/],
    [['--bounds', 'age:0:', '--optimizer', 'adam'], /--bounds and --optimizer adam cannot/],
    [['--bounds', 'age:0:', '--stats'], /--bounds and --stats cannot be used together/],
    [['--bounds', 'age:0:', '--check-gradient'], /--check-gradient and --bounds cannot be used together/],
    [['--bounds', 'age:0:', '--compare'], /--compare and --bounds cannot be used together/],
    [
      ['--bounds', 'age:1:', '--path'],
      /--path and bounds that leave out 0 cannot be used together: "age" from 1/,
    ],
  ];
  for (const [args, message] of early) {
    it(`is refused before reading: ${args.join(' ')}`, async () => {
      const { stderr, stdout, code } = await bceTrain(['no-such-file.csv', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }

  const late: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [
      ['--l2', '1', '--unpenalised', 'agee'],
      /--unpenalised: no column "agee" with a weight\nhint: did you mean "age"\?/,
    ],
    [['--l2', '1', '--unpenalised', 'survived'], /--unpenalised: no column "survived" with a weight/],
    [['--bounds', 'agee:0:'], /--bounds: no column "agee" with a weight\nhint: did you mean "age"\?/],
    [['--bounds', 'sex=female:0:'], /--bounds: "sex=female" is the baseline of "sex" and has no weight/],
    [['--bounds', 'sex:0:,sex=male::1'], /--bounds: two bounds say of "sex=male" what its weight may be/],
    [
      ['--path', '--unpenalised', 'sex,age,passengerClass'],
      /--path: expected a column to penalise, found all/,
    ],
    [['--path', '--bounds', '*:0:0'], /--path: no penalised weight leaves 0 at any lambda/],
  ];
  for (const [args, message] of late) {
    it(`is refused: ${args.join(' ')}`, async () => {
      const { stderr, stdout, code } = await bceTrain([TITANIC, '--missing', 'drop', ...args]);
      assert.notEqual(code, 0);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }

  it('is refused in the library', async () => {
    const fails = (options: TrainOptions, message: RegExp) =>
      assert.rejects(train(PIMA, options), { code: 'USAGE', message });
    await fails({ unpenalised: ['age'] }, /--unpenalised goes with/);
    await fails({ bounds: [{ column: 'age' }] }, /bounds \(--bounds\): expected bounds/);
    await fails({ bounds: [{ column: 'age', lower: Number.NaN }] }, /bounds \(--bounds\): expected bounds/);
    await fails({ bounds: [{ column: 'age', lower: 1, upper: 0 }] }, /"age": expected a lower bound/);
  });
});
