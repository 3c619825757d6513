/** Mini-batches: the losses of a pass, the order of its rows, the same bits everywhere, and where they end. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkObjective } from '../../src/check/checkObjective.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { fit } from '../../src/fit/fit.js';
import { loadModel, saveModel, type TrainOptions, train } from '../../src/index.js';
import { miniBatches } from '../../src/objective/batch/miniBatches.js';
import { shuffledRows, WINDOW_SHARDS } from '../../src/objective/batch/rowShuffle.js';
import { localTable } from '../../src/objective/localTable.js';
import type { BatchObjective } from '../../src/objective/objective.js';
import { NO_PENALTY } from '../../src/objective/penalty/penalty.js';
import { type ClassWeights, referenceObjective } from '../../src/objective/reference.js';
import { parallelObjective } from '../../src/objective/simd/parallel.js';
import { miniBatchDescent } from '../../src/optimizer/miniBatch.js';
import { rateAt } from '../../src/optimizer/schedule.js';
import { openTempFile } from '../../src/runtime/tempFile.js';
import { storeOf } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { bceTrain, datasetOfCsv, error, example, fitOptions, seeded, temporary } from '../support/support.js';
import { tableOf } from '../support/tables.js';

const shape = { d: 3, levels: [3, 5], isWeighted: true, shardRows: 32 } as const;

/** Mean over a pass, each batch counting by its rows. */
async function meanOfPass(
  batches: BatchObjective,
  rows: number,
  w: Float64Array,
): Promise<{ J: number; g: Float64Array }> {
  const g = new Float64Array(batches.size);
  const sum = new Float64Array(batches.size);
  let J = 0;
  let seen = 0;
  do {
    const loss = await batches.evaluate(w, g);
    const share = batches.taken / rows;
    J += share * loss;
    g.forEach((gj, j) => {
      sum[j]! += share * gj;
    });
    seen += batches.taken;
  } while (!batches.isLast);
  assert.equal(seen, rows);
  return { J, g: sum };
}

describe('the batches of a pass', () => {
  it('have the loss and gradient of all rows as their mean, whatever their size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.boolean(),
        fc.constantFrom<ClassWeights>([1, 1], [0.5, 3]),
        fc.constantFrom('mean' as const, 'sum' as const),
        async (rows, batch, intercept, classWeights, reduction) => {
          const dataset = tableOf({ ...shape, rows, intercept });
          const random = seeded(rows);
          const w = Float64Array.from({ length: dataset.design.size }, random);
          const batches = miniBatches(dataset, reduction, { rows: batch, seed: 1 }, classWeights);
          const g = new Float64Array(dataset.design.size);
          const J = await referenceObjective(dataset, reduction, classWeights).evaluate(w, g);
          // the second pass begins where the first has ended
          for (let pass = 0; pass < 2; pass++) {
            const found = await meanOfPass(batches, rows, w);
            assert.ok(error(found.J, J) < 1e-12, `${found.J} against ${J}`);
            const scale = g.reduce((most, gj) => Math.max(most, Math.abs(gj)), 1e-3);
            found.g.forEach((gj, j) => {
              assert.ok(Math.abs(gj - g[j]!) < 1e-12 * scale, `${gj} against ${g[j]}`);
            });
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('have every row once, in an order of their own for every pass and seed', async () => {
    const rows = 32 * (2 * WINDOW_SHARDS + 3) + 5;
    const numbered = tableOf({ rows, d: 1, shardRows: 32, cell: (_, __, row) => row });
    const passOf = async (next: ReturnType<typeof shuffledRows>) => {
      const order: number[] = [];
      while (order.length < rows) {
        const window = (await next.next())!;
        order.push(...window.X.subarray(0, window.rows));
      }
      assert.equal(await next.next(), undefined);
      return order;
    };
    const shuffle = shuffledRows(numbered, 1);
    const orders = [await passOf(shuffle), await passOf(shuffle), await passOf(shuffledRows(numbered, 2))];
    for (const order of orders) {
      assert.deepEqual(
        order.toSorted((a, b) => a - b),
        Array.from({ length: rows }, (_, i) => i),
      );
    }
    assert.equal(new Set(orders.map(String)).size, 3);
    assert.deepEqual(await passOf(shuffledRows(numbered, 1)), orders[0]);
    // rows of one shard do not stay together
    const together = orders[0]!.filter((row, i) => i > 0 && Math.abs(row - orders[0]![i - 1]!) === 1);
    assert.ok(together.length < 0.2 * rows, `${together.length} of ${rows}`);
  });

  it('are summed by their own rows alone', async () => {
    const dataset = tableOf({ rows: 10, d: 1, cell: (_, __, row) => row + 1 });
    const batches = miniBatches(dataset, 'mean', { rows: 1, seed: 1 });
    const g = new Float64Array(2);
    const slopes: number[] = [];
    for (let i = 0; i < 10; i++) {
      assert.equal(await batches.evaluate(new Float64Array(2), g), Math.log1p(1));
      slopes.push(Math.abs(g[0]!));
    }
    // |z - y| is 1/2 in every row
    assert.deepEqual(
      slopes.toSorted((a, b) => a - b),
      Array.from({ length: 10 }, (_, i) => (i + 1) / 2),
    );
  });
});

describe('training in batches', () => {
  it('gives the same bits for any number of threads, in memory and in a file', async () => {
    const rows = 3000;
    const options = fitOptions({ batch: 50, epochs: 2, learningRateSchedule: 'cosine', momentum: 0.5 });
    const directory = mkdtempSync(join(tmpdir(), 'bce-'));
    const found: unknown[] = [];
    for (const bytes of [Number.POSITIVE_INFINITY, 20_000]) {
      for (const threads of [1, 2, 3]) {
        const heap = new SharedHeap({ bound: { bytes, openFile: () => openTempFile(directory) } });
        const plain = tableOf({ ...shape, rows, shardRows: 64 });
        const dataset: Dataset = { ...plain, shards: await storeOf(plain.shards, heap) };
        const paysFrom = { kernel: 0, threads: 0 };
        const table = {
          ...localTable(dataset),
          loss: () => parallelObjective(dataset, 'mean', { threads, paysFrom, heap }),
        };
        const fitted = await fit(table, options);
        assert.equal(heap.fileBytes > 0, bytes < 1e6);
        found.push([...fitted.w, fitted.run.last.loss, ...fitted.run.history.batchLosses]);
        await fitted.close();
        await heap.close();
      }
    }
    for (const bits of found) assert.deepEqual(bits, found[0]);
  });

  it('gives the same bits by the command whatever --threads and --memory', async () => {
    const random = seeded(5);
    const line = () => `${random()},${random()},${random() > 0 ? 'a' : 'b'},${random() > 0 ? 1 : 0}\n`;
    const csv = temporary('rows.csv', `u,v,f,y\n${Array.from({ length: 60_000 }, line).join('')}`);
    const outputs: string[] = [];
    for (const more of [[], ['--threads', '1', '--memory', '1M'], ['--threads', '3', '--memory', '0']]) {
      const { stdout, code } = await bceTrain([csv, '--batch', '100', '--epochs', '2', ...more]);
      assert.equal(code, 0);
      outputs.push(stdout);
    }
    assert.equal(new Set(outputs).size, 1);
    // labels that follow from nothing leave J a little above its start
    const other = await bceTrain([csv, '--batch', '100', '--epochs', '2', '--seed', '2']);
    assert.notEqual(other.stdout, outputs[0]);
    assert.match(other.stderr, /J is above its start/);
  });

  it('is plain descent where a batch is all rows', async () => {
    const options: TrainOptions = { epochs: 20, l2: 0.01, learningRate: 0.5 };
    const whole = await train(example('pima.csv'), options);
    const batched = await train(example('pima.csv'), { ...options, batch: 1000 });
    assert.ok(error(batched.result.loss, whole.result.loss) < 1e-12);
    assert.ok(error(batched.terms[0]!.weight, whole.terms[0]!.weight) < 1e-10);
    assert.equal(batched.result.passes, 22);
    // the mean of the batches of an epoch is J before its one update
    assert.deepEqual(
      batched.batchHistory!.slice(1).map((J) => J.toPrecision(12)),
      whole.history.slice(0, -1).map((J) => J.toPrecision(12)),
    );
  });

  it('says to have converged only where the gradient of all rows says so', async () => {
    const options: TrainOptions = { batch: 1000, learningRate: 1, l2: 0.1 };
    const short = await train(example('pima.csv'), { ...options, epochs: 5 });
    const long = await train(example('pima.csv'), { ...options, epochs: 200 });
    assert.deepEqual([short.result.status, long.result.status], ['epochs', 'converged']);
    assert.ok(long.result.maxGradient <= 1e-6);
    const noisy = await train(example('pima.csv'), { ...options, batch: 10, epochs: 200 });
    assert.deepEqual([noisy.result.status, noisy.result.optimum], ['epochs', 'not-reached']);
    assert.ok(noisy.result.gap! > 1e-6);
  });

  it('ends at the optimum of the penalty that was asked for, with momentum as well', async () => {
    const options: TrainOptions = { l1: 0.02, l2: 0.01, tolerance: 1e-10 };
    const exact = await train(example('pima.csv'), { ...options, optimizer: 'proximal-newton' });
    for (const momentum of [0, 0.9]) {
      const more = { batch: 1000, momentum, learningRate: 1 - momentum, epochs: 600 };
      const { result } = await train(example('pima.csv'), { ...options, ...more });
      assert.ok(result.loss - exact.result.loss < 1e-9, `${result.loss} against ${exact.result.loss}`);
    }
  });

  it('comes nearer with a schedule that falls, with every optimizer that takes batches', async () => {
    const { result: best } = await train(example('pima.csv'), { optimizer: 'newton' });
    const gapOf = async (learningRate: number, options: TrainOptions) => {
      const { result } = await train(example('pima.csv'), {
        batch: 16,
        epochs: 30,
        learningRate,
        ...options,
      });
      return result.loss - best.loss;
    };
    for (const [optimizer, learningRate] of [
      ['gd', 1],
      ['adam', 0.1],
    ] as const) {
      const constant = await gapOf(learningRate, { optimizer });
      for (const learningRateSchedule of ['inverse', 'cosine'] as const) {
        const gap = await gapOf(learningRate, { optimizer, learningRateSchedule });
        assert.ok(
          gap > 0 && gap < 0.6 * constant,
          `${optimizer} ${learningRateSchedule}: ${gap}, ${constant}`,
        );
      }
    }
  });

  it('stays above the minimum by alpha/4n of the spread of the gradients of the rows', async () => {
    const rows = 40_000;
    const table = localTable(tableOf({ rows, d: 5, seed: 7 }));
    const plain = { standardize: false, tolerance: 0 };
    const best = await fit(table, fitOptions({ ...plain, optimizer: 'lbfgs' }));
    const single = miniBatches(table, 'mean', { rows: 1, seed: 1 });
    const g = new Float64Array(single.size);
    let spread = 0;
    for (let i = 0; i < rows; i++) {
      await single.evaluate(best.v, g);
      spread += g.reduce((sum, gj) => sum + gj * gj, 0) / rows;
    }
    await best.close();
    for (const [batch, momentum] of [
      [8, 0],
      [16, 0],
      [16, 0.5],
    ] as const) {
      const learningRate = 0.3;
      const options = fitOptions({ ...plain, learningRate, batch, momentum, epochs: 40 });
      // J of every epoch: the rows are those that are validated as well
      const fitted = await fit(table, options, { validation: table });
      const settled = fitted.run.history.validationLosses.slice(1);
      const mean = settled.reduce((sum, J) => sum + J, 0) / settled.length - best.run.last.loss;
      const foreseen = ((learningRate / (1 - momentum)) * spread) / (4 * batch);
      assert.ok(Math.abs(mean / foreseen - 1) < 0.3, `${mean} against ${foreseen}`);
      await fitted.close();
    }
  });

  it('keeps the weights of the lowest validation loss, and tells their J', async () => {
    const options: TrainOptions = { batch: 16, epochs: 100, learningRate: 0.3, validation: 0.3, patience: 3 };
    const model = await train(example('pima.csv'), options);
    const { result, validation, history, batchHistory } = model;
    assert.equal(result.status, 'patience');
    assert.equal(result.epochs, result.weightsOfEpoch + 3);
    assert.equal(validation!.loss, Math.min(...validation!.history));
    assert.deepEqual([history.length, history[1]], [2, result.loss]);
    assert.equal(batchHistory!.length, result.epochs + 1);
    const path = temporary('model.json');
    await saveModel(model, path);
    assert.deepEqual((await loadModel(path)).batchHistory, batchHistory);
  });

  it('tells of steps that are too long', async () => {
    for (const [options, why] of [
      [{ learningRate: 1000, epochs: 3 }, /diverged at epoch 3: J is .* above its start/],
      [{ learningRate: 1e200, epochs: 30 }, /diverged at epoch \d+: /],
      [{ learningRate: 1000, epochs: 30 }, /the mean loss of the batches is .* no lower than 10 epochs ago/],
    ] as const) {
      await assert.rejects(train(example('pima.csv'), { batch: 8, ...options }), {
        code: 'DIVERGED',
        message: why,
      });
    }
  });

  it('begins where --init says, and a batch of more rows than there are is all of them', async () => {
    const first = await train(example('pima.csv'), { batch: 16, epochs: 3 });
    const second = await train(example('pima.csv'), { batch: 16, epochs: 1, init: first });
    assert.equal(second.history[0], first.result.loss);
    const none = await train(example('pima.csv'), { batch: 1e9, epochs: 0 });
    assert.deepEqual(none.history.length, 1);
  });
});

describe('schedules', () => {
  it('are what the reference says', () => {
    const at = (schedule: Parameters<typeof rateAt>[0]) =>
      [0, 1, 2, 4].map((t) => rateAt(schedule, 0.5, t, 4));
    assert.deepEqual(at('constant'), [0.5, 0.5, 0.5, 0.5]);
    assert.deepEqual(at('inverse'), [0.5, 0.25, 0.5 / 3, 0.1]);
    assert.deepEqual(
      at('cosine').map((rate) => rate.toFixed(12)),
      [0.5, (1 + Math.SQRT1_2) / 4, 0.25, 0].map((rate) => rate.toFixed(12)),
    );
  });

  it('go down within an epoch, and momentum remembers the last step', async () => {
    // J = w, so that every step is as long as its rate
    const slopes = (): BatchObjective => {
      let done = 0;
      return {
        size: 1,
        taken: 1,
        get isLast() {
          return done % 4 === 0;
        },
        get epochs() {
          return done / 4;
        },
        evaluate(w, g) {
          done++;
          g[0] = 1;
          return w[0]!;
        },
      };
    };
    const weightsOf = async (momentum: number, schedule: 'constant' | 'inverse', epochs: number) => {
      const w = new Float64Array(1);
      const options = { rows: 1, momentum, schedule, seed: 1 };
      const [whole, slope] = [slopes(), slopes()];
      for await (const { epoch } of miniBatchDescent(
        'gd',
        whole,
        slope,
        slope,
        w,
        1,
        NO_PENALTY,
        options,
        epochs,
      )) {
        if (epoch === epochs) break;
      }
      return w[0]!;
    };
    assert.equal(await weightsOf(0, 'inverse', 1), -(1 + 1 / 1.25 + 1 / 1.5 + 1 / 1.75));
    assert.equal(await weightsOf(0.5, 'constant', 1), -(1 + 1.5 + 1.75 + 1.875));
  });
});

describe('the gradient of a batch', () => {
  it('passes the check, and the mistakes are found in it', async () => {
    const table = await datasetOfCsv(readFileSync(example('pima.csv')));
    const options = fitOptions({ batch: 20, l2: 0.1 });
    const right = await checkObjective(table, options, undefined, 1);
    assert.ok(right.passes);
    for (const mistake of ['lost-minus', 'flipped', 'sum-for-mean', 'penalised-intercept'] as const) {
      const { passes, diagnosis } = await checkObjective(table, options, mistake, 1);
      assert.equal(passes, false, mistake);
      assert.equal(diagnosis?.kind, mistake);
    }
  });
});

describe('options of batches', () => {
  for (const [given, message] of [
    [['--batch', '0'], /--batch: expected a whole number, 1 or more/],
    [['--batch', '8', '--optimizer', 'lbfgs'], /--batch and --optimizer lbfgs cannot be used together/],
    [['--batch', '8', '--optimizer', 'nesterov'], /--batch and --optimizer nesterov cannot/],
    [['--batch', '8', '--optimizer', 'proximal-newton'], /--batch and --optimizer proximal-newton cannot/],
    [['--batch', '8', '--lr', 'auto'], /--lr auto and --batch cannot be used together/],
    [['--batch', '8', '--momentum', '1'], /--momentum: expected a number from 0 to below 1/],
    [['--batch', '8', '--momentum', '0', '--optimizer', 'adam'], /--momentum and --optimizer adam cannot/],
    [['--batch', '8', '--lr-schedule', 'step'], /expected constant, inverse or cosine, got "step"/],
    [['--batch', '8', '--path'], /--path and --batch cannot be used together/],
  ] as const) {
    it(`are refused before reading: ${given.join(' ')}`, async () => {
      const { code, stderr } = await bceTrain(['no-such-file.csv', ...given]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});
