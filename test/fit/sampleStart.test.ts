/** L-BFGS from the optimum of some of the rows: the same optimum, sooner. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Fit, type FitHooks, type FitOptions, fit } from '../../src/fit/fit.js';
import { localTable } from '../../src/objective/localTable.js';
import { HeapStore } from '../../src/storage/heapStore.js';
import { SharedHeap } from '../../src/storage/sharedHeap.js';
import { error, fitOptions, seeded } from '../support/support.js';
import { shardsOf, type TableShape, tableOf } from '../support/tables.js';

const SHAPE: TableShape = { rows: 12_000, d: 6, levels: [3], shardRows: 256 };
const OPTIONS = { optimizer: 'lbfgs', tolerance: 1e-9 } as const;

/** A table whose labels follow from the columns, with chance as large as `noise`. */
function labelled(shape: TableShape, noise: number) {
  const random = seeded(9);
  const table = tableOf(shape);
  const { numerics: d } = table.design;
  for (const { X, y, rows } of shardsOf(table)) {
    for (let i = 0; i < rows; i++) {
      const block = i - (i % 32);
      let h = 0.3;
      for (let j = 0; j < d; j++) h += (j - 2) * X[block * d + j * 32 + (i % 32)]!;
      y[i] = h + noise * random() > 0 ? 1 : 0;
    }
  }
  return localTable(table);
}

async function fitted(
  table: ReturnType<typeof localTable>,
  options: FitOptions,
  hooks: FitHooks = {},
): Promise<{ fit: Fit; notes: string[] }> {
  const notes: string[] = [];
  const result = await fit(table, options, { ...hooks, onNote: (text) => notes.push(text) });
  await result.close();
  return { fit: result, notes };
}

/** From zeros. */
const plainly: FitHooks = { start: ({ objective }) => new Float64Array(objective.size) };

describe('L-BFGS from the optimum of some of the rows', () => {
  const kinds = [
    {},
    { reduction: 'sum', tolerance: 1e-5 },
    { standardize: false },
    { l2: 0.1 },
    { l2: 0.01, standardize: false },
  ] as const;
  for (const kind of kinds) {
    it(`finds the optimum in fewer passes: ${JSON.stringify(kind)}`, async () => {
      const table = labelled(SHAPE, 3);
      const options = fitOptions({ ...OPTIONS, ...kind });
      const { fit: sampled, notes } = await fitted(table, options);
      const { fit: plain, notes: none } = await fitted(table, options, plainly);
      assert.match(notes.join(), /begins at the optimum of [\d,]+ of the rows/);
      assert.deepEqual(none, []);
      for (const { run } of [sampled, plain]) assert.equal(run.ending.status, 'tolerance');
      assert.ok(sampled.run.last.passes < plain.run.last.passes);
      assert.ok(sampled.run.last.epoch < plain.run.last.epoch);
      sampled.w.forEach((weight, j) => {
        assert.ok(error(weight, plain.w[j]!) < 1e-6, `${j}: ${weight}, ${plain.w[j]}`);
      });
    });
  }

  it('gives the same bits for any number of threads, in arrays and in a heap', async () => {
    const options = fitOptions(OPTIONS);
    const bits = async (shape: TableShape, threads: number) => {
      const { fit } = await fitted(localTable(tableOf(shape)), options, { threads });
      return [...fit.v, fit.run.last.passes];
    };
    const shape = { ...SHAPE, rows: 200_000, shardRows: 4096 };
    const alone = await bits(shape, 1);
    assert.deepEqual(await bits({ ...shape, store: new HeapStore(new SharedHeap()) }, 2), alone);
  });

  it('counts what the sample took among the passes', async () => {
    const { run } = (await fitted(labelled(SHAPE, 3), fitOptions(OPTIONS))).fit;
    // an evaluation for the start and for each step, and a few for the sample
    assert.ok(run.last.passes >= run.last.epoch + 2);
  });

  const table = () => labelled(SHAPE, 3);
  const cases: readonly (readonly [what: string, ReturnType<typeof table>, FitOptions, FitHooks?])[] = [
    ['few rows', labelled({ ...SHAPE, rows: 3000 }, 3), fitOptions(OPTIONS)],
    ['weights of rows', labelled({ ...SHAPE, isWeighted: true }, 3), fitOptions(OPTIONS)],
    ['no epochs', table(), fitOptions({ ...OPTIONS, epochs: 0 })],
    ['other optimizers', table(), fitOptions({ ...OPTIONS, optimizer: 'newton' })],
    [
      'the way to the optimum is what is wanted',
      table(),
      { ...fitOptions(OPTIONS), patience: 2 },
      { validation: table() },
    ],
    ['classes that are separated', labelled(SHAPE, 0), fitOptions({ ...OPTIONS, epochs: 20 })],
    [
      'a column that the sample knows nothing of',
      labelled({ ...SHAPE, cell: (value, j, row) => (j === 0 ? Number(row % 256 === 255) : value) }, 3),
      fitOptions(OPTIONS),
    ],
  ];
  for (const [what, rows, options, hooks] of cases) {
    it(`begins at zeros: ${what}`, async () => {
      const steps: number[] = [];
      const { notes } = await fitted(rows, options, {
        ...hooks,
        onEpoch: ({ epoch, loss }) => {
          if (epoch === 0) steps.push(loss);
        },
      });
      assert.deepEqual(notes, []);
      assert.ok(Math.abs(steps[0]! - Math.LN2) < 1e-12);
    });
  }
});
