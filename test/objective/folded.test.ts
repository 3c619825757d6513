/** Several problems in one visit to the rows, against one after the other. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldedLoss, rowsOf } from '../../src/objective/folded.js';
import { type FoldVisit, NO_FOLD } from '../../src/objective/objective.js';
import { referenceObjective } from '../../src/objective/reference.js';
import type { ParallelOptions } from '../../src/objective/simd/parallel.js';
import { openTempFile } from '../../src/runtime/tempFile.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { error, seeded } from '../support/support.js';
import { tableOf } from '../support/tables.js';

const KERNEL: ParallelOptions = { paysFrom: { kernel: 0, threads: Number.POSITIVE_INFINITY } };
const PLAIN: ParallelOptions = { paysFrom: { kernel: Number.POSITIVE_INFINITY, threads: 0 } };
const FOLDS = 3;

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 300 }),
  // more than a tile of columns as well
  d: fc.constantFrom(0, 1, 5, 64, 65, 150),
  levels: fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 2 }),
  isWeighted: fc.boolean(),
  shardRows: fc.constantFrom(32, 96, 1024),
  seed: fc.integer({ min: 1, max: 1e9 }),
});

/** Values of narrow columns of each width, of doubles, and some of them 0. */
const cell = (value: number, j: number) =>
  j % 4 === 0 ? value : Math.round(value * 10 ** (1 + (j % 4))) / 10 ** (j % 4);

describe('problems that leave out folds', () => {
  for (const [name, options] of [
    ['kernel', KERNEL],
    ['plain', PLAIN],
  ] as const) {
    it(`have the losses and gradients of the rows that they keep: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(shape, fc.boolean(), fc.boolean(), async (table, intercept, isFactored) => {
          const heap = new SharedHeap();
          const store = name === 'kernel' ? { store: new HeapStore(heap) } : {};
          const dataset = tableOf({ ...table, intercept, cell, ...store });
          const random = seeded(table.seed + 1);
          const folds = Uint32Array.from({ length: table.rows }, () =>
            Math.floor(FOLDS * Math.abs(random())),
          );
          const loss = await foldedLoss(dataset, folds, FOLDS + 1, isFactored, options);
          const { size } = dataset.design;
          const visits = [0, 1, 2, NO_FOLD].map((held): FoldVisit => {
            const classWeights = isFactored ? ([0.5, 1.5 + Math.abs(random())] as const) : ([1, 1] as const);
            // a lasso leaves most at 0
            const w = Float64Array.from({ length: size }, () => Math.max(0, random()));
            return {
              problem: { held, classWeights },
              w,
              g: new Float64Array(size).fill(NaN),
              kept: NaN,
              held: NaN,
            };
          });
          await loss.visit(visits);
          for (const { problem, w, g, kept, held } of visits) {
            const expected = new Float64Array(size);
            const J = await referenceObjective(rowsOf(dataset, folds, problem), 'sum').evaluate(w, expected);
            assert.ok(Math.abs(kept - J) <= 1e-12 * (1 + J), `${kept} for ${J}`);
            g.forEach((gj, j) => {
              assert.ok(
                Math.abs(gj - expected[j]!) <= 1e-11 * (1 + table.rows),
                `g[${j}]: ${gj} for ${expected[j]}`,
              );
            });
            const [c0, c1] = problem.classWeights;
            const all = await referenceObjective(dataset, 'sum', [c0, c1]).evaluate(w, expected);
            assert.ok(Math.abs(kept + held - all) <= 1e-11 * (1 + all), `${held} beside ${kept} of ${all}`);
          }
          // fewer at once are the same to the last bit
          const again = visits.slice(1, 3).map((visit) => ({ ...visit, g: new Float64Array(size) }));
          await loss.visit(again);
          again.forEach(({ g, kept, held }, p) => {
            const before = visits[p + 1]!;
            assert.deepEqual([g, kept, held], [before.g, before.kept, before.held]);
          });
          await loss.close();
        }),
        { numRuns: 40 },
      );
    });
  }

  it('have the same bits on any number of threads, and wherever the rows are', async () => {
    const folds = Uint32Array.from({ length: 5000 }, (_, i) => (i * 7) % FOLDS);
    const bitsOf = async (threads: number, heap: SharedHeap) => {
      const shape = { rows: 5000, d: 70, levels: [3], isWeighted: true, shardRows: 256 };
      const dataset = tableOf({ ...shape, cell, store: new HeapStore(heap) });
      const loss = await foldedLoss(dataset, folds, FOLDS, false, {
        threads,
        paysFrom: { kernel: 0, threads: 0 },
      });
      const { size, terms } = dataset.design;
      const H = new Float64Array(size * size);
      const w = Float64Array.from({ length: size }, (_, j) => Math.sin(j));
      const visits = [0, 1, 2].map((held): FoldVisit => {
        const problem = { held, classWeights: [1, 1] } as const;
        return { problem, w, g: new Float64Array(size), kept: 0, held: 0 };
      });
      try {
        await loss.visit(visits);
        const [mu, s] = [new Float64Array(terms), new Float64Array(terms).fill(1)];
        await loss.hessian(visits[1]!.problem, mu, s, w, H);
        return { visits, H };
      } finally {
        await loss.close();
        await heap.close();
      }
    };
    const expected = await bitsOf(1, new SharedHeap());
    for (const threads of [2, 3]) assert.deepEqual(await bitsOf(threads, new SharedHeap()), expected);
    const openFile = () => openTempFile(tmpdir());
    const inFile = new SharedHeap({ bound: { bytes: 300_000, openFile } });
    assert.deepEqual(await bitsOf(2, inFile), expected);
  });

  it('have the second derivatives of the rows that they keep', async () => {
    const dataset = tableOf({ rows: 500, d: 6, levels: [3], isWeighted: true, cell });
    const random = seeded(5);
    const folds = Uint32Array.from({ length: 500 }, (_, i) => i % FOLDS);
    const { size, terms } = dataset.design;
    const mu = Float64Array.from({ length: terms }, random);
    const s = new Float64Array(terms).fill(1.5);
    const w = Float64Array.from({ length: size }, random);
    const [a, b] = [new Float64Array(size * size), new Float64Array(size * size)];
    const [kernel, plain] = [
      await foldedLoss(dataset, folds, FOLDS, true, KERNEL),
      await foldedLoss(dataset, folds, FOLDS, true, PLAIN),
    ];
    for (const held of [0, 2, NO_FOLD]) {
      const problem = { held, classWeights: [0.5, 2] } as const;
      await kernel.hessian(problem, mu, s, w, a);
      await plain.hessian(problem, mu, s, w, b);
      a.forEach((value, p) => {
        assert.ok(error(value, b[p]!) < 1e-11, `H[${p}]: ${value} for ${b[p]}`);
      });
    }
  });
});
