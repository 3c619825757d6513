/** Cross-validation along a path against cv.glmnet, and the folds. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { regularizationPath } from '../../src/index.js';
import { metricsOf } from '../../src/metrics/metrics.js';
import type { Scored } from '../../src/metrics/scored.js';
import { scoredRows } from '../../src/metrics/scoredRows.js';
import { localTable } from '../../src/objective/localTable.js';
import { openTables } from '../../src/open.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { chosenLambda, crossValidate, summaryOf } from '../../src/selection/crossValidation.js';
import { stratifiedFolds } from '../../src/selection/folds.js';
import { FOLD_SHARE } from '../../src/selection/foldThread.js';
import { keptOf } from '../../src/selection/kept.js';
import { solvePath } from '../../src/selection/path.js';
import type { PathPoint } from '../../src/selection/solution.js';
import { splitAt } from '../../src/selection/split.js';
import {
  bceTrain,
  datasetOfArrays,
  error,
  example,
  fixture,
  readJson,
  seeded,
  temporary,
} from '../support/support.js';

interface Reference {
  readonly l1_ratio: number;
  readonly lambda: readonly number[];
  readonly cv_log_loss: readonly number[];
  readonly cv_se: readonly number[];
  readonly lambda_min: number;
  readonly lambda_1se: number;
}

const { tables }: { tables: Record<string, Reference> } = readJson(fixture('path_cv.json'));

/** Change of the share of the deviance explained at which glmnet ends its sequence, after the first four lambdas. */
const LEAST_CHANGE = 1e-5;
const MOST_EXPLAINED = 0.999;

/** The sequence up to where glmnet ends it. */
function asGlmnetEnds(points: readonly PathPoint[]): readonly PathPoint[] {
  const explained = points.map(({ loss }) => 1 - loss / points[0]!.loss);
  const end = explained.findIndex(
    (share, k) => k >= 4 && (share > MOST_EXPLAINED || share - explained[k - 1]! < LEAST_CHANGE),
  );
  return end < 0 ? points : points.slice(0, end + 1);
}

/** Weights at a lambda as glmnet tells them: between those of a sequence, linearly. */
function interpolated(points: readonly PathPoint[], lambda: number): Float64Array {
  const k = points.findIndex((point) => point.lambda <= lambda);
  if (k < 0) return points.at(-1)!.stored;
  if (k === 0) return points[0]!.stored;
  const [before, after] = [points[k - 1]!, points[k]!];
  const share = (lambda - after.lambda) / (before.lambda - after.lambda);
  return after.stored.map((x, j) => x * (1 - share) + before.stored[j]! * share);
}

/** Log loss with probabilities kept from 0 and 1 as cv.glmnet keeps them. */
function clippedLoss({ h, y }: Scored): number {
  const sum = h.reduce((total, logit, i) => {
    const z = Math.min(Math.max(1 / (1 + Math.exp(-logit)), 1e-5), 1 - 1e-5);
    return total - Math.log(y[i] === 1 ? z : 1 - z);
  }, 0);
  return sum / h.length;
}

describe('the cross-validation of cv.glmnet', () => {
  for (const [key, reference] of Object.entries(tables)) {
    it(`has the same means, errors and choices: ${key}`, async () => {
      const name = key.split('/')[0]!;
      const { training } = await openTables(
        {
          data: name === 'pima' ? example('pima.csv') : fixture(`${name}.csv`),
          where: undefined,
          password: undefined,
          validation: undefined,
          options: resolveOptions({ missing: 'drop' }),
        },
        () => {},
        undefined,
      );
      const dataset = training.local!;
      const folds = Uint32Array.from({ length: dataset.rows }, (_, row) => row % 10);
      const options = {
        standardize: true,
        lambdas: undefined,
        count: 50,
        ratio: undefined,
        l1Ratio: reference.l1_ratio,
        tolerance: 1e-10,
      };
      // each fold at lambdas of its own, and weights between them
      const values: number[][] = [];
      const rows: number[] = [];
      for (let k = 0; k < 10; k++) {
        const split = await splitAt(dataset, folds, k);
        const points = asGlmnetEnds(await solvePath(split.training, options));
        const losses: number[] = [];
        for (const lambda of reference.lambda) {
          losses.push(clippedLoss(await scoredRows(split.heldOut, interpolated(points, lambda))));
        }
        values.push(losses);
        rows.push(split.heldOut.rows);
      }
      reference.lambda.forEach((lambda, l) => {
        const { mean, se } = summaryOf(
          values.map((losses) => losses[l]!),
          rows,
        );
        // at the end of this path glmnet itself is that far from its optimality conditions
        const most = key === 'breast_cancer/l1_ratio=1' && l >= 45 ? 1e-5 : 1e-6;
        assert.ok(Math.abs(mean - reference.cv_log_loss[l]!) < most, `lambda ${lambda}: mean ${mean}`);
        assert.ok(Math.abs(se - reference.cv_se[l]!) < most, `lambda ${lambda}: se ${se}`);
      });
      // solved at the lambdas themselves, as it is here
      const { crossValidation: found } = await crossValidate(
        localTable(dataset),
        { ...options, lambdas: reference.lambda },
        folds,
        10,
        { metric: 'loss', choose: 'min' },
      );
      assert.ok(found!.isConverged);
      assert.ok(found!.violation > options.tolerance && found!.violation <= FOLD_SHARE * options.tolerance);
      // beyond the best, losses of overconfident weights are what the clipping of probabilities hides
      found!.points.forEach(({ lambda, mean }, k) => {
        const expected = reference.cv_log_loss[k]!;
        if (lambda >= reference.lambda_min) assert.ok(error(mean, expected) < 5e-3, `mean ${k}: ${mean}`);
      });
      assert.ok(error(found!.lambdaMin, reference.lambda_min) < 1e-12);
      assert.ok(error(found!.lambda1se, reference.lambda_1se) < 1e-12);
      assert.equal(chosenLambda(found!), found!.lambdaMin);
    });
  }
});

describe('the folds', () => {
  const random = seeded(3);
  const X = Array.from({ length: 103 }, () => [random(), random()]);
  const y = X.map((_, i) => (i % 3 === 0 ? 1 : 0));

  it('part each class evenly, by the seed', async () => {
    const dataset = await datasetOfArrays({ X, y });
    const folds = await stratifiedFolds(dataset, 5, 1);
    for (const label of [0, 1]) {
      const counts = [0, 1, 2, 3, 4].map(
        (k) => [...folds].filter((f, i) => f === k && y[i] === label).length,
      );
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
    }
    assert.deepEqual(folds, await stratifiedFolds(dataset, 5, 1));
    assert.notDeepEqual(folds, await stratifiedFolds(dataset, 5, 2));
  });

  it('have the moments of the rows left, and no others', async () => {
    const dataset = await datasetOfArrays({ X, y });
    const folds = Uint32Array.from(y, (_, i) => i % 4);
    const { training, heldOut } = await splitAt(dataset, folds, 2);
    const left = X.filter((_, i) => folds[i] !== 2);
    assert.deepEqual([training.rows, heldOut.rows], [left.length, X.length - left.length]);
    for (const j of [0, 1]) {
      const mean = left.reduce((sum, row) => sum + row[j]!, 0) / left.length;
      const sd = Math.sqrt(left.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / left.length);
      const { scaling } = training;
      assert.ok(Math.abs(scaling.mean[j]! + scaling.pivot[j]! - mean) < 1e-14);
      assert.ok(Math.abs(scaling.scale[j]! - sd) < 1e-14);
    }
  });

  it('may leave a column that is the same in all their rows', async () => {
    const one = X.map(([a], i) => [a!, i === 7 ? 1 : 0]);
    const dataset = await datasetOfArrays({ X: one, y });
    const folds = Uint32Array.from(y, (_, i) => i % 4);
    const { training } = await splitAt(dataset, folds, 3);
    assert.equal(training.scaling.scale[1], 1);
  });

  it('have the same moments in any unit', async () => {
    const folds = Uint32Array.from(y, (_, i) => i % 4);
    const scalingIn = async (unit: number) => {
      const dataset = await datasetOfArrays({ X: X.map((row) => row.map((x) => x * unit)), y });
      return (await splitAt(dataset, folds, 2)).training.scaling;
    };
    const plain = await scalingIn(1);
    for (const unit of [2 ** 600, 2 ** -600]) {
      const scaled = await scalingIn(unit);
      assert.deepEqual([...scaled.scale], [...plain.scale.map((sd) => sd * unit)]);
      assert.deepEqual([...scaled.mean], [...plain.mean.map((mean) => mean * unit)]);
    }
  });

  it('hold for any number of threads and however little memory there is', async () => {
    const file = example('pima.csv');
    const paths = await Promise.all(
      [{ threads: 1 }, { threads: 3 }, { memory: 2 ** 20 }].map((more) =>
        regularizationPath(file, { lambdaCount: 6, cv: 3, seed: 7, ...more }),
      ),
    );
    for (const path of paths.slice(1)) assert.deepEqual(path, paths[0]);
    assert.equal(paths[0]!.crossValidation!.points.length, 6);
  });
});

describe('--cv', () => {
  it('prints the weights of all rows at the lambda chosen, a model for bce-predict', async () => {
    const curve = temporary('curve.csv');
    const weights = temporary('all.csv');
    const args = ['--path', '8', '--cv', '4', '--cv-metric', 'auc', '--choose', '1se'];
    const { stdout, stderr, code } = await bceTrain([
      example('pima.csv'),
      ...args,
      '--cv-out',
      curve,
      '--path-out',
      weights,
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /4 folds: best ROC AUC 0\.\d+ \+- 0\.\d+ at lambda .*; within one standard error/);
    const [header, ...rows] = readFileSync(curve, 'utf8').trim().split('\n');
    assert.equal(header, 'lambda,nonzero,loss,violation,mean,se');
    const cells = rows.map((row) => row.split(',').map(Number));
    const best = Math.max(...cells.map((row) => row[4]!));
    const at = cells.find((row) => row[4] === best)!;
    const chosen = cells.find((row) => row[4]! >= best - at[5]!)!;
    const all = readFileSync(weights, 'utf8').trim().split('\n');
    const expected = all
      .filter((line) => line.startsWith(`${chosen[0]},`))
      .map((line) => line.replace(/^.*?,/, ''));
    assert.deepEqual(stdout.trim().split('\n'), ['feature,weight', ...expected]);
  });

  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--path', '--cv', '1'], /--cv: expected a whole number, 2 or more/],
    [['--path', '--choose', 'min'], /--choose goes with --cv only/],
    [['--path', '--cv-metric', 'auc'], /--cv-metric goes with --cv only/],
    [['--path', '--cv-out', 'x.csv'], /--cv-out goes with --cv only/],
    [['--path', '--seed', '3'], /--seed goes with/],
    [['--path', '--cv', '5', '--choose', 'max'], /--choose/],
    [['--path', '--cv', '5', '--validation', '0.2'], /--cv and --validation cannot be used together/],
  ];
  for (const [args, message] of refused) {
    it(`refuses before reading: ${args.join(' ')}`, async () => {
      const { stderr, stdout, code } = await bceTrain(['no-such-file.csv', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }

  it('leaves a file as it was when it is interrupted before there is a choice', async () => {
    const output = temporary('kept.csv');
    writeFileSync(output, 'of before');
    const { code, stdout } = await bceTrain([fixture('spam.csv'), '--path', '--cv', '10', '-o', output], {
      onListening: (interrupt) => setTimeout(interrupt, 500),
    });
    assert.deepEqual([code, stdout], [130, '']);
    assert.equal(readFileSync(output, 'utf8'), 'of before');
  });

  it('refuses more folds than a class has rows', async () => {
    const { stderr, code } = await bceTrain([fixture('patients.csv'), '--path', '--cv', '15']);
    assert.equal(code, 2);
    assert.match(stderr, /--cv 15: expected at least 15 rows of each class, found \d+ with "/);
  });
});

describe('balanced classes', () => {
  const random = seeded(6);
  const X = Array.from({ length: 90 }, () => [random(), random()]);
  const y = X.map(([a], i) => (i % 7 === 0 || a! > 0.85 ? 1 : 0));
  // so that the classes are parted differently in every fold
  const folds = Uint32Array.from(y, (label, i) => (label === 1 && i % 2 === 0 ? 0 : i % 3));

  it('weigh the same in the rows that a fold leaves', async () => {
    const dataset = await datasetOfArrays({ X, y }, true, 'balanced');
    const kept = await keptOf(dataset, folds, 3);
    for (const { problem, description } of kept) {
      const { training } = await splitAt(dataset, folds, problem.held);
      const sums = [0, 0];
      for await (const { y: labels, c, rows } of training.local!.shards) {
        for (let i = 0; i < rows; i++) sums[labels[i]!]! += c![i]!;
      }
      assert.ok(error(sums[0]!, sums[1]!) < 1e-12, `${sums}`);
      assert.ok(error(description.weightSum, training.weightSum) < 1e-12);
      training.scaling.mean.forEach((mean, j) => {
        assert.ok(Math.abs(mean - description.scaling.mean[j]!) < 1e-13);
        assert.ok(error(training.scaling.scale[j]!, description.scaling.scale[j]!) < 1e-12);
      });
    }
  });

  it('have the solutions of the rows that a fold leaves alone, and the metrics of the others', async () => {
    const options = {
      standardize: true,
      lambdas: [0.1, 0.01],
      count: 2,
      ratio: undefined,
      l1Ratio: 0.5,
      tolerance: 1e-11,
    };
    for (const classWeight of ['balanced', [1, 3], undefined] as const) {
      const dataset = await datasetOfArrays({ X, y }, true, classWeight);
      for (const metric of ['loss', 'brier'] as const) {
        const how = { metric, choose: 'min' } as const;
        const { crossValidation } = await crossValidate(localTable(dataset), options, folds, 3, how);
        const values: number[][] = [];
        const weights: number[] = [];
        for (const k of [0, 1, 2]) {
          const { training, heldOut } = await splitAt(dataset, folds, k);
          const points = await solvePath(training, options);
          const scored = await Promise.all(points.map(({ stored }) => scoredRows(heldOut, stored)));
          values.push(scored.map((rows) => metricsOf(rows, 0.5)[metric === 'loss' ? 'logLoss' : 'brier']));
          weights.push(heldOut.rows);
        }
        crossValidation!.points.forEach(({ mean, se }, l) => {
          const expected = summaryOf(
            values.map((one) => one[l]!),
            weights,
          );
          assert.ok(
            error(mean, expected.mean) < 1e-8,
            `${classWeight} ${metric}: ${mean} for ${expected.mean}`,
          );
          assert.ok(error(se, expected.se) < 1e-6, `${classWeight} ${metric}: ${se} for ${expected.se}`);
        });
      }
    }
  });
});
