/** The documents tell the truth: their sessions are run, their links lead somewhere. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LIBRARY } from '../../src/options/library.js';
import { TAKEN } from '../../src/options/resolvePredict.js';
import { example, ROOT, shell, temporary } from '../support/support.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'examples/README.md',
  'test/fixtures/README.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
];

describe('the documents', () => {
  it('have a README that is one', () => assert.ok(readme.split('\n').length <= 200));

  for (const file of ['README.md', 'docs/guide.md']) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const sessions = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map(([, session]) => session!);

    it(`have sessions: ${file}`, () => assert.ok(sessions.length >= 4));

    const folder = temporary(file.replace('/', '-'));
    cpSync(example(''), folder, { recursive: true });
    for (const session of sessions) {
      const steps = session.split(/^\$ /m).filter((step) => step !== '');
      it(`show real output: ${file}: ${steps[0]!.split('\n')[0]}`, async () => {
        for (const step of steps) {
          const [command, ...expected] = step.trimEnd().split('\n');
          const { stdout } = await shell(`cd ${folder}; { ${command}; } 2>&1`);
          assert.match(stdout.trimEnd(), patternOf(expected), command);
        }
      });
    }
  }

  it('name every export and every option of the library', () => {
    const api = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
    const face = readFileSync(join(ROOT, 'src/index.ts'), 'utf8');
    const names = [...face.matchAll(/^export (?:type )?\{([\s\S]*?)\}/gm)].flatMap(([, list]) =>
      list!.split(',').map((name) => name.replace(/^\s*type /, '').trim()),
    );
    for (const name of [
      ...names.filter((one) => one !== ''),
      'train',
      'Hooks',
      ...Object.keys(LIBRARY),
      ...Object.values(TAKEN).flat(),
    ]) {
      assert.match(api, new RegExp(`\\b${name}`), name);
    }
  });

  it('name no source that is not there', () => {
    const sources = ['src', 'bin', 'test', 'assembly', 'page', 'bench'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file.replaceAll('\\', '/')}`,
      ),
    );
    const called = (name: string) => sources.filter((source) => `/${source}`.endsWith(`/${name}`));
    for (const file of DOCUMENTS) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      for (const [, name] of text.matchAll(/`([\w/]+(?:\.test)?\.ts)`/g)) {
        assert.ok(called(name!).length > 0, `${file}: ${name}`);
      }
    }
    // in the section of a stage a name is that of a file there or above all stages, or of the only one called so
    const architecture = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    const sections = architecture.split(/^\*\*(?=`)/m).slice(1);
    for (const section of sections) {
      const stages = [...section.slice(0, section.indexOf(':')).matchAll(/`([\w/.]+)`/g)].map(
        ([, one]) => one!,
      );
      for (const [, name] of section.matchAll(/`([\w/]+\.ts)`/g)) {
        const found = called(name!).filter((one) => !/^(?:test|bench)\//.test(one));
        const rooms = [`src/${name}`, ...stages.flatMap((stage) => [`src/${stage}`, stage])];
        const isNear = (one: string) => rooms.some((room) => one.startsWith(room));
        assert.ok(found.length === 1 || found.some(isNear), `${stages}: ${name}`);
      }
    }
  });

  it('have no link to a file or a heading that is not there', () => {
    for (const file of DOCUMENTS) {
      const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
      for (const [, link] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path, heading] = link!.split('#');
        const target = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path!);
        assert.ok(existsSync(target), `${file}: ${link}`);
        if (heading === undefined) continue;
        const anchors = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
          title!
            .toLowerCase()
            .replaceAll(/[^\w\s-]/g, '')
            .replaceAll(/\s/g, '-'),
        );
        assert.ok(anchors.includes(heading), `${file}: ${link}`);
      }
    }
  });
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
