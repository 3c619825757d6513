/** Any table and any flags end in weights or in a clear error. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bceTrain } from '../support/support.js';

const CELLS = [
  '1',
  '2',
  '3.5',
  '-1',
  '0',
  '7',
  '1e5',
  '',
  'NA',
  'x',
  'y',
  ' 7 ',
  '1e308',
  '-1e308',
  '1e-320',
  '1e999',
  'nan',
  '-inf',
  '0x10',
  '\0',
  'é',
  '"a,b"',
  '"q""q"',
  '"two\nlines"',
  '"unclosed',
  'a"b',
  '1,5',
  '\ufeff',
  '\r',
];

const FLAGS = [
  '--missing drop',
  '--missing mean',
  '--no-standardize',
  '--no-intercept',
  '--l2 0.5',
  '--reduction sum',
  '--header',
  '--no-header',
  '--lr 10',
  '--lr 1e300',
  '--categorical 1',
  '--numeric 1',
  '--drop 1',
  '--features 2',
  '--target 1',
  '--positive 1',
  '--format json',
  '--format table',
  '--format tsv',
  '--check-gradient',
  '--explain 2',
  '--compare',
  '--max-levels 2',
  '--missing-values x,1',
  '--no-missing-values',
  '--delimiter ;',
  '--verbose',
  '--optimizer nesterov',
  '--optimizer adam',
  '--optimizer lbfgs',
  '--optimizer newton',
  '--lr auto',
  '--l1 0.05',
  '--class-weight balanced',
  '--class-weight 1:1e9',
  '--weight-column 1',
  '--validation 0.3',
  '--patience 2',
  '--seed 5',
  '--tolerance 0',
  '--tolerance 1e-12',
  '--strict',
  '--quiet',
];

describe('any table with any flags', () => {
  const cell = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...CELLS.slice(0, 7)) },
    fc.constantFrom(...CELLS),
  );
  const row = fc.tuple(cell, cell, fc.constantFrom('0', '1')).map((cells) => cells.join(','));
  const table = fc
    .tuple(fc.array(row, { maxLength: 40 }), fc.constantFrom('\n', '\r\n', '\r'))
    .map(([rows, end]) => ['a,b,y', ...rows].join(end));
  const flags = fc.uniqueArray(fc.constantFrom(...FLAGS), { maxLength: 5 });

  it('ends in weights or in a clear error', async () => {
    await fc.assert(
      fc.asyncProperty(table, flags, async (stdin, asked) => {
        const args = ['-', ...asked.flatMap((flag) => flag.split(' '))];
        const { code, stdout, stderr } = await bceTrain(args, { stdin });
        assert.ok([0, 1, 2, 3].includes(code), `exit code ${code}: ${stdout}`);
        assert.doesNotMatch(stderr, /fault of bce-train/);
        if (code === 0) assert.notEqual(stdout, '');
        else assert.match(stderr, /^error: /m);
        const isDescent = !asked.some((flag) => flag.startsWith('--explain') || flag === '--compare');
        if (isDescent) assert.doesNotMatch(stdout, /NaN|Infinity|undefined/);
      }),
      { numRuns: 1000 },
    );
  });
});
