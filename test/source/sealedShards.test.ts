/** Whole shards that threads have scanned, summed and sealed: the dataset of one thread, to the last bit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Dataset } from '../../src/dataset/dataset.js';
import { scanDataset } from '../../src/dataset/read/read.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import type { Pieces } from '../../src/source/pieces.js';
import { placesIn } from '../../src/source/places.js';
import { node, type ScanHost } from '../../src/source/scan/scanHost.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import type { SealedColumns } from '../../src/storage/sealedColumns.js';
import { momentsOf } from '../../src/storage/shardMoments.js';
import type { Shard } from '../../src/storage/shards.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { ArrayStore, type ShardStore } from '../../src/storage/store.js';

/** Rows of four shards and a bit, and what one of them is in place of a plain one. */
const ROWS = 120_000;
function tableOf(odd: (i: number) => string | undefined, lineEnd = '\n'): Buffer {
  const lines = ['a,b,f,y'];
  for (let i = 0; i < ROWS; i++) {
    const plain = `${(i * 7919) % 1000},${((i * 31) % 997) / 8},f${i % 5},${(i * i) % 3 === 1 ? 1 : 0}`;
    lines.push(odd(i) ?? plain);
  }
  return Buffer.from(lines.join(lineEnd) + lineEnd);
}

/** Threads, and when the first of them is ready. */
function watched(): { readonly host: ScanHost; readonly isReady: Promise<void> } {
  let tell = () => {};
  const isReady = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const host: ScanHost = {
    ...node,
    async startThreads() {
      const start = await node.startThreads();
      return (data, { onMessage, onEnd }) =>
        start(data, {
          onMessage(answer) {
            onMessage(answer);
            tell();
          },
          onEnd,
        });
    },
  };
  return { host, isReady };
}

/** The first bytes, and the others when threads are ready. */
async function* pieces(bytes: Buffer, isReady: Promise<void> | undefined): Pieces {
  for (let at = 0; at < bytes.length; at += 65_536) {
    yield bytes.subarray(at, at + 65_536);
    if (at > 65_536) await isReady;
  }
}

async function shardsOf({ shards }: Dataset): Promise<Shard[]> {
  const all: Shard[] = [];
  for await (const { rows, X, codes, y, c } of shards) {
    all.push({ rows, X: X.slice(), codes: codes.slice(), y: y.slice(), c: c?.slice() });
  }
  return all;
}

/** Counts the shards that are adopted. */
function counting<Store extends ShardStore>(store: Store): { readonly store: Store; adopted: number } {
  const counted = { store, adopted: 0 };
  const adopt = store.adopt.bind(store);
  store.adopt = (shard: Shard, sealed: SealedColumns) => {
    counted.adopted++;
    adopt(shard, sealed);
  };
  return counted;
}

/** The table as so many threads read it. */
async function read(bytes: Buffer, threads: number, options: TrainOptions, create: () => ShardStore) {
  const counted = counting(create());
  const { host, isReady } = watched();
  const bytesInPieces = pieces(bytes, threads > 1 ? isReady : undefined);
  const { training } = await scanDataset(
    bytesInPieces,
    placesIn('data.csv'),
    resolveOptions(options).read,
    () => counted.store,
    { headRows: 1000, fewBytes: 0, chunkBytes: 1 << 17, manyBytes: 0, threads, host },
  );
  const { shards: _, ...description } = training;
  return { description, shards: await shardsOf(training), adopted: counted.adopted };
}

const inHeap = () => new HeapStore(new SharedHeap());
/** In the last whole shard: those before are sealed. */
const ODD_ROW = 110_000;

describe('shards sealed by the threads that scan them', () => {
  for (const [what, bytes, options, isAligned] of [
    ['of plain rows', tableOf(() => undefined), {}, true],
    ['with line ends of two bytes', tableOf(() => undefined, '\r\n'), {}, true],
    [
      'with a row that is left out',
      tableOf((i) => (i === ODD_ROW ? '3,,f1,1' : undefined)),
      { missing: 'drop' },
      true,
    ],
    ['with a blank line', tableOf((i) => (i === ODD_ROW ? '' : undefined)), {}, true],
    [
      'with a cell that is filled',
      tableOf((i) => (i === ODD_ROW ? '3,,f1,1' : undefined)),
      { missing: 'mean' },
      true,
    ],
    ['with quotes', tableOf((i) => (i % 1000 === 999 ? '"3",4,"f1",1' : undefined)), {}, true],
    ['with quotes in every row', tableOf((i) => `"${i % 3}",4,"f""${i % 5}","${i % 2}"`), {}, true],
    ['with line ends in quotes', tableOf((i) => (i % 7 === 0 ? '3,4,"f\r\n1\n",1' : undefined)), {}, true],
    ['with quotes within cells', tableOf((i) => (i % 9999 === 0 ? '3,4,f"1,1' : undefined)), {}, true],
    ['with blanks before quotes', tableOf((i) => (i > ODD_ROW ? '3, "4",f2 , "1" ' : undefined)), {}, true],
    ['with a row of its own kind', tableOf((i) => (i === ODD_ROW ? '3,\u00a04,f9,1' : undefined)), {}, true],
    [
      'with one row in 50 left out',
      tableOf((i) => (i % 50 === 9 ? '3,,f1,1' : undefined)),
      { missing: 'drop' },
      false,
    ],
    ['with weights of the classes', tableOf(() => undefined), { classWeight: 'balanced' }, false],
  ] as const) {
    it(`are those of one thread: ${what}`, async () => {
      const one = await read(bytes, 1, options, inHeap);
      const two = await read(bytes, 2, options, inHeap);
      assert.equal(one.adopted, 0);
      if (isAligned) assert.ok(two.adopted > 0);
      assert.deepEqual({ ...two, adopted: 0 }, one);
    });
  }

  it('are taken as they are by a store of arrays', async () => {
    const bytes = tableOf(() => undefined);
    const one = await read(bytes, 1, {}, inHeap);
    const arrays = await read(bytes, 3, {}, () => new ArrayStore());
    assert.ok(arrays.adopted > 0);
    assert.deepEqual({ ...arrays, adopted: 0 }, one);
  });
});

describe('moments of a shard', () => {
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -100, max: 100 }),
    fc.constantFrom(0, -0, Number.NaN, 1e300, 1e-300),
  );

  it('are the same from the kernel and from plain loops', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(cell, { minLength: 1, maxLength: 300 }),
        (d, cells) => {
          const rows = Math.ceil(cells.length / d);
          const capacity = 32 * Math.ceil(rows / 32);
          const store = inHeap();
          const arrays = store.room({ rows: capacity, d, k: 0, isWeighted: false });
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < d; j++) {
              arrays.X[Math.floor(i / 32) * 32 * d + j * 32 + (i % 32)] = cells[(i * d + j) % cells.length]!;
            }
          }
          const shard = { ...arrays, rows };
          assert.deepEqual(store.momentsOf(shard, d), momentsOf({ ...shard, X: arrays.X.slice() }, d));
        },
      ),
    );
  });
});
