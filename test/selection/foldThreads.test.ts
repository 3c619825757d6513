/** Folds dealt to threads, and what is told when one of them ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { panelsOver } from '../../src/objective/simd/panels.js';
import { stratifiedFolds } from '../../src/selection/folds.js';
import { type FoldHost, node, sharesOf, startFoldGroup } from '../../src/selection/foldThreads.js';
import { keptOf } from '../../src/selection/kept.js';
import { panelsOf } from '../../src/selection/path.js';
import { datasetOfArrays, seeded } from '../support/support.js';

const K = 5;
const options = {
  standardize: true,
  unpenalised: undefined,
  bounds: undefined,
  l1Ratio: 1,
  tolerance: 1e-10,
};

/** What the folds come to at two lambdas. */
async function solved(threads: number, host: FoldHost = node) {
  const random = seeded(5);
  const X = Array.from({ length: 70 }, () => Array.from({ length: 300 }, () => random() - 0.5));
  const y = X.map((x, i) => (i < 2 ? i : x[0]! + random() > 0.5 ? 1 : 0));
  const dataset = await datasetOfArrays({ X, y });
  const of = await stratifiedFolds(dataset, K, 1);
  const table = (await panelsOf(dataset, options, threads))!;
  assert.equal(table.rooms, threads);
  const kept = await keptOf(dataset, of, K);
  const folds = kept.map(({ problem, description: { weightSum, design, scaling, features, groups } }) => ({
    ...problem,
    description: { weightSum, design, scaling, features, groups },
  }));
  const group = await startFoldGroup(table, panelsOver(table, 0), { options, of, folds }, host);
  try {
    const points = [];
    for (const lambda of [0.08, 0.05]) {
      const solving = await group.solve(lambda, undefined);
      points.push(...(await solving!.points));
    }
    return points;
  } finally {
    await group.close();
  }
}

describe('folds on threads', () => {
  it('are each of one thread, and none of the others is idle', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 1, max: 200 }), (folds, threads) => {
        const shares = sharesOf(folds, Math.min(threads, folds));
        assert.equal(shares.length, Math.min(threads, folds));
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          folds,
        );
        assert.ok(shares[0]! >= 0 && shares.slice(1).every((share) => share > 0), shares.join(' '));
      }),
    );
  });

  it('have the same solutions, whichever thread solves them', async () => {
    const alone = await solved(1);
    assert.equal(alone.length, 2 * K);
    assert.ok(alone.every(({ isConverged }) => isConverged));
    assert.deepEqual(await solved(2), alone);
    assert.deepEqual(await solved(4), alone);
  });

  it('fail with the thread that ends', async () => {
    const host: FoldHost = {
      ...node,
      async startThreads() {
        const start = await node.startThreads();
        return (data, listeners) => {
          const thread = start(data, listeners);
          // the second is never told anything
          return data.id === 2 ? { ...thread, post: () => void thread.terminate() } : thread;
        };
      },
    };
    await assert.rejects(solved(3, host), { code: 'WORKER_FAILED', message: /thread 3 of 3 ended/ });
  });
});
