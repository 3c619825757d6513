/** Terms that the training rows settle: the bases of R, the models of R, and the order of the rows that never matters. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { orderStatistics } from '../../src/dataset/describe/orderStatistics.js';
import { type BceError, namedWeights, predict, type TrainOptions, train } from '../../src/index.js';
import { compile } from '../../src/terms/evaluate.js';
import { nameOf } from '../../src/terms/expression.js';
import { parseTerms, termOf } from '../../src/terms/parse.js';
import { settled, type Values } from '../../src/terms/settle.js';
import { bcePredict, bceTrain, example, fixture, readJson, temporary } from '../support/support.js';

const close = (a: number, b: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${what}: ${a} and ${b}`);

const { rows, points, bases, models, weighted } = readJson(fixture('splines.json'));

/** What a term is settled by, computed as it is written. */
function valuesOf(numbers: readonly number[]): Values {
  const sorted = [...numbers].sort((a, b) => a - b);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const square = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return {
    count: numbers.length,
    mean,
    sd: Math.sqrt(square / (numbers.length - 1)),
    at: (rank) => sorted[rank]!,
  };
}

describe('the columns of splines are those of R, within the boundary and beyond it', () => {
  for (const [term, columns] of Object.entries(bases as Record<string, number[][]>)) {
    it(term, () => {
      const terms = parseTerms(term, '--add');
      assert.equal(terms.length, columns.length);
      for (const [j, open] of terms.entries()) {
        const tree = settled(open, () => valuesOf(rows), 'rows');
        assert.deepEqual(termOf(nameOf(tree)), tree);
        const evaluate = compile(tree, () => 0);
        for (const [i, x] of (points as number[]).entries()) {
          const value = evaluate({ number: () => x, text: () => '', outside: () => assert.fail() });
          close(value, columns[j]![i]!, 1e-12, `${nameOf(tree)} at ${x}`);
        }
      }
    });
  }
});

describe('R says the same of models whose terms the rows settle', () => {
  for (const { table, terms, deviance, coef, fitted } of models) {
    it(terms, async () => {
      const path = example(`${table}.csv`);
      const model = await train(path, {
        optimizer: 'newton',
        tolerance: 1e-12,
        missing: 'drop',
        formula: `~ ${terms}`,
      });
      close(2 * model.rows * model.result.loss, deviance, 1e-10);
      const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
      const weights = ascending(namedWeights(model).map(({ weight }) => weight));
      assert.equal(weights.length, coef.length);
      for (const [i, weight] of ascending(coef).entries()) close(weights[i]!, weight, 1e-7);
      const probabilities = await predict(model, path, { missing: 'drop' });
      for (const [i, p] of (fitted as number[]).entries()) close(probabilities[i]!, p, 1e-8);
    });
  }
});

describe('R says the same where rows have weights, each counted once in the knots', () => {
  const [header, ...lines] = readFileSync(example('titanic.csv'), 'utf8').trim().split('\n');
  const whole = lines.filter((line) => !line.includes(',,'));
  const csv = [`${header},w`, ...whole.map((line, i) => `${line},${(i + 1) % 3}`), ''].join('\n');
  for (const { terms, deviance, coef } of weighted) {
    it(terms, async () => {
      const formula = `survived ~ ${terms}`;
      const path = temporary('weighted.csv', csv);
      const model = await train(path, { optimizer: 'newton', tolerance: 1e-12, formula, weightColumn: 'w' });
      close(2 * model.weighting.sum * model.result.loss, deviance, 1e-10);
      const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
      const weights = ascending(namedWeights(model).map(({ weight }) => weight));
      assert.equal(weights.length, coef.length);
      for (const [i, weight] of ascending(coef).entries()) close(weights[i]!, weight, 1e-7);
    });
  }
});

it('values of a rank are those of the sorted column', async () => {
  const value = fc.oneof(
    fc.double({ noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 1, -1, 5e-324, Number.NaN),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 100 }), async (column) => {
      const sorted = column
        .filter((x) => !Number.isNaN(x))
        .map((x) => x + 0)
        .sort((a, b) => a - b);
      const X = new Float64Array(128);
      X.set(column);
      const shard = { rows: column.length, X, codes: new Int32Array(0), y: X, c: undefined };
      const [found] = await orderStatistics(async (take) => take(shard), 1, [[...sorted.keys()]]);
      assert.deepEqual(
        [...sorted.keys()].map((rank) => found!.get(rank)),
        sorted,
      );
    }),
    { numRuns: 100 },
  );
});

const TERMS = [
  'sex*ns(age, 4) + scale(fare)^2',
  'bins(fare, 5)',
  'bs(log1p(fare), 5):scale(age)',
  'ns(scale(fare), 3)',
].join(' + ');
const CSV = ['sex,age,fare,survived'];
for (let i = 0; i < 3000; i++) {
  const [age, fare] = [(i * 7919) % 83, ((i * 104_729) % 997) / 8];
  CSV.push(`${i % 3 === 0 ? 'f' : 'm'},${i % 50 === 7 ? '' : age},${fare},${(i * 31 + age) % 5 < 2 ? 1 : 0}`);
}

describe('terms that the rows settle', () => {
  const options: TrainOptions = { add: [TERMS], missing: 'mean', l2: 1e-3, epochs: 30, optimizer: 'lbfgs' };
  const text = `${CSV.join('\n')}\n`;

  it('are the same to the last bit for any threads, memory and kind of source', async () => {
    const path = temporary('settled.csv', text);
    const weights = namedWeights(await train(path, options));
    assert.ok(weights.every(({ weight }) => Number.isFinite(weight)));
    const stream = Readable.from([Buffer.from(text.slice(0, 5000)), Buffer.from(text.slice(5000))]);
    assert.deepEqual(namedWeights(await train(stream, options)), weights);
    for (const more of [{ threads: 1 }, { threads: 3 }, { memory: 1 }]) {
      assert.deepEqual(namedWeights(await train(path, { ...options, ...more })), weights);
    }
  });

  it('are settled by the rows that are trained on alone', async () => {
    const path = temporary('settled.csv', text);
    const held = await train(path, { ...options, validation: 0.3, seed: 5 });
    const all = await train(path, options);
    const knots = (model: typeof all) =>
      model.features.find(({ name }) => name === 'ns(age,4)[1]')!.expression!;
    assert.match(knots(all), /^ns\(age,knots=c\([\d.,]+\),boundary=c\(0,82\)\)\[1\]$/);
    const scales = [held, all].map(
      (model) => model.features.find(({ name }) => name === 'scale(fare)^2')!.expression!,
    );
    assert.notEqual(scales[0], scales[1]);
    // rows of another file are computed by what the training rows settled
    const checked = await train(path, { ...options, l2: 0, validation: path });
    close(checked.validation!.loss, checked.result.loss, 1e-12);
  });

  it('are refused of a file of weights alone, which holds no knots', async () => {
    const path = temporary('settled.csv', text);
    const { stdout } = await bceTrain([path, '--add', 'ns(age, 4)', '--missing', 'drop', '--quiet']);
    const weights = temporary('weights.csv', stdout);
    const { stderr, code } = await bcePredict([weights, path, '--missing', 'drop']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /the weight "ns\(age,4\)\[1\]" is of a term whose knots a file of weights does not hold\n.*JSON model/,
    );
    const bent = await bceTrain([path, '--add', 'ns(age, knots=30)', '--missing', 'drop', '--quiet']);
    const half = await bcePredict([temporary('bent.csv', bent.stdout), path, '--missing', 'drop']);
    assert.match(half.stderr, /of a term whose boundary a file of weights does not hold/);
    // what says all itself is a model
    const said = 'ns(age, knots=c(20,40), boundary=c(0,82)) + scale(fare, 60, 35)';
    const whole = await bceTrain([path, '--add', said, '--missing', 'drop', '--quiet']);
    assert.equal(
      (await bcePredict([temporary('weights.csv', whole.stdout), path, '--missing', 'drop'])).code,
      0,
    );
  });

  const BAD: readonly [add: string, message: RegExp][] = [
    [
      'scale(same)',
      /data\.csv: term "scale\(same\)": expected different values in the training rows, found only 2/,
    ],
    [
      'ns(few, 5)',
      /data\.csv: term "ns\(few,5\)": expected knots that ascend, found the quantiles 0, 0, 0, 1 of values from 0 to 1/,
    ],
    [
      'bs(few, knots=c(0.5, 3))',
      /data\.csv: term "bs\(few,knots=c\(0.5,3\)\)": expected knots within the values of the training rows, 0 to 1, found 0.5, 3/,
    ],
  ];
  for (const [add, message] of BAD) {
    it(`are refused where the rows do not settle them: ${add}`, async () => {
      const bad = [
        'same,few,y',
        ...Array.from({ length: 20 }, (_, i) => `2,${i % 4 === 0 ? 1 : 0},${i % 3 === 0 ? 1 : 0}`),
      ];
      const path = temporary('data.csv', `${bad.join('\n')}\n`);
      await assert.rejects(train(path, { add: [add] }), (error: BceError) => {
        assert.equal(error.code, 'TERM_UNSETTLED');
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
