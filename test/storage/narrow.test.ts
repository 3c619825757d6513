/** Columns in narrow forms: every bit comes back, and the kernel says of them what the plain one says of the doubles. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { referenceObjective } from '../../src/objective/reference.js';
import { parallelObjective } from '../../src/objective/simd/parallel.js';
import { openTempFile } from '../../src/runtime/tempFile.js';
import { HeapStore, storeOf } from '../../src/storage/heapStore.js';
import type { Shard } from '../../src/storage/shards.js';
import { ShardWriter } from '../../src/storage/shardWriter.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { seeded } from '../support/support.js';
import { shardsOf, tableOf } from '../support/tables.js';

let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'bce-train-test-'));
});

after(() => {
  rmSync(directory, { recursive: true });
});

/** The columns in shards of a heap. */
function stored(columns: readonly (readonly number[])[], heap = new SharedHeap(), shardRows = 64): HeapStore {
  const store = new HeapStore(heap);
  const writer = new ShardWriter(store, columns.length, 0, false, undefined, shardRows);
  const rows = columns[0]!.length;
  for (let i = 0; i < rows; i++) {
    writer.push(
      Float64Array.from(columns, (column) => column[i]!),
      new Int32Array(0),
      i % 2,
    );
  }
  writer.finish();
  store.placed();
  return store;
}

/** Column j of all shards, one after another. */
async function columnOf(store: AsyncIterable<Shard>, d: number, j: number): Promise<number[]> {
  const values: number[] = [];
  for await (const { X, rows } of store) {
    for (let i = 0; i < rows; i++) values.push(X[Math.floor(i / 32) * 32 * d + j * 32 + (i % 32)]!);
  }
  return values;
}

/** Bytes of a value of the only column of the first shard. */
function bytesOf(...values: number[]): number {
  // two blocks, since parts of a shard begin at multiples of 64 bytes
  const rows = Array.from({ length: 64 }, (_, i) => values[i % values.length]!);
  const [entry] = stored([rows]).placed();
  const { layout } = entry!;
  return (layout.codes - layout.X) / 64;
}

const SIXTY_THREE: readonly number[] = Array.from({ length: 63 }, (_, i) => i);

const doubles = fc.oneof(
  fc.double(),
  fc.constantFrom(-0, Number.NaN, 1e15 + 1, 0.1 + 0.2, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324, 1e300),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1 / 3),
);
const decimals = (most: number) =>
  fc.integer({ min: 0, max: 9 }).chain((k) => fc.integer({ min: -most, max: most }).map((n) => n / 10 ** k));
const kinds = fc.constantFrom<fc.Arbitrary<number>>(
  fc.integer({ min: -127, max: 127 }),
  fc.integer({ min: -32768, max: 32768 }),
  decimals(127),
  decimals(40_000),
  decimals(2 ** 31),
  fc.oneof({ weight: 40, arbitrary: decimals(5000) }, { weight: 1, arbitrary: doubles }),
  doubles,
);
/** Columns of one length, each of a kind. */
const tables = fc
  .record({ rows: fc.integer({ min: 1, max: 150 }), kinds: fc.array(kinds, { minLength: 1, maxLength: 9 }) })
  .chain(({ rows, kinds }) =>
    fc.tuple(...kinds.map((kind) => fc.array(kind, { minLength: rows, maxLength: rows }))),
  );

describe('narrow columns', () => {
  it('give every double back bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (columns) => {
        const store = stored(columns);
        for (const [j, column] of columns.entries()) {
          assert.deepEqual(await columnOf(store, columns.length, j), column);
        }
      }),
      { numRuns: 200 },
    );
  });

  for (const [what, values, bytes] of [
    ['small whole numbers', [0, 1, -127, 127], 1],
    ['128', [128], 2],
    ['-32767', [-32767], 2],
    ['32768', [32768], 4],
    ['2^31 - 1', [2 ** 31 - 1, -(2 ** 31 - 1)], 4],
    ['2^31', [2 ** 31], 8],
    ['prices', [0.01, 99.99, 12.5], 2],
    ['tenths whose product with 10 is rounded', [0.1, 0.3, 0.7, 12.7], 1],
    ['6 digits', [0.123456, -1.5], 4],
    ['small decimals', [1.5e-9, 2e-10], 1],
    ['one value of more digits, last', [1, 2, 3, 1.000001], 4],
    ['-0', [-0, 1], 8],
    ['NaN', [Number.NaN, 1], 8],
    ['infinity', [Number.POSITIVE_INFINITY, 1], 8],
    ['0.1 + 0.2', [0.1 + 0.2], 8],
    ['1e15 + 1', [1e15 + 1], 8],
    ['thirds', [1 / 3], 8],
    ['one value of more digits in the last block', [...SIXTY_THREE, 0.25], 2],
    ['one larger value in the last block', [...SIXTY_THREE, 32768], 4],
    ['one -0 in the last block', [...SIXTY_THREE, -0], 8],
    ['one NaN in the last block', [...SIXTY_THREE, Number.NaN], 8],
    ['one value too large for the digits of others', [0.5, ...SIXTY_THREE.slice(1), 2 ** 31 / 10], 8],
  ] as const) {
    it(`keep ${what} in ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`, () => {
      assert.equal(bytesOf(...values), bytes);
    });
  }

  it('are what they are changed to, wider or narrower, wherever they are', async () => {
    for (const bytes of [0, 3000, Number.POSITIVE_INFINITY]) {
      const heap = new SharedHeap({ bound: { bytes, openFile: () => openTempFile(directory) } });
      const random = seeded(2);
      const values = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? Number.NaN : i));
      const store = stored([values, values.map(random)], heap);
      let shards = 0;
      await store.update((shard) => {
        shards++;
        // a number that no narrow form has in some shards, and one that lets others be narrow
        shard.X.forEach((x, p) => {
          if (Number.isNaN(x)) shard.X[p] = shards % 2 === 0 ? 1 / 3 : 7;
        });
        return shard;
      });
      assert.equal(shards, 8);
      await store.update((shard) => {
        shard.y.fill(1);
        return shard;
      });
      const filled = values.map((x, i) => (Number.isNaN(x) ? (Math.floor(i / 64) % 2 === 1 ? 1 / 3 : 7) : x));
      assert.deepEqual(await columnOf(store, 2, 0), filled);
      for await (const { y } of store) assert.ok(y.every((label) => label === 1));
      await heap.close();
    }
  });

  it('can be visited twice at once', async () => {
    const values = Array.from({ length: 300 }, (_, i) => i / 4);
    const store = stored([values]);
    let visits = 0;
    for await (const outer of store) {
      const before = outer.X.slice();
      for await (const inner of store) visits += inner.rows;
      assert.deepEqual(outer.X, before);
    }
    assert.equal(visits, 5 * 300);
  });
});

/** Columns of every form, some of which change it from shard to shard. */
const cell = (random: number, j: number, row: number) => {
  const digits = [0, 2, 2, 6, 17, 0, 4][j % 7]!;
  const size = [100, 1, 300, 1000, 1, 30_000, row > 500 ? 100_000 : 1][j % 7]!;
  return digits === 17 ? random : Number((size * random).toFixed(digits)) + 0;
};
const shape = fc.record({
  rows: fc.integer({ min: 1, max: 1200 }),
  // some so wide that columns are decoded for both products
  d: fc.oneof({ arbitrary: fc.integer({ min: 0, max: 16 }), weight: 30 }, fc.integer({ min: 460, max: 480 })),
  levels: fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 2 }),
  isWeighted: fc.boolean(),
  shardRows: fc.constantFrom(32, 96, 1024),
  seed: fc.integer({ min: 1, max: 1e9 }),
});
const ALWAYS = { paysFrom: { kernel: 0, threads: 0 } };

describe('the kernel over narrow columns', () => {
  it('gives the loss and the gradient of the plain one to 2.5e-15 of what is summed', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.constantFrom(0.001, 1), async (table, scale) => {
        const dataset = tableOf({ ...table, cell });
        const { design, weightSum } = dataset;
        const random = seeded(table.seed + 1);
        const w = Float64Array.from({ length: design.size }, (_, j) => {
          const size = j < design.numerics ? [100, 1, 300, 1000, 1, 30_000, 100_000][j % 7]! : 1;
          return (scale * random()) / size;
        });
        const [a, b] = [new Float64Array(design.size), new Float64Array(design.size)];
        const narrow = await parallelObjective(dataset, 'mean', ALWAYS);
        assert.equal(narrow.kernel, 'simd');
        const [J, plainJ] = [
          await narrow.evaluate(w, a),
          await referenceObjective(dataset, 'mean').evaluate(w, b),
        ];
        // sum of c |x| (1 + sum of |w x|), column by column: what rounding may be a share of
        const sums = new Float64Array(design.size);
        const d = design.numerics;
        let all = 0;
        for (const { X, y, c, rows } of shardsOf(dataset)) {
          assert.ok(y.length >= rows);
          for (let i = 0; i < rows; i++) {
            const at = Math.floor(i / 32) * 32 * d + (i % 32);
            let h = 2;
            for (let j = 0; j < d; j++) h += Math.abs(X[at + 32 * j]! * w[j]!);
            for (const wj of w.subarray(d)) h += Math.abs(wj);
            const part = (h * (c === undefined ? 1 : c[i]!)) / weightSum;
            all += part;
            for (let j = 0; j < design.size; j++) sums[j]! += j < d ? part * Math.abs(X[at + 32 * j]!) : part;
          }
        }
        assert.ok(Math.abs(J - plainJ) <= 2.5e-15 * all, `${J} against ${plainJ}`);
        a.forEach((gj, j) => {
          assert.ok(Math.abs(gj - b[j]!) <= 2.5e-15 * sums[j]!, `g[${j}]: ${gj} against ${b[j]}`);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same bits on 1, 2 and 3 threads, in memory and from the file', async () => {
    const table = { rows: 5000, d: 16, levels: [4], isWeighted: true, shardRows: 96, cell };
    let first: number[] | undefined;
    for (const threads of [1, 2, 3]) {
      for (const bytes of [0, 100_000, Number.POSITIVE_INFINITY]) {
        const heap = new SharedHeap({ bound: { bytes, openFile: () => openTempFile(directory) } });
        const dataset = tableOf({ ...table, store: new HeapStore(heap) });
        const objective = await parallelObjective(dataset, 'mean', { ...ALWAYS, threads });
        const { size } = objective;
        const random = seeded(9);
        const w = Float64Array.from({ length: size }, () => random() / 1e5);
        const g = new Float64Array(size);
        const H = new Float64Array(size * size);
        const J = await objective.evaluate(w, g);
        const terms = dataset.design.terms;
        await objective.hessian(new Float64Array(terms), new Float64Array(terms).fill(1), w, H);
        await objective.close();
        await heap.close();
        const bits = [J, ...g, ...H];
        first ??= bits;
        assert.deepEqual(bits, first, `${threads} threads, ${bytes} bytes`);
      }
    }
  });

  it('takes shards of one row', async () => {
    const dataset = tableOf({ rows: 1, d: 7, cell });
    const store = await storeOf(shardsOf(dataset), new SharedHeap());
    const objective = await parallelObjective({ ...dataset, shards: store }, 'mean', ALWAYS);
    const [g, plain] = [new Float64Array(8), new Float64Array(8)];
    const w = new Float64Array(8);
    assert.equal(
      await objective.evaluate(w, g),
      await referenceObjective(dataset, 'mean').evaluate(w, plain),
    );
    for (const [j, gj] of g.entries()) assert.ok(Math.abs(gj - plain[j]!) <= 2.5e-15 * Math.abs(plain[j]!));
  });
});
