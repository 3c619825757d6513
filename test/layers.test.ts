/** Data flow one way: the imports of each stage, read from the sources, against the graph of docs/architecture.md. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './support/support.js';

const src = join(ROOT, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

/** What each stage may import, as the document draws it: `stage <- allowed, allowed`. */
const graph = new Map<string, readonly string[]>();
const document = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const [, picture] = /```\n([a-z.]+ +<-[\s\S]*?)```/.exec(document) ?? [];
for (const line of (picture ?? '').trim().split('\n')) {
  const [stage, allowed = ''] = line.split('<-');
  graph.set(stage!.trim(), allowed.match(/[a-z.]+/g) ?? []);
}

/** Files at the top that any stage may import. */
const COMMON = ['errors.ts', 'json.ts', 'layout.ts', 'lazily.ts', 'text.ts', 'version.ts'];

/** Where the file system, the process, timers, the network or a terminal may be touched. */
const OUTSIDE = ['runtime', 'source', 'cli'];
/** Single files that are given to the rest of their stage by whoever wires it, or are the start of a thread. */
const OUTSIDE_FILES = [
  'objective/simd/host.ts',
  'worker.ts',
  'clickhouse/connection.ts',
  'clickhouse/failures.ts',
];
const OUTSIDE_MODULES =
  /^(node:(fs|process|child_process|os|tty|net|tls|dns|dgram|http|https|http2|worker_threads|perf_hooks|timers)\b|@clickhouse\/client)/;
const OUTSIDE_NAMES =
  /\b(process|console|performance|Date)\s*\.|\b(setTimeout|setInterval|setImmediate|fetch|WebSocket)\s*\(/;

/** The room of a file of src: its folder, or itself at the top. */
function roomOf(file: string): string {
  return file.split('/')[0]!;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);
}

/** The file of src that an import means. */
function targetOf(file: string, specifier: string): string {
  return relative(src, resolve(src, dirname(file), specifier))
    .replaceAll('\\', '/')
    .replace(/\.js$/, '.ts');
}

describe('the graph of the stages', () => {
  it('has every stage, and no other', () => {
    const rooms = [...new Set(files.map(roomOf))].filter((room) => !COMMON.includes(room));
    assert.deepEqual([...graph.keys()].sort(), rooms.sort());
  });

  it('has no circle', () => {
    const done = new Set<string>();
    const visit = (stage: string, path: readonly string[]): void => {
      assert.ok(!path.includes(stage), [...path, stage].join(' <- '));
      if (done.has(stage)) return;
      for (const other of graph.get(stage) ?? []) visit(other, [...path, stage]);
      done.add(stage);
    };
    for (const stage of graph.keys()) visit(stage, []);
  });

  it('has no circle of files', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), [...path, file].join(' -> '));
      if (done.has(file)) return;
      for (const name of importsOf(file)) {
        const target = targetOf(file, name);
        if (files.includes(target)) visit(target, [...path, file]);
      }
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('has no arrow that nobody takes', () => {
    const taken = new Set(
      files.flatMap((file) =>
        importsOf(file)
          .filter((name) => name.startsWith('.'))
          .map((name) => `${roomOf(file)} <- ${roomOf(targetOf(file, name))}`),
      ),
    );
    const drawn = [...graph].flatMap(([stage, allowed]) => allowed.map((other) => `${stage} <- ${other}`));
    assert.deepEqual(
      drawn.filter((arrow) => !taken.has(arrow)),
      [],
    );
  });

  it('keeps optimizers from the data', () => {
    for (const stage of ['storage', 'source', 'dataset']) {
      assert.ok(!graph.get('optimizer')!.includes(stage), stage);
    }
    // of the objective they know the interface, and nothing that visits rows
    const optimizers = files.filter((file) => roomOf(file) === 'optimizer');
    const known = optimizers.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => targetOf(file, name))
        .filter((target) => roomOf(target) === 'objective'),
    );
    assert.deepEqual([...new Set(known)].sort(), ['objective/objective.ts', 'objective/penalty/penalty.ts']);
  });

  for (const file of files) {
    const room = roomOf(file);

    it(`is that of the imports: ${file}`, () => {
      for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
        const target = targetOf(file, specifier);
        const other = roomOf(target);
        const isAllowed =
          COMMON.includes(other) ||
          other === room ||
          (!COMMON.includes(room) && graph.get(room)!.includes(other));
        assert.ok(isAllowed, `${file} imports ${target}`);
      }
    });

    it(`leaves the world outside to those that touch it: ${file}`, () => {
      if (OUTSIDE.includes(room) || OUTSIDE_FILES.includes(file)) return;
      assert.deepEqual(
        importsOf(file).filter((name) => OUTSIDE_MODULES.test(name)),
        [],
      );
      const text = readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(text, OUTSIDE_NAMES);
    });
  }
});
