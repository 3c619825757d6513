/** Data flow one way: the imports of each stage, read from the sources. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './support.js';

const STAGES = [
  'source',
  'dataset',
  'objective',
  'clickhouse',
  'metrics',
  'optimizer',
  'fit',
  'audit',
  'inference',
  'model',
  'predict',
  'export',
  'check',
  'report',
];

/** What any stage may import besides those to its left. */
const COMMON = ['math', 'errors.ts', 'text.ts', 'turns.ts', 'version.ts'];

/** Where the file system, the process, the clock or a terminal may be touched. */
const OUTSIDE = ['source', 'cli'];
/** Files that start threads and load the kernel for them; the rest of their stage is given what they provide. */
const OUTSIDE_FILES = ['objective/host.ts', 'objective/worker.ts'];
const OUTSIDE_MODULES = /^node:(fs|process|child_process|os|tty|net|http|worker_threads|perf_hooks)/;

const src = join(ROOT, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The room of a file of src: its folder, or itself at the top. */
function roomOf(file: string): string {
  return file.split(/[\\/]/)[0]!;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);
}

describe('the stages', () => {
  it('are all there', () => {
    assert.deepEqual(
      STAGES.filter((stage) => !files.some((file) => roomOf(file) === stage)),
      [],
    );
  });

  for (const file of files) {
    const room = roomOf(file);
    const rank = STAGES.indexOf(room);

    it(`import only from their left: ${file}`, () => {
      for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
        const target = relative(src, resolve(src, dirname(file), specifier)).replace(/\.js$/, '.ts');
        const other = roomOf(target);
        const isFree = room === 'cli' || room === 'index.ts' || room === 'options.ts';
        const isAllowed = isFree
          ? other !== 'index.ts' && (room === 'cli' || other !== 'cli')
          : COMMON.includes(other) ||
            (rank >= 0 && STAGES.indexOf(other) >= 0 && STAGES.indexOf(other) <= rank);
        assert.ok(isAllowed, `${file} imports ${target}`);
      }
    });

    it(`leave the world outside to source and cli: ${file}`, () => {
      if (OUTSIDE.includes(room) || OUTSIDE_FILES.includes(file.replaceAll('\\', '/'))) return;
      assert.deepEqual(
        importsOf(file).filter((name) => OUTSIDE_MODULES.test(name)),
        [],
      );
      const text = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(text, /\b(process|console|performance|Date)\s*\./);
    });
  }
});
