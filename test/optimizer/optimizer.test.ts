/** Steps, endings, divergence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { train } from '../../src/index.js';
import { curvatureBound } from '../../src/objective/curvature.js';
import type { Objective } from '../../src/objective/objective.js';
import { createWatch } from '../../src/optimizer/divergence.js';
import { gradientDescent } from '../../src/optimizer/gradientDescent.js';
import { run } from '../../src/optimizer/run.js';
import { example } from '../support/support.js';

/** J(w) = c/2 w^2 */
function parabola(c: number): Objective {
  return {
    size: 1,
    evaluate(w, g) {
      g[0] = c * w[0]!;
      return (c / 2) * w[0]! ** 2;
    },
  };
}

function descend(
  c: number,
  alpha: number,
  epochs: number,
  tolerance = 0,
  signal?: AbortSignal,
  onStep = () => {},
) {
  const steps = gradientDescent(parabola(c), Float64Array.of(1), alpha);
  return run(steps, { epochs, tolerance, isMonotone: true }, undefined, onStep, signal);
}

describe('gradient descent', () => {
  it('steps down by alpha times the gradient, the start being entry 0', async () => {
    const { history, last, ending } = await descend(2, 0.25, 3);
    const { losses, maxGradients } = history;
    // w = 1, 1/2, 1/4, 1/8
    assert.deepEqual(losses, [1, 1 / 4, 1 / 16, 1 / 64]);
    assert.deepEqual(maxGradients, [2, 1, 1 / 2, 1 / 4]);
    assert.deepEqual([last.epoch, last.w[0], ending.status], [3, 1 / 8, 'epochs']);
  });

  it('ends at once when asked for no epochs', async () => {
    const {
      history: { losses },
      last,
    } = await descend(2, 0.25, 0);
    assert.deepEqual([losses, last.w[0]], [[1], 1]);
  });

  it('ends where the gradient is small enough', async () => {
    const { ending, last } = await descend(2, 0.25, 100, 0.25);
    assert.deepEqual([ending.status, last.epoch], ['tolerance', 3]);
  });

  it('goes on for ever without a tolerance', async () => {
    const { ending, last } = await descend(2, 0.5, 5);
    assert.deepEqual([ending.status, last.epoch, last.maxGradient], ['epochs', 5, 0]);
  });

  it('ends after the epoch in which it is interrupted', async () => {
    const abort = new AbortController();
    let steps = 0;
    const { ending, last } = await descend(2, 0.25, 100, 0, abort.signal, () => {
      if (++steps === 3) abort.abort();
    });
    assert.deepEqual([ending.status, last.epoch, last.w[0]], ['interrupted', 2, 1 / 4]);
  });

  it('is said to diverge when its steps are too long', async () => {
    const { ending, last } = await descend(2, 1.1, 100);
    assert.deepEqual([ending.status, last.epoch], ['diverged', 5]);
  });
});

describe('the watch for divergence', () => {
  /** Epoch and reason of the first complaint. */
  function watched(losses: readonly number[]): [number, string] | undefined {
    const watch = createWatch(true);
    for (const [epoch, loss] of losses.entries()) {
      const step = { epoch, loss, maxGradient: 1, passes: epoch + 1, w: new Float64Array(0) };
      const why = watch(step, epoch === losses.length - 1);
      if (why !== undefined) return [epoch, why];
    }
    return undefined;
  }

  it('sees what is not finite', () => {
    assert.deepEqual(watched([1, Number.NaN]), [1, 'J is NaN']);
    assert.deepEqual(watched([Number.POSITIVE_INFINITY]), [0, 'J is Infinity']);
  });

  it('sees five epochs of growth', () => {
    assert.equal(watched([9, 1, 2, 3, 4, 5, 6])?.[0], 6);
    assert.equal(watched([9, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 7.9]), undefined);
  });

  it('sees losses that bounce about above the start', () => {
    const bouncing = Array.from({ length: 40 }, (_, k) => (k === 0 ? 1 : 5 + (k % 2)));
    assert.equal(watched(bouncing)?.[0], 12);
  });

  it('sees a last loss above the first', () => {
    assert.deepEqual(watched([1, 3, 2]), [2, 'J is 2, above its start 1']);
  });

  it('bears with a run that comes back from a long first step', () => {
    assert.equal(watched([1, 30, 25, 20, 15, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1.5, 0.9]), undefined);
  });

  it('takes rounding for no growth', () => {
    assert.equal(watched(Array.from({ length: 50 }, (_, k) => 0.5 + k * 1e-16)), undefined);
  });
});

describe('the safe step', () => {
  it('follows from the bound on the curvature', () => {
    // two standardized columns and ones: trace 3, and lambda
    const [zeros, ones] = [new Float64Array(2), new Float64Array(2).fill(1)];
    assert.equal(curvatureBound(zeros, ones, true, 0.5), 3 / 4 + 0.5);
    assert.equal(curvatureBound(Float64Array.of(3, 0), ones, false, 0), 11 / 4);
  });

  for (const options of [
    { learningRate: 1e9 },
    { learningRate: 50, l2: 0.5 },
    { learningRate: 50, reduction: 'sum' as const },
    { learningRate: 0.1, standardize: false },
    { learningRate: 50, intercept: false },
  ]) {
    it(`that is hinted at does not diverge: ${JSON.stringify(options)}`, async () => {
      const path = example('pima.csv');
      const failure = await train(path, options).then(
        () => undefined,
        (reason) => reason,
      );
      assert.equal(failure?.code, 'DIVERGED');
      const learningRate = Number(/--lr (\S+) cannot diverge/.exec(failure.hint)?.[1]);
      assert.ok(learningRate > 0 && learningRate < options.learningRate);
      const { history } = await train(path, { ...options, learningRate, epochs: 50 });
      history.forEach((loss, k) => {
        assert.ok(k === 0 || loss <= history[k - 1]! + 1e-12, `epoch ${k}`);
      });
    });
  }
});
