/** Threads: the same bits for every number of them, and no hang whatever becomes of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BceError } from '../../src/errors.js';
import type { LossObjective } from '../../src/objective/objective.js';
import { type Host, node } from '../../src/objective/simd/host.js';
import type { ThreadData } from '../../src/objective/simd/kernelPool.js';
import {
  type ParallelOptions,
  parallelObjective,
  plainObjective,
} from '../../src/objective/simd/parallel.js';
import { openTempFile } from '../../src/runtime/tempFile.js';
import type { Thread } from '../../src/runtime/threads.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { ArrayStore } from '../../src/storage/store.js';
import { ROOT, seeded } from '../support/support.js';
import { tableOf } from '../support/tables.js';

const paysFrom = { kernel: 0, threads: 0 };
const dataset = tableOf({ rows: 3000, d: 7, levels: [3, 20], isWeighted: true, shardRows: 64 });

/** The threads of node, where a test can get at them. */
function watched(): { host: Host; threads: Thread<never>[]; data: ThreadData[] } {
  const threads: Thread<never>[] = [];
  const data: ThreadData[] = [];
  const host: Host = {
    ...node,
    async startThreads() {
      const start = await node.startThreads();
      return (given, listeners) => {
        const thread = start(given, listeners);
        threads.push(thread);
        data.push(given);
        return thread;
      };
    },
  };
  return { host, threads, data };
}

/** Three visits, the last of them the Hessian, as one list of numbers. */
async function bitsOf(threads: number, options: ParallelOptions = {}): Promise<number[]> {
  const objective = await parallelObjective(dataset, 'mean', { threads, paysFrom, ...options });
  try {
    assert.equal(objective.threads, threads);
    const { size } = objective;
    const terms = dataset.design.terms;
    const random = seeded(3);
    const w = Float64Array.from({ length: size }, random);
    const g = new Float64Array(size);
    const H = new Float64Array(size * size);
    const first = await objective.evaluate(w, g);
    for (let j = 0; j < size; j++) w[j]! -= g[j]!;
    const second = await objective.evaluate(w, g);
    await objective.hessian(new Float64Array(terms).fill(0.1), new Float64Array(terms).fill(2), w, H);
    return [first, second, ...g, ...H];
  } finally {
    await objective.close();
  }
}

function isWorkerFailure(thrown: unknown): boolean {
  return (
    thrown instanceof BceError && thrown.code === 'WORKER_FAILED' && /^thread \d of 3/.test(thrown.message)
  );
}

describe('threads', () => {
  it('give the same bits whatever their number', async () => {
    const alone = await bitsOf(1);
    for (const threads of [2, 3, 8]) assert.deepEqual(await bitsOf(threads), alone, `${threads} threads`);
  });

  it('give the same bits in one memory and in several, with many slots and with few', async () => {
    const whole = await bitsOf(1);
    for (const threads of [1, 2]) {
      assert.deepEqual(await bitsOf(threads, { heap: new SharedHeap({ memoryBytes: 50_000 }) }), whole);
      assert.deepEqual(await bitsOf(threads, { slotsBytes: { sum: 10_000, hessian: 0 } }), whole);
    }
  });

  it('give the loss of rows from all over a table, to the same bits wherever these are', async () => {
    const store = new ArrayStore();
    const table = tableOf({ rows: 3000, d: 7, levels: [3, 20], shardRows: 64, store });
    // of 47 shards 24
    const some = store.shards.filter((_, i) => i % 2 === 0).map((shard) => ({ ...shard, rows: 32 }));
    const rows = some.reduce((sum, shard) => sum + shard.rows, 0);
    const { size } = table.design;
    const random = seeded(3);
    const w = Float64Array.from({ length: size }, random);
    const moments = [new Float64Array(size - 1).fill(0.1), new Float64Array(size - 1).fill(2)] as const;
    for (const reduction of ['mean', 'sum'] as const) {
      const unit = reduction === 'sum' ? 3000 / rows : 1;
      const bitsOf = async (loss: Pick<LossObjective, 'evaluate' | 'hessian'>) => {
        const g = new Float64Array(size);
        const H = new Float64Array(size * size);
        const J = await loss.evaluate(w, g);
        await loss.hessian(...moments, w, H);
        return [J, ...g, ...H];
      };
      const expected = await bitsOf(
        plainObjective({ ...table, shards: some, rows, weightSum: rows }, reduction),
      );
      const bitsOfSample = async (options: ParallelOptions) => {
        const objective = await parallelObjective(table, reduction, { paysFrom, ...options });
        try {
          const sample = objective.sample!(400)!;
          assert.equal(sample.share, rows / 3000);
          const sampled = await bitsOf(sample);
          // the whole is what it was
          const whole = await bitsOf(objective);
          return [...sampled, ...(await bitsOf(sample)), ...whole, ...(await bitsOf(objective))];
        } finally {
          await objective.close();
        }
      };
      const alone = await bitsOfSample({ threads: 1 });
      const n = expected.length;
      expected.forEach((value, i) => {
        assert.ok(Math.abs(alone[i]! - value * unit) < 1e-12 * unit, `${alone[i]}, ${value}`);
      });
      assert.deepEqual(alone.slice(n, 2 * n), alone.slice(0, n));
      assert.deepEqual(alone.slice(3 * n), alone.slice(2 * n, 3 * n));
      assert.deepEqual(await bitsOfSample({ threads: 3 }), alone);
      const openFile = () => openTempFile(tmpdir());
      const heaps = [
        new SharedHeap({ memoryBytes: 200_000 }),
        new SharedHeap({ bound: { bytes: 60_000, openFile } }),
      ];
      for (const heap of heaps) assert.deepEqual(await bitsOfSample({ threads: 2, heap }), alone);
      const inBands = await bitsOfSample({ threads: 2, paysFrom: { ...paysFrom, bands: 0 } });
      inBands.forEach((value, i) => {
        assert.ok(Math.abs(value - alone[i]!) < 1e-12 * Math.abs(unit));
      });
    }
  });

  it('give no sample of weighted rows, nor one that is most of the table', async () => {
    const few = tableOf({ rows: 3000, d: 7, shardRows: 64 });
    for (const [table, rows] of [
      [dataset, 400],
      [few, 2000],
    ] as const) {
      const objective = await parallelObjective(table, 'mean', { threads: 1, paysFrom });
      assert.equal(objective.sample!(rows), undefined);
      await objective.close();
    }
  });

  it('sum second derivatives in bands to the same bits, those of the reference', async () => {
    const wide = tableOf({ rows: 500, d: 150, levels: [3, 40], isWeighted: true, shardRows: 64 });
    const hessian = async (options: ParallelOptions) => {
      const objective = await parallelObjective(wide, 'mean', options);
      try {
        return await hessianOf(objective);
      } finally {
        await objective.close();
      }
    };
    const hessianOf = async (objective: LossObjective) => {
      const { size } = objective;
      const random = seeded(5);
      const [mu, s, w] = [new Float64Array(size - 1).fill(0.1), new Float64Array(size - 1).fill(2), 0.1];
      const H = new Float64Array(size * size);
      const weights = Float64Array.from({ length: size }, () => w * random());
      // a matrix is not added to what an earlier call has left
      await objective.hessian(mu, s, weights.slice().fill(1), H);
      await objective.hessian(mu, s, weights, H);
      return H;
    };
    const bands = { ...paysFrom, bands: 1 };
    const alone = await hessian({ threads: 1, paysFrom: bands });
    const expected = await hessianOf(plainObjective(wide, 'mean'));
    expected.forEach((value, p) => {
      assert.ok(Math.abs(alone[p]! - value) < 1e-14, `entry ${p}: ${alone[p]} against ${value}`);
    });
    for (const threads of [1, 2, 3]) {
      const options = { threads, paysFrom: bands };
      assert.deepEqual(await hessian(options), alone);
      assert.deepEqual(await hessian({ ...options, slotsBytes: { curved: 0 } }), alone);
      assert.deepEqual(await hessian({ ...options, heap: new SharedHeap({ memoryBytes: 400_000 }) }), alone);
    }
  });

  it('add up the gradients of many levels to the same bits, in one memory and in several', async () => {
    const wide = tableOf({ rows: 600, d: 2, levels: [4500, 700], shardRows: 64 });
    const gradient = async (options: ParallelOptions) => {
      const objective = await parallelObjective(wide, 'mean', { paysFrom, ...options });
      try {
        const g = new Float64Array(objective.size);
        const loss = await objective.evaluate(new Float64Array(objective.size).fill(0.1), g);
        return [loss, ...g];
      } finally {
        await objective.close();
      }
    };
    const alone = await gradient({ threads: 1 });
    const reference = plainObjective(wide, 'mean');
    const expected = new Float64Array(reference.size);
    await reference.evaluate(new Float64Array(reference.size).fill(0.1), expected);
    expected.forEach((gj, j) => {
      assert.ok(Math.abs(alone[1 + j]! - gj) < 1e-14, `weight ${j}`);
    });
    for (const threads of [1, 2, 3]) {
      assert.deepEqual(await gradient({ threads }), alone);
      assert.deepEqual(await gradient({ threads, slotsBytes: { sum: 10_000, hessian: 0 } }), alone);
      assert.deepEqual(await gradient({ threads, heap: new SharedHeap({ memoryBytes: 400_000 }) }), alone);
    }
  });

  it('are no more than the shards, and none for a table that is visited in no time', async () => {
    const small = tableOf({ rows: 100, d: 2, shardRows: 64 });
    const two = await parallelObjective(small, 'mean', { threads: 8, paysFrom });
    assert.equal(two.threads, 2);
    await two.close();
    const one = await parallelObjective(small, 'mean', { threads: 8 });
    assert.equal(one.threads, 1);
  });

  it('let the event loop turn while they work', async () => {
    const objective = await parallelObjective(dataset, 'mean', { threads: 2, paysFrom });
    let isHeard = false;
    const timer = setInterval(() => {
      isHeard = true;
    }, 0);
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    while (!isHeard) await objective.evaluate(w, g);
    clearInterval(timer);
    await objective.close();
  });

  it('end the run with an error when one of them is killed', async () => {
    const { host, threads } = watched();
    const objective = await parallelObjective(dataset, 'mean', { threads: 3, paysFrom, host });
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    await objective.evaluate(w, g);
    const killed = threads[1]!.terminate();
    // before it is dead or after
    await assert.rejects(async () => {
      for (;;) await objective.evaluate(w, g);
    }, isWorkerFailure);
    await killed;
    await assert.rejects(async () => objective.evaluate(w, g), isWorkerFailure);
    await objective.close();
  });

  it('end the run with an error when one of them fails at its work', async () => {
    const { host, data } = watched();
    const objective = await parallelObjective(dataset, 'mean', { threads: 3, paysFrom, host });
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    await objective.evaluate(w, g);
    // a code far outside: the kernel reaches past the end of its memory
    const { task, memories } = data[0]!;
    new Int32Array(memories[0]!.buffer, task.places[5]!.codes, 32).fill(2 ** 28 - 1);
    // this thread may come to it first
    const isTrap = (thrown: unknown) => thrown instanceof Error && thrown.name === 'RuntimeError';
    await assert.rejects(
      async () => objective.evaluate(w, g),
      (thrown) => isWorkerFailure(thrown) || isTrap(thrown),
    );
    await objective.close();
  });

  it('do nothing more once they are closed', async () => {
    const objective = await parallelObjective(dataset, 'mean', { threads: 2, paysFrom });
    await objective.close();
    await objective.close();
    const [w, g] = [new Float64Array(objective.size), new Float64Array(objective.size)];
    await assert.rejects(async () => objective.evaluate(w, g), /have been ended/);
  });

  it('do not keep a process alive that forgot them, nor end one that waits for them', async () => {
    const script = `
      const { parallelObjective } = await import(${JSON.stringify(join(ROOT, 'dist/src/objective/simd/parallel.js'))});
      const { tableOf } = await import(${JSON.stringify(join(ROOT, 'dist/test/support/tables.js'))});
      const options = { threads: 2, paysFrom: { kernel: 0, threads: 0 } };
      const objective = await parallelObjective(tableOf({ rows: 1000, d: 3, shardRows: 64 }), 'mean', options);
      console.log(await objective.evaluate(new Float64Array(4), new Float64Array(4)));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual([code, Number(said)], [0, Math.LN2]);
  });
});
