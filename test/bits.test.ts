/** The same bits on every version of node: V8 has other powers from one version to the next, but for squares and powers of 2. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { ROOT } from './support/support.js';

/** Stages whose numbers are weights, or lead to them. */
const STAGES = [
  'dataset',
  'fit',
  'inference',
  'math',
  'metrics',
  'objective',
  'optimizer',
  'selection',
  'storage',
];

/** Powers that are exact, or are integers; those of 10 up to 10^22. */
const EXACT = /(?:\b2|\b10n?|\bbase) \*\* |\*\* 2\b/;

it('no weight depends on a power that V8 may round in two ways', () => {
  const found = STAGES.flatMap((stage) =>
    readdirSync(join(ROOT, 'src', stage), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        readFileSync(join(ROOT, 'src', stage, name), 'utf8')
          .split('\n')
          .filter(
            (line) =>
              !/^\s*(?:\/?\*\*?|\/\/)/.test(line) && /\S \*\* \S|Math\.pow/.test(line) && !EXACT.test(line),
          )
          .map((line) => `${stage}/${name}: ${line.trim()}`),
      ),
  );
  assert.deepEqual(found, []);
});
