/** The built command as a real process: pipes, closed and full outputs, signals, speed of starting. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { describe, it } from 'node:test';
import {
  BIN,
  bceTrain,
  example,
  fixture,
  seeded,
  shell,
  spawnBceTrain,
  temporary,
} from '../support/support.js';

const titanic = example('titanic.csv');

describe('the process', () => {
  it('says what main says', async () => {
    const args = [titanic, '--missing', 'drop', '--epochs', '20'];
    assert.deepEqual(await spawnBceTrain(args), await bceTrain(args));
    const wrong = [titanic, '--lr', 'abc'];
    assert.deepEqual(await spawnBceTrain(wrong), await bceTrain(wrong));
  });

  it('leaves nothing but weights in the file that its output goes to', async () => {
    const path = temporary('weights.csv');
    const { code, stdout } = await shell(`bce-train ${titanic} --missing drop > ${path}`);
    assert.deepEqual([code, stdout], [0, '']);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert.equal(lines.length, 6);
    for (const line of lines.slice(1)) assert.ok(Number.isFinite(Number(line.split(',')[1])), line);
  });

  it('reads from a pipe, from process substitution and from a redirected file', async () => {
    const { stdout } = await shell(`bce-train ${titanic} --missing drop -q`);
    for (const line of [
      `cat ${titanic} | bce-train --missing drop -q`,
      `bce-train <(cat ${titanic}) --missing drop -q`,
      `bce-train - --missing drop -q < ${titanic}`,
      `gzip -c ${titanic} | bce-train - --missing drop -q`,
    ]) {
      assert.equal((await shell(line)).stdout, stdout, line);
    }
  });

  it('ends quietly when its reader has gone', async () => {
    const { code, stdout, stderr } = await shell(
      `set -o pipefail; bce-train ${titanic} --missing drop --optimizer newton -q | head -1`,
    );
    assert.deepEqual([code, stdout, stderr], [0, 'feature,weight\n', '']);
    // true has gone long before the first byte comes
    const gone = await shell(
      `set -o pipefail; bce-train ${titanic} --missing drop --optimizer newton -q | true`,
    );
    assert.deepEqual([gone.code, gone.stderr], [0, '']);
  });

  it('fails with the reason when the disk is full', async () => {
    const { code, stderr } = await shell(`bce-train ${titanic} --missing drop -q > /dev/full`);
    assert.deepEqual(
      [code, stderr],
      [1, 'error: standard output: cannot write: no space left on the device\n'],
    );
  });

  it('keeps its exit code when nobody hears its errors', async () => {
    assert.equal((await shell('bce-train no-such-file 2> /dev/full')).code, 1);
    assert.equal((await shell('bce-train no-such-file 2>&-')).code, 1);
    assert.equal(
      (await shell(`bce-train ${titanic} --missing drop 2> /dev/full | wc -l`)).stdout.trim(),
      '6',
    );
  });

  it('does not wait for the rest of a pipe that it refuses', async () => {
    const { code, stderr } = await shell('yes oops,1 | bce-train - --no-header --numeric 1');
    assert.equal(code, 1);
    assert.match(stderr, /^error: <stdin>:1: column "x1": expected a number, got "oops"/);
  });

  it('reads where there are no addresses for WebAssembly', { skip: platform() !== 'linux' }, async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `${i % 7}.5,${i % 2}`);
    const path = temporary('limited.csv', `x,y\n${rows.join('\n')}\n`);
    const { code, stderr } = await shell(`ulimit -v 6000000 && bce-train ${path} --epochs 1 --threads 1`);
    assert.deepEqual([code, /10,000 rows/.test(stderr)], [0, true], stderr);
  });

  it('tells what is wrong in a pipe that has sent less than a chunk and stays open', async () => {
    const child = spawn(process.execPath, [BIN, '-', '--numeric', 'x']);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const rows = Array.from({ length: 1 << 17 }, (_, i) => `${i % 7}.5,${i % 2}`);
    rows[3] = 'oops,1';
    child.stdin.on('error', () => {});
    child.stdin.write(`x,y\n${rows.join('\n')}\n`.slice(0, 800_000));
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 1);
    assert.match(stderr, /^error: <stdin>:5: column "x": expected a number, got "oops"/);
  });

  it('ends with 130 and writes the weights when it is interrupted', async () => {
    const path = temporary('interrupted.json');
    const child = spawn(process.execPath, [
      BIN,
      example('pima.csv'),
      '--epochs',
      '100000000',
      '--tolerance',
      '0',
      '--log-every',
      '1000',
      '-o',
      path,
    ]);
    // the first line of an epoch: training has begun
    await new Promise((resolve) =>
      child.stderr.on('data', (chunk) => /epoch/.test(String(chunk)) && resolve(undefined)),
    );
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 130);
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).result.status, 'interrupted');
  });

  it('writes the weights so far from threads and a temporary file, and leaves nothing of either', async () => {
    // as many cells as threads are started for
    const row = (i: number) =>
      `${Array.from({ length: 10 }, (_, j) => (i * (j + 3)) % 7).join(',')},${i % 2}\n`;
    const [big, path, temp] = [temporary('wide.csv'), temporary('so-far.csv'), temporary('temp')];
    writeFileSync(big, Array.from({ length: 480_000 }, (_, i) => row(i)).join(''));
    mkdirSync(temp);
    const flags = ['--threads', '2', '--memory', '1M', '--temp-dir', temp, '--epochs', '1000000', '-o', path];
    const child = spawn(process.execPath, [BIN, big, '--no-header', '--tolerance', '0', ...flags]);
    await new Promise((resolve) =>
      child.stderr.on('data', (chunk) => /epoch +1 /.test(String(chunk)) && resolve(undefined)),
    );
    child.kill('SIGINT');
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 130);
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 13);
    assert.deepEqual(readdirSync(temp), []);
  });

  it('ends at once at the second interrupt, leaving no file', async () => {
    const random = seeded(1);
    const rows = Array.from(
      { length: 150_000 },
      () => `${Array.from({ length: 8 }, random).join(',')},${random() > 0 ? 1 : 0}\n`,
    );
    const [big, path] = [temporary('big.csv'), temporary('never.json')];
    writeFileSync(big, rows.join(''));
    const child = spawn(process.execPath, [BIN, big, '--epochs', '1000000', '-o', path]);
    await new Promise((resolve) =>
      child.stderr.on('data', (chunk) => /epoch +1 /.test(String(chunk)) && resolve(undefined)),
    );
    child.kill('SIGINT');
    child.kill('SIGINT');
    const [code, signal] = await new Promise<unknown[]>((resolve) =>
      child.on('close', (...end) => resolve(end)),
    );
    // both signals may reach it as one
    assert.ok(signal === 'SIGINT' || code === 130, `${code} ${signal}`);
    assert.equal(existsSync(path), code === 130);
  });

  // the high-water mark of this program alone; maxRSS would count that of the test that started it
  const status = '/proc/self/status';
  const skip = existsSync(status) ? false : `needs ${status} (Linux)`;
  it('uses little more memory than its numbers take', { skip }, async () => {
    const random = seeded(2);
    const path = temporary('tall.csv');
    const [rows, columns] = [100_000, 28];
    const lines = Array.from(
      { length: rows },
      () =>
        `${Array.from({ length: columns }, () => random().toFixed(6)).join(',')},${random() > 0 ? 1 : 0}\n`,
    );
    writeFileSync(path, lines.join(''));
    const report = `process.on('exit', () => {
      const text = require('node:fs').readFileSync('${status}', 'utf8');
      require('node:fs').writeSync(2, /VmHWM:\\s+(\\d+) kB/.exec(text)[1]);
    });`;
    const hook = temporary('rss.cjs', report);
    const { stdout, stderr, code } = await new Promise<{
      stdout: string;
      stderr: string;
      code: number | null;
    }>((resolve) => {
      const child = spawn(process.execPath, [
        '--require',
        hook,
        BIN,
        path,
        '-q',
        '--epochs',
        '20',
        '--tolerance',
        '0',
      ]);
      const text = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk) => {
        text.stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        text.stderr += chunk;
      });
      child.on('close', (exitCode) => resolve({ ...text, code: exitCode }));
    });
    assert.equal(code, 0);
    assert.equal(stdout.trim().split('\n').length, columns + 2);
    const held = rows * (columns + 1) * 8;
    const peak = Number(stderr) * 1024;
    assert.ok(peak <= 1.2 * held + 100e6, `peak ${peak} against ${held} held`);
  });

  it('reads a file on standard input from where it stands', async () => {
    const lines = readFileSync(fixture('patients.csv'), 'utf8').split('\n');
    const path = temporary('preamble.csv', ['made by nobody', ...lines].join('\n'));
    const expected = await shell(`bce-train -q ${fixture('patients.csv')}`);
    const rest = await shell(`{ read -r _; bce-train -q -; } < ${path}`);
    assert.deepEqual(rest, expected);
    assert.deepEqual(await shell(`bce-train -q - < ${fixture('patients.csv')}`), expected);
    assert.equal((await shell('bce-train -q - < /dev/null')).code, 1);
  });

  it('is told apart from a fault of its own by --verbose', async () => {
    const { stderr } = await spawnBceTrain([fixture('patients.csv'), '--target', 'zzz', '--verbose']);
    assert.match(stderr, /\n +at .*findColumn/);
  });
});
