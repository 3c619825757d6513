/** Tests of whole terms, against R's covariances and against what follows from single weights. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedWeights, type TrainOptions, train } from '../../src/index.js';
import type { Inference } from '../../src/inference/infer.js';
import { upperChiSquare } from '../../src/math/chiSquare.js';
import { termTestLines } from '../../src/report/text/inference.js';
import { bceTrain, example, fixture, readJson } from '../support/support.js';

const { tests: ofR, chiSquare } = readJson(fixture('wald.json'));
const OPTIMUM: TrainOptions = { optimizer: 'newton', tolerance: 1e-13, stats: true, missing: 'drop' };

function requireClose(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  const relative = Math.abs(actual! - expected) / Math.abs(expected);
  assert.ok(relative <= tolerance, `${what}: ${actual} against ${expected}`);
}

describe('the test of a whole term', () => {
  const asked: Record<string, TrainOptions> = {
    titanic: { add: ['sex*passengerClass + poly(age, 3)', 'passengerClass:age'] },
    pima: { formula: 'type ~ npreg + poly(glu, 3) + bp + skin + bmi + ped + cut(age, 25, 35, 50)' },
  };
  for (const [table, options] of Object.entries(asked)) {
    for (const standardize of [true, false]) {
      it(`is that of R on ${table}, standardize ${standardize}`, async () => {
        const model = await train(example(`${table}.csv`), { ...OPTIMUM, ...options, standardize });
        const found = model.inference!.tests;
        const expected = ofR[table] as Record<string, [x: number, df: number, p: number]>;
        assert.deepEqual(found.map(({ term }) => term).sort(), Object.keys(expected).sort());
        for (const { term, chiSquare: x, degreesOfFreedom, p } of found) {
          assert.equal(degreesOfFreedom, expected[term]![1]);
          requireClose(x, expected[term]![0], 1e-6, `chi-square of ${term}`);
          requireClose(p, expected[term]![2], 1e-5, `p of ${term}`);
        }
      });
    }
  }

  it('does not depend on which level is the baseline, nor on units', async () => {
    const of = async (options: TrainOptions) =>
      (await train(example('titanic.csv'), { ...OPTIMUM, ...options })).inference!.tests;
    const [plain] = await of({});
    const [other] = await of({ reference: ['passengerClass=3rd'] });
    assert.equal(plain!.term, 'passengerClass');
    requireClose(other!.chiSquare, plain!.chiSquare!, 1e-9, 'chi-square');
  });

  it('takes the whole of what was asked for as one term, whatever is there beside it', async () => {
    const names = async (add: string[]) =>
      (await train(example('pima.csv'), { ...OPTIMUM, add })).inference!.tests.map(
        ({ term, degreesOfFreedom }) => `${term} ${degreesOfFreedom}`,
      );
    assert.deepEqual(await names(['age^2']), []);
    assert.deepEqual(await names(['poly(age, 2) + age:bmi']), ['poly(age,2) 2']);
    assert.deepEqual(await names(['poly(age, 2):bmi', 'cut( glu, 100, 150 )']), [
      'poly(age,2):bmi 2',
      'cut(glu,100,150) 2',
    ]);
    assert.deepEqual(await names(['poly(age, 2)*cut(glu, 120)']), [
      'poly(age,2) 2',
      'poly(age,2):cut(glu,120) 2',
    ]);
  });

  it('is none where the data do not tell a weight', async () => {
    const model = await train(example('titanic.csv'), {
      ...OPTIMUM,
      add: ['poly(age, 2)', 'age:age', 'sex:passengerClass'],
    });
    const [one, two, three] = model.inference!.tests;
    assert.deepEqual(
      [one!.term, two!.term, three!.term],
      ['passengerClass', 'sex:passengerClass', 'poly(age,2)'],
    );
    assert.ok(one!.p! < 1e-10 && two!.p! < 1e-8);
    assert.deepEqual([three!.chiSquare, three!.p, three!.degreesOfFreedom], [undefined, undefined, 2]);
    assert.equal(namedWeights(model).length, 9);
  });

  it('is told in words', async () => {
    const { stderr } = await bceTrain([
      ...[example('titanic.csv'), '--missing', 'drop', '--optimizer', 'newton', '--stats'],
      ...['--add', 'poly(age,2) + age:age'],
    ]);
    assert.match(stderr, /\npassengerClass: chi-square 101\.07 on 2 degrees of freedom, p 1\.13e-22\n/);
    assert.match(stderr, /\npoly\(age,2\): its weights are not unique, so they have no test\n/);
  });
});

it('tests of many terms are told in part, and of a p that no double holds as far as it is known', () => {
  const test = { term: 't', chiSquare: 5000, degreesOfFreedom: 2, p: upperChiSquare(5000, 2) };
  const lines = termTestLines({ tests: Array.from({ length: 60 }, () => test) } as unknown as Inference);
  assert.equal(lines.length, 51);
  assert.equal(lines[0], 't: chi-square 5000 on 2 degrees of freedom, p below 1e-300');
  assert.equal(lines[50], 'and the tests of 10 more terms, in the JSON model');
});

describe('the chi-square distribution', () => {
  it('is that of R, far out as well', () => {
    for (const [x, k, p] of chiSquare) requireClose(upperChiSquare(x, k), p, 1e-11, `${x} on ${k}`);
  });

  it('begins at 1 and is the normal distribution of one degree', () => {
    assert.deepEqual([upperChiSquare(0, 3), upperChiSquare(Number.NaN, 3)], [1, Number.NaN]);
    requireClose(upperChiSquare(1.959963984540054 ** 2, 1), 0.05, 1e-14, 'p');
    assert.equal(upperChiSquare(1e6, 4), 0);
  });
});
