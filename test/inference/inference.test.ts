/** Standard errors, tests and deviances, against R and against figures known by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  type Arrays,
  type Model,
  type ModelInference,
  namedWeights,
  type TrainOptions,
  train,
} from '../../src/index.js';
import { centralQuantile, twoSidedP } from '../../src/math/normal.js';
import { parseWeights } from '../../src/model/weightsFile.js';
import { bceTrain, example, fixture, readJson, temporary } from '../support/support.js';

const OPTIMUM: TrainOptions = { optimizer: 'newton', tolerance: 1e-12, stats: true };

interface Figures {
  se: number[];
  p: number[];
  deviance: number;
  null_deviance: number;
}

function requireClose(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  const relative = Math.abs(actual! - expected) / Math.abs(expected);
  assert.ok(relative <= tolerance, `${what}: ${actual} against ${expected}`);
}

function requireFigures({ terms, ...whole }: Statistics, figures: Figures): void {
  assert.equal(terms.length, figures.se.length);
  terms.forEach(({ name, standardError, p }, j) => {
    requireClose(standardError, figures.se[j]!, 1e-6, `standard error of ${name}`);
    requireClose(p, figures.p[j]!, 1e-6, `p of ${name}`);
  });
  requireClose(whole.deviance, figures.deviance, 1e-12, 'deviance');
  requireClose(whole.nullDeviance, figures.null_deviance, 1e-12, 'null deviance');
}

type Statistics = ModelInference & Pick<Model, 'terms'>;

async function inferenceOf(data: string | Arrays, options: TrainOptions = {}): Promise<Statistics> {
  const { terms, inference } = await train(data, { ...OPTIMUM, ...options });
  return { ...inference!, terms };
}

describe('the statistics of R', () => {
  const tables: [string, string, TrainOptions][] = [
    ['titanic', example('titanic.csv'), { missing: 'drop' }],
    ['birthwt', fixture('birthwt.csv'), {}],
    ['pima', example('pima.csv'), {}],
    ['credit', fixture('credit.csv'), { missing: 'drop', positive: 'bad' }],
    ['spam', fixture('spam.csv'), {}],
  ];
  for (const [name, path, options] of tables) {
    for (const standardize of [true, false]) {
      it(`are met on ${name}, standardize ${standardize}`, async () => {
        const tolerance = standardize ? 1e-12 : 1e-9;
        const inference = await inferenceOf(path, { ...options, standardize, tolerance });
        const { fit } = readJson(fixture(`${name}.json`));
        requireFigures(inference, fit);
        requireClose(inference.aic, fit.aic, 1e-12, 'AIC');
        assert.deepEqual(inference.cautions, []);
      });
    }
  }

  const figures = readJson(fixture('inference.json'));
  const [header, ...lines] = readFileSync(fixture('birthwt.csv'), 'utf8').trimEnd().split('\n');

  for (const [name, weights] of [
    ['weights', [1, 2, 3]],
    ['fractions', [0.5, 1.75, 2.25]],
  ] as const) {
    it(`are met with ${name}`, async () => {
      const table = [`${header},w`, ...lines.map((line, i) => `${line},${weights[i % 3]}`)].join('\n');
      const path = temporary(`${name}.csv`, table);
      const inference = await inferenceOf(path, { target: 'low', weightColumn: 'w' });
      requireFigures(inference, figures[name]);
      assert.equal(inference.degreesOfFreedom, figures[name].df);
      assert.equal(inference.nullDegreesOfFreedom, figures[name].null_df);
      if (figures[name].bic !== undefined) requireClose(inference.bic, figures[name].bic, 1e-12, 'BIC');
    });
  }

  it('are met without an intercept, and with the sum for the mean', async () => {
    const inference = await inferenceOf(fixture('birthwt.csv'), {
      intercept: false,
      reduction: 'sum',
      tolerance: 1e-9,
    });
    requireFigures(inference, figures.origin);
    assert.equal(inference.degreesOfFreedom, figures.origin.df);
    assert.equal(inference.nullDegreesOfFreedom, figures.origin.null_df);
    requireClose(inference.bic, figures.origin.bic, 1e-12, 'BIC');
  });

  it('have the intervals of another confidence', async () => {
    const { terms: weights } = await inferenceOf(example('titanic.csv'), {
      missing: 'drop',
      confidence: 0.99,
    });
    // R: coef -+ qnorm(0.995) se
    requireClose(weights[2]!.lower, -0.0507013815688852, 1e-8, 'lower');
    requireClose(weights[2]!.upper, -0.0180850807139014, 1e-8, 'upper');
    requireClose(weights[2]!.oddsRatio, Math.exp(-0.0343932311413933), 1e-9, 'odds ratio');
  });
});

/** Two groups, x = `at` and x = `at` + `step`, with these numbers of rows of y = 0 and y = 1. */
function fourCells(at: number, step: number, [a, b, c, d]: readonly number[]): Arrays {
  return {
    X: [[at], [at], [at + step], [at + step]],
    y: [0, 1, 0, 1],
    names: ['x'],
    weights: [a!, b!, c!, d!],
  };
}

describe('the statistics of a table of two by two', () => {
  // the log odds ratio has the variance 1/a + 1/b + 1/c + 1/d
  const cells = [40, 10, 15, 35];
  const [a, b, c, d] = cells as [number, number, number, number];

  for (const [at, step] of [
    [0, 1],
    [1e7, 1],
    [-3e9, 1],
    [1e12, 1e5],
    [1e-9, 1e-12],
  ] as const) {
    it(`are those known by hand with x = ${at} and ${step} more`, async () => {
      const { terms: weights, cautions } = await inferenceOf(fourCells(at, step, cells));
      const end = 1 / a + 1 / b;
      const slope = (end + 1 / c + 1 / d) / step ** 2;
      requireClose(weights[1]!.standardError, Math.sqrt(slope), 1e-9, 'slope');
      // b = log odds at x = 0, from those at `at` and the slope, whose covariance is -(1/a + 1/b) / step
      const intercept = end + at * at * slope + (2 * at * end) / step;
      requireClose(weights[0]!.standardError, Math.sqrt(intercept), 1e-9, 'intercept');
      assert.deepEqual(cautions, []);
    });
  }

  it('hold down to p of 1e-300', async () => {
    const large = cells.map((count) => count * 54);
    const { terms: weights } = await inferenceOf(fourCells(0, 1, large));
    const z = Math.log((a * d) / (b * c)) / Math.sqrt((1 / a + 1 / b + 1 / c + 1 / d) / 54);
    requireClose(weights[1]!.z, z, 1e-12, 'z');
    requireClose(weights[1]!.p, twoSidedP(z), 1e-6, 'p');
    assert.ok(weights[1]!.p! > 0);
  });
});

describe('the normal distribution', () => {
  // mpmath: erfc(z / sqrt(2)) with 50 digits
  const tails: readonly (readonly [number, number])[] = [
    [0, 1],
    [1e-8, 0.9999999920211544],
    [0.5, 0.6170750774519738],
    [1.96, 0.04999579029644087],
    [5, 5.733031437583878e-7],
    [8.3, 1.0411139489780508e-16],
    [10, 1.523970604832105e-23],
    [15, 7.341932398625502e-51],
    [20, 5.5072482372124675e-89],
    [25, 6.113393412765122e-138],
    [30, 9.813427854296374e-198],
    [35, 2.2498214129448125e-268],
    [37, 1.1451142445049154e-299],
    [37.04, 2.6018183756884613e-300],
    [37.5, 9.21070601916391e-308],
  ];
  it('has the tails of mpmath', () => {
    for (const [z, p] of tails) {
      requireClose(twoSidedP(z), p, 1e-12, `p of ${z}`);
      assert.equal(twoSidedP(-z), twoSidedP(z));
    }
  });

  it('has the quantiles of mpmath', () => {
    const quantiles = [
      [0.5, 0.6744897501960817],
      [0.9, 1.6448536269514729],
      [0.95, 1.9599639845400538],
      [0.99, 2.5758293035489004],
      [0.999999, 4.891638475692932],
    ] as const;
    for (const [confidence, q] of quantiles) requireClose(centralQuantile(confidence), q, 1e-11, 'quantile');
  });
});

describe('statistics to be read with care', () => {
  it('are refused before training where there are too many weights', async () => {
    const names = Array.from({ length: 4001 }, (_, j) => `x${j}`);
    const row = (i: number) => names.map((_, j) => (i * 7919 + j * 31) % 97).join(',');
    const csv = `${names.join(',')},y\n${[1, 2, 3, 4].map((i) => `${row(i)},${i % 2}`).join('\n')}\n`;
    const { code, stderr } = await bceTrain([temporary('wide.csv', csv), '--stats', '--epochs', '3']);
    assert.equal(code, 2);
    assert.match(stderr, /error: --stats: expected at most 4,000 weights, found 4,002/);
    assert.doesNotMatch(stderr, /epoch 0/);
  });

  it('are refused under L1, and so is a confidence without them', async () => {
    const refusals: [string[], RegExp][] = [
      [['--stats', '--l1', '0.1'], /--stats and --l1 cannot be used together\nhint: .*corner/],
      [['--confidence', '0.9'], /--confidence goes with --stats only/],
      [['--stats', '--confidence', '1'], /--confidence: expected a number between 0 and 1, got "1"/],
      [['--stats', '--explain'], /--explain and --stats cannot be used together/],
    ];
    for (const [flags, message] of refusals) {
      const { code, stderr } = await bceTrain([example('pima.csv'), ...flags]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    await assert.rejects(train(example('pima.csv'), { confidence: 0.9 }), { code: 'USAGE' });
  });

  it('say so where training ended early, and by how much', async () => {
    const { inference, terms } = await train(example('pima.csv'), { epochs: 20, stats: true });
    assert.deepEqual(inference!.cautions, ['not-converged']);
    const optimum = namedWeights(await train(example('pima.csv'), OPTIMUM));
    const early = namedWeights(await train(example('pima.csv'), { epochs: 20 }));
    const off = early.map(({ weight }, j) =>
      Math.abs((weight - optimum[j]!.weight) / terms[j]!.standardError!),
    );
    assert.ok(Math.max(...off) < 1.5 * inference!.distance, `${Math.max(...off)}: ${inference!.distance}`);
  });

  it('say so where the classes are separated', async () => {
    const { inference } = await train(fixture('separated.csv'), { stats: true });
    assert.deepEqual(inference!.cautions, ['separated']);
  });

  it('describe the penalised objective under L2, in whatever columns', async () => {
    // with mean and spread of 1 both problems are the same; the Hessian gains lambda on the diagonal
    const X = Array.from({ length: 40 }, (_, i) => [(i % 2) * 2]);
    const y = X.map(([x], i) => ((x === 2 ? i % 3 !== 1 : i % 5 === 0) ? 1 : 0));
    for (const standardize of [true, false]) {
      const l2 = 0.3;
      const model = await train({ X, y, names: ['x'] }, { ...OPTIMUM, l2, standardize });
      const { cautions } = model.inference!;
      const weights = model.terms;
      assert.deepEqual(cautions, ['l2']);
      const [b, w] = namedWeights(model).map(({ weight }) => weight) as [number, number];
      const z = X.map(([x]) => 1 / (1 + Math.exp(-(w * x! + b))));
      const sum = (f: (x: number) => number) =>
        X.reduce((total, [x], i) => total + f(x!) * z[i]! * (1 - z[i]!), 0);
      // the spread of x is 1, so the penalty is the same on either
      const [h00, h01, h11] = [sum((x) => x * x) + 40 * l2, sum((x) => x), sum(() => 1)];
      const determinant = h00 * h11 - h01 * h01;
      requireClose(weights[1]!.standardError, Math.sqrt(h11 / determinant), 1e-10, 'slope');
      requireClose(weights[0]!.standardError, Math.sqrt(h00 / determinant), 1e-10, 'intercept');
    }
  });

  it('say so with weights by class', async () => {
    const inference = await inferenceOf(fixture('birthwt.csv'), { classWeight: 'balanced' });
    assert.deepEqual(inference.cautions, ['class-weight']);
    // both classes weigh half of 189
    requireClose(inference.nullDeviance, 2 * 189 * Math.LN2, 1e-12, 'null deviance');
  });

  it('are missing for weights that are not unique, and for no others', async () => {
    const table = readFileSync(fixture('birthwt.csv'), 'utf8').trimEnd().split('\n');
    const twice = table.map((line, i) => {
      const cells = line.split(',');
      const age = cells[table[0]!.split(',').indexOf('age')];
      return `${i === 0 ? 'months' : 12 * Number(age) + 5},${line}`;
    });
    const path = temporary('collinear.csv', twice.join('\n'));
    for (const standardize of [true, false]) {
      const inference = await inferenceOf(path, { target: 'low', standardize, tolerance: 1e-9 });
      const { fit } = readJson(fixture('birthwt.json'));
      assert.deepEqual(inference.cautions, ['collinear']);
      assert.equal(inference.degreesOfFreedom, 180);
      const known = new Map(fit.terms.map((term: string, j: number) => [term, fit.se[j]]));
      for (const { name: feature, standardError, p } of inference.terms) {
        // months = 12 age + 5, so the intercept moves with both
        if (['age', 'months', '(intercept)'].includes(feature)) {
          assert.deepEqual([standardError, p], [undefined, undefined]);
        } else requireClose(standardError, known.get(feature) as number, 1e-6, feature);
      }
    }
  });

  it('are left out when training is interrupted, with a warning', async () => {
    const endless = ['--epochs', '100000000', '--tolerance', '0', '--log-every', '1000000'];
    const { code, stdout, stderr } = await bceTrain([example('pima.csv'), '--stats', ...endless], {
      onListening: (interrupt) => setTimeout(interrupt, 150),
    });
    assert.equal(code, 130);
    assert.match(stdout, /^feature,weight\n/);
    assert.match(stderr, /warning: --stats: left out, since training was interrupted/);
  });
});

describe('the statistics as text', () => {
  it('are six more columns, the weights to the last bit as without', async () => {
    const args = [example('pima.csv'), '--quiet', '--optimizer', 'newton'];
    const plain = (await bceTrain(args)).stdout.trimEnd().split('\n');
    const stats = (await bceTrain([...args, '--stats'])).stdout.trimEnd().split('\n');
    assert.equal(stats[0], 'feature,weight,std_error,z,p,lower,upper,odds_ratio');
    assert.deepEqual(
      stats.map((line) => line.split(',').slice(0, 2).join(',')),
      plain,
    );
    const model: Model = await train(example('pima.csv'), { optimizer: 'newton', stats: true });
    for (const [j, { standardError, z, p, lower, upper, oddsRatio }] of model.terms.entries()) {
      const cells = stats[j + 1]!.split(',').slice(2).map(Number);
      assert.deepEqual(cells, [standardError, z, p, lower, upper, oddsRatio]);
    }
  });

  for (const format of ['csv', 'tsv', 'json'] as const) {
    it(`begin another run as weights without them: ${format}`, async () => {
      const args = ['--quiet', '--format', format, '--optimizer', 'newton'];
      const { stdout } = await bceTrain([example('pima.csv'), ...args, '--stats']);
      const { stdout: plain } = await bceTrain([example('pima.csv'), ...args]);
      assert.deepEqual(parseWeights(stdout, 'stats').byName, parseWeights(plain, 'plain').byName);
    });
  }

  for (const standardize of [true, false]) {
    it(`lose no digit to a column far from zero, standardize ${standardize}`, async () => {
      const [header, ...lines] = readFileSync(fixture('birthwt.csv'), 'utf8').trimEnd().split('\n');
      // whole numbers: the sum is exact
      const far = lines.map((line) => line.replace(/^\d+/, (age) => String(Number(age) + 2 ** 40)));
      const path = temporary('far.csv', `${[header, ...far].join('\n')}\n`);
      const near = await inferenceOf(fixture('birthwt.csv'));
      const shifted = await inferenceOf(path, { standardize });
      const slopes = ({ terms }: Statistics) => terms.filter(({ name }) => name !== '(intercept)');
      slopes(near).forEach(({ name: feature, standardError, p }, j) => {
        const { standardError: se, p: probability } = slopes(shifted)[j]!;
        requireClose(se, standardError!, 1e-14, `standard error of ${feature}`);
        requireClose(probability, p!, 1e-12, `p of ${feature}`);
      });
      const age = slopes(near).find(({ name }) => name === 'age')!;
      const intercept = shifted.terms.find(({ name }) => name === '(intercept)')!;
      // so far out the intercept is the slope times -2^40
      requireClose(
        intercept.standardError,
        age.standardError! * 2 ** 40,
        1e-9,
        'standard error of the intercept',
      );
    });
  }

  it('leave out a figure beyond the doubles', async () => {
    const path = temporary('odds.csv', 'a,y\n1e-9,0\n2e-9,1\n3e-9,0\n4e-9,1\n5e-9,1\n');
    const { stdout } = await bceTrain([path, '--quiet', '--stats', '--optimizer', 'newton']);
    assert.match(stdout, /\na,\d+(?:\.\d+)?(?:,-?\d[^,]*){5},\n/);
    const { stdout: json } = await bceTrain([
      path,
      '--quiet',
      '--stats',
      '--optimizer',
      'newton',
      '--format',
      'json',
    ]);
    assert.equal(JSON.parse(json).terms.find(({ name }: { name: string }) => name === 'a').oddsRatio, null);
  });

  it('are empty for a constant column', async () => {
    const path = temporary('constant.csv', 'a,b,y\n1,7,0\n2,7,1\n3,7,0\n4,7,1\n5,7,1\n');
    const { stdout } = await bceTrain([path, '--quiet', '--stats', '--optimizer', 'newton']);
    assert.match(stdout, /\nb,0,,,,,,\n/);
  });
});
