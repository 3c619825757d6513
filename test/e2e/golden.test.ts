/**
 * Golden cases of the command line, each a directory of test/golden:
 *
 *   cmd      the arguments, as a shell would split them; those of bce-predict after its name; run in test/fixtures
 *   input    standard input, if any
 *   expout   standard output
 *   experr   standard error
 *   code     exit code, if not 0
 *
 * UPDATE_GOLDEN=1 npm test writes what the command says now; read the difference before you commit it.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bcePredict, bceTrain, fixture, ROOT } from '../support/support.js';

const folder = join(ROOT, 'test/golden');
process.chdir(fixture(''));

describe('the command line', () => {
  for (const name of readdirSync(folder).sort()) {
    it(`says what it should: ${name}`, async () => {
      const read = (file: string, absent = '') => {
        const path = join(folder, name, file);
        return existsSync(path) ? readFileSync(path, 'utf8') : absent;
      };
      const [first, ...rest] = words(read('cmd'));
      const world = { stdin: read('input') };
      const { code, stdout, stderr } =
        first === 'bce-predict' ? await bcePredict(rest, world) : await bceTrain([first!, ...rest], world);
      if (process.env.UPDATE_GOLDEN === '1') {
        writeFileSync(join(folder, name, 'expout'), stdout);
        writeFileSync(join(folder, name, 'experr'), stderr);
        if (code !== 0) writeFileSync(join(folder, name, 'code'), `${code}\n`);
      }
      assert.equal(stderr, read('experr'));
      // a release changes no case, nor does another node
      assert.equal(withoutVersion(stdout), withoutVersion(read('expout')));
      assert.equal(code, Number(read('code', '0')));
    });
  }
});

function withoutVersion(text: string): string {
  return text.replaceAll(/^( +"(?:version|node)"): "[^"]*"/gm, '$1');
}

/** Splits a line at blanks outside single quotes. */
function words(line: string): string[] {
  return [...line.trim().matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
