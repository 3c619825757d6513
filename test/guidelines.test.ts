/** docs/guidelines.md: every guideline names a test that is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './support/support.js';

const page = readFileSync(join(ROOT, 'docs/guidelines.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '))
  .slice(1)
  .filter(([guideline]) => !/^[-* ]/.test(guideline!));

describe('the guidelines of the command line', () => {
  it('are about all that such guidelines are about', () => {
    const areas = [...page.matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, area]) => area);
    const wanted = ['Help', 'Output', 'Errors', 'Arguments', 'Interactivity', 'Robustness', 'Signals'];
    for (const area of [...wanted, 'Future-proofing', 'Configuration']) assert.ok(areas.includes(area), area);
    assert.ok(rows.length >= 40);
  });

  for (const [guideline = '', here = '', tested = ''] of rows) {
    it(`are held by a test that is there: ${guideline}`, () => {
      assert.notEqual(here.trim(), '');
      const [, file, words] = /^`(test\/[\w/.]+)`: (.+)$/.exec(tested.trim()) ?? [];
      assert.ok(file !== undefined, tested);
      const names = [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:\bit|\bdescribe|\bsuite)\(\s*['`](.*?)['`],/g),
      ].map(([, name]) => name!);
      assert.ok(
        names.some((name) => name.includes(words!)),
        `${file} has no test with "${words}" in its name`,
      );
    });
  }
});
