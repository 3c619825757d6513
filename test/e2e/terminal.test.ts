/** A calm terminal: few of many epochs there, all of them elsewhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bceTrain, example } from '../support/support.js';

const run = [example('pima.csv'), '--tolerance', '0', '--epochs', '1234', '--lr', '0.1'];
const epochsOf = (text: string) => [...text.matchAll(/^epoch +(\d+)/gm)].map((match) => Number(match[1]));

describe('epochs on a terminal', () => {
  it('are thinned past 100, with a note and the last', async () => {
    const { stderr } = await bceTrain(run, { isTTY: { stderr: true }, env: { TERM: 'dumb' } });
    const shown = epochsOf(stderr);
    const expected = [
      ...Array.from({ length: 101 }, (_, i) => i),
      ...Array.from({ length: 90 }, (_, i) => 110 + 10 * i),
      1100,
      1200,
      1234,
    ];
    assert.deepEqual(shown, expected);
    assert.equal(stderr.match(/every 10th epoch and fewer; --log-every 1 shows all/g)?.length, 1);
  });

  it('are all there in a pipe, and with --log-every 1', async () => {
    assert.equal(epochsOf((await bceTrain(run)).stderr).length, 1235);
    const all = await bceTrain([...run, '--log-every', '1'], {
      isTTY: { stderr: true },
      env: { TERM: 'dumb' },
    });
    assert.equal(epochsOf(all.stderr).length, 1235);
    assert.doesNotMatch(all.stderr, /shows all/);
  });

  it('get no note where there are few', async () => {
    const { stderr } = await bceTrain([...run, '--epochs', '100'], { isTTY: { stderr: true } });
    assert.equal(epochsOf(stderr).length, 101);
    assert.doesNotMatch(stderr, /shows all/);
  });
});
