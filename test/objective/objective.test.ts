/** The objective: hand values, finite differences, equivalent forms, extremes, properties. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Dataset } from '../../src/dataset/dataset.js';
import { composeProblem } from '../../src/fit/problem.js';
import type { Objective } from '../../src/objective/objective.js';
import { withRidge } from '../../src/objective/penalty/ridge.js';
import { referenceObjective } from '../../src/objective/reference.js';
import { ShardWriter } from '../../src/storage/shardWriter.js';
import { ArrayStore } from '../../src/storage/store.js';
import { datasetOfArrays, datasetOfCsv, error, fitOptions, seeded } from '../support/support.js';
import { shardsOf, tableOf } from '../support/tables.js';

const DEFAULTS = fitOptions();

async function evaluate(objective: Objective, w: ArrayLike<number>) {
  const g = new Float64Array(objective.size).fill(Number.NaN);
  const J = await objective.evaluate(Float64Array.from(w), g);
  return { J, g };
}

interface Evaluation {
  readonly J: number;
  readonly g: Float64Array;
}

function assertClose(one: Evaluation, other: Evaluation): void {
  assert.ok(error(one.J, other.J) < 1e-13, `${one.J} against ${other.J}`);
  one.g.forEach((gj, j) => {
    assert.ok(error(gj, other.g[j]!) < 1e-13, `${gj} against ${other.g[j]}`);
  });
}

/** A table of two numeric columns, one of them offset and wide, and two factors. */
function mixedCsv(rows: number, seed: number): string {
  const random = seeded(seed);
  const lines = ['a,f,b,h,y'];
  for (let i = 0; i < rows; i++) {
    const level = 'uvw'[Math.floor((random() + 1) * 1.5)];
    const digit = Math.floor((random() + 1) * 4);
    lines.push(`${random()},${level},${2000 + 30 * random()},L${digit},${random() > -0.2 ? 1 : 0}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The same rows with every factor as columns of 0 and 1, in the order of the weights. */
function expanded(dataset: Dataset): { X: number[][]; y: number[] } {
  const { numerics: d, factors } = dataset.design;
  const X: number[][] = [];
  const y: number[] = [];
  for (const shard of shardsOf(dataset)) {
    for (let i = 0; i < shard.rows; i++) {
      const block = Math.floor(i / 32);
      const row = Array.from({ length: d }, (_, j) => shard.X[(block * d + j) * 32 + (i % 32)]!);
      factors.forEach(({ levels }, f) => {
        const code = shard.codes[(block * factors.length + f) * 32 + (i % 32)]!;
        for (let level = 1; level < levels; level++) row.push(code === level ? 1 : 0);
      });
      X.push(row);
      y.push(shard.y[i]!);
    }
  }
  return { X, y };
}

describe('the reference objective', async () => {
  const X = [
    [1, 2],
    [3, -1],
  ];
  const tiny = await datasetOfArrays({ X, y: [1, 0] }, true);

  it('has the loss and gradient worked out by hand', async () => {
    // h = [0.5 - 0.5 + 0.25, 1.5 + 0.25 + 0.25] = [0.25, 2]
    const { J, g } = await evaluate(referenceObjective(tiny, 'mean'), [0.5, -0.25, 0.25]);
    const [z1, z2] = [1 / (1 + Math.exp(-0.25)), 1 / (1 + Math.exp(-2))];
    assert.ok(error(J, -(Math.log(z1) + Math.log(1 - z2)) / 2) < 1e-15);
    const [r1, r2] = [z1 - 1, z2];
    const expected = [(r1 * 1 + r2 * 3) / 2, (r1 * 2 - r2) / 2, (r1 + r2) / 2];
    expected.forEach((gj, j) => {
      assert.ok(error(g[j]!, gj) < 1e-15);
    });
  });

  it('is ln 2 at zero', async () => {
    const { J } = await evaluate(referenceObjective(tiny, 'mean'), [0, 0, 0]);
    assert.equal(J, Math.LN2);
  });

  it('sums what it otherwise averages', async () => {
    const mean = await evaluate(referenceObjective(tiny, 'mean'), [1, 2, 3]);
    const sum = await evaluate(referenceObjective(tiny, 'sum'), [1, 2, 3]);
    assert.equal(sum.J, 2 * mean.J);
    assert.deepEqual(
      sum.g,
      mean.g.map((gj) => 2 * gj),
    );
  });

  it('stays finite and right at |h| = 1000', async () => {
    const { J, g } = await evaluate(referenceObjective(tiny, 'sum'), [1000, 0, 0]);
    // h = [1000, 3000]: the first row is right, the second wrong by all it can be
    assert.equal(J, 3000);
    assert.deepEqual([...g], [3, -1, 1]);
    const flipped = await evaluate(referenceObjective(tiny, 'sum'), [-1000, 0, 0]);
    assert.equal(flipped.J, 1000);
    assert.deepEqual([...flipped.g], [-1, -2, -1]);
  });

  it('takes a factor for columns of 0 and 1, and the intercept for one of ones', async () => {
    const dataset = await datasetOfCsv(mixedCsv(100, 1));
    const { X, y } = expanded(dataset);
    const random = seeded(2);
    const w = Array.from({ length: dataset.design.terms + 1 }, random);
    const coded = await evaluate(referenceObjective(dataset, 'mean'), w);
    // the intercept is the weight of a column of ones
    const dense = await datasetOfArrays({ X: X.map((row) => [...row, 1]), y }, false);
    const ones = await evaluate(referenceObjective(dense, 'mean'), w);
    assert.ok(error(coded.J, ones.J) < 1e-14);
    coded.g.forEach((gj, j) => {
      assert.ok(error(gj, ones.g[j]!) < 1e-13);
    });
  });

  const cell = fc.double({ min: -5, max: 5, noNaN: true });
  const table = fc.array(fc.tuple(cell, cell, fc.boolean()), { minLength: 1, maxLength: 150 });
  const w = [1, -2, 0.5];

  it('does not depend on the order of the rows, but for rounding', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.nat(), async (rows, seed) => {
        const random = seeded(seed);
        const keyed = rows.map((row) => ({ row, key: random() })).sort((a, b) => a.key - b.key);
        const shuffled = keyed.map(({ row }) => row);
        assertClose(await evaluate(rawOf(rows), w), await evaluate(rawOf(shuffled), w));
      }),
    );
  });

  it('does not depend on the size of the shards, but for rounding', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(32, 64, 96), async (rows, capacity) => {
        assertClose(await evaluate(rawOf(rows, 1024), w), await evaluate(rawOf(rows, capacity), w));
      }),
    );
  });

  it('keeps its value when labels and weights change sign together', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const swapped = rows.map(([a, b, y]) => [a, b, !y] as const);
        const { J, g } = await evaluate(
          rawOf(swapped),
          w.map((wj) => -wj),
        );
        assertClose(await evaluate(rawOf(rows), w), { J, g: g.map((gj) => -gj) });
      }),
    );
  });

  it('lets the event loop turn within a long epoch', async () => {
    const random = seeded(5);
    const X = Array.from({ length: 60_000 }, () => Float64Array.from({ length: 28 }, random));
    const dataset = await datasetOfArrays({ X, y: X.map((row) => (row[0]! > 0 ? 1 : 0)) }, true);
    const objective = referenceObjective(dataset, 'mean');
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await evaluate(objective, new Float64Array(29));
    clearImmediate(timer);
    assert.ok(turns >= 2, `${turns} turns`);
  });
});

/** The reference objective over rows of two columns and a label, one class allowed. */
function rawOf(rows: readonly (readonly [number, number, boolean])[], capacity?: number): Objective {
  const store = new ArrayStore();
  const writer = new ShardWriter(store, 2, 0, false, undefined, capacity);
  for (const [a, b, y] of rows) writer.push(Float64Array.of(a, b), new Int32Array(0), y ? 1 : 0);
  writer.finish();
  const table = tableOf({ rows: 0, d: 2 });
  return referenceObjective({ design: table.design, weightSum: rows.length, shards: store }, 'mean');
}

describe('the gradient', () => {
  const grid = [true, false].flatMap((standardize) =>
    [true, false].flatMap((intercept) =>
      [0, 0.3].flatMap((l2) =>
        (['mean', 'sum'] as const).flatMap((reduction) =>
          [true, false].map((factors) => ({ standardize, intercept, l2, reduction, factors })),
        ),
      ),
    ),
  );

  for (const { factors, ...options } of grid) {
    it(`agrees with five-point differences: ${JSON.stringify({ ...options, factors })}`, async () => {
      const drop = factors ? [] : ['f', 'h'];
      const dataset = await datasetOfCsv(mixedCsv(120, 7), { intercept: options.intercept, drop });
      const { objective } = composeProblem(dataset, { ...DEFAULTS, ...options });
      const random = seeded(8);
      for (const size of [0.01, 0.3, 3]) {
        // columns that are not centred are large: weights must be smaller for h to stay moderate
        const unit = !options.standardize ? 1e-3 : options.intercept ? 1 : 1e-2;
        const w = Float64Array.from({ length: objective.size }, () => size * unit * random());
        const { J, g } = await evaluate(objective, w);
        for (let j = 0; j < w.length; j++) {
          const step = 1e-3 * unit * Math.max(1, size);
          const at = async (t: number) =>
            (
              await evaluate(
                objective,
                w.map((wj, k) => (k === j ? wj + t * step : wj)),
              )
            ).J;
          const slope =
            (8 * ((await at(1)) - (await at(-1))) - ((await at(2)) - (await at(-2)))) / (12 * step);
          const scale = Math.max(Math.abs(g[j]!), (1e-4 * Math.abs(J)) / unit);
          assert.ok(
            Math.abs(slope - g[j]!) < 1e-6 * scale,
            `weight ${j} at ${size}: ${g[j]} against ${slope}`,
          );
        }
      }
    });
  }

  it('of the penalty leaves the intercept free', async () => {
    const flat: Objective = { size: 3, evaluate: (_, g) => g.fill(0)[0]! };
    const { J, g } = await evaluate(withRidge(flat, 0.5, Float64Array.of(1, 1, 0)), [3, -4, 100]);
    assert.equal(J, 0.25 * 25);
    assert.deepEqual([...g], [1.5, -2, 0]);
  });
});

describe('standardizing', () => {
  it('gives the same loss at the same model', async () => {
    const random = seeded(10);
    for (const intercept of [true, false]) {
      const dataset = await datasetOfCsv(mixedCsv(150, 9), { intercept });
      const { objective, toFileUnits } = composeProblem(dataset, DEFAULTS);
      const raw = composeProblem(dataset, { ...DEFAULTS, standardize: false }).objective;
      const v = Float64Array.from({ length: objective.size }, random);
      const [solved, file] = [await evaluate(objective, v), await evaluate(raw, toFileUnits(v))];
      assert.ok(error(solved.J, file.J) < 1e-12);
    }
  });

  it('gives the same loss in the units of the file when a column has a pivot', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${1.7e12 + 1000 * ((i * 7) % 40)},${(i * 3) % 5},${i % 2}`,
    );
    const dataset = await datasetOfCsv(`t,a,y\n${rows.join('\n')}\n`);
    assert.notEqual(dataset.scaling.pivot[0], 0);
    const { objective, toFileUnits } = composeProblem(dataset, DEFAULTS);
    const file = composeProblem(dataset, { ...DEFAULTS, standardize: false }).objective;
    const v = Float64Array.of(0.5, -0.3, 0.2);
    assert.ok(error((await evaluate(objective, v)).J, (await evaluate(file, toFileUnits(v))).J) < 1e-8);
  });
});
