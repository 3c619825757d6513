/** Hints as whoever wrote a formula needs them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inFormula } from '../../src/report/text/inFormula.js';
import { bceTrain, temporary } from '../support/support.js';

describe('hints of a formula', () => {
  for (const [flags, formula] of [
    ['--drop id leaves it out, --l2 LAMBDA does', '"- id" in the formula leaves it out, --l2 LAMBDA does'],
    [
      'leave the column out with --drop x, or give',
      'leave the column out with "- x" in the formula, or give',
    ],
    ["--drop 'passenger class' leaves it out", '"- `passenger class`" in the formula leaves it out'],
    ["--drop 'it'\\''s' leaves it out", '"- `it\'s`" in the formula leaves it out'],
    ['--drop a,b leaves them out', '"- a - b" in the formula leaves them out'],
    [
      "dates have parts: --drop d --add 'year(d) + month(d)'",
      'dates have parts: "- d + year(d) + month(d)" in the formula',
    ],
    ['--drop id; --hash id:10 takes it', '"- id" in the formula; "hash(id, 10)" in its place takes it'],
    ['mostly missing with --drop, or fill', 'mostly missing with "-" in the formula, or fill'],
    [
      'name another column as the target with --target',
      'name another column as the target before ~ in the formula',
    ],
    ['--missing drop leaves it out', '--missing drop leaves it out'],
  ] as const) {
    it(flags, () => assert.equal(inFormula(flags), formula));
  }

  it('are told with errors and warnings', async () => {
    const lines = Array.from(
      { length: 300 },
      (_, i) => `user${i},${i % 7},${2 * (i % 7)},${(i * 3) % 5 > 2 ? 1 : 0}`,
    );
    const path = temporary('hints.csv', `id,a,b,y\n${lines.join('\n')}\n`);
    const failed = await bceTrain([path, '--formula', 'y ~ .']);
    assert.match(
      failed.stderr,
      /hint: if it is an id, leave it out with "- id" in the formula; "hash\(id, 10\)" in its place/,
    );
    const { stderr } = await bceTrain([path, '--formula', 'y ~ a + b', '--optimizer', 'newton', '-q']);
    assert.match(stderr, /warning: "b" follows from "a": .*"- b" in the formula leaves it out/);
    const { stderr: plain } = await bceTrain([path, '--drop', 'id', '--optimizer', 'newton', '-q']);
    assert.match(plain, /--drop b leaves it out/);
  });
});
