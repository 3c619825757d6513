/** The curves of terms, against those of R. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { diagnose } from '../../src/diagnostics/diagnose.js';
import { fit } from '../../src/fit/fit.js';
import { infer } from '../../src/inference/infer.js';
import { modelOf } from '../../src/model/model.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { termCurves } from '../../src/report/html/termCurves.js';
import {
  bceTrain,
  datasetOfCsv,
  example,
  fixture,
  NOWHERE,
  readJson,
  temporary,
} from '../support/support.js';

async function curvesOf(path: string, options: TrainOptions) {
  const asked: TrainOptions = { optimizer: 'newton', tolerance: 1e-13, missing: 'drop', ...options };
  const dataset = await datasetOfCsv(readFileSync(path), asked);
  const { fit: fitOptions } = resolveOptions(asked);
  const fitted = await fit(dataset, fitOptions, {});
  const diagnosis = await diagnose(dataset, fitOptions, fitted, false);
  const inference = await infer(dataset, fitOptions, fitted, diagnosis, 0.95);
  await fitted.close();
  const model = modelOf(dataset, undefined, fitted, diagnosis, fitOptions, NOWHERE);
  return { curves: termCurves(dataset, model, inference), plain: termCurves(dataset, model, undefined) };
}

describe('the curve of a column through its terms', () => {
  it('is that of R, with its standard errors', async () => {
    const { curves, plain } = await curvesOf(example('titanic.csv'), { add: ['poly(age, 3)'] });
    assert.deepEqual(
      curves.map(({ column, terms, others }) => ({ column, terms, others })),
      [{ column: 'age', terms: ['age', 'age^2', 'age^3'], others: [] }],
    );
    const [curve] = curves;
    assert.deepEqual(curve!.range, [0.166700006, 80]);
    for (const [age, f, se] of readJson(fixture('wald.json')).curve) {
      assert.ok(
        Math.abs(curve!.at(age) - f) < 1e-8 * Math.max(1, Math.abs(f)),
        `${age}: ${curve!.at(age)}, ${f}`,
      );
      assert.ok(
        Math.abs(curve!.standardError(age)! - se) < 1e-6 * se,
        `${age}: ${curve!.standardError(age)}, ${se}`,
      );
    }
    assert.equal(plain[0]!.at(30), curve!.at(30));
    assert.equal(plain[0]!.standardError(30), undefined);
  });

  it('is there for columns that are no features, and names the terms that are left out', async () => {
    const { curves } = await curvesOf(example('titanic.csv'), { formula: '~ sex*log(age) + passengerClass' });
    assert.deepEqual(
      curves.map(({ column, terms, others }) => ({ column, terms, others })),
      [{ column: 'age', terms: ['log(age)'], others: ['sex=male:log(age)'] }],
    );
    assert.ok(Number.isNaN(curves[0]!.at(-1)));
  });

  it('has no band where a weight is not unique, and none is drawn of a column without terms', async () => {
    const { curves } = await curvesOf(example('titanic.csv'), { add: ['age^2 + age:age'] });
    assert.equal(curves[0]!.standardError(30), undefined);
    assert.deepEqual((await curvesOf(example('titanic.csv'), {})).curves, []);
    assert.deepEqual((await curvesOf(example('titanic.csv'), { add: ['age:sex'] })).curves, []);
  });

  it('is drawn in the report, with a band where there are standard errors', async () => {
    const page = async (...more: string[]) => {
      const path = temporary('curves.html');
      const asked = ['--add', 'poly(age,2) + age:sex', '--report', path, '-q', ...more];
      const { code } = await bceTrain([example('titanic.csv'), '--missing', 'drop', ...asked]);
      assert.equal(code, 0);
      // that section alone: the calibration has a band as well
      return readFileSync(path, 'utf8').match(/<h2>Curves<\/h2>.*?<\/section>/s)![0];
    };
    const whole = await page('--optimizer', 'newton');
    assert.match(whole, /<h2>Curves<\/h2>\n<p class="faint">.*the band is its 95 % interval at each value/);
    assert.match(whole, /without age:sex=male, which other columns decide too/);
    assert.equal(whole.match(/class="band"/g)?.length, 1);
    const sparse = await page('--l1', '0.001', '--optimizer', 'proximal-newton');
    assert.match(sparse, /<h2>Curves<\/h2>/);
    assert.doesNotMatch(sparse, /class="band"|the band/);
  });
});
