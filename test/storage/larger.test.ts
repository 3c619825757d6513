/** Data beyond --memory: in a temporary file, with the same bits, and nothing left of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BceError } from '../../src/errors.js';
import { parallelObjective } from '../../src/objective/simd/parallel.js';
import { openTempFile, type TempFile } from '../../src/runtime/tempFile.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import type { ShardStore, Shards } from '../../src/storage/store.js';
import { ROOT, seeded } from '../support/support.js';
import { tableOf } from '../support/tables.js';

const SHAPE = { rows: 3000, d: 7, levels: [3, 20], isWeighted: true, shardRows: 64 };
const SHARD_BYTES = 64 * (7 * 8 + 2 * 4 + 8 + 8);

let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'bce-train-test-'));
});

after(() => {
  rmSync(directory, { recursive: true });
});

/** An heap that holds `bytes` of shards, and the rest in `openFile`. */
function bounded(bytes: number, openFile = () => openTempFile(directory)): SharedHeap {
  return new SharedHeap({ bound: { bytes, openFile } });
}

async function valuesOf(shards: Shards): Promise<number[][]> {
  const all: number[][] = [];
  for await (const { rows, X, codes, y, c } of shards) all.push([rows], [...X], [...codes], [...y], [...c!]);
  return all;
}

describe('a store of shards', () => {
  for (const [what, bytes] of [
    ['in the file', 0],
    ['in memory and in the file', 10.5 * SHARD_BYTES],
    ['in memory', Number.POSITIVE_INFINITY],
  ] as const) {
    it(`has all of them in their order ${what}, and what they are changed to`, async () => {
      const plain = tableOf(SHAPE);
      const heap = bounded(bytes);
      const { shards } = tableOf({ ...SHAPE, store: new HeapStore(heap) });
      assert.equal(heap.fileBytes > 0, bytes < Number.POSITIVE_INFINITY);
      assert.deepEqual(await valuesOf(shards), await valuesOf(plain.shards));
      for (const store of [shards, plain.shards] as ShardStore[]) {
        let i = 0;
        await store.update((shard) => {
          shard.y.fill(++i);
          shard.codes.fill(7);
          // only the first column is left
          return { ...shard, X: shard.X.subarray(0, shard.y.length) };
        });
      }
      assert.deepEqual(await valuesOf(shards), await valuesOf(plain.shards));
      await heap.close();
    });
  }

  it('can be left in the middle and visited again', async () => {
    const heap = bounded(0);
    const { shards } = tableOf({ ...SHAPE, store: new HeapStore(heap) });
    for await (const shard of shards) {
      assert.equal(shard.rows, 64);
      break;
    }
    assert.deepEqual(await valuesOf(shards), await valuesOf(tableOf(SHAPE).shards));
    await heap.close();
  });
});

describe('an objective over the file', () => {
  /** Three visits, the last of them the Hessian, as one list of numbers. */
  async function bitsOf(heap: SharedHeap, threads: number, groupShards?: number): Promise<number[]> {
    const dataset = tableOf({ ...SHAPE, store: new HeapStore(heap) });
    const paysFrom = { kernel: 0, threads: 0 };
    const objective = await parallelObjective(dataset, 'mean', { threads, paysFrom, groupShards });
    const { size } = objective;
    const terms = dataset.design.terms;
    const random = seeded(3);
    const w = Float64Array.from({ length: size }, random);
    const g = new Float64Array(size);
    const H = new Float64Array(size * size);
    const losses = [await objective.evaluate(w, g)];
    for (let j = 0; j < size; j++) w[j]! -= g[j]!;
    losses.push(await objective.evaluate(w, g));
    await objective.hessian(new Float64Array(terms).fill(0.1), new Float64Array(terms).fill(2), w, H);
    losses.push(await objective.evaluate(w, g));
    await objective.close();
    await heap.close();
    return [...losses, ...g, ...H];
  }

  it('gives the same bits as in memory, for any number of threads and size of groups', async () => {
    const inMemory = await bitsOf(new SharedHeap(), 1);
    for (const shards of [0, 10, 40, 46]) {
      for (const [threads, groupShards] of [
        [1, 1],
        [1, 7],
        [2, 23],
        [3, 64],
        [2, undefined],
      ] as const) {
        const bits = await bitsOf(bounded(shards * SHARD_BYTES), threads, groupShards);
        assert.deepEqual(bits, inMemory, `${shards} shards in memory, groups of ${groupShards}`);
      }
    }
  });

  it('reads a group while another is worked on', async () => {
    const open = openTempFile(directory);
    let reading = 0;
    let most = 0;
    const counting: TempFile = {
      ...open,
      async read(bytes, start) {
        most = Math.max(most, ++reading);
        await open.read(bytes, start);
        reading--;
      },
    };
    const dataset = tableOf({ ...SHAPE, store: new HeapStore(bounded(0, () => counting)) });
    const paysFrom = { kernel: 0, threads: 0 };
    const objective = await parallelObjective(dataset, 'mean', {
      threads: 1,
      paysFrom,
      groupShards: 4,
    });
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    await objective.evaluate(w, g);
    assert.ok(most >= 4, `${most} reads at a time`);
    // the first groups of the next visit are on their way already
    assert.ok(reading > 0);
    await objective.close();
    await open.close();
  });

  it('ends with an error when the file cannot be read', async () => {
    const open = openTempFile(directory);
    const broken: TempFile = {
      ...open,
      read: () => Promise.reject(new BceError('TEMP_FILE', 'temporary file: expected more bytes')),
    };
    const dataset = tableOf({ ...SHAPE, store: new HeapStore(bounded(0, () => broken)) });
    const paysFrom = { kernel: 0, threads: 0 };
    const objective = await parallelObjective(dataset, 'mean', { threads: 2, paysFrom });
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    for (let again = 0; again < 2; again++) {
      await assert.rejects(async () => objective.evaluate(w, g), { code: 'TEMP_FILE' });
    }
    await objective.close();
    await open.close();
  });
});

describe('a temporary file', () => {
  it('keeps what is written, has no name, and is for nobody else', async () => {
    const file = openTempFile(directory);
    assert.deepEqual(readdirSync(directory), []);
    file.write(Uint8Array.of(1, 2, 3), 5);
    const bytes = new Uint8Array(3);
    await file.read(bytes, 4);
    assert.deepEqual([...bytes], [0, 1, 2]);
    await assert.rejects(file.read(bytes, 100), { code: 'TEMP_FILE', message: /expected more bytes/ });
    await file.close();
  });

  it('is not made in a directory that is not there', () => {
    const there = join(directory, 'nowhere');
    assert.throws(() => openTempFile(there), {
      code: 'TEMP_FILE',
      message: /nowhere: no such directory$/,
      hint: /--temp-dir/,
    });
  });
});

describe('bce-train --memory', () => {
  const command = join(ROOT, 'dist/bce-train.cjs');
  const table = () => join(directory, 'table.csv');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [command, table(), '--epochs', '5', ...args], { encoding: 'utf8' });

  before(() => {
    const random = seeded(5);
    const words = ['red', 'green', 'blue'];
    const lines = Array.from({ length: 40_000 }, (_, i) => {
      const x = Array.from({ length: 10 }, () => (i % 1000 === 7 ? '' : String(random())));
      return [...x, words[i % 3], 'same', random() > 0.1 ? 'yes' : 'no'].join(',');
    });
    writeFileSync(table(), `a,b,c,d,e,f,g,h,i,j,colour,constant,y\n${lines.join('\n')}\n`);
  });

  for (const [what, args] of [
    ['gradient descent', ['--missing', 'mean']],
    [
      'balanced classes and rows held out',
      ['--missing', 'drop', '--class-weight', 'balanced', '--validation', '0.3'],
    ],
    ['newton, and the diagnosis of its end', ['--missing', 'mean', '--optimizer', 'newton']],
    ['an explained row', ['--missing', 'drop', '--explain', '39000']],
    ['a gradient check', ['--missing', 'drop', '--check-gradient', '--epochs']],
  ] as const) {
    it(`changes no bit of ${what}`, () => {
      const flags = args.at(-1) === '--epochs' ? args.slice(0, -1) : args;
      const go = (...more: string[]) =>
        args.at(-1) === '--epochs'
          ? spawnSync(process.execPath, [command, table(), ...flags, ...more], { encoding: 'utf8' })
          : run(...flags, ...more);
      const inMemory = go();
      assert.equal(inMemory.status, 0, inMemory.stderr);
      mkdirSync(join(directory, 'temp'), { recursive: true });
      for (const memory of ['0', '2M']) {
        const filed = go('--memory', memory, '--temp-dir', join(directory, 'temp'));
        assert.equal(filed.stdout, inMemory.stdout);
        assert.match(filed.stderr, /MiB of the data are in a temporary file/);
        assert.equal(filed.status, 0);
      }
      assert.deepEqual(readdirSync(join(directory, 'temp')), []);
    });
  }

  it('ends with a clear error when the directory cannot be written', () => {
    const { status, stderr } = run('--memory', '0', '--temp-dir', join(directory, 'nowhere'));
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: temporary file in .*nowhere: no such directory\nhint: --temp-dir names another/m,
    );
  });

  it('leaves nothing when there is no room', {
    skip: platform() === 'win32' ? 'needs ulimit' : false,
  }, () => {
    const [temp, output] = [join(directory, 'full'), join(directory, 'weights.csv')];
    mkdirSync(temp);
    // files may have no more than 1,000 blocks of 512 or 1024 bytes
    const line = `ulimit -f 1000; exec "$0" "$1" "$2" --missing drop --memory 0 --temp-dir "$3" -o "$4"`;
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', line, process.execPath, command, table(), temp, output],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 1);
    assert.match(stderr, /^error: temporary file in .*full: no room is left\nhint: --temp-dir/m);
    assert.deepEqual([readdirSync(temp), existsSync(output)], [[], false]);
  });

  it('takes sizes as sort does, and refuses others', () => {
    for (const size of ['1.5G', '200m', '4 GiB', '1e3']) {
      const { status, stderr } = run('--memory', size, '--missing', 'drop');
      assert.equal(status, size === '1e3' ? 2 : 0, stderr);
    }
    assert.match(
      run('--memory', 'much').stderr,
      /--memory: expected a number of bytes, as 200M or 4G, got "much"/,
    );
  });
});
