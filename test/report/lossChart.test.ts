/** The loss curve on a terminal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lossChart } from '../../src/report/text/lossChart.js';
import { bceTrain, example, fixture } from '../support/support.js';

const COLOURS = /\u001b\[\d+m/g;

async function linesOf(
  losses: number[],
  columns: number,
  validationLosses: number[] = [],
): Promise<string[]> {
  return (await lossChart(
    { losses, validationLosses, maxGradients: [], batchLosses: [], every: 1 },
    columns,
    false,
  ))!.split('\n');
}

describe('the loss chart', () => {
  it('begins at the first loss, ends at the last, and names the largest and the least', async () => {
    const [legend, top, ...rest] = await linesOf([Math.LN2, 0.6, 0.55, 0.5312], 40);
    assert.equal(legend, 'J by epoch ───');
    assert.match(top!, /^0\.6931┤[╮─]/);
    assert.match(rest.at(-3)!, /^0\.5312┤ .*─$/);
    assert.match(rest.at(-1)!, /^ +0 +3$/);
  });

  it('fits into the columns there are, whatever the losses', async () => {
    const loss = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(loss, { minLength: 2, maxLength: 300 }),
        fc.integer({ min: 40, max: 200 }),
        fc.boolean(),
        async (losses, columns, hasValidation) => {
          const lines = await linesOf(losses, columns, hasValidation ? [...losses].reverse() : []);
          for (const line of lines) assert.ok([...line].length <= columns, line);
          assert.ok(lines.some((line) => line.includes('┤')));
          assert.ok(!lines.some((line) => /NaN|undefined|Infinity/.test(line)));
        },
      ),
    );
  });

  it('shows validation as dots, in colour if there is colour', async () => {
    const [losses, validationLosses] = [
      [0.7, 0.6, 0.5],
      [0.7, 0.65, 0.64],
    ];
    const lines = await linesOf(losses, 60, validationLosses);
    assert.equal(lines[0], 'J by epoch ───  validation ···');
    assert.ok(lines.slice(1).join('').split('·').length > 40);
    const coloured = await lossChart(
      { losses, validationLosses, maxGradients: [], batchLosses: [], every: 1 },
      60,
      true,
    );
    assert.match(coloured!, COLOURS);
    assert.equal(coloured!.replaceAll(COLOURS, ''), lines.join('\n'));
  });

  it('tells labels apart that differ late', async () => {
    const lines = await linesOf([0.51234568, 0.51234567, 0.51234566], 60);
    assert.deepEqual(
      lines.flatMap((line) => /^[\d.]+(?=┤)/.exec(line) ?? []),
      ['0.51234568', '0.51234567', '0.51234566'],
    );
  });

  it('is one line where J does not change, and none where there is one loss', async () => {
    assert.equal((await linesOf([0.5, 0.5, 0.5], 60)).length, 4);
    assert.equal(
      await lossChart(
        { losses: [0.5], validationLosses: [], maxGradients: [], batchLosses: [], every: 1 },
        60,
        false,
      ),
      undefined,
    );
  });

  it('leaves out what is not finite', async () => {
    const lines = await linesOf([0.5, 2, Number.POSITIVE_INFINITY], 60);
    assert.match(lines.at(-1)!, /^ +0 +1$/);
  });
});

describe('--plot', () => {
  const args = [fixture('patients.csv'), '--epochs', '50', '--log-every', '50', '--plot'];

  it('draws on standard error, whether or not it is a terminal, and leaves the weights alone', async () => {
    const plain = await bceTrain(args.slice(0, -1));
    const piped = await bceTrain(args);
    const shown = await bceTrain(args, { isTTY: { stderr: true } });
    assert.equal(piped.stdout, plain.stdout);
    assert.match(piped.stderr, /\nJ by epoch ───\n0\.6931┤[\s\S]*\n +0 +50\nnot converged/);
    assert.doesNotMatch(piped.stderr, COLOURS);
    assert.match(shown.stderr, /\u001b\[36m/);
  });

  it('draws a run that diverges, too', async () => {
    const { code, stderr } = await bceTrain([
      example('pima.csv'),
      '--lr',
      '100',
      '--log-every',
      '50',
      '--plot',
    ]);
    assert.equal(code, 3);
    assert.match(stderr, /J by epoch ───\n[\s\S]*╯[\s\S]*error: diverged/);
  });

  it('says when there is nothing to draw', async () => {
    const { stderr } = await bceTrain([fixture('patients.csv'), '--epochs', '0', '--plot']);
    assert.match(stderr, /note: --plot: fewer than two finite losses make no curve/);
  });

  it('is refused with --quiet and where nothing is trained', async () => {
    for (const flag of ['--quiet', '--check-gradient', '--compare', '--explain']) {
      const { code, stderr } = await bceTrain([fixture('patients.csv'), '--plot', flag]);
      assert.equal(code, 2);
      assert.match(stderr, /--plot/);
    }
  });
});
