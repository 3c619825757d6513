/** Honest endings: how far from the optimum, and whether there is one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { remainingEpochs } from '../../src/diagnostics/remaining.js';
import { type Model, namedWeights, type TrainOptions, train } from '../../src/index.js';
import { maxAbs } from '../../src/math/vector.js';
import { plainProducts } from '../../src/objective/simd/products.js';
import { OPTIMIZERS } from '../../src/optimizer/optimizers.js';
import { bceTrain, example, fixture, seeded } from '../support/support.js';

const SOUND: readonly [path: string, options: TrainOptions][] = [
  [example('titanic.csv'), { missing: 'drop' }],
  [example('pima.csv'), {}],
  [fixture('birthwt.csv'), {}],
  [fixture('credit.csv'), { missing: 'drop', positive: 'bad' }],
  [fixture('spam.csv'), {}],
  [fixture('patients.csv'), {}],
  [fixture('age.csv'), {}],
];

function csvOf(head: string, rows: readonly (readonly unknown[])[]): string {
  return `${head}\n${rows.map((row) => row.join(',')).join('\n')}\n`;
}

describe('separation', () => {
  for (const [path, options] of SOUND) {
    for (const optimizer of ['gd', 'lbfgs', 'newton'] as const) {
      for (const epochs of [0, 15, 100]) {
        it(`is not seen on ${path.replace(/.*\//, '')} after ${epochs} epochs of ${optimizer}`, async () => {
          const model = await train(path, { ...options, optimizer, epochs });
          assert.deepEqual([model.separation, model.collinear], [undefined, []]);
        });
      }
    }
  }

  for (const optimizer of OPTIMIZERS) {
    it(`is seen in one column, exactly: ${optimizer}`, async () => {
      const { separation, result } = await train(fixture('separated.csv'), { optimizer });
      assert.deepEqual(separation, {
        kind: 'columns',
        rules: [
          {
            kind: 'threshold',
            column: 'x',
            threshold: 1,
            above: 1,
            isExact: true,
            hasBelow: true,
            hasAbove: true,
          },
        ],
      });
      assert.equal(result.converged, false);
      assert.equal(result.gap, undefined);
    });

    it(`is seen in a combination of columns: ${optimizer}`, async () => {
      const { separation } = await train(fixture('breast_cancer.csv'), { optimizer });
      assert.ok(separation?.kind === 'combination' && separation.isComplete);
      assert.ok(separation.terms.length > 10);
    });
  }

  const random = seeded(21);
  const mixed = Array.from(
    { length: 200 },
    (_, i) => [random(), 'uvw'[i % 3]!, random() > 0 ? 1 : 0] as const,
  );

  it('is seen in a level of which all rows have one label', async () => {
    const rows = mixed.map(([a, f, y]) => [a, f, f === 'u' ? 0 : y]);
    const [stdin, rule] = [csvOf('a,f,y', rows), /y is 0 in every row with "f" = "u" \(67 rows\)/];
    const { stderr, code } = await bceTrain(['-'], { stdin });
    assert.match(stderr, /the classes are separated in part: /);
    assert.match(stderr, rule);
    assert.equal(code, 0);
    assert.equal((await bceTrain(['-', '--strict', '-q'], { stdin })).code, 3);
  });

  it('is seen beyond a threshold in part of the rows', async () => {
    const rows = mixed.map(([a, , y], i) => [i % 5 === 0 ? 7 : 0, a, i % 5 === 0 ? 1 : y]);
    const { stderr } = await bceTrain(['-', '-q', '--optimizer', 'lbfgs'], {
      stdin: csvOf('rare,a,y', rows),
    });
    assert.match(stderr, /separated in part: y is 1 whenever "rare" > 0: /);
  });

  it('is seen in part of the rows by a combination of columns', async () => {
    // x1 + x2 is 3 only where y is 1; elsewhere the labels are mixed, and x3 says nothing
    const rows = Array.from({ length: 300 }, (_, i) => {
      const isRare = i % 6 === 0;
      const [a, b] = isRare
        ? i % 12 === 0
          ? [1, 2]
          : [2, 1]
        : ([
            [0, 2],
            [2, 0],
            [1, 1],
          ][i % 3] as number[]);
      return [a, b, random(), isRare || random() > 0 ? 1 : 0];
    });
    const { separation } = await trainCsv(csvOf('x1,x2,x3,y', rows), { epochs: 30 });
    assert.ok(separation?.kind === 'combination' && !separation.isComplete);
    assert.deepEqual([...separation.terms].sort(), ['x1', 'x2']);
  });

  it('matters only without a penalty', async () => {
    for (const penalty of [{ l2: 0.01 }, { l1: 0.01 }]) {
      const model = await train(fixture('separated.csv'), {
        ...penalty,
        optimizer: 'nesterov',
        epochs: 1000,
      });
      assert.deepEqual([model.separation, model.result.converged], [undefined, true]);
    }
  });

  it('depends on the intercept', async () => {
    // y = 1 exactly when x >= 1: no line through the origin parts the classes
    const { separation } = await train(fixture('separated.csv'), { intercept: false, standardize: false });
    assert.equal(separation, undefined);
    const { stderr } = await bceTrain(['-', '--no-intercept', '-q'], {
      stdin: 'a,y\n-1,0\n-2,0\n3,1\n1,1\n',
    });
    assert.match(stderr, /y is 1 exactly when "a" >= 0/);
  });

  it('is found where it is, and nowhere else, on random tables', async () => {
    const cell = fc.integer({ min: -3, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, fc.boolean()), { minLength: 4, maxLength: 14 }),
        async (drawn) => {
          const rows = [...drawn, [0, 0, true] as const, [0, 0, false] as const];
          const X = rows.map(([a, b]) => [a, b]);
          const y = rows.map(([, , label]) => (label ? 1 : 0));
          const { separation } = await train({ X, y }, { epochs: 10 }).catch(() => ({
            separation: 'refused',
          }));
          if (separation === 'refused') return;
          assert.equal(separation !== undefined, isSeparated(rows), JSON.stringify(rows));
        },
      ),
      { numRuns: 300 },
    );
  });
});

/**
 * By brute force over directions in the plane. Rows with both labels lie at the origin, so a border goes
 * through it and only (a, b).u counts: separated if some u has no row on the wrong side and one on the right.
 */
function isSeparated(rows: readonly (readonly [number, number, boolean])[]): boolean {
  const directions = rows.flatMap(([a, b]) => [
    [a, b],
    [-a, -b],
    [-b, a],
    [b, -a],
  ]);
  // between any two borders there is another direction
  const sums = directions.flatMap(([a, b]) => directions.map(([c, d]) => [a! + c!, b! + d!]));
  return [...directions, ...sums].some(([p, q]) => {
    const margins = rows.map(([a, b, label]) => (label ? 1 : -1) * (a * p! + b * q!));
    return margins.every((margin) => margin >= 0) && margins.some((margin) => margin > 0);
  });
}

async function trainCsv(csv: string, options: TrainOptions): Promise<Model> {
  const { Readable } = await import('node:stream');
  return train(Readable.from([Buffer.from(csv)]), options);
}

describe('collinear columns', () => {
  const random = seeded(33);
  const rows = Array.from({ length: 90 }, () => [random(), random(), random()] as const);
  const label = () => (random() > 0 ? 1 : 0);

  for (const optimizer of OPTIMIZERS) {
    it(`are named: ${optimizer}`, async () => {
      const csv = csvOf(
        'a,b,c,copy,sum,y',
        rows.map(([a, b, c]) => [a, b, c, 32 * a - 7, a + 2 * b, label()]),
      );
      const { collinear, result } = await trainCsv(csv, { optimizer, epochs: 200 });
      assert.deepEqual(collinear, [
        { term: 'copy', others: ['a'], isExact: true },
        { term: 'sum', others: ['a', 'b'], isExact: true },
      ]);
      if (optimizer === 'newton') assert.equal(result.status, 'converged');
    });
  }

  it('are named among levels, and left out by --drop', async () => {
    const table = csvOf(
      'f,g,a,y',
      rows.map(([a], i) => ['pq'[i % 2], 'rs'[i % 2], a, label()]),
    );
    const { stderr, code } = await bceTrain(['-', '-q', '--optimizer', 'newton'], { stdin: table });
    assert.match(
      stderr,
      /warning: "g=s" follows from "f=q": its weight is not unique; --drop g leaves it out/,
    );
    assert.equal(code, 0);
    assert.equal((await bceTrain(['-', '-q', '--strict', '--lr', 'auto'], { stdin: table })).code, 3);
    const dropped = await bceTrain(['-', '-q', '--drop', 'g', '--lr', 'auto'], { stdin: table });
    assert.equal(dropped.stderr, '');
  });

  it('matter only without --l2', async () => {
    const table = csvOf(
      'a,b,y',
      rows.map(([a]) => [a, 2 * a, label()]),
    );
    assert.deepEqual((await trainCsv(table, { l2: 0.1, optimizer: 'newton' })).collinear, []);
  });

  it('leave the optimum known, whatever rounding makes of their coefficients', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const uniform = seeded(seed);
      const skewed = Array.from({ length: 300 }, () => Math.round(1000 * Math.exp(4 * uniform())) / 1000);
      const X = skewed.map((x) => [x, Math.round(1000 * uniform()) / 1000, 2 * x]);
      const y = skewed.map((x) => (uniform() < 1 / (1 + Math.exp(2 - Math.log(x))) ? 1 : 0));
      for (const optimizer of ['newton', 'lbfgs'] as const) {
        const { result, collinear } = await train({ X, y }, { optimizer, epochs: 300 });
        assert.deepEqual([result.optimum, collinear.length], ['reached', 1], `${optimizer}, seed ${seed}`);
      }
    }
  });

  it('are not seen where columns are only much alike', async () => {
    const table = csvOf(
      'a,b,y',
      rows.map(([a, b]) => [a, a + 1e-4 * b, label()]),
    );
    assert.deepEqual((await trainCsv(table, { optimizer: 'newton' })).collinear, []);
  });
});

describe('the gap to the optimum', () => {
  for (const [path, options] of SOUND.slice(0, 5)) {
    it(`is told on ${path.replace(/.*\//, '')}`, async () => {
      const { result: best } = await train(path, { ...options, optimizer: 'newton', tolerance: 1e-13 });
      for (const epochs of [3, 6, 12]) {
        const { result } = await train(path, { ...options, optimizer: 'lbfgs', epochs, tolerance: 0 });
        const gap = result.loss - best.loss;
        // smaller ones drown in the rounding of J
        if (gap < 1e-11) continue;
        assert.ok(result.gap! > 0.3 * gap && result.gap! < 3 * gap, `${result.gap} against ${gap}`);
      }
    });
  }

  it('is told with L1, where some weights are held at 0', async () => {
    const options = { l1: 0.02, optimizer: 'nesterov' } as const;
    const path = fixture('breast_cancer.csv');
    const { result: best } = await train(path, { ...options, epochs: 20_000, tolerance: 1e-12 });
    const { result } = await train(path, { ...options, epochs: 400 });
    const gap = result.loss - best.loss;
    assert.ok(result.gap! > 0.2 * gap && result.gap! < 5 * gap, `${result.gap} against ${gap}`);
  });
});

describe('the epochs that are left', () => {
  const isSmall = (g: Float64Array) => maxAbs(g) <= 1e-6;

  it('are exact where the curvature stays as it is', () => {
    // gradients 0.9^k and 0.5^k: 0.9^k <= 1e-6 from k = 132
    assert.equal(remainingEpochs(Float64Array.of(1, 0, 0, 5), Float64Array.of(1, 1), 0.1, isSmall), 132);
    assert.equal(remainingEpochs(Float64Array.of(1, 0, 0, 5), Float64Array.of(1e-7, 0), 0.1, isSmall), 1);
  });

  it('are those of one step after the other, with as many weights as fill no block', () => {
    const n = 45;
    const random = seeded(7);
    const [H, g] = [new Float64Array(n * n), new Float64Array(n).fill(1)];
    for (let j = 0; j < n; j++) {
      H[j * n + j] = 1;
      for (let k = 0; k < j; k++) H[j * n + k] = H[k * n + j] = (random() - 0.5) / n;
    }
    let epochs = 0;
    for (let later = g; !isSmall(later); epochs++) {
      later = later.map((slope, j) => slope - 0.1 * later.reduce((sum, x, k) => sum + H[j * n + k]! * x, 0));
    }
    assert.ok(epochs > 100, `${epochs}`);
    assert.equal(remainingEpochs(H, g, 0.1, isSmall), epochs);
    assert.equal(remainingEpochs(H, g, 0.1, isSmall, plainProducts()), epochs);
  });

  it('are not told when there are too many', () => {
    assert.equal(remainingEpochs(Float64Array.of(1e-12), Float64Array.of(1), 0.1, isSmall), undefined);
  });

  it('are about right on titanic', async () => {
    const options: TrainOptions = { missing: 'drop', learningRate: 0.5 };
    const { stderr } = await bceTrain([example('titanic.csv'), '--missing', 'drop', '--lr', '0.5']);
    const told = Number(/about ([\d,]+) more --epochs/.exec(stderr)![1]!.replace(',', ''));
    const { result } = await train(example('titanic.csv'), { ...options, epochs: 5000 });
    const needed = result.epochs - 100;
    assert.ok(told > 0.8 * needed && told < 1.25 * needed, `${told} told, ${needed} needed`);
  });
});

describe('--strict', () => {
  const pima = example('pima.csv');
  const cases: [flags: string, code: number, message: RegExp][] = [
    ['', 3, /error: not converged after 100 epochs, and --strict asks for an optimum\nhint: /],
    ['--optimizer newton', 0, /converged after \d+ epochs/],
    ['--optimizer newton --tolerance 1e-30', 3, /not converged after \d+ epochs.*double precision/],
    ['--optimizer lbfgs --validation 0.3 --patience 2', 0, /stopped after|converged after/],
    ['--tolerance 0', 2, /--strict and --tolerance 0/],
  ];
  for (const [flags, expected, message] of cases) {
    it(`ends with ${expected}: ${flags}`, async () => {
      const outcome = await bceTrain([pima, '--strict', ...flags.split(' ').filter(Boolean)]);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.code, expected);
      // the weights are written all the same
      if (expected === 3) assert.match(outcome.stdout, /^feature,weight\n/);
    });
  }
});

describe('what an optimizer does not use', () => {
  const refused: [flags: string, message: RegExp][] = [
    ['--optimizer lbfgs --lr 1', /--lr and --optimizer lbfgs/],
    ['--optimizer newton --lr auto', /--lr and --optimizer newton/],
    ['--optimizer adam --lr auto', /--lr auto and --optimizer adam/],
    ['--optimizer adam --l1 1', /--l1 and --optimizer adam[\s\S]*nesterov/],
    ['--optimizer lbfgs --l1 1', /--l1 and --optimizer lbfgs[\s\S]*nesterov/],
    ['--optimizer newton --l1 1', /--l1 and --optimizer newton[\s\S]*nesterov/],
    ['--optimizer sgd', /expected gd, nesterov, adam, lbfgs, newton or proximal-newton, got "sgd"/],
    ['--patience 3', /--patience goes with --validation only/],
    ['--seed 3', /--seed goes with --check-gradient, --check-program, --validation, --batch or --cv only/],
    ['--validation x.csv --seed 3', /--seed and a file of --validation/],
    ['--validation 1.5', /--validation: expected a share of the rows between 0 and 1, or a file, got "1.5"/],
    ['--check-gradient --optimizer newton', /--check-gradient and --optimizer/],
    ['--compare --optimizer newton', /--compare and --optimizer/],
    ['--compare --strict', /--compare and --strict/],
    ['--explain --validation 0.2', /--explain and --validation/],
    ['--explain --init w.csv --optimizer newton', /--explain with --init and --optimizer/],
  ];
  for (const [flags, message] of refused) {
    it(`is refused: ${flags}`, async () => {
      const { code, stderr, stdout } = await bceTrain([example('pima.csv'), ...flags.split(' ')]);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [2, '']);
    });
  }

  it('is refused by the library too', async () => {
    await assert.rejects(train(example('pima.csv'), { optimizer: 'lbfgs', learningRate: 1 }), {
      code: 'USAGE',
    });
    const X = Array.from({ length: 2 }, (_, i) => Float64Array.from({ length: 4001 }, (_, j) => i + j * i));
    await assert.rejects(
      train({ X, y: [0, 1] }, { optimizer: 'newton' }),
      /at most 4,000 weights, found 4,002/,
    );
  });
});

describe('the foresight of steps', () => {
  const pima = example('pima.csv');

  it('warns of a step that is too long, before the first', async () => {
    const { stderr } = await bceTrain([pima, '--lr', '20', '-q']);
    assert.match(
      stderr,
      /^warning: --lr 20 is above 2\/L = 3\.41, the longest safe step: J may grow; --lr auto takes 3\.1/,
    );
  });

  it('tells of one that is far too short', async () => {
    assert.match(
      (await bceTrain([pima, '--lr', '0.01'])).stderr,
      /note: --lr 0.01 is far below 2\/L = 3\.41/,
    );
    assert.doesNotMatch((await bceTrain([pima, '--lr', '1'])).stderr, /^note: --lr/m);
  });

  it('is right about the limit', async () => {
    const { history } = await train(pima, { learningRate: 3.4, epochs: 300 });
    history.slice(1).forEach((loss, k) => {
      assert.ok(loss <= history[k]! + 1e-14);
    });
  });

  it('names the column whose scale drives a divergence', async () => {
    const { stderr, code } = await bceTrain([pima, '--no-standardize', '-q']);
    assert.match(stderr, /"glu" drives it, with values of about 120/);
    assert.equal(code, 3);
  });

  it('gives weights all the same as the fixed step', async () => {
    const auto = await train(pima, { learningRate: 'auto', epochs: 20 });
    const fixed = await train(pima, { learningRate: auto.result.learningRate, epochs: 20 });
    assert.deepEqual(namedWeights(auto), namedWeights(fixed));
  });
});
