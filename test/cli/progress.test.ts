/** The line that is drawn again and again. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { barLine, Progress } from '../../src/cli/progress.js';
import { widthOf } from '../../src/layout.js';
import { grouped } from '../../src/text.js';

const task = { label: 'training', total: 10_000, format: grouped };

describe('the line of a bar', () => {
  it('holds as much as there is room for, and always the current epoch', () => {
    const line = (columns: number) => barLine(task, 2500, 75, 'J 0.512345', columns);
    const bar = `${'█'.repeat(6)}${'░'.repeat(18)}`;
    assert.equal(line(100), `training  ${bar}  25%  2,500/10,000  1 min 15 s left  J 0.512345`);
    assert.equal(line(60), 'training  25%  2,500/10,000  1 min 15 s left  J 0.512345');
    assert.equal(line(40), 'training  2,500/10,000  J 0.512345');
    assert.equal(line(30), '2,500/10,000  J 0.512345');
    for (let columns = 1; columns < 100; columns++) assert.ok(widthOf(line(columns)) <= columns);
  });

  it('has no bar where nobody knows the end', () => {
    const reading = { label: 'reading', total: undefined, format: String };
    assert.equal(barLine(reading, 7, Number.NaN, undefined, 80), 'reading  7');
  });
});

describe('a bar', () => {
  /** What a terminal, or something else, is sent by work that takes longer than anybody waits. */
  const drawn = async (isTTY: boolean, mayRedraw: boolean) => {
    let text = '';
    const stream = new Writable({
      write(chunk, _, done) {
        text += chunk;
        done();
      },
    });
    const progress = new Progress(Object.assign(stream, { isTTY, columns: 60 }), mayRedraw, -1);
    progress.start(task);
    progress.update(1, 'J 0.7');
    // the library is loaded
    for (let k = 0; k < 1000 && text === '' && isTTY && mayRedraw; k++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    progress.update(2, 'J 0.6');
    progress.line('a line that stays');
    await turn();
    progress.stop();
    return text;
  };

  it('is drawn on a terminal, around lines that stay', async () => {
    const text = await drawn(true, true);
    assert.match(text, /training/);
    assert.match(text, /J 0\.6/);
    assert.match(text, /a line that stays\n/);
  });

  it('is drawn nowhere else, nor where nothing may be drawn again', async () => {
    assert.equal(await drawn(false, true), 'a line that stays\n');
    assert.equal(await drawn(true, false), 'a line that stays\n');
  });
});
