/** The scripts of examples/ run, and print what they promise. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { example } from '../support/support.js';

const EXPECTED: Readonly<Record<string, RegExp>> = {
  'from-a-pipe.sh':
    /^feature,weight\n\(intercept\),3\.14[\s\S]*\nfeature\tweight\n[\s\S]*\nped,1\.30[\s\S]*\n$/,
  'learning-rates.sh': /^0\.01 0\.62\d+\n0\.1 0\.47\d+\n1 0\.438\d+\n5 0\.438\d+\n100 diverged\n$/,
  'predict.sh': /^npreg,.*,type,probability\n[\s\S]*,Yes,0\.\d+\n[\s\S]*\nroc_auc,0\.7\d+\n$/,
  'weights-to-file.sh':
    /^feature,weight\n\(intercept\),3\.52[\s\S]*\nconverged after 111 epochs: [\s\S]*\nyes\n$/,
};

describe('the examples', () => {
  for (const script of readdirSync(example('')).filter((name) => name.endsWith('.sh'))) {
    it(`run: ${script}`, () => {
      const expected = EXPECTED[script];
      assert.ok(expected !== undefined, 'say here what the script prints');
      assert.match(String(execFileSync(example(script), { stdio: ['ignore', 'pipe', 'inherit'] })), expected);
    });
  }
});
