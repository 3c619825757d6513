/** Second derivatives by some of the rows: near those of all, and a bound of theirs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagnose } from '../../src/diagnostics/diagnose.js';
import { sampledCurvature } from '../../src/diagnostics/sampledCurvature.js';
import { type FitOptions, fit } from '../../src/fit/fit.js';
import { composeProblem } from '../../src/fit/problem.js';
import { localTable } from '../../src/objective/localTable.js';
import { takingOrder } from '../../src/optimizer/newton.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { ArrayStore, type ShardStore } from '../../src/storage/store.js';
import { fitOptions, seeded } from '../support/support.js';
import { type TableShape, tableOf } from '../support/tables.js';

const SHAPE = { rows: 16_000, d: 5, levels: [3], shardRows: 64 };
const OPTIONS = { standardize: true, reduction: 'mean', l1: 0, l2: 0 } as FitOptions;
/** As much as an eighth of the rows is. */
const CHEAP = (SHAPE.rows * 8 * 18) / 8;

async function samplesOf(shape: TableShape, cheapWork = CHEAP) {
  const table = localTable(tableOf(shape));
  const { size, intercept } = table.design;
  const random = seeded(4);
  const v = Float64Array.from({ length: size }, random);
  const order = takingOrder(size, intercept);
  const loss = await table.loss('mean', 1);
  const { parabola } = composeProblem(table, OPTIONS, { loss });
  const sampled = await sampledCurvature(loss, parabola, v, order, cheapWork);
  await loss.close();
  return { table, v, order, sampled };
}

describe('second derivatives of a sample', () => {
  const homes: readonly (readonly [name: string, make: () => ShardStore])[] = [
    ['arrays', () => new ArrayStore()],
    ['a heap', () => new HeapStore(new SharedHeap())],
  ];
  for (const [name, createStore] of homes) {
    it(`are near those of all rows, and at least their share of these: in ${name}`, async () => {
      const { table, v, order, sampled: some } = await samplesOf({ ...SHAPE, store: createStore() });
      assert.ok(some !== undefined && Math.abs(some.share - 1 / 8) < 0.03);
      const { parabola } = composeProblem(table, OPTIONS);
      const all = await parabola.curvature(v, order);
      const n = v.length;
      const random = seeded(6);
      for (let trial = 0; trial < 200; trial++) {
        const x = Float64Array.from({ length: n }, random);
        const along = (H: Float64Array) =>
          x.reduce((sum, xj, j) => sum + x.reduce((line, xk, k) => line + H[j * n + k]! * xj * xk, 0), 0);
        assert.ok(some.share * along(some.H!) <= along(all.H!));
        assert.ok(Math.abs(some.factors.quadratic(x) / all.factors.quadratic(x) - 1) < 0.25);
      }
    });
  }

  it('are not taken where most rows would be, or they weigh', async () => {
    const others: readonly (readonly [TableShape, number])[] = [
      [SHAPE, CHEAP * 8],
      [{ ...SHAPE, rows: 400 }, 0],
      [{ ...SHAPE, isWeighted: true }, CHEAP],
    ];
    for (const [shape, cheapWork] of others) {
      assert.equal((await samplesOf(shape, cheapWork)).sampled, undefined);
    }
  });

  it('are not taken where a column says nothing in them', async () => {
    // other than 0 in the last row of each shard alone
    const cell = (value: number, j: number, row: number) => (j === 0 ? Number(row % 64 === 63) : value);
    assert.equal((await samplesOf({ ...SHAPE, cell, shardRows: 64 }, CHEAP / 4)).sampled, undefined);
  });

  it('tell J - J* where all rows are more work than a training of a few passes', async () => {
    // 24,000 x 301^2 multiplications are more than 2e9, and 301 weights more than four for each pass
    const table = localTable(
      tableOf({ rows: 24_000, d: 300, cell: (value, j) => (j % 7 === 0 ? value : Math.sign(value)) }),
    );
    const fitted = await fit(table, fitOptions({ optimizer: 'lbfgs', epochs: 2, tolerance: 0 }));
    const { gap, whyUnknown } = await diagnose(table, fitOptions({ optimizer: 'lbfgs' }), fitted);
    await fitted.close();
    assert.ok(gap !== undefined && gap > 0, whyUnknown);
  });
});
