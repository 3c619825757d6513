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

  const isAwk = spawnSync('awk', ['--version'], { stdio: 'ignore' }).error === undefined;
  it('checks a loss that overflows as far as it goes', { skip: isAwk ? false : 'needs awk' }, async () => {
    const program = (sign: string) =>
      `awk '{ w[NR] = $1 } END { while ((getline line < "age.csv") > 0) if (line !~ /[a-z]/) { n++; split(line, c, ","); h = w[1] + w[2] * c[1]; if (h > 30 || h < -30) exit 1; z = 1 / (1 + exp(-h)); J -= c[2] == 1 ? log(z) : log(1 - z); a += z - c[2]; b += (z - c[2]) * c[1] } printf "%.17g %.17g %.17g", J / n, ${sign}a / n, ${sign}b / n }'`;
    const right = await check(program(''));
    assert.match(
      right.stderr,
      /warning: not checked where \|h\| is about \d+ or more: .*exit code 1; a loss from logits/,
    );
    assert.match(right.stdout, /the gradient is right/);
    assert.equal(right.code, 0);
    const flipped = await check(program('-'));
    assert.match(flipped.stdout, VERDICTS.flipped);
    assert.equal(flipped.code, 4);
  });

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
