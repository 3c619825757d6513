/** The SIMD kernel against the plain one, exp and log1p against those of Math, the Hessian against sums. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Objective } from '../../src/objective/objective.js';
import { type ClassWeights, referenceObjective } from '../../src/objective/reference.js';
import { node } from '../../src/objective/simd/host.js';
import { kernelOver } from '../../src/objective/simd/kernel.js';
import { type ParallelOptions, parallelObjective } from '../../src/objective/simd/parallel.js';
import { createMemory, isSimdKnown } from '../../src/runtime/sharedMemory.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import type { Shards } from '../../src/storage/store.js';
import { error, seeded } from '../support/support.js';
import { expandedRows, shardsOf, type TableShape, tableOf } from '../support/tables.js';

/** However small the table. */
const ALWAYS: ParallelOptions = { paysFrom: { kernel: 0, threads: 0 } };

async function evaluate(objective: Objective, w: Float64Array) {
  const g = new Float64Array(objective.size).fill(Number.NaN);
  return { J: await objective.evaluate(w, g), g };
}

function weightsOf(size: number, scale: number, seed: number): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: size }, () => scale * random());
}

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 300 }),
  d: fc.integer({ min: 0, max: 11 }),
  levels: fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 3 }),
  isWeighted: fc.boolean(),
  shardRows: fc.constantFrom(32, 64, 96, 1024),
  seed: fc.integer({ min: 1, max: 1e9 }),
}) satisfies fc.Arbitrary<TableShape>;

describe('the SIMD kernel', () => {
  it('can run on the machines that test it', () => assert.ok(isSimdKnown()));

  it('gives the loss and the gradient of the plain one', async () => {
    const classes = fc.constantFrom<ClassWeights>([1, 1], [1, 1], [0.25, 3], [-1, 1]);
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.boolean(),
        fc.constantFrom(0.01, 1, 30),
        classes,
        async (table, intercept, scale, classWeights) => {
          const dataset = tableOf({ ...table, intercept });
          const plain = referenceObjective(dataset, 'mean', classWeights);
          const fast = await parallelObjective(dataset, 'mean', { ...ALWAYS, classWeights });
          assert.deepEqual([fast.kernel, fast.size], ['simd', plain.size]);
          const w = weightsOf(plain.size, scale, table.seed + 1);
          const [a, b] = [await evaluate(fast, w), await evaluate(plain, w)];
          assert.ok(error(a.J, b.J) < 1e-13, `${a.J} against ${b.J}`);
          a.g.forEach((gj, j) => {
            assert.ok(error(gj, b.g[j]!) < 1e-13, `g[${j}]: ${gj} against ${b.g[j]}`);
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('sums what it otherwise averages', async () => {
    const dataset = tableOf({ rows: 100, d: 3, isWeighted: true });
    const w = weightsOf(4, 1, 2);
    const mean = await evaluate(await parallelObjective(dataset, 'mean', ALWAYS), w);
    const sum = await evaluate(await parallelObjective(dataset, 'sum', ALWAYS), w);
    assert.ok(error(sum.J, mean.J * dataset.weightSum) < 1e-13);
  });

  it('is ln 2 at zero', async () => {
    const objective = await parallelObjective(tableOf({ rows: 5000, d: 5 }), 'mean', ALWAYS);
    // but for the rounding of 5,000 additions
    assert.ok(error((await evaluate(objective, new Float64Array(6))).J, Math.LN2) < 1e-14);
  });

  it('takes weights of 1 for none', async () => {
    const dataset = tableOf({ rows: 256, d: 5 });
    const shards = shardsOf(dataset).map((shard) => ({
      ...shard,
      c: new Float64Array(shard.y.length).fill(1),
    }));
    // the residuals of both are written out apart, to the same bits from the tiniest h to those beyond exp
    for (const size of [1e-9, 3, 100, 1e4]) {
      const w = weightsOf(6, 3, 1).map((wj) => size * wj);
      const a = await evaluate(await parallelObjective(dataset, 'mean', ALWAYS), w);
      const b = await evaluate(await parallelObjective({ ...dataset, shards }, 'mean', ALWAYS), w);
      assert.ok(error(a.J, b.J) < 1e-14);
      assert.deepEqual(a.g, b.g);
    }
  });

  it('works on shards where they lie, and leaves the data as they are', async () => {
    const shape = { rows: 10_000, d: 3, levels: [4], isWeighted: true, shardRows: 64 };
    const dataset = tableOf(shape);
    const heap = new SharedHeap();
    const placed = tableOf({ ...shape, store: new HeapStore(heap) });
    const values = async (shards: Shards) => {
      const all: number[][] = [];
      for await (const { X, codes, y, c } of shards) all.push([...X], [...codes], [...y], [...c!]);
      return all;
    };
    const before = await values(dataset.shards);
    assert.deepEqual(await values(placed.shards), before);
    const used = heap.left(0);
    const kept = await parallelObjective(placed, 'mean', ALWAYS);
    // a page for what each thread works with, slots, and not the 440 KB of the data
    assert.ok(used - heap.left(0) < 300_000, `${used - heap.left(0)}`);
    const copied = await parallelObjective(dataset, 'mean', ALWAYS);
    assert.deepEqual(await values(placed.shards), before);
    const w = weightsOf(kept.size, 1, 4);
    assert.deepEqual(await evaluate(kept, w), await evaluate(copied, w));
  });

  it('gives way to the plain kernel on small tables and where there is no SIMD', async () => {
    const dataset = tableOf({ rows: 50, d: 3 });
    const w = weightsOf(4, 1, 5);
    const expected = await evaluate(referenceObjective(dataset, 'mean'), w);
    const host = { ...node, kernel: () => undefined };
    for (const options of [{}, { ...ALWAYS, host }]) {
      const objective = await parallelObjective(dataset, 'mean', { ...options, threads: 2 });
      assert.deepEqual([objective.kernel, objective.threads], ['plain', 1]);
      assert.deepEqual(await evaluate(objective, w), expected);
      await objective.close();
    }
  });

  it('says that weights which are no numbers give a loss that is none', async () => {
    const objective = await parallelObjective(tableOf({ rows: 64, d: 2 }), 'mean', ALWAYS);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.ok(!Number.isFinite((await evaluate(objective, Float64Array.of(bad, 0, 0))).J));
    }
  });
});

const EXTREMES = [0, 1e-300, 1e-17, 1e-8, 0.5, 1, 36, 37, 40, 700, 708, 709, 745, 746, 1000, 1e308];
const MOST = 2 ** -51;

describe('exp, sigma and loss', async () => {
  const memory = createMemory();
  const kernel = kernelOver(node.kernel()!, memory);
  kernel.writeTable(0);
  const at = 8192;
  const count = 4096;
  const numbers = new Float64Array(memory.buffer, at, count);
  const random = seeded(7);
  const uniform = () => (random() + 1) / 2;

  it('have exp to 2^-51 up to 708, and nothing but less than 1e-307 beyond', () => {
    for (const scale of [1e-300, 1e-10, 0.003, 1, 40, 708]) {
      const a = Float64Array.from({ length: count }, () => scale * uniform());
      a.set(EXTREMES.filter((value) => value <= 708));
      numbers.set(a);
      kernel.expInPlace(at, count, 0);
      a.forEach((value, i) => {
        const e = Math.exp(-value);
        assert.ok(Math.abs(numbers[i]! - e) <= MOST * e, `exp(-${value}): ${numbers[i]} against ${e}`);
      });
    }
    numbers.set([709, 745, 746, 1e308, Number.POSITIVE_INFINITY, Number.NaN]);
    kernel.expInPlace(at, 6, 0);
    for (const value of numbers.subarray(0, 5)) assert.ok(value >= 0 && value < 1e-307, `${value}`);
    assert.ok(Number.isNaN(numbers[5]!));
  });

  it('have log1p to 2^-51', () => {
    for (const scale of [1e-300, 1e-17, 1e-15, 0.4, 1, 10, 65_536]) {
      const x = Float64Array.from({ length: count }, () => scale * uniform());
      x.set([0, 1e-308, 1, 3, 65_535]);
      numbers.set(x);
      kernel.log1pInPlace(at, count, 0);
      x.forEach((value, i) => {
        const l = Math.log1p(value);
        assert.ok(Math.abs(numbers[i]! - l) <= MOST * l, `log1p(${value}): ${numbers[i]} against ${l}`);
      });
    }
  });

  it('have every digit of a loss and a residual over the whole range of h, weighted or not', async () => {
    const h = [...EXTREMES, ...Array.from({ length: 40 }, () => 40 * uniform())];
    const w = Float64Array.of(1);
    for (const isWeighted of [false, true]) {
      for (const hi of h.flatMap((value) => [value, -value])) {
        for (const y of [0, 1]) {
          // 32 rows take the path of whole blocks, 1 that of the last
          for (const rows of [1, 32]) {
            // the sum of 32 losses would be too large for a double
            if (!Number.isFinite(hi * rows)) continue;
            const X = new Float64Array(32).fill(hi, 0, rows);
            const c = isWeighted ? new Float64Array(32).fill(1, 0, rows) : undefined;
            const shard = { rows, X, codes: new Int32Array(0), y: new Float64Array(32).fill(y, 0, rows), c };
            const dataset = {
              ...tableOf({ rows: 1, d: 1, intercept: false }),
              rows,
              weightSum: rows,
              shards: [shard],
            };
            const { J, g } = await evaluate(await parallelObjective(dataset, 'mean', ALWAYS), w);
            const u = y === 1 ? -hi : hi;
            const t = Math.exp(-Math.abs(u));
            const loss = Math.max(u, 0) + Math.log1p(t);
            const what = `h = ${hi}, y = ${y}, ${rows} rows`;
            // 32 equal losses add up with a few roundings
            const most = rows === 1 ? 2 * MOST : 16 * MOST;
            assert.ok(Math.abs(J - loss) <= most * loss + 1e-307, `${what}: ${J} against ${loss}`);
            const sigma = (u >= 0 ? 1 : t) / (1 + t);
            const residual = y === 1 ? -sigma : sigma;
            const expected = residual * hi;
            const off = Math.abs(g[0]! - expected);
            assert.ok(off <= most * Math.abs(expected) + Math.abs(hi) * 1e-307, `${what}: ${g[0]}`);
          }
        }
      }
    }
  });
});

describe('the Hessian of the SIMD kernel', () => {
  /** H_jk = sum_i c z(1-z) (x_j - mu_j)/s_j (x_k - mu_k)/s_k / sum c, term by term. */
  function plainSums(
    rows: ReturnType<typeof expandedRows>,
    w: Float64Array,
    mu: Float64Array,
    s: Float64Array,
  ): Float64Array {
    const size = w.length;
    const H = new Float64Array(size * size);
    let weightSum = 0;
    for (const { x, c } of rows) {
      weightSum += c;
      const h = x.reduce((sum, xj, j) => sum + xj * w[j]!, 0);
      const t = Math.exp(-Math.abs(h));
      const v = x.map((xj, j) => (j < mu.length ? (xj - mu[j]!) / s[j]! : xj));
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++) H[j * size + k]! += (c * v[j]! * v[k]! * t) / (1 + t) ** 2;
      }
    }
    return H.map((value) => value / weightSum);
  }

  it('is the sum over the rows, whatever the columns', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.boolean(), fc.boolean(), async (table, intercept, isInBands) => {
        const dataset = tableOf({ ...table, intercept });
        const paysFrom = { kernel: 0, threads: 0, bands: isInBands ? 1 : Number.POSITIVE_INFINITY };
        const objective = await parallelObjective(dataset, 'mean', { paysFrom });
        const { size } = objective;
        const terms = dataset.design.terms;
        const random = seeded(table.seed);
        const mu = Float64Array.from({ length: terms }, () => (intercept ? random() : 0));
        const s = Float64Array.from({ length: terms }, () => 1.5 + random());
        const w = weightsOf(size, 2, table.seed);
        const H = new Float64Array(size * size).fill(Number.NaN);
        await objective.hessian(mu, s, w, H);
        const expected = plainSums(expandedRows(dataset), w, mu, s);
        H.forEach((value, p) => {
          assert.ok(error(value, expected[p]!) < 1e-12, `H[${p}]: ${value} against ${expected[p]}`);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is the slope of the gradient', async () => {
    const dataset = tableOf({ rows: 200, d: 3, levels: [3, 4], isWeighted: true, shardRows: 64 });
    const objective = await parallelObjective(dataset, 'mean', ALWAYS);
    const { size } = objective;
    const terms = dataset.design.terms;
    const w = weightsOf(size, 1, 8);
    const H = new Float64Array(size * size);
    await objective.hessian(new Float64Array(terms), new Float64Array(terms).fill(1), w, H);
    const step = 1e-5;
    for (let k = 0; k < size; k++) {
      const at = async (by: number) => {
        const moved = w.slice();
        moved[k]! += by;
        return (await evaluate(objective, moved)).g;
      };
      const [above, below] = [await at(step), await at(-step)];
      for (let j = 0; j < size; j++) {
        const slope = (above[j]! - below[j]!) / (2 * step);
        assert.ok(Math.abs(H[j * size + k]! - slope) < 1e-9, `H[${j}][${k}]`);
      }
    }
  });
});
