/** How long steps may be: of large tables only about that, where the step is given and far from too long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stepLength } from '../../src/fit/fit.js';
import { composeProblem } from '../../src/fit/problem.js';
import type { TrainOptions } from '../../src/index.js';
import { stepLengthLine } from '../../src/report/text/messages.js';
import { datasetOfArrays, fitOptions, seeded } from '../support/support.js';

/** Columns with one part in common, so that L is far above 1/4: it comes to 1/4 (1 + 35/4). */
async function alike(rows: number) {
  const random = seeded(5);
  const X = Array.from({ length: rows }, () => {
    const common = random();
    return Array.from({ length: 36 }, () => common + Math.sqrt(3) * random());
  });
  return datasetOfArrays({ X, y: X.map(([x], i) => (x! > 0 === i % 3 > 0 ? 1 : 0)) });
}

const L = (1 + 35 / 4) / 4;

describe('the length of a step on a large table', async () => {
  const dataset = await alike(58_000);
  const settle = async (options: TrainOptions) => {
    const asked = fitOptions(options);
    const loss = await dataset.loss('mean', 1);
    try {
      const step = await stepLength(dataset, composeProblem(dataset, asked, { loss }), asked, loss);
      return { step, line: stepLengthLine(step, asked) };
    } finally {
      await loss.close();
    }
  };
  const isNear = (found: number | undefined, share: number) =>
    assert.ok(Math.abs(found! / L - 1) < share, `${found} against ${L}`);

  it('is about known from some of the rows where it is given and always safe', async () => {
    const { step, line } = await settle({ learningRate: 0.01 });
    isNear(step.L, 0.15);
    assert.ok(step.isRough && step.passes < 8, `${step.passes}`);
    assert.match(
      line!.text,
      /^--lr 0.01 is far below 2\/L, about 0\.[78]\d?, .* takes one about [67]\d times as long/,
    );
    assert.ok(!line!.isWarning);
  });

  it('is about known from all rows where others might not be safe', async () => {
    const { step, line } = await settle({ learningRate: 0.3 });
    isNear(step.L, 0.1);
    assert.ok(step.isRough);
    assert.equal(line, undefined);
  });

  for (const learningRate of [0.7, 0.9, 'auto'] as const) {
    it(`is known where it is ${learningRate === 'auto' ? learningRate : `${learningRate}, near 2/L`}`, async () => {
      const { step, line } = await settle({ learningRate });
      isNear(step.L, 0.03);
      assert.equal(step.isRough, undefined);
      assert.equal(line?.isWarning ?? false, learningRate === 0.9);
    });
  }
});

it('a small table is known whatever the step', async () => {
  const dataset = await alike(2_000);
  const options = fitOptions({ learningRate: 0.01 });
  const step = await stepLength(dataset, composeProblem(dataset, options), options);
  assert.equal(step.isRough, undefined);
  assert.ok(Math.abs(step.L! / L - 1) < 0.1, `${step.L}`);
});
