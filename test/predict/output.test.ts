/** One interface in both commands: files of output, kinds, and the words of other programs. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { bcePredict, bceTrain, example, temporary } from '../support/support.js';

const pima = example('pima.csv');
const weights = temporary('output-weights.csv', 'feature,weight\n(intercept),-1\nx,1\n');
const rows = temporary('output-rows.csv', 'x,y\n0,0\n1,1\n2,1\n3,0\n');

describe('bce-predict -o', () => {
  it('writes what standard output would get, and says so', async () => {
    const file = temporary('p.csv');
    for (const rest of [[], ['--append'], ['--kind', 'class'], ['--evaluate']]) {
      const { stdout } = await bcePredict([weights, rows, ...rest]);
      const written = await bcePredict([weights, rows, ...rest, '-o', file]);
      assert.equal(written.code, 0);
      assert.equal(written.stdout, '');
      assert.match(written.stderr, /^wrote .*p\.csv$/m);
      assert.equal(readFileSync(file, 'utf8'), stdout);
    }
  });

  it('takes the form of metrics from the ending of the file, and code as it is', async () => {
    const json = temporary('m.json');
    await bcePredict([weights, rows, '--evaluate', '-o', json]);
    assert.equal(JSON.parse(readFileSync(json, 'utf8')).rows, 4);
    const onnx = temporary('m.onnx');
    assert.equal((await bcePredict([weights, '--export', 'onnx', '-o', onnx])).code, 0);
    assert.ok(readFileSync(onnx).length > 100);
  });

  it('leaves no file of a run that fails', async () => {
    const file = temporary('none.csv');
    const bad = temporary('output-bad.csv', 'x\n1\nword\n');
    assert.equal((await bcePredict([weights, bad, '-o', file])).code, 1);
    assert.ok(!existsSync(file));
  });

  it('never takes the place of what is read', async () => {
    for (const input of [weights, rows]) {
      const { code, stderr } = await bcePredict([weights, rows, '-o', input]);
      assert.equal(code, 2);
      assert.match(stderr, /--output: .* is the file of the (model|data)/);
    }
  });

  it('takes a kind of prediction as version 0.1 did, with a note', async () => {
    const { stdout, stderr } = await bcePredict([weights, rows, '--output', 'logit']);
    assert.equal(stdout, (await bcePredict([weights, rows, '--kind', 'logit'])).stdout);
    assert.match(stderr, /note: --output logit is now --kind logit/);
  });
});

describe('other names of flags', () => {
  it('mean the same', async () => {
    const of = async (...flags: string[]) => (await bceTrain([pima, ...flags, '--quiet'])).stdout;
    const expected = await of('--lr', '0.5', '--epochs', '7');
    assert.match(expected, /^feature,weight/);
    assert.equal(await of('--learning-rate', '0.5', '--max-iter', '7'), expected);
    assert.equal(await of('--alpha=0.5', '--iterations=7'), expected);
    const metrics = (await bcePredict([weights, rows, '--metrics'])).stdout;
    assert.equal(metrics, (await bcePredict([weights, rows, '--evaluate'])).stdout);
  });

  it('are refused where the flags are', async () => {
    const { code, stderr } = await bceTrain([pima, '--alpha', '-1']);
    assert.equal(code, 2);
    assert.match(stderr, /--lr: expected a positive number/);
  });
});
