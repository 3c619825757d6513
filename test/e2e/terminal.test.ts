/** A calm terminal: few of many epochs there, all of them elsewhere, and one line that is redrawn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bceTrain, example, fixture } from '../support/support.js';
import { inTerminals, NO_TERMINAL, type TerminalResult } from '../support/terminal.js';

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
    assert.equal(stderr.match(/every 10th epoch and fewer; --log-every 1\s+shows all/g)?.length, 1);
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

describe('a pseudo-terminal', { skip: NO_TERMINAL }, () => {
  const long = [fixture('spam.csv'), '--tolerance', '0', '--epochs', '100000000', '--color', 'never'];
  const begins = { args: long, columns: 60, until: '\u001b[2K', send: '\u0003' };

  it('shows the current epoch in one line that is redrawn, and ends at Ctrl-C with the weights', () => {
    const [{ output, code }] = inTerminals([{ ...begins, env: { TERM: 'xterm' } }]) as [TerminalResult];
    assert.match(output, /training {2}[^\n]*\/100,000,000[^\n]* {2}J 0\.\d+/);
    assert.match(output, /every 10th epoch and fewer/);
    assert.match(output, /interrupted after [\d,]+\s+epochs?/);
    assert.match(output, /\(intercept\)/);
    assert.equal(code, 130);
  });

  it('redraws nothing where it is dumb, and colours nothing under NO_COLOR', () => {
    const typed = { columns: 80, until: 'epoch', send: '\u0003' };
    const [dumb, plain, coloured] = inTerminals([
      { ...typed, args: long.slice(0, -2), env: { TERM: 'dumb' } },
      { columns: 80, args: ['patients.csv', '--epochs', '1'], env: { TERM: 'xterm', NO_COLOR: '1' } },
      { columns: 80, args: ['patients.csv', '--epochs', '1'], env: { TERM: 'xterm', NO_COLOR: '' } },
    ]);
    assert.ok(!dumb!.output.includes('\u001b'), dumb!.output);
    assert.ok(!plain!.output.includes('\u001b'), plain!.output);
    assert.ok(coloured!.output.includes('\u001b[33m'));
  });
});
