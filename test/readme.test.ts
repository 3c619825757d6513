/** The README tells the truth: its sessions are run, its flags and codes are those of the code. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bceTrain, example, ROOT, shell, temporary } from './support.js';

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

  it('has every flag of --help, and no other', async () => {
    const flagsOf = (text: string) => new Set(text.match(/(?<=[\s`])--[a-z][a-z0-9-]*/g));
    const { stdout: help } = await bceTrain(['--help']);
    const table = /## Flags\n([\s\S]*?)\n## /.exec(readme)![1]!;
    assert.deepEqual([...flagsOf(table)].sort(), [...flagsOf(help)].sort());
  });
});

/** The lines as they are, but `...` for any lines. */
function patternOf(lines: readonly string[]): RegExp {
  const parts = lines.map((line) =>
    line === '...' ? '[\\s\\S]*' : line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${parts.join('\\n')}$`);
}
