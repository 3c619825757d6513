/**
 * Golden cases of pseudo-terminals, each a directory of test/golden-terminal: `cmd` the arguments, and a file for each
 * width with what the terminal shows of both outputs. UPDATE_GOLDEN=1 writes them anew.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { widthOf } from '../../src/layout.js';
import { ROOT } from '../support/support.js';
import { inTerminals, NO_TERMINAL } from '../support/terminal.js';

const WIDTHS = [40, 60, 80, 120];
const folder = join(ROOT, 'test/golden-terminal');

describe('a pseudo-terminal', { skip: NO_TERMINAL }, () => {
  const cases = readdirSync(folder).sort();
  // a bar depends on the time that work takes, so nothing is redrawn here
  const env = { TERM: 'dumb' };
  const jobs = cases.flatMap((name) => {
    const args = readFileSync(join(folder, name, 'cmd'), 'utf8')
      .trim()
      .split(' ');
    return WIDTHS.map((columns) => ({ name, args, columns, env }));
  });
  const shown = NO_TERMINAL === undefined ? inTerminals(jobs) : [];
  for (const [k, { name, columns }] of jobs.entries()) {
    it(`of ${columns} columns shows what it should: ${name}`, () => {
      const { output } = shown[k]!;
      const path = join(folder, name, String(columns));
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, output);
      assert.equal(output, readFileSync(path, 'utf8'));
      // what is longer than a line cannot be broken: a command to paste, or one word
      for (const line of output.split('\n')) {
        const isWhole = /\bbce-(?:train|predict) |settled by/.test(line) || !line.trim().includes(' ');
        assert.ok(widthOf(line) <= columns || isWhole, `${widthOf(line)} columns: ${line}`);
      }
    });
  }
});
