/**
 * Tries the package as a release: `node test/release.mjs` packs it, installs the tarball on Node 20, 22 and 24 (packages
 * `node` of the registry, in a temporary folder), and runs the tour of the README there, its program, and the examples. A
 * model that the first of them trains is verified, to the last bit, by all.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'bce-release-'));
const quiet = { stdio: ['ignore', 'pipe', 'ignore'] };

function npm(cwd, path, ...args) {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund'], {
    ...quiet,
    cwd,
    env: { ...process.env, PATH: path },
  });
}

/** The lines as they are, but `...` for any lines. */
function patternOf(lines) {
  const parts = lines.map((line) =>
    line === '...' ? '[\\s\\S]*' : line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${parts.join('\\n')}$`);
}

function tour(version, tarball) {
  const place = join(folder, version);
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{ "private": true }');
  npm(place, process.env.PATH, 'install', `node@${version}`);
  const path = `${join(place, 'node_modules/.bin')}:${join(place, 'node_modules/node/bin')}:${process.env.PATH}`;
  const sh = (command, cwd) =>
    spawnSync('bash', ['-c', command], { cwd, env: { ...process.env, PATH: path }, encoding: 'utf8' });
  npm(place, path, 'install', tarball);
  const installed = join(place, 'node_modules/bce-train');
  const tables = join(place, 'tour');
  cpSync(join(installed, 'examples'), tables, { recursive: true });
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const faults = [];
  let steps = 0;
  for (const [, session] of readme.matchAll(/```console\n([\s\S]*?)```/g)) {
    for (const step of session.split(/^\$ /m).filter(Boolean)) {
      const [command, ...expected] = step.trimEnd().split('\n');
      const { stdout } = sh(`{ ${command}; } 2>&1`, tables);
      if (patternOf(expected).test(stdout.trimEnd())) steps++;
      else faults.push(`${command}\n${stdout}`);
    }
  }
  writeFileSync(
    join(place, 'program.mjs'),
    /```js\n([\s\S]*?)```/.exec(readme)[1].replace("'titanic", "'tour/titanic"),
  );
  const model = join(folder, 'model.json');
  const train = `bce-train tour/titanic.csv --missing drop --optimizer newton --stats --metrics -q -o ${model}`;
  const programs = [
    'node program.mjs',
    ...(existsSync(model) ? [] : [train]),
    `bce-train --verify ${model} tour/titanic.csv -q`,
    ...['from-a-pipe', 'learning-rates', 'predict', 'weights-to-file'].map(
      (name) => `bash ${installed}/examples/${name}.sh`,
    ),
  ];
  for (const command of programs) {
    const { status, stdout, stderr } = sh(command, place);
    if (status === 0) steps++;
    else faults.push(`${command}\n${stdout}${stderr}`);
  }
  const node = sh('node --version', place).stdout.trim();
  console.log(
    `${node}: ${steps} steps right, ${faults.length} wrong${faults.map((fault) => `\n${fault}`).join('')}`,
  );
  return faults.length === 0 && node.startsWith(`v${version}.`);
}

try {
  const packed = npm(root, process.env.PATH, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = join(folder, String(packed).trim().split('\n').at(-1));
  const isRight = ['20', '22', '24'].map((version) => tour(version, tarball));
  if (!isRight.every(Boolean)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
