/** Runs the tests in dist/: `node test.mjs` all of them, `node test.mjs NAME ...` those whose path has a NAME in it. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'dist/test');
const names = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => names.length === 0 || names.some((name) => file.replaceAll('\\', '/').includes(name)))
  .sort()
  .map((file) => join(folder, file));

if (files.length === 0) {
  console.error(`no test has ${names.join(' or ')} in its path`);
  process.exitCode = 1;
} else {
  const reporter = names.length === 0 ? [] : ['--test-reporter', 'spec'];
  // of its own accord node leaves a core idle; it takes the flag from 20.10 on
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isKnown = major > 20 || minor >= 10;
  const atOnce = isKnown ? [`--test-concurrency=${availableParallelism()}`] : [];
  const child = spawn(process.execPath, ['--test', ...atOnce, ...reporter, ...files], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
