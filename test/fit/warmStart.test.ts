/** Training that goes on where another run ended. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { namedWeights, type TrainOptions, train } from '../../src/index.js';
import { bceTrain, error, example, fixture, temporary } from '../support/support.js';

/** Weights, as text, of 100 epochs at once, and of 60 and then 40 more through a file. */
async function inTwoParts(path: string, flags: readonly string[], file: string): Promise<[string, string]> {
  const weights = temporary(file);
  const runIn = (more: readonly string[]) =>
    bceTrain([path, '--quiet', '--tolerance', '0', ...flags, ...more]);
  const whole = await runIn(['--epochs', '100']);
  assert.equal((await runIn(['--epochs', '60', '-o', weights])).code, 0);
  const parts = await runIn(['--epochs', '40', '--init', weights]);
  assert.equal(parts.code, 0, parts.stderr);
  return [whole.stdout, parts.stdout];
}

describe('60 epochs and then 40 more', () => {
  const tables: [path: string, flags: string[]][] = [
    [example('titanic.csv'), ['--missing', 'drop', '--lr', '2']],
    [fixture('credit.csv'), ['--missing', 'mean', '--positive', 'bad']],
    [fixture('spam.csv'), ['--lr', 'auto', '--l2', '0.01']],
    [example('pima.csv'), ['--no-intercept', '--class-weight', 'balanced', '--lr', 'auto']],
    [fixture('breast_cancer.csv'), ['--l1', '0.01', '--lr', 'auto']],
  ];
  for (const [path, flags] of tables) {
    it(`are 100 epochs to the last bit, through JSON: ${path.replace(/.*\//, '')} ${flags.join(' ')}`, async () => {
      const [whole, parts] = await inTwoParts(path, flags, 'part.json');
      assert.equal(parts, whole);
    });
  }

  for (const file of ['part.csv', 'part.tsv', 'part.json']) {
    it(`are 100 epochs to the last bit on columns as they are, through ${file}`, async () => {
      const flags = ['--no-standardize', '--lr', '0.0001'];
      const [whole, parts] = await inTwoParts(example('pima.csv'), flags, file);
      assert.equal(parts, whole);
    });
  }

  it('are 100 epochs but for rounding through CSV, which holds the weights of the file only', async () => {
    const [whole, parts] = await inTwoParts(example('pima.csv'), ['--lr', '1'], 'part.csv');
    const numbers = (text: string) =>
      [...text.matchAll(/,(\S+)\n/g)].slice(1).map(([, weight]) => Number(weight));
    numbers(parts).forEach((weight, j) => {
      assert.ok(error(weight, numbers(whole)[j]!) < 1e-12);
    });
  });

  it('work with a column far from zero', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${1.7e12 + 977 * ((i * 7) % 40)},${(i * 3) % 5},${i % 2}`,
    );
    const path = temporary('far.csv', `t,a,y\n${rows.join('\n')}\n`);
    const [whole, parts] = await inTwoParts(path, [], 'far.json');
    assert.equal(parts, whole);
  });
});

describe('a warm start', () => {
  const pima = example('pima.csv');

  it('begins at the loss that was reached', async () => {
    const options: TrainOptions = { optimizer: 'lbfgs', tolerance: 1e-9 };
    const model = await train(pima, options);
    for (const optimizer of ['gd', 'nesterov', 'adam', 'lbfgs'] as const) {
      const again = await train(pima, { optimizer, tolerance: 1e-8, init: model });
      assert.deepEqual([again.result.status, again.result.epochs], ['converged', 0], optimizer);
      assert.deepEqual(namedWeights(again), namedWeights(model));
    }
  });

  it('takes weights in the units of the file to other options', async () => {
    const model = await train(pima, { optimizer: 'newton' });
    const raw = await train(pima, { init: model, standardize: false, epochs: 0 });
    assert.ok(error(raw.history[0]!, model.result.loss) < 1e-12);
  });

  it('counts weights that were changed by hand', async () => {
    const path = temporary('changed.json');
    await bceTrain([pima, '--quiet', '-o', path]);
    const text = readFileSync(path, 'utf8');
    const model = JSON.parse(text);
    model.terms[1].weight += 1;
    writeFileSync(path, JSON.stringify(model));
    const { history } = await train(pima, { init: path, epochs: 0 });
    assert.ok(Math.abs(history[0]! - model.result.loss) > 1e-3);
  });

  const refused: [what: string, weights: string, message: RegExp][] = [
    ['no such file', '', /no such file/],
    ['other columns', 'feature,weight\n(intercept),1\na,2\nz,1\n', /the data have no "z"/],
    [
      'a header without weights',
      'feature,weight\n',
      /init-2\.csv: expected weights below the header, found none/,
    ],
    ['a weight missing', 'feature,weight\n(intercept),1\n', /no weight for "a"/],
    [
      'a weight that is no number',
      'feature,weight\n(intercept),1\na,x\n',
      /the weight of "a" is no finite number/,
    ],
    [
      'a constant column with a weight',
      'feature,weight\n(intercept),1\na,2\nk,3\n',
      /"k" is the same in every row/,
    ],
  ];
  for (const [i, [what, weights, message]] of refused.entries()) {
    it(`refuses ${what}`, async () => {
      const path = temporary(`init-${i}.csv`, weights === '' ? undefined : weights);
      const stdin = 'a,k,y\n1,5,0\n2,5,1\n3,5,0\n';
      const { code, stderr } = await bceTrain(['-', '--init', path], { stdin });
      assert.match(stderr, message);
      assert.equal(code, 1);
    });
  }
});
