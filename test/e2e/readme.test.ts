/** The README tells the truth: its sessions are run, its flags and codes are those of the code. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { example, ROOT, shell, temporary } from '../support/support.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  const sessions = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].map(([, session]) => session!);

  it('has sessions', () => assert.ok(sessions.length >= 4));

  const folder = temporary('readme');
  cpSync(example(''), folder, { recursive: true });
  for (const session of sessions) {
    const steps = session.split(/^\$ /m).filter((step) => step !== '');
    it(`shows real output: ${steps[0]!.split('\n')[0]}`, async () => {
      for (const step of steps) {
        const [command, ...expected] = step.trimEnd().split('\n');
        const { stdout } = await shell(`cd ${folder}; { ${command}; } 2>&1`);
        assert.match(stdout.trimEnd(), patternOf(expected), command);
      }
    });
  }
});

describe('the programs in the documents', () => {
  const math = readFileSync(join(ROOT, 'docs/math.md'), 'utf8');
  const [, program, printed] = /```js\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/.exec(math)!;
  const [, library] = /```js\n([\s\S]*?)```/.exec(readme)!;

  function run(text: string): string {
    const face = pathToFileURL(join(ROOT, 'dist/src/index.js')).href;
    const path = join(folderOf('programs'), 'program.mjs');
    writeFileSync(path, text.replace("'bce-train'", `'${face}'`));
    return String(execFileSync(process.execPath, [path], { cwd: example('') }));
  }

  it('print what is shown', () => assert.equal(run(program!), printed));

  it('run', () => assert.match(run(library!), /^converged 0\.46962/));
});

/** A temporary folder of this name. */
function folderOf(name: string): string {
  const folder = temporary(name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The lines as they are, but `...` for any lines. */
function patternOf(lines: readonly string[]): RegExp {
  const parts = lines.map((line) =>
    line === '...' ? '[\\s\\S]*' : line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${parts.join('\\n')}$`);
}
