/** Paths of many weights: the conditions over all terms, told by the rows themselves, and the folds each by itself. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { composeProblem } from '../../src/fit/problem.js';
import { regularizationPath, type TrainOptions } from '../../src/index.js';
import { metricsOf } from '../../src/metrics/metrics.js';
import { scoredRows } from '../../src/metrics/scoredRows.js';
import { localTable } from '../../src/objective/localTable.js';
import { separable } from '../../src/objective/penalty/penalty.js';
import { crossValidate } from '../../src/selection/crossValidation.js';
import { stratifiedFolds } from '../../src/selection/folds.js';
import { panelsOf, solvePath } from '../../src/selection/path.js';
import { splitAt } from '../../src/selection/split.js';
import { datasetOfArrays, seeded, temporary } from '../support/support.js';

type Table = { X: number[][]; y: number[] };

/** Columns as `column` makes them of five hidden ones and noise. */
function table(
  rows: number,
  columns: number,
  seed: number,
  column: (hidden: readonly number[], noise: number, j: number) => number = (_, noise) => noise,
): Table {
  const random = seeded(seed);
  const X = Array.from({ length: rows }, () => {
    const hidden = Array.from({ length: 5 }, () => 2 * random() - 1);
    return Array.from({ length: columns }, (_, j) => column(hidden, 2 * random() - 1, j));
  });
  const y = X.map((x, i) => (i < 2 ? i : x[0]! - x[1]! + x[2]! + 2 * (random() - 0.5) > 0 ? 1 : 0));
  return { X, y };
}

const CASES: Readonly<Record<string, readonly [Table, TrainOptions & { l1Ratio?: number }]>> = {
  'more columns than rows': [table(90, 400, 1), {}],
  'more rows than columns': [table(700, 300, 2), {}],
  'elastic net': [table(120, 350, 3), { l1Ratio: 0.3 }],
  'columns not standardized': [table(100, 300, 4), { standardize: false }],
  'no intercept': [table(100, 300, 5), { intercept: false }],
  'columns twice': [table(100, 300, 6, (hidden, noise, j) => (j % 2 === 0 ? hidden[j % 5]! : noise)), {}],
  'columns that are nearly one': [
    table(150, 300, 7, (hidden, noise, j) => hidden[j % 5]! + 1e-3 * noise),
    {},
  ],
  'columns that are mostly 0': [table(150, 300, 8, (_, noise) => (noise > 0.8 ? 1 : 0)), {}],
  'columns far from 0': [table(90, 300, 9, (_, noise) => 1e6 + 100 * noise), {}],
  'a column without a penalty': [table(90, 300, 10), { unpenalised: ['x4'] }],
  bounds: [
    table(120, 300, 11),
    {
      bounds: [
        { column: 'x1', lower: 0 },
        { column: 'x2', lower: -0.1, upper: 0.1 },
        { column: 'x3', upper: 0 },
      ],
    },
  ],
};

describe('a path of many weights', () => {
  for (const [name, [data, options]] of Object.entries(CASES)) {
    it(`meets the conditions over all terms: ${name}`, async () => {
      const { l1Ratio = 1, standardize = true, unpenalised, bounds, intercept = true } = options;
      const path = await regularizationPath(data, { ...options, lambdaCount: 25 });
      const dataset = await datasetOfArrays(data, intercept);
      assert.ok((await panelsOf(dataset, { standardize, unpenalised, bounds: undefined }, 1)) !== undefined);
      const problem = composeProblem(dataset, {
        standardize,
        reduction: 'mean',
        l1: 0,
        l2: 0,
        unpenalised,
        bounds: bounds?.map(({ column, lower, upper }) => ({
          column,
          lower: lower ?? Number.NEGATIVE_INFINITY,
          upper: upper ?? Number.POSITIVE_INFINITY,
        })),
      });
      const { factors, box } = problem;
      const g = new Float64Array(factors.length);
      for (const { lambda, weights, violation, isConverged } of path.solutions) {
        const w = intercept ? [...weights.slice(1), weights[0]!] : weights;
        const v = problem.fromFileUnits(Float64Array.from(w));
        await problem.objective.evaluate(v, g);
        for (let j = 0; j < g.length; j++) g[j]! += lambda * (1 - l1Ratio) * factors[j]! * v[j]!;
        const penalty = separable(
          factors.map((factor) => lambda * l1Ratio * factor),
          box,
        );
        // bounds are met in the units of the file, which rounding changes
        const found = penalty.steepness(v, g);
        assert.ok(isConverged && violation <= 1e-9, `${lambda}: ${violation}`);
        assert.ok(found < 2e-9 || box !== undefined, `${lambda}: ${found}`);
      }
    });
  }

  it('has the same bits for any number of threads, and however little memory there is', async () => {
    const { X, y } = table(900, 300, 12);
    const file = temporary('path-panels.csv');
    const names = [...X[0]!.map((_, j) => `x${j}`), 'level'];
    const lines = X.map((x, i) => `${x.map((value) => value.toFixed(6)).join(',')},${'abc'[i % 3]},${y[i]}`);
    writeFileSync(file, `${names.join(',')},y\n${lines.join('\n')}\n`);
    const paths = await Promise.all(
      [{ threads: 1 }, { threads: 2 }, { threads: 3 }, { threads: 2, memory: 2 ** 20 }].map((more) =>
        regularizationPath(file, { lambdaCount: 8, cv: 3, ...more }),
      ),
    );
    for (const path of paths.slice(1)) assert.deepEqual(path, paths[0]);
  });
});

describe('cross-validation along a path of many weights', () => {
  for (const l1Ratio of [0.9, 0.1, 0]) {
    it(`tells of each fold what a path over the rows left tells: ${l1Ratio} of L1`, async () => {
      const { X, y } = table(160, 300, 13);
      // all columns have a part of the first
      const alike = X.map((x) => x.map((value) => value + 2 * x[0]!));
      const c = y.map((_, i) => 1 + (i % 3));
      const dataset = await datasetOfArrays({ X: alike, y, weights: c });
      const options = {
        standardize: true,
        lambdas: undefined,
        count: 12,
        ratio: 0.05,
        l1Ratio,
        tolerance: 1e-9,
      };
      const K = 4;
      const folds = await stratifiedFolds(dataset, K, 1);
      const { lambdas, crossValidation } = await crossValidate(
        Object.assign(localTable(dataset), { shards: dataset.shards }),
        options,
        folds,
        K,
        { metric: 'loss', choose: 'min' },
      );
      assert.ok(crossValidation!.isConverged);
      const values: number[][] = [];
      const weights: number[] = [];
      for (let k = 0; k < K; k++) {
        const { training, heldOut } = await splitAt(dataset, folds, k);
        const points = await solvePath(training, { ...options, lambdas });
        const metrics = await Promise.all(
          points.map(async ({ stored }) => metricsOf(await scoredRows(heldOut, stored), 0.5)),
        );
        values.push(metrics.map(({ logLoss }) => logLoss));
        weights.push(metrics[0]!.weight);
      }
      const W = weights.reduce((sum, w) => sum + w, 0);
      crossValidation!.points.forEach(({ mean, se }, l) => {
        const expected = values.reduce((sum, of, k) => sum + (weights[k]! * of[l]!) / W, 0);
        // folds are solved to a thousandth of lambda
        assert.ok(Math.abs(mean - expected) < 0.01 * se, `${mean} for ${expected}, of ${se}`);
      });
    });
  }
});
