/** Separated classes against an exact linear program, and how they are told. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { Dataset } from '../../src/dataset/dataset.js';
import { areBalanced } from '../../src/diagnostics/separation/balance.js';
import { hasNearMinimum, longestRow, PLAIN } from '../../src/diagnostics/separation/minimum.js';
import { hasMinimumOnSample } from '../../src/diagnostics/separation/sample.js';
import { judgeSeparation } from '../../src/diagnostics/separation/separation.js';
import { composeProblem, spaceOf } from '../../src/fit/problem.js';
import { type Model, type TrainOptions, train } from '../../src/index.js';
import { factorize } from '../../src/math/cholesky.js';
import type { Table } from '../../src/objective/table.js';
import { OPTIMIZERS } from '../../src/optimizer/optimizers.js';
import { type Verdict, verdictOn } from '../support/rational.js';
import { type SmallTable, smallTable } from '../support/smallTables.js';
import { bceTrain, datasetOfArrays, datasetOfCsv, fixture, seeded } from '../support/support.js';

/** In [0, 1). */
function uniform(seed: number): () => number {
  const random = seeded(seed);
  return () => (random() + 1) / 2;
}

function tables(seed: number, count: number): SmallTable[] {
  const random = uniform(seed);
  const found: SmallTable[] = [];
  while (found.length < count) {
    const table = smallTable(random);
    if (table !== undefined) found.push(table);
  }
  return found;
}

function trainCsv(csv: string, options: TrainOptions): Promise<Model> {
  return train(Readable.from([Buffer.from(csv)]), { header: true, ...options });
}

async function judged(table: SmallTable, options: TrainOptions): Promise<Model | undefined> {
  const own = {
    intercept: table.intercept,
    target: 'y',
    ...(table.isWeighted && { weightColumn: 'weight' }),
  };
  try {
    return await trainCsv(table.csv, { ...own, ...options });
  } catch (error) {
    // a step that is too long without standardizing has no weights to judge
    if ((error as { code?: string }).code === 'DIVERGED') return undefined;
    throw error;
  }
}

function extentOf({ separation, unjudged }: Model): Verdict | string {
  if (separation === undefined) return unjudged ?? 'none';
  const isComplete =
    separation.isComplete === true ||
    (separation.kind === 'columns' &&
      separation.rules.some((rule) => rule.kind === 'threshold' && rule.isExact));
  return isComplete ? 'whole' : 'part';
}

describe('the verdict on separation', () => {
  OPTIMIZERS.forEach((optimizer, k) => {
    it(`is that of a linear program on random tables: ${optimizer}`, async () => {
      const seen = new Set<string>();
      for (const [i, table] of tables(100 + k, 120).entries()) {
        const truth = verdictOn(table.signed);
        const tolerance = [1e-2, 1e-6, 1e-12][i % 3]!;
        const model = await judged(table, { optimizer, tolerance, standardize: i % 4 > 0 });
        if (model === undefined) continue;
        assert.equal(extentOf(model), truth, `${table.csv}intercept ${table.intercept}`);
        assert.equal(model.result.converged && truth !== 'none', false);
        seen.add(truth);
      }
      assert.deepEqual([...seen].sort(), ['none', 'part', 'whole']);
    });
  });

  it('is that of a linear program where rows join by and by', async () => {
    const random = uniform(31);
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const table = smallTable(random, 600 + Math.floor(900 * random()));
      if (table === undefined) continue;
      const different = new Map(table.signed.map((row) => [row.join(), row]));
      const truth = verdictOn([...different.values()]);
      const model = await judged(table, { optimizer: OPTIMIZERS[i % 5]! });
      if (model === undefined) continue;
      assert.equal(extentOf(model), truth);
      seen.add(truth);
    }
    assert.ok(seen.has('part') && seen.has('none'));
  });

  it('names the fewest columns and levels that do it', async () => {
    let sizes = 0;
    for (const table of tables(9, 250)) {
      const model = await judged(table, { optimizer: 'lbfgs' });
      if (model?.separation?.kind !== 'combination') continue;
      const { terms, isComplete } = model.separation;
      const suits = (names: readonly string[]) => {
        const verdict = verdictOn(withColumns(table, model, names));
        return verdict === 'whole' || (verdict === 'part' && !isComplete);
      };
      assert.ok(suits(terms), `${terms} in ${table.csv}`);
      const names = [...columnsOf(table, model).keys()];
      for (let size = 1; size < Math.min(terms.length, 3); size++) {
        for (const set of subsets(names, size))
          assert.ok(!suits(set), `${set}, not ${terms}, in ${table.csv}`);
      }
      sizes += terms.length;
    }
    assert.ok(sizes > 100);
  });
});

/** The columns of the signed matrix by name, baselines included where there is an intercept. */
function columnsOf(table: SmallTable, model: Model): Map<string, readonly number[]> {
  const columns = new Map(table.terms.map((name, j) => [name, table.signed.map((row) => row[j]!)]));
  if (!table.intercept) return columns;
  const ones = table.signed.map((row) => row.at(-1)!);
  for (const feature of model.features) {
    if (feature.kind === 'numeric') continue;
    const others = feature.levels.slice(1).map((level) => columns.get(`${feature.name}=${level}`)!);
    const rest = ones.map((one, i) => others.reduce((sum, column) => sum - column[i]!, one));
    columns.set(`${feature.name}=${feature.levels[0]}`, rest);
  }
  return columns;
}

function withColumns(table: SmallTable, model: Model, names: readonly string[]): number[][] {
  const columns = columnsOf(table, model);
  return table.signed.map((row, i) => [
    ...names.map((name) => columns.get(name)![i]!),
    ...(table.intercept ? [row.at(-1)!] : []),
  ]);
}

function* subsets<T>(of: readonly T[], k: number, from = 0): Generator<T[]> {
  if (k === 0) yield [];
  for (let i = from; k > 0 && i <= of.length - k; i++) {
    for (const rest of subsets(of, k - 1, i + 1)) yield [of[i]!, ...rest];
  }
}

/** Rows with numbers without meaning, three text columns, and labels that three of their levels settle. */
function threeLevels(rows: number, columns: number): string {
  const random = uniform(3);
  const level = () => 'abcdefgh'[Math.floor(8 * random())]!;
  const lines = Array.from({ length: rows }, () => {
    const x = Array.from({ length: columns }, () => (2 * random() - 1).toFixed(3));
    const [f, g, h] = [level(), level(), level()];
    // on the border of f = a, g = b, h = c the labels are mixed
    const side = Number(f === 'a') + Number(g === 'b') - Number(h === 'c');
    const y = side > 0 ? 1 : side < 0 ? 0 : Number(random() < 0.5);
    return [...x, f, g, h, y].join();
  });
  const names = [...Array.from({ length: columns }, (_, j) => `x${j}`), 'f', 'g', 'h', 'y'];
  return `${names.join()}\n${lines.join('\n')}\n`;
}

describe('separation in part', () => {
  for (const optimizer of OPTIMIZERS) {
    it(`by three levels together names exactly those: ${optimizer}`, async () => {
      const { separation } = await trainCsv(threeLevels(6000, 12), { optimizer });
      assert.ok(separation?.kind === 'combination' && !separation.isComplete);
      assert.deepEqual([...separation.terms].sort(), ['f=a', 'g=b', 'h=c']);
    });
  }

  it('by two levels that meet only with one label is told, by --strict as well', async () => {
    // y is 0 where a = 2 and b = 2 meet; a = 2 alone and b = 2 alone have the same odds as neither
    const rows = [
      ...['1,1', '2,2'].flatMap((cells) => Array.from({ length: 6 }, () => `${cells},0`)),
      ...Array.from({ length: 6 }, (_, i) => `1,2,${i % 2}`),
      ...Array.from({ length: 6 }, (_, i) => `2,1,${i % 2}`),
    ].map((row) => `${'uv'[Number(row[0]) - 1]},${'pq'[Number(row[2]) - 1]},${row[4]}`);
    const stdin = `a,b,y\n${rows.join('\n')}\n`;
    // with an intercept the rows u,p and v,q pull both ways: there is an optimum
    const additive = await bceTrain(['-', '--optimizer', 'newton', '--strict', '-q'], { stdin });
    assert.deepEqual([additive.stderr, additive.code], ['', 0]);
    const withProduct = stdin
      .trim()
      .split('\n')
      .map((row, i) => (i === 0 ? `ab,${row}` : `${row.startsWith('v,q') ? 1 : 0},${row}`))
      .join('\n');
    const { stderr, code } = await bceTrain(['-', '--optimizer', 'newton', '--strict', '-q'], {
      stdin: withProduct,
    });
    assert.match(stderr, /warning: the classes are separated in part: y is 0 whenever "ab" > 0/);
    assert.equal(code, 3);
  });

  it('by one level of one column and one of another is found', async () => {
    const random = uniform(8);
    const rows = Array.from({ length: 400 }, (_, i) => {
      const [a, b] = ['rst'[i % 3]!, 'xyz'[Math.floor(i / 3) % 3]!];
      const both = Number(a === 'r') - Number(b === 'z');
      return `${a},${b},${random().toFixed(2)},${both > 0 ? 1 : both < 0 ? 0 : Number(random() < 0.5)}`;
    });
    for (const optimizer of OPTIMIZERS) {
      const { separation } = await trainCsv(`a,b,c,y\n${rows.join('\n')}\n`, { optimizer });
      assert.ok(separation?.kind === 'combination' && !separation.isComplete);
      assert.deepEqual([...separation.terms].sort(), ['a=r', 'b=z']);
    }
  });

  for (const [what, unit] of [
    ['binary fractions', 1 / 8],
    // no sum of their doubles meets the border: 0.1 + 0.2 is not 0.3
    ['decimals', 0.1],
    ['small decimals', 1e-7],
    ['large numbers', 1e15],
  ] as const) {
    it(`is exact where cells are ${what}`, async () => {
      // a + b = 3 units on the border
      const border = ['3,0', '1,2', '-1,4', '5,-2', '-3,6', '7,-4'];
      const cell = (count: number) => Number((count * unit).toPrecision(3));
      const rows = Array.from({ length: 72 }, (_, i) => {
        const [a, b] = border[i % 6]!.split(',').map(Number);
        const off = i % 4 === 0 ? 1 : 0;
        return `${cell(a! + off)},${cell(b!)},${off === 1 ? 1 : Number(i % 5 < 2)}`;
      });
      const { separation } = await trainCsv(`a,b,y\n${rows.join('\n')}\n`, { optimizer: 'lbfgs' });
      assert.ok(separation?.kind === 'combination' && !separation.isComplete);
      assert.deepEqual([...separation.terms].sort(), ['a', 'b']);
    });
  }
});

describe('complete separation', () => {
  it('by the levels of one column is told by its levels', async () => {
    const stdin = 'a,f,y\n1,p,0\n2,p,0\n1,q,1\n3,q,1\n2,q,1\n';
    const { stderr } = await bceTrain(['-', '-q'], { stdin });
    assert.match(
      stderr,
      /the classes are separated: y is 0 in every row with "f" = "p" \(2 rows\)(,| and) y is 1 in every row with "f" = "q"/,
    );
  });

  it('is told where some single columns do so only in part', async () => {
    // a is above 1 only where y is 1; with b all rows are told apart
    const rows = ['0,0,0', '1,0,0', '0,1,0', '1,3,1', '0,4,1', '2,2,1', '3,0,1'];
    const { separation } = await trainCsv(`a,b,y\n${rows.join('\n')}\n`, { optimizer: 'lbfgs' });
    assert.deepEqual(separation, { kind: 'combination', isComplete: true, terms: ['b', 'a'] });
  });

  it('is proved by positive margins where no linear program could be afforded', async () => {
    const random = seeded(4);
    const X = Array.from({ length: 1500 }, () => Array.from({ length: 1200 }, random));
    const y = X.map((row) => (row[0]! + row[1]! > 0 ? 1 : 0));
    const dataset = await datasetOfArrays({ X, y });
    const u = new Float64Array(1201);
    assert.equal((await judgeSeparation(dataset, u)).kind, 'unknown');
    u[0] = dataset.scaling.scale[0]!;
    u[1] = dataset.scaling.scale[1]!;
    u[1200] = dataset.scaling.mean[0]! + dataset.scaling.mean[1]!;
    assert.deepEqual(await judgeSeparation(dataset, u), {
      kind: 'separated',
      separation: { kind: 'combination', isComplete: true, terms: ['x2', 'x1'] },
    });
  });
});

describe('what is not known of separation', () => {
  it('is said, and --strict does not pass', async () => {
    const random = uniform(5);
    const names = Array.from({ length: 1000 }, (_, j) => `x${j}`);
    const rows = Array.from({ length: 3000 }, () =>
      [...names.map(() => (random() < 0.5 ? 0 : 1)), Number(random() < 0.5)].join(),
    );
    const stdin = `${[...names, 'y'].join()}\n${rows.join('\n')}\n`;
    const { stderr, code } = await bceTrain(['-', '-q', '--strict', '--epochs', '3', '--lr', 'auto'], {
      stdin,
    });
    assert.match(stderr, /^warning: it is not known whether the classes are separated/m);
    assert.match(stderr, /^error: whether there is an optimum is not known/m);
    assert.equal(code, 3);
  });

  it('is left open, not guessed, for columns that follow from others but for rounding', async () => {
    const random = uniform(6);
    const X = Array.from({ length: 200 }, () => {
      const [a, b] = [random(), random()];
      return [a, b, a / 3 + b / 7];
    });
    const y = X.map(() => Number(random() < 0.5));
    const { separation, unjudged, collinear } = await train({ X, y }, { optimizer: 'newton' });
    assert.deepEqual([separation, collinear.map(({ term }) => term)], [undefined, ['x3']]);
    assert.match(unjudged!, /follow from others/);
  });

  it('is nothing where a column is the total of others in decimals', async () => {
    const random = uniform(6);
    const cents = () => Math.round(1000 * random()) / 100;
    const rows = Array.from({ length: 200 }, () => {
      const [a, b] = [cents(), cents()];
      return [a, b, (a + b).toFixed(2), Number(random() < 0.5)].join();
    });
    const model = await trainCsv(`a,b,total,y\n${rows.join('\n')}\n`, { optimizer: 'newton' });
    assert.deepEqual([model.separation, model.unjudged], [undefined, undefined]);
    assert.deepEqual(
      model.collinear.map(({ term }) => term),
      ['total'],
    );
  });

  it('is nothing where rows are far from zero or much alike', async () => {
    const random = seeded(12);
    for (const scale of [1e-300, 1e-5, 1, 1e9, 1e300]) {
      for (const likeness of [1, 1e-4, 1e-8]) {
        const X = Array.from({ length: 120 }, () => {
          const [a, b] = [random(), random()];
          return [a * scale, (a + likeness * b) * scale];
        });
        const verdict = await judgeSeparation(
          await datasetOfArrays({ X, y: X.map(() => (random() > 0 ? 1 : 0)) }),
          new Float64Array(3),
        );
        assert.deepEqual(verdict, { kind: 'none' }, `${scale}, ${likeness}`);
      }
    }
  });
});

describe('a minimum close by', () => {
  /** What a fit knows at u: the slopes and the second derivatives of the mean loss on standardized columns. */
  async function parabolaAt(table: Dataset & Table, u: Float64Array) {
    const { objective } = composeProblem(table, { standardize: true, reduction: 'mean', l1: 0, l2: 0 });
    const g = new Float64Array(u.length);
    const H = new Float64Array(u.length ** 2);
    await objective.evaluate(u, g);
    await objective.hessian(u, H);
    const p = new Float64Array(u.length);
    factorize(H, Int32Array.from(u.keys()), 1e-14).solve(g, p);
    return { g, H, p };
  }

  async function optimum(table: Dataset & Table, steps: number): Promise<Float64Array> {
    const u = new Float64Array(table.design.size);
    for (let k = 0; k < steps; k++) {
      const { p } = await parabolaAt(table, u);
      u.forEach((_, j) => {
        u[j]! -= p[j]!;
      });
    }
    return u;
  }

  /** A table that must not be looked at. */
  function closed(table: Dataset & Table): Dataset & Table {
    const refuse = async () => assert.fail('looked at the rows');
    const local = Object.defineProperty({ ...table }, 'shards', {
      get: () => assert.fail('looked at the rows'),
    });
    return { ...table, byClass: refuse, margins: refuse, local };
  }

  const random = uniform(21);
  const X = Array.from({ length: 300 }, () => [random(), 1e6 + random(), random() < 0.3 ? 1 : 0]);
  const mixed = X.map(([a, b]) => Number(random() < a! / 2 + (b! - 1e6) / 3));

  it('is proved without the rows, with an intercept and without', async () => {
    for (const intercept of [true, false]) {
      const table = await datasetOfArrays({ X, y: mixed }, intercept);
      const u = await optimum(table, 8);
      const near = await parabolaAt(table, u);
      assert.deepEqual(await judgeSeparation(closed(table), u, undefined, { passes: 0, near }), {
        kind: 'none',
      });
    }
  });

  it('is not claimed far from it, for separated classes, nor for rows with weights', async () => {
    const far = await datasetOfArrays({ X, y: mixed });
    const separated = await datasetOfArrays({ X, y: X.map(([a]) => Number(a! > 0.5)) });
    const weighted = await datasetOfArrays({
      X,
      y: mixed,
      weights: X.map((_, i) => (i % 2 === 0 ? 0.5 : 1.5)),
    });
    for (const [table, steps] of [
      [far, 0],
      [separated, 0],
      [separated, 3],
      [separated, 8],
      [separated, 12],
      [weighted, 8],
    ] as const) {
      const u = await optimum(table, steps);
      const near = await parabolaAt(table, u);
      await assert.rejects(
        judgeSeparation(closed(table), u, undefined, { passes: 0, near }),
        /looked at the rows/,
      );
    }
  });

  /** Whether the rows balance at u. */
  async function isBalancedAt(table: Dataset & Table, u: Float64Array): Promise<boolean> {
    const near = await parabolaAt(table, u);
    const { toStored } = spaceOf(table, PLAIN);
    return areBalanced(table, u, near, near.p, toStored, longestRow(table)!);
  }

  it('is proved by rows that balance, where the moments do not suffice', async () => {
    const table = await datasetOfArrays({ X, y: mixed });
    const u = await optimum(table, 1);
    assert.equal(hasNearMinimum(table, await parabolaAt(table, u)), false);
    assert.ok(await isBalancedAt(table, u));
  });

  it('is not claimed by the balance of separated classes, whole, in part or but for one row, whatever u is', async () => {
    const random = uniform(22);
    const whole = X.map(([a]) => Number(a! > 0.5));
    const part = X.map(([, , c], i) => (c === 1 ? 1 : i % 2));
    const rows = [...X, [0, 1e6 + 2, 0]];
    for (const [all, y] of [
      [X, whole],
      [X, part],
      [rows, [...whole, 0]],
    ] as const) {
      const table = await datasetOfArrays({ X: all, y });
      for (let steps = 0; steps < 6; steps++) {
        const u = await optimum(table, steps);
        assert.equal(await isBalancedAt(table, u), false);
        u.forEach((uj, j) => {
          u[j] = uj + random();
        });
        assert.equal(await isBalancedAt(table, u), false);
      }
    }
  });

  it('is proved by a few rows, from far away, with weights and without', async () => {
    const weights = X.map((_, i) => (i % 2 === 0 ? 0.5 : 1.5));
    const text = { X: X.map(([a]) => [a!]), y: mixed };
    for (const arrays of [{ X, y: mixed }, { X, y: mixed, weights }, text]) {
      const table = await datasetOfArrays(arrays);
      assert.ok(await hasMinimumOnSample(table, new Float64Array(table.design.size)));
    }
  });

  it('is not claimed by a few rows of separated classes, whole or in part, nor beside a column that follows', async () => {
    const whole = X.map(([a]) => Number(a! > 0.5));
    // the others all lie on the border
    const part = X.map(([, , c], i) => (c === 1 ? 1 : i % 2));
    const twice = X.map((row) => [...row, 2 * row[0]! - row[2]!]);
    for (const [rows, y] of [
      [X, whole],
      [X, part],
      [twice, mixed],
    ] as const) {
      const table = await datasetOfArrays({ X: rows, y });
      assert.equal(await hasMinimumOnSample(table, new Float64Array(table.design.size)), false);
    }
  });
});

describe('separated.csv', () => {
  it('has a verdict whatever the weights are', async () => {
    const { readFileSync } = await import('node:fs');
    const dataset = await datasetOfCsv(readFileSync(fixture('separated.csv')));
    for (const u of [
      [0, 0],
      [1, 0],
      [-50, 3],
      [1e6, 0],
    ]) {
      const { kind } = await judgeSeparation(dataset, Float64Array.from(u));
      assert.equal(kind, 'separated');
    }
  });
});
