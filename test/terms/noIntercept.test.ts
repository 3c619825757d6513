/** Text columns without an intercept: the first of them has a weight for each level, as in R. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { evaluate, loadModel, namedWeights, predict, type TrainOptions, train } from '../../src/index.js';
import { c, compiler, duckdb, javaScript, onnx, sqlite } from '../support/engines.js';
import { bcePredict, bceTrain, example, exported, fixture, readJson, temporary } from '../support/support.js';

const TITANIC = example('titanic.csv');
const NEWTON: TrainOptions = { optimizer: 'newton', tolerance: 1e-12, missing: 'drop', stats: true };
const close = (a: number, b: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${what}: ${a} and ${b}`);

describe('without an intercept', () => {
  const { models } = readJson(fixture('noIntercept.json'));
  const whole = readFileSync(TITANIC, 'utf8').replaceAll(/^.*,,.*\n/gm, '');
  for (const { formula, deviance, names, weights, errors, fitted, ...of } of models) {
    it(`R says the same of ${formula}`, async () => {
      const path = temporary('whole.csv', whole);
      const model = await train(path, { ...NEWTON, formula });
      close(2 * model.rows * model.result.loss, deviance, 1e-9);
      close(model.inference!.nullDeviance, of.null, 1e-9);
      const probabilities = await predict(model, path);
      for (const [i, p] of (fitted as number[]).entries()) close(probabilities[i]!, p, 1e-8);
      assert.equal(model.terms.length, names.length);
      // cells of text columns alone have other names here
      if (formula === '~ sex:passengerClass - 1') return;
      for (const [k, name] of (names as string[]).entries()) {
        const term = model.terms.find((one) => one.name === name)!;
        assert.ok(term, name);
        close(term.weight, weights[k], 1e-7, name);
        close(term.standardError!, errors[k], 1e-6, name);
      }
    });
  }

  it('--no-intercept is the same model, column by column', async () => {
    const named = await train(TITANIC, { ...NEWTON, formula: '~ sex + age + passengerClass - 1' });
    const plain = await train(TITANIC, { ...NEWTON, intercept: false });
    assert.deepEqual(namedWeights(plain), namedWeights(named));
    const feature = plain.features.find(({ name }) => name === 'sex')!;
    assert.ok(feature.kind === 'categorical');
    assert.deepEqual(feature.levels, ['', 'female', 'male']);
    const tested = plain.inference!.tests!.find(({ term }) => term === 'sex')!;
    assert.equal(tested.degreesOfFreedom, 2);
  });

  it('--reference says which level comes first, and no level is without a weight', async () => {
    const { stdout, stderr } = await bceTrain(
      [TITANIC, '--no-intercept', '--missing', 'drop', '--reference', 'sex=male', '--optimizer', 'newton'],
      {},
    );
    assert.deepEqual(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(',')[0]),
      ['sex=male', 'sex=female', 'age', 'passengerClass=2nd', 'passengerClass=3rd'],
    );
    assert.match(stderr, /note: without an intercept every level of "sex" has a weight/);
  });

  it('holds in files of weights, validation, folds and every export', async (t) => {
    const path = temporary('free.json', '');
    const args = [TITANIC, '--missing', 'drop', '--formula', '~ passengerClass*sex + age:sex - 1'];
    const { stdout, stderr, code } = await bceTrain([...args, '--optimizer', 'newton', '-o', path]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    const model = await loadModel(path);
    const weights = temporary('free.csv', (await bceTrain([...args, '--optimizer', 'newton', '-q'])).stdout);
    const ask = async (file: string, ...flags: string[]) =>
      (await bcePredict([file, TITANIC, '--missing', 'empty', '--quiet', ...flags])).stdout;
    const [ofWeights, ofModel] = [await ask(weights), await ask(path)].map((text) =>
      text.split('\n').slice(1, -1),
    );
    ofModel!.forEach((cell, i) => {
      assert.ok(cell === ofWeights![i] || Math.abs(Number(cell) - Number(ofWeights![i])) < 1e-14, `row ${i}`);
    });
    const { metrics } = await evaluate(model, TITANIC, { missing: 'drop' });
    const trained = await train(TITANIC, {
      ...NEWTON,
      formula: args[4],
      validation: TITANIC,
    });
    close(metrics.logLoss, trained.result.loss, 1e-9);
    close(trained.validation!.loss, trained.result.loss, 1e-9);
    const folds = await bceTrain([...args, '--cv', '4', '--optimizer', 'newton']);
    assert.equal(folds.code, 0, folds.stderr);

    // a class that no training row had counts as the first
    const csv = `${readFileSync(TITANIC, 'utf8')}female,30,4th,no\nmale,30,4th,no\nfemale,30,1st,no\nmale,30,1st,no\n`;
    const { stdout: found } = await bcePredict([
      path,
      temporary('more.csv', csv),
      ...['--missing', 'empty', '--unseen', 'baseline', '--quiet'],
    ]);
    const expected = found.split('\n').slice(1, -1);
    assert.deepEqual(expected.slice(-4, -2), expected.slice(-2));
    const rows = (parse(csv, { columns: true }) as Record<string, string>[]).map((row) => ({
      age: row.age === '' || row.age === 'NA' ? null : Number(row.age),
      passengerClass: row.passengerClass!,
      sex: row.sex!,
    }));
    for (const [name, flags, engine] of [
      ['SQLite', ['sql'], sqlite],
      ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
      ['JavaScript', ['js'], javaScript],
      ...(compiler() === undefined ? [] : [['C', ['c'], c] as const]),
      ['ONNX', ['onnx'], onnx],
    ] as const) {
      const code = await exported([path, '--export', ...flags, '--unseen', 'baseline']);
      const scored = await engine(code, { numbers: ['age'], texts: ['sex', 'passengerClass'], rows });
      assert.equal(scored.length, expected.length);
      expected.forEach((cell, i) => {
        if (cell === '') assert.ok(Number.isNaN(scored[i]), `${name}, row ${i}: ${scored[i]}`);
        else assert.ok(Math.abs(scored[i]! - Number(cell)) <= 1e-12, `${name}, row ${i}: ${scored[i]}`);
      });
    }
    if (compiler() === undefined) t.diagnostic('no C compiler: C is left out');
  });

  it('has the levels of a part of a date, and those of few rows as one', async () => {
    const days = Array.from({ length: 60 }, (_, i) => `2024-03-${String(1 + (i % 28)).padStart(2, '0')}`);
    const lines = days.map(
      (day, i) => `${day},${'aabbbcd'[i % 7]},${(i * 7) % 5},${(i * 11) % 3 === 0 ? 1 : 0}`,
    );
    const path = temporary('days.csv', `day,g,x,y\n${lines.join('\n')}\n`);
    const names = async (options: TrainOptions) =>
      (await train(path, { ...NEWTON, l2: 1e-3, ...options })).terms.map(({ name }) => name);
    assert.deepEqual(await names({ formula: 'y ~ weekday(day) + g - 1', reference: ['g=b'] }), [
      ...['g=a', 'g=c', 'g=d'],
      ...[1, 2, 3, 4, 5, 6, 7].map((k) => `weekday(day)=${k}`),
    ]);
    assert.deepEqual(await names({ formula: 'y ~ x + g - 1', rare: 10 }), ['g=a', 'g=b', 'g=(other)', 'x']);
  });
});
