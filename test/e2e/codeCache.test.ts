/** The code that is kept from run to run: what is wrong with it is never noticed, and what others wrote never run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import { cacheFolder, prepareFolder, readCode, writeCode } from '../../src/runtime/codeCache.js';
import { BIN, example, temporary } from '../support/support.js';

const isRoot = process.getuid?.() === 0;
const isOurs = !('enableCompileCache' in modules) && typeof zlib.crc32 === 'function';
const ours = isOurs ? {} : { skip: 'this node keeps the code itself, or has no checksum' };
const asRoot = isRoot ? {} : { skip: 'only root can hand a file to another user' };
const owners = process.getuid === undefined ? { skip: 'there are no owners here' } : {};

let folders = 0;
function place(): { readonly home: string; readonly folder: string } {
  const home = temporary(`cache-${folders++}`);
  mkdirSync(home);
  return { home, folder: join(home, 'bce-train') };
}

function run(home: string, env: Readonly<Record<string, string>> = {}, more: readonly string[] = []) {
  const args = [BIN, example('titanic.csv'), '--missing', 'drop', '--epochs', '3', ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: home, ...env },
  });
  return { status, stdout, stderr };
}

/** The one file that is there, its bytes, and what tells it from one that replaces it. */
function kept(folder: string) {
  const names = readdirSync(folder);
  assert.equal(names.length, 1, names.join());
  const path = join(folder, names[0]!);
  return { path, bytes: readFileSync(path), inode: statSync(path).ino, mode: statSync(path).mode & 0o777 };
}

const plain = run(place().home, { BCE_TRAIN_NO_CODE_CACHE: '1' });

describe('a start with code of an earlier run', () => {
  it('says the same as one without, and leaves the file as it is', ours, () => {
    const { home, folder } = place();
    assert.equal(plain.status, 0);
    assert.deepEqual(run(home), plain);
    const first = kept(folder);
    assert.deepEqual([first.mode, statSync(folder).mode & 0o777], [0o600, 0o700]);
    assert.deepEqual(run(home), plain);
    assert.equal(kept(folder).inode, first.inode);
    // another kind of run adds what it took
    assert.equal(run(home, {}, ['--l1', '0.01']).status, 0);
    const both = kept(folder);
    assert.notEqual(both.inode, first.inode);
    assert.ok(both.bytes.length > first.bytes.length);
    assert.deepEqual(run(home), plain);
    assert.equal(kept(folder).inode, both.inode);
  });

  it('makes other code of a file that is damaged, cut off, empty or of other flags', ours, () => {
    const { home, folder } = place();
    run(home);
    const { path, bytes } = kept(folder);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1]! ^= 1;
    for (const wrong of [flipped, bytes.subarray(0, bytes.length >> 1), Buffer.alloc(0), Buffer.alloc(9)]) {
      writeFileSync(path, wrong);
      assert.deepEqual(run(home), plain);
      assert.ok(!kept(folder).bytes.equals(wrong));
      assert.deepEqual(run(home), plain);
    }
    assert.deepEqual(run(home, { NODE_OPTIONS: '--max-old-space-size=1000' }), plain);
    assert.equal(readdirSync(folder).length, 2);
  });

  it('keeps what few runs load in a file of its own, and runs without it', ours, () => {
    const { home, folder } = place();
    assert.equal(run(home).status, 0);
    const { path, inode } = kept(folder);
    const stats = run(home, {}, ['--stats']);
    assert.deepEqual(stats, run(place().home, { BCE_TRAIN_NO_CODE_CACHE: '1' }, ['--stats']));
    const [more, ...others] = readdirSync(folder).filter((name) => !path.endsWith(name));
    assert.match(more!, /rest/);
    assert.deepEqual(others, []);
    // the flags are new to both
    assert.notEqual(statSync(path).ino, inode);
    assert.deepEqual(run(home, {}, ['--stats']), stats);
    for (const wrong of [Buffer.alloc(9), readFileSync(path)]) {
      writeFileSync(join(folder, more!), wrong);
      assert.deepEqual(run(home, {}, ['--stats']), stats);
      assert.ok(!readFileSync(join(folder, more!)).equals(wrong));
    }
  });

  it('finds the threads and the kernel beside the program', () => {
    const { home } = place();
    const rows = Array.from(
      { length: 40_000 },
      (_, i) => `${(i * 7919) % 1009},${(i * 104_729) % 997},${i % 2}`,
    );
    const path = temporary('threads.csv', `a,b,y\n${rows.join('\n')}\n`);
    const outputs = [1, 2].map(() => {
      const args = [BIN, path, '--threads', '2', '--epochs', '3', '-q'];
      const env = { PATH: process.env.PATH, XDG_CACHE_HOME: home };
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
      assert.equal(status, 0, stderr);
      return stdout;
    });
    assert.equal(outputs[0], outputs[1]);
  });

  it('is never made where it is not wanted or cannot be', () => {
    for (const env of [{ BCE_TRAIN_NO_CODE_CACHE: '1' }, { NODE_DISABLE_COMPILE_CACHE: '1' }]) {
      const { home, folder } = place();
      assert.deepEqual(run(home, env), plain);
      assert.equal(existsSync(folder), false);
    }
    const file = temporary('no-folder', 'x');
    assert.deepEqual(run(file), plain);
    assert.deepEqual(run('/proc/nowhere'), plain);
    assert.deepEqual(run('relative', { HOME: '/nowhere/at/all' }), plain);
    assert.equal(existsSync('relative'), false);
  });
});

describe('the folder of the code', () => {
  it('is that of the system, or none', { skip: process.platform !== 'linux' && 'the paths of Linux' }, () => {
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/a/b' }), '/a/b/bce-train');
    assert.match(cacheFolder({ XDG_CACHE_HOME: 'a/b' })!, /^\/.*\/\.cache\/bce-train$/);
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/a', BCE_TRAIN_NO_CODE_CACHE: '1' }), undefined);
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/a', BCE_TRAIN_NO_CODE_CACHE: '' }), '/a/bce-train');
  });

  const code = { shapes: ['--l1'], code: Buffer.from([1, 2, 3]) };
  const crc = typeof zlib.crc32 === 'function' ? {} : { skip: 'this node has no checksum' };

  it('gives back what was put there, to whoever asks for the same', crc, () => {
    const { folder } = place();
    writeCode(folder, 'name', 'key', code);
    assert.deepEqual(readCode(folder, 'name', 'key'), code);
    assert.equal(readCode(folder, 'name', 'other version'), undefined);
    assert.equal(readCode(folder, 'other', 'key'), undefined);
    assert.deepEqual(readdirSync(folder), ['name']);
  });

  it('is not used where others can write to it, or to a file in it', { ...crc, ...owners }, () => {
    const { folder } = place();
    writeCode(folder, 'name', 'key', code);
    chmodSync(join(folder, 'name'), 0o620);
    assert.equal(readCode(folder, 'name', 'key'), undefined);
    chmodSync(join(folder, 'name'), 0o600);
    for (const mode of [0o720, 0o702, 0o777]) {
      chmodSync(folder, mode);
      assert.equal(readCode(folder, 'name', 'key'), undefined);
      assert.equal(prepareFolder(folder), false);
      writeCode(folder, 'new', 'key', code);
      assert.deepEqual(readdirSync(folder), ['name']);
    }
    chmodSync(folder, 0o700);
    assert.deepEqual(readCode(folder, 'name', 'key'), code);
  });

  it('is not used where it or a file is a link', { ...crc, ...owners }, () => {
    const { home, folder } = place();
    writeCode(folder, 'name', 'key', code);
    symlinkSync(folder, join(home, 'link'));
    assert.equal(readCode(join(home, 'link'), 'name', 'key'), undefined);
    symlinkSync(join(folder, 'name'), join(folder, 'linked'));
    assert.equal(readCode(folder, 'linked', 'key'), undefined);
  });

  it('is not used where it or a file is of another user', { ...crc, ...asRoot }, () => {
    const { home, folder } = place();
    writeCode(folder, 'name', 'key', code);
    chownSync(join(folder, 'name'), 12_345, 12_345);
    assert.equal(readCode(folder, 'name', 'key'), undefined);
    chownSync(join(folder, 'name'), 0, 0);
    chownSync(folder, 12_345, 12_345);
    assert.equal(readCode(folder, 'name', 'key'), undefined);
    assert.equal(prepareFolder(folder), false);
    // nor made in the home of another
    chownSync(home, 12_345, 12_345);
    assert.equal(prepareFolder(join(home, 'new/bce-train')), false);
    assert.equal(existsSync(join(home, 'new')), false);
  });

  it('loses files that are old', crc, () => {
    const { folder } = place();
    writeCode(folder, 'old', 'key', code);
    utimesSync(join(folder, 'old'), 1e9, 1e9);
    writeCode(folder, 'new', 'key', code);
    assert.deepEqual(readdirSync(folder), ['new']);
  });
});
