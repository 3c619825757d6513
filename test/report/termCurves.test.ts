/** The curves of terms, against those of R. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { diagnose } from '../../src/diagnostics/diagnose.js';
import { fit } from '../../src/fit/fit.js';
import { infer } from '../../src/inference/infer.js';
import { modelOf } from '../../src/model/modelOf.js';
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
    const { curves } = await curvesOf(example('titanic.csv'), {
      formula: '~ log(age) + sex*passengerClass + sex:passengerClass:log(age)',
    });
    assert.deepEqual(
      curves.map(({ column, terms, others }) => ({ column, terms, others })),
      [
        {
          column: 'age',
          terms: ['log(age)'],
          others: ['female', 'male'].flatMap((sex) =>
            ['1st', '2nd', '3rd'].map((of) => `sex=${sex}:passengerClass=${of}:log(age)`),
          ),
        },
      ],
    );
    assert.ok(Number.isNaN(curves[0]!.at(-1)));
  });

  it('is one for each level where they multiply a spline, with what the level adds, as in R', async () => {
    const formula = '~ passengerClass + sex*ns(age, 3)';
    const { curves } = await curvesOf(example('titanic.csv'), { formula });
    assert.deepEqual(
      curves.map(({ column, where, others }) => [column, where?.column, where?.level, where?.left, others]),
      ['female', 'male'].map((level) => ['age', 'sex', level, 0, []]),
    );
    for (const [isMale, age, f, se] of readJson(fixture('wald.json')).byLevel) {
      const curve = curves[isMale]!;
      assert.ok(
        Math.abs(curve.at(age) - f) < 1e-7 * Math.max(1, Math.abs(f)),
        `${age}: ${curve.at(age)}, ${f}`,
      );
      assert.ok(
        Math.abs(curve.standardError(age)! - se) < 1e-5 * se,
        `${age}: ${curve.standardError(age)}, ${se}`,
      );
    }
  });

  it('is drawn at the commonest levels where there are many, and says how many are left', async () => {
    const lines = Array.from({ length: 1200 }, (_, i) => {
      const g = Math.min(i % 13, (i * 7) % 11);
      return `g${String(g).padStart(2, '0')},${(i * 37) % 101},${(i * i + 3 * g) % 7 < 3 ? 1 : 0}`;
    });
    const path = temporary('groups.csv', `g,x,y\n${lines.join('\n')}\n`);
    const { curves } = await curvesOf(path, { formula: 'y ~ g*poly(x,2)' });
    assert.deepEqual(
      curves.map(({ where }) => [where!.level, where!.left]),
      Array.from({ length: 8 }, (_, k) => [`g0${k}`, 3]),
    );
    const report = temporary('groups.html');
    const { code, stderr } = await bceTrain([
      path,
      '--formula',
      'y ~ g*poly(x,2)',
      '--report',
      report,
      '-q',
      '--optimizer',
      'newton',
    ]);
    assert.equal(code, 0, stderr);
    const section = readFileSync(report, 'utf8').match(/<h2>Curves<\/h2>.*?<\/section>/s)![0];
    assert.match(section, /<h3>x at g=g03<\/h3>/);
    assert.match(section, /Without the levels of fewest rows: 3 of g\./);
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
    assert.match(whole, /<h3>age at sex=female<\/h3>/);
    assert.equal(whole.match(/class="band"/g)?.length, 2);
    const sparse = await page('--l1', '0.001', '--optimizer', 'proximal-newton');
    assert.match(sparse, /<h2>Curves<\/h2>/);
    assert.doesNotMatch(sparse, /class="band"|the band/);
  });
});
