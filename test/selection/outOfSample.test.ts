/** Cross-validation of a plain model: as if each fold had been trained and validated by itself, and groups that stay together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadModel, regularizationPath, saveModel, type TrainOptions, train } from '../../src/index.js';
import type { Metrics } from '../../src/metrics/metrics.js';
import { ESTIMATED } from '../../src/selection/choices.js';
import { foldsOf } from '../../src/selection/folds.js';
import { bceTrain, datasetOfCsv, error, example, fixture, temporary } from '../support/support.js';

const NEWTON: TrainOptions = { optimizer: 'newton', tolerance: 1e-10 };

/** The lines of a table with a column more, and those of fold k alone. */
function withFolds(csv: string, count: number): { all: string; split: (k: number) => [string, string] } {
  const [header, ...rows] = csv.trimEnd().split('\n');
  const pick = (isIn: (fold: number) => boolean) =>
    `${[header, ...rows.filter((_, i) => isIn((7 * i) % count))].join('\n')}\n`;
  return {
    all: `${[`site,${header}`, ...rows.map((row, i) => `s${(7 * i) % count},${row}`)].join('\n')}\n`,
    split: (k) => [pick((fold) => fold !== k), pick((fold) => fold === k)],
  };
}

/** Titanic, with missing texts as well as missing numbers. */
const titanic = readFileSync(example('titanic.csv'), 'utf8')
  .split('\n')
  .map((line, i) => (i % 50 === 7 ? line.replace(/^\w+/, '') : line))
  .join('\n');

/** By how much the metrics of two runs differ, relatively. */
function difference(one: Metrics, other: Metrics): number {
  return Math.max(...ESTIMATED.map((name) => error(one[name] ?? 0, other[name] ?? 0)));
}

describe('cross-validation of a plain model', () => {
  const tables: readonly (readonly [name: string, csv: string, options: TrainOptions])[] = [
    ['missing cells filled', titanic, { missing: 'mean' }],
    ['rows with missing cells left out', titanic, { missing: 'drop' }],
    ['weights of rows', readFileSync(fixture('birthwt.csv'), 'utf8'), { weightColumn: 'age' }],
    ['balanced classes', readFileSync(example('pima.csv'), 'utf8'), { classWeight: 'balanced' }],
    ['penalties', readFileSync(example('pima.csv'), 'utf8'), { l2: 0.1, standardize: true }],
    ['columns as they are', readFileSync(example('pima.csv'), 'utf8'), { standardize: false }],
  ];
  for (const [name, csv, options] of tables) {
    it(`is training without a fold, and validating on it: ${name}`, async () => {
      const count = 4;
      const { all, split } = withFolds(csv, count);
      const shared = { ...NEWTON, ...options };
      const { outOfSample, terms } = await train(temporary('all.csv', all), {
        ...shared,
        cv: count,
        foldColumn: 'site',
      });
      const { byFold, metrics, column } = outOfSample!;
      assert.deepEqual([byFold.length, column], [count, 'site']);
      // the folds are dealt by size: each is that of one text
      const found = new Set<number>();
      for (let k = 0; k < count; k++) {
        const [training, held] = split(k).map((text, i) => temporary(`${k}-${i}.csv`, text));
        const model = await train(training!, { ...shared, validation: held!, metrics: true });
        const validation = model.metrics!.validation!;
        const fold = byFold.findIndex((one) => difference(one, validation) < 1e-7);
        assert.ok(fold >= 0, `${k}: ${validation.logLoss} among ${byFold.map(({ logLoss }) => logLoss)}`);
        assert.equal(byFold[fold]!.rows, validation.rows);
        found.add(fold);
      }
      assert.equal(found.size, count);
      // and the weights are those of all rows
      const plain = await train(temporary('plain.csv', csv), shared);
      assert.deepEqual(terms, plain.terms);
      const weight = byFold.reduce((sum, fold) => sum + fold.weight, 0);
      const mean = byFold.reduce((sum, fold) => sum + fold.weight * fold.logLoss, 0) / weight;
      const spread = byFold.reduce((sum, fold) => sum + fold.weight * (fold.logLoss - mean) ** 2, 0) / weight;
      assert.ok(error(metrics.logLoss!.mean, mean) < 1e-14);
      assert.ok(error(metrics.logLoss!.se, Math.sqrt(spread / (count - 1))) < 1e-10);
    });
  }

  it('predicts every row once, in folds of one size and share of y = 1', async () => {
    const { outOfSample, rows, target } = await train(example('pima.csv'), { ...NEWTON, cv: 10 });
    const { byFold } = outOfSample!;
    assert.equal(
      byFold.reduce((sum, fold) => sum + fold.rows, 0),
      rows,
    );
    assert.equal(
      byFold.reduce((sum, fold) => sum + fold.positives, 0),
      target.positives,
    );
    for (const fold of byFold) {
      assert.ok(Math.abs(fold.rows - rows / 10) < 1 && Math.abs(fold.positives - target.positives / 10) < 1);
    }
  });

  it('has the same bits for any number of threads and in a file, and others for another seed', async () => {
    const options: TrainOptions = { batch: 32, epochs: 2, cv: 3 };
    const first = await train(example('pima.csv'), { ...options, threads: 1 });
    const second = await train(example('pima.csv'), { ...options, threads: 3, memory: 0 });
    assert.deepEqual(second.outOfSample, first.outOfSample);
    const other = await train(example('pima.csv'), { ...options, seed: 5 });
    assert.notDeepEqual(other.outOfSample, first.outOfSample);
  });

  it('is part of the JSON model, and of the log', async () => {
    const model = await train(example('pima.csv'), { ...NEWTON, cv: 3 });
    const path = temporary('model.json');
    await saveModel(model, path);
    assert.deepEqual((await loadModel(path)).outOfSample, model.outOfSample);
    const { stderr } = await bceTrain([
      example('pima.csv'),
      ...['--optimizer', 'newton', '--tolerance', '1e-10', '--cv', '3', '--log', 'json'],
    ]);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = events.find(({ event }) => event === 'outOfSample');
    assert.equal(told.metrics.logLoss.mean, model.outOfSample!.metrics.logLoss!.mean);
  });

  it('gives the weights alone where it is interrupted', async () => {
    const abort = new AbortController();
    const model = await train(example('pima.csv'), {
      ...NEWTON,
      cv: 5,
      signal: abort.signal,
      onEvent: (event) => {
        if (event.kind === 'fold' && event.done === 2) abort.abort();
      },
    });
    assert.equal(model.outOfSample, undefined);
    assert.equal(model.result.status, 'converged');
  });

  it('fills by the rows that are left along a path as well', async () => {
    const { all } = withFolds(titanic, 4);
    const csv = temporary('filled.csv', all);
    const shared: TrainOptions = { missing: 'mean', cv: 4, foldColumn: 'site', tolerance: 1e-10 };
    const lambdas = [0.05, 0.005];
    for (const [cvMetric, name] of [
      ['loss', 'logLoss'],
      ['auc', 'rocAuc'],
    ] as const) {
      const path = await regularizationPath(csv, { ...shared, lambdas, cvMetric });
      for (const [k, l1] of lambdas.entries()) {
        const { outOfSample } = await train(csv, { ...shared, optimizer: 'proximal-newton', l1 });
        const { mean, se } = outOfSample!.metrics[name]!;
        const point = path.crossValidation!.points[k]!;
        assert.ok(error(point.mean, mean) < 1e-8 && error(point.se, se) < 1e-6, `${point.mean}, ${mean}`);
      }
    }
  });

  it('warns of terms that all rows settle', async () => {
    const asked = [example('pima.csv'), '--optimizer', 'newton', '--cv', '3', '--add', 'ns(age,3)+age^2'];
    const { stderr, code } = await bceTrain(asked);
    assert.equal(code, 0);
    assert.match(stderr, /warning: --cv: "ns\(age,3\)\[1\]", .* are settled by all rows/);
    const { stderr: quiet } = await bceTrain(asked.with(-1, 'age^2'));
    assert.doesNotMatch(quiet, /settled by all rows/);
  });

  it('says which fold has diverged', async () => {
    // steps that all rows bear, and those without the first do not
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i < 8 ? 'a' : 'b'},${i < 8 ? 0.01 * i : 9 + i},${i % 2}`,
    );
    const csv = temporary('steep.csv', `g,x,y\n${rows.join('\n')}\n`);
    const options: TrainOptions = {
      standardize: false,
      learningRate: 0.0078,
      epochs: 3000,
      cv: 2,
      foldColumn: 'g',
    };
    await assert.rejects(train(csv, options), { code: 'DIVERGED', message: /^fold [12]: diverged at epoch/ });
  });
});

describe('the column of the folds', () => {
  it('keeps groups together, in folds that differ by the largest group at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 6, maxLength: 40 }),
        fc.integer({ min: 2, max: 4 }),
        fc.nat(1000),
        async (sizes, count, seed) => {
          // two rows of each class in every group, so that no fold lacks one
          const groups = sizes.flatMap((size, g) => Array.from({ length: 2 * size }, () => g));
          const csv = `g,x,y\n${groups.map((g, i) => `g${g},${i % 7},${i % 2}`).join('\n')}\n`;
          const dataset = await datasetOfCsv(csv, { cv: count, foldColumn: 'g' });
          assert.deepEqual(
            dataset.features.map(({ name }) => name),
            ['x'],
          );
          const folds = await foldsOf(dataset, { folds: count, seed });
          const foldOf = new Map<number, number>();
          const rows = new Array<number>(count).fill(0);
          groups.forEach((g, i) => {
            assert.equal(foldOf.get(g) ?? folds[i], folds[i]);
            foldOf.set(g, folds[i]!);
            rows[folds[i]!]!++;
          });
          assert.ok(Math.max(...rows) - Math.min(...rows) <= 2 * Math.max(...sizes), String(rows));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('may have more texts than a text column may have levels, and is not a feature along a path either', async () => {
    const rows = Array.from(
      { length: 600 },
      (_, i) => `id${i >> 1},${(i * 37) % 11},${(i * 53) % 13},${i % 2}`,
    );
    const csv = temporary('ids.csv', `id,u,v,y\n${rows.join('\n')}\n`);
    const path = await regularizationPath(csv, { cv: 3, foldColumn: 'id', lambdaCount: 5 });
    assert.deepEqual(path.names, ['(intercept)', 'u', 'v']);
    assert.equal(path.crossValidation!.folds, 3);
    const { outOfSample } = await train(csv, { ...NEWTON, cv: 3, foldColumn: '1' });
    assert.deepEqual(
      [outOfSample!.column, outOfSample!.byFold.map((fold) => fold.rows)],
      ['id', [200, 200, 200]],
    );
  });

  it('is a list beside arrays, to the same bits as a column of a file', async () => {
    const sites = Array.from({ length: 90 }, (_, i) => `s${(i * i) % 7}`);
    const X = sites.map((_, i) => [(i * 37) % 11, (i * 53) % 13]);
    const y = sites.map((_, i) => (i * 7) % 2);
    const csv = temporary(
      'sites.csv',
      `site,x1,x2,y\n${sites.map((site, i) => `${site},${X[i]!.join(',')},${y[i]}`).join('\n')}\n`,
    );
    const asked = { ...NEWTON, cv: 3 };
    const ofFile = await train(csv, { ...asked, foldColumn: 'site' });
    const ofArrays = await train({ X, y, groups: sites }, asked);
    assert.deepEqual(ofArrays.outOfSample!.byFold, ofFile.outOfSample!.byFold);
    assert.equal(ofArrays.outOfSample!.column, 'groups');
    // rows of weight 0 have no group
    const weights = y.map((_, i) => (i === 4 ? 0 : 1));
    await train({ X, y, weights, groups: sites.map((site, i) => (i === 4 ? 'alone' : site)) }, asked);
    for (const [data, options, message] of [
      [{ X, y, groups: sites }, {}, /^groups: nothing asks for them/],
      [{ X, y, groups: sites.slice(1) }, asked, /^groups: expected 90 groups, found 89/],
      [
        { X, y, groups: [...sites.slice(1), Number.NaN] },
        asked,
        /^groups\[89\]: expected a text or a number/,
      ],
      [{ X, y, groups: y.map(() => 1) }, asked, /expected at least 3 different texts/],
      [{ X, y }, { ...asked, foldColumn: 'x1' }, /^foldColumn: says how to read a file/],
    ] as const) {
      await assert.rejects(train(data, options), { message });
    }
  });

  const groups = (lines: readonly string[]) => `g,x,y\n${lines.join('\n')}\n`;
  for (const [name, csv, given, message] of [
    [
      'one text',
      groups(['a,1,0', 'a,2,1']),
      [],
      /expected at least 2 different texts for --cv 2, found 1: "a"/,
    ],
    [
      'a fold of one class',
      groups(['a,1,0', 'a,2,1', 'b,1,1', 'b,3,1']),
      [],
      /found only "1" in that of "b"/,
    ],
    ['a missing fold', groups(['a,1,0', ',2,1', 'b,1,1', 'b,3,0']), [], /missing ones in "g"/],
    ['a fold to be filled', groups(['a,1,0', ',2,1', 'b,1,1']), ['--missing', 'mean'], /a fold in every row/],
    ['the target', groups(['a,1,0', 'b,2,1']), ['--target', 'g'], /column "g" is the target/],
    ['the weights', groups(['1,1,0', '2,2,1']), ['--weight-column', 'g'], /is that of the weights/],
    ['a feature', groups(['a,1,0', 'b,2,1']), ['--features', 'g,x'], /is that of the folds/],
    ['a term', groups(['a,1,0', 'b,2,1']), ['--add', 'g:x'], /--add: column "g" is that of the folds/],
    [
      'a product that a formula takes along',
      'g,h,x,y\na,p,1,0\nb,q,2,1\n',
      ['--formula', 'y ~ x + g:h - g'],
      /--formula: column "g" is that of the folds/,
    ],
    ['no column', groups(['a,1,0', 'b,2,1']), ['--fold-column', 'h'], /no column "h"/],
  ] as const) {
    it(`is refused with ${name}`, async () => {
      const path = temporary('groups.csv', csv);
      const asked = given[0] === '--fold-column' ? given : ['--fold-column', 'g', ...given];
      const { code, stderr } = await bceTrain([path, '--cv', '2', ...asked]);
      assert.match(stderr, message);
      assert.notEqual(code, 0);
    });
  }
});

describe('options of cross-validation', () => {
  for (const [given, message] of [
    [['--cv', '1'], /--cv: expected a whole number, 2 or more/],
    [['--cv', '3', '--validation', '0.2'], /--cv and --validation cannot be used together/],
    [['--cv', '3', '--init', 'w.csv'], /--cv and --init cannot be used together/],
    [['--cv', '3', '--cv-metric', 'auc'], /--cv-metric goes with --path only/],
    [['--path', '--choose', 'min'], /--choose goes with --cv only/],
    [['--fold-column', 'g'], /--fold-column goes with --cv only/],
    [['--cv', '3', '--quiet'], /--quiet and --cv cannot be used together/],
  ] as const) {
    it(`are refused before reading: ${given.join(' ')}`, async () => {
      const { code, stderr } = await bceTrain(['no-such-file.csv', ...given]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  it('ask for no more folds than a class has rows', async () => {
    const { code, stderr } = await bceTrain([example('pima.csv'), '--cv', '178']);
    assert.equal(code, 2);
    assert.match(stderr, /expected at least 178 rows of each class, found 177 with "Yes"/);
  });
});
