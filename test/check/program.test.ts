/** The gradient of a program in another language: right ones pass, and every mistake is named. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { bceTrain, fixture } from '../support/support.js';

process.chdir(fixture(''));

const VERDICTS = {
  none: /the gradient is right/,
  'lost-minus': /every row with y = 0 has the wrong sign/,
  flipped: /y - z in place of z - y/,
  'sum-for-mean': /12 times too large/,
  'penalised-intercept': /the penalty leaves the intercept free/,
};

const LANGUAGES = {
  awk: (mistake: string) => `awk -v mistake=${mistake} -f programs/mine.awk`,
  python3: (mistake: string) => `python3 -I -S programs/mine.py ${mistake}`,
};

function check(program: string) {
  return bceTrain(['age.csv', '--quiet', '--check-program', program]);
}

describe('the check of a program', { concurrency: 4 }, () => {
  for (const [language, commandOf] of Object.entries(LANGUAGES)) {
    const isThere = spawnSync(language, ['--version'], { stdio: 'ignore' }).error === undefined;
    for (const [mistake, verdict] of Object.entries(VERDICTS)) {
      const skip = isThere ? false : `needs ${language}`;
      it(`judges one in ${language}: ${mistake}`, { skip }, async () => {
        const { code, stdout, stderr } = await check(commandOf(mistake));
        assert.equal(stderr, '');
        assert.match(stdout.trimEnd().split('\n').at(-1)!, verdict);
        assert.equal(code, mistake === 'none' ? 0 : 4);
      });
    }
  }

  it('says what is wrong with a program that gives no numbers', async () => {
    for (const [program, message] of [
      ['echo 1', /expected J and 2 entries of its gradient, got 1 number/],
      ['echo 1 2 x', /expected numbers, got "x"/],
      ['yes', /expected some numbers, got [\d,]+ characters and no end/],
      ['echo no >&2; exit 3', /it ended with exit code 3: no/],
    ] as const) {
      const { code, stdout, stderr } = await check(program);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(code, 1);
    }
  });
});
