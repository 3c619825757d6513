/** What other programs solved: the right cause for weights that they made, none for weights that nobody solved for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Cause } from '../../src/check/theirs/causes.js';
import { diagnoseTheirs } from '../../src/check/theirs/diagnoseTheirs.js';
import { numpyPermutation } from '../../src/check/theirs/numpyPermutation.js';
import type { RowsUsed } from '../../src/check/theirs/rowsUsed.js';
import { entriesOf, readTheirs } from '../../src/check/theirs/theirWeights.js';
import { diagnose, namedWeights, train } from '../../src/index.js';
import { seededRandom } from '../../src/math/random.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { bceTrain, datasetOfCsv, example, fixture, temporary } from '../support/support.js';

const TABLES = ['birthwt', 'breast_cancer', 'pima', 'spam', 'titanic'] as const;
const options = resolveOptions({}).fit;

function pathOf(table: string): string {
  return table === 'pima' || table === 'titanic' ? example(`${table}.csv`) : fixture(`${table}.csv`);
}

const datasets = new Map(
  TABLES.map((table) => [table, datasetOfCsv(readFileSync(pathOf(table)), { missing: 'drop' })]),
);

async function diagnosed(table: (typeof TABLES)[number], text: string) {
  const dataset = await datasets.get(table)!;
  return diagnoseTheirs(dataset, options, readTheirs(entriesOf(text, 'theirs.csv'), 'theirs.csv', dataset));
}

function theirs(name: string): string {
  return readFileSync(fixture(`theirs/${name}.csv`), 'utf8');
}

/** The lines after the header in another order. */
function shuffled(text: string, seed: number): string {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  const random = seededRandom(seed);
  const keyed = lines.map((line) => [random.normal(), line] as const).sort((a, b) => a[0] - b[0]);
  return `${[header, ...keyed.map(([, line]) => line)].join('\n')}\n`;
}

type Expected = Partial<Omit<Cause, 'rows'>> & {
  readonly lambda?: number;
  readonly rows?: Partial<RowsUsed>;
};

function matches({ lambda, rows, ...expected }: Expected, cause: Cause): boolean {
  const isSame =
    Object.entries(expected).every(([key, value]) => cause[key as keyof Cause] === value) &&
    Object.entries(rows ?? { kind: 'all' }).every(([key, value]) =>
      key === 'count'
        ? Math.abs(cause.rows.count / Number(value) - 1) < 0.02
        : cause.rows[key as keyof RowsUsed] === value,
    );
  const found = cause.l1 + cause.l2;
  return isSame && (lambda === undefined || Math.abs(found / lambda - 1) < 0.25);
}

const file = { units: 'file', isFlipped: false, isBalanced: false } as const;
/** What made the weights, and how many rows told lambda. */
const MADE: Readonly<Record<string, (m: number) => Expected>> = {
  lbfgs: (m) => ({ ...file, penalty: 'l2', isStandardized: false, interceptPenalised: false, lambda: 1 / m }),
  liblinear: (m) => ({
    ...file,
    penalty: 'l2',
    isStandardized: false,
    interceptPenalised: true,
    lambda: 1 / m,
  }),
  unscaled: (m) => ({
    ...file,
    penalty: 'l2',
    isStandardized: true,
    interceptPenalised: false,
    lambda: 1 / m,
  }),
  glmnet0: () => ({ ...file, penalty: 'l2', isStandardized: true, interceptPenalised: false, lambda: 0.02 }),
  glmnet1: () => ({ ...file, penalty: 'l1', isStandardized: true, interceptPenalised: false, lambda: 0.02 }),
  glmnetraw: () => ({
    ...file,
    penalty: 'l2',
    isStandardized: false,
    interceptPenalised: false,
    lambda: 0.02,
  }),
  glm: () => ({ ...file, penalty: 'none' }),
};

describe('the diagnosis of weights of other programs', () => {
  for (const table of TABLES) {
    for (const [how, expected] of Object.entries(MADE)) {
      // the classes of breast_cancer are separated: glm gave up
      if (table === 'breast_cancer' && how === 'glm') continue;
      it(`names what made those of ${table} by ${how}, in any order of the lines`, async () => {
        const text = theirs(`${table}.${how}`);
        const { weightSum: rows, causes } = await diagnosed(table, text);
        assert.ok(
          causes.some((cause) => matches(expected(rows), cause)),
          JSON.stringify(causes),
        );
        assert.ok(causes.length <= 2, JSON.stringify(causes));
        // order is no matter of the table
        if (table === 'spam' && how !== 'glm') return;
        const again = await diagnosed(table, shuffled(text, 7));
        assert.deepEqual(
          again.causes.map(({ penalty, units }) => [penalty, units]),
          causes.map(({ penalty, units }) => [penalty, units]),
        );
      });
    }
    it(`says that none fits weights of ${table} at random`, async () => {
      const dataset = await datasets.get(table)!;
      for (let seed = 1; seed <= (table === 'spam' ? 3 : 10); seed++) {
        const random = seededRandom(seed);
        const size = 10 ** (random.normal() / 2);
        const lines = dataset.features.flatMap((feature) =>
          feature.kind === 'numeric'
            ? [`"${feature.name}",${(size * random.normal()) / feature.sd}`]
            : feature.levels.slice(1).map((level) => `${feature.name}=${level},${size * random.normal()}`),
        );
        const { causes, onTheWay, isStopped } = await diagnosed(
          table,
          `x,y\n(Intercept),${random.normal()}\n${lines.join('\n')}\n`,
        );
        assert.deepEqual([causes, onTheWay, isStopped], [[], undefined, false], `seed ${seed}`);
      }
    });
  }

  const OF_TITANIC: readonly [string, Expected][] = [
    ['flip', { ...MADE.lbfgs!(1046), isFlipped: true }],
    ['balanced', { ...MADE.lbfgs!(1046), isBalanced: true }],
    ['scaled', { ...MADE.unscaled!(1046), units: 'population' }],
    ['onehot', MADE.lbfgs!(1046)],
    ['glmnet0.5', { ...file, penalty: 'elastic-net', isStandardized: true, lambda: 0.02 }],
  ];
  for (const [how, expected] of OF_TITANIC) {
    it(`names what is unlike here: ${how}`, async () => {
      const { causes } = await diagnosed('titanic', theirs(`titanic.${how}`));
      assert.ok(matches(expected, causes[0]!), JSON.stringify(causes));
    });
  }

  const C1 = { ...file, penalty: 'l2', isStandardized: false } as const;
  const lbfgs = { ...C1, interceptPenalised: false } as const;
  const liblinear = { ...C1, interceptPenalised: true } as const;
  const none = { ...file, penalty: 'none' } as const;
  const OF_PARTS: readonly [name: string, what: object, rows: Partial<RowsUsed>][] = [
    ['breast_cancer.first80', lbfgs, { kind: 'first', count: 455 }],
    ['pima.first80', lbfgs, { kind: 'first', count: 425 }],
    ['spam.first80', C1, { kind: 'first', count: 3680 }],
    ['titanic.first80', lbfgs, { kind: 'first', count: 836 }],
    ['birthwt.last90', lbfgs, { kind: 'last', count: 170 }],
    ['pima.last90', lbfgs, { kind: 'last', count: 478 }],
    ['titanic.last90', lbfgs, { kind: 'last', count: 941 }],
    ['pima.glmfirst70', none, { kind: 'first', count: 372 }],
    ['titanic.glmfirst70', none, { kind: 'first', count: 732 }],
    ['pima.glmnetfirst70', { ...file, penalty: 'l1', lambda: 0.02 }, { kind: 'first', count: 372 }],
    ['titanic.glmnetfirst70', { ...file, penalty: 'l1', lambda: 0.02 }, { kind: 'first', count: 732 }],
    ['birthwt.split42', lbfgs, { kind: 'split', seed: 42, count: 151 }],
    ['breast_cancer.split42', lbfgs, { kind: 'split', seed: 42, count: 455 } as const],
    ['pima.split42', lbfgs, { kind: 'split', seed: 42, count: 425 }],
    ['spam.split42', C1, { kind: 'split', seed: 42, count: 3680 }],
    ['titanic.split42', lbfgs, { kind: 'split', seed: 42, count: 836 }],
    ['birthwt.split0liblinear', liblinear, { kind: 'split', seed: 0, count: 141 }],
    ['pima.split0liblinear', liblinear, { kind: 'split', seed: 0, count: 399 }],
    ['titanic.split0liblinear', liblinear, { kind: 'split', seed: 0, count: 784 }],
    ['pima.sample1none', none, { kind: 'sample', seed: 1, count: 372 }],
    ['titanic.sample1none', none, { kind: 'sample', seed: 1, count: 732 }],
    ['birthwt.distinct', lbfgs, { kind: 'distinct', count: 183 }],
    ['titanic.distinct', lbfgs, { kind: 'distinct', count: 423 }],
  ];
  for (const [name, what, rows] of OF_PARTS) {
    it(`names the rows that ${name} is the optimum of`, async () => {
      const text = theirs(name);
      const { causes } = await diagnosed(name.split('.')[0] as (typeof TABLES)[number], text);
      assert.ok(
        causes.some((cause) => matches({ ...what, rows }, cause)),
        JSON.stringify(causes),
      );
      assert.ok(causes.length <= 2, JSON.stringify(causes));
    });
  }

  it('names the same causes when the rows of the data come in another order', async () => {
    for (const [table, how] of [
      ['pima', 'lbfgs'],
      ['birthwt', 'liblinear'],
      ['titanic', 'glmnet1'],
      ['titanic', 'glm'],
    ] as const) {
      const data = shuffled(readFileSync(pathOf(table), 'utf8'), 11);
      const dataset = await datasetOfCsv(data, { missing: 'drop' });
      const weights = readTheirs(entriesOf(theirs(`${table}.${how}`), how), how, dataset);
      const { causes, weightSum } = await diagnoseTheirs(dataset, options, weights);
      assert.ok(
        causes.some((cause) => matches(MADE[how]!(weightSum), cause)),
        `${table} ${how}: ${JSON.stringify(causes)}`,
      );
    }
  });

  it('names flipped labels under a default C', async () => {
    for (const table of ['birthwt', 'breast_cancer', 'pima', 'titanic'] as const) {
      const { causes, weightSum } = await diagnosed(table, theirs(`${table}.flipliblinear`));
      const expected = { ...liblinear, isFlipped: true, lambda: 1 / weightSum };
      assert.ok(
        causes.some((cause) => matches(expected, cause)),
        table + JSON.stringify(causes),
      );
    }
  });

  it('names another baseline under a penalty', async () => {
    const path = fixture('theirs/titanic.baseline.csv');
    const { stdout } = await bceTrain([
      example('titanic.csv'),
      '--missing',
      'drop',
      '--diagnose',
      path,
      '-q',
    ]);
    assert.match(stdout, /their baseline of "passengerClass" is "3rd", here "1st"/);
    assert.match(stdout, /C = 1\/\(lambda m\) = 1\) on the columns as they are/);
  });

  it('names missing cells that were filled there and left out here, and the other way round', async () => {
    const [filled, complete] = [fixture('theirs/titanic.filled.csv'), fixture('theirs/titanic.lbfgs.csv')];
    for (const [path, missing, kind, count] of [
      [filled, 'drop', 'filled', 1309],
      [complete, 'mean', 'complete', 1046],
    ] as const) {
      const { verdict, causes } = await diagnose(example('titanic.csv'), path, { missing });
      assert.equal(verdict, 'optimum');
      assert.deepEqual(causes[0]!.rows, { kind, count, weight: count });
      assert.ok(matches({ ...lbfgs, rows: { kind } }, causes[0]!), JSON.stringify(causes));
    }
  });

  it('tells weights on the way of gradient descent, with alpha x epochs', async () => {
    const times = { birthwt: 0.43692, breast_cancer: 0.0048027, pima: 0.33985, titanic: 7.26112 } as const;
    for (const table of ['birthwt', 'breast_cancer', 'pima', 'titanic'] as const) {
      for (const [how, time, units, isStandardized] of [
        ['gdraw', times[table], 'file', false],
        ['gdscaled', 30, 'population', true],
      ] as const) {
        const { causes, onTheWay } = await diagnosed(table, theirs(`${table}.${how}`));
        assert.deepEqual(causes, [], `${table} ${how}`);
        assert.equal(onTheWay?.units, units, `${table} ${how}`);
        assert.equal(onTheWay?.isStandardized, isStandardized);
        assert.ok(Math.abs(onTheWay!.time / time - 1) < 0.005, `${onTheWay!.time} and ${time}`);
      }
    }
  });

  it('tells weights at which scikit-learn came to its limit of iterations', async () => {
    const { isStopped, remaining, ...stopped } = await diagnosed(
      'breast_cancer',
      theirs('breast_cancer.lbfgs100'),
    );
    assert.deepEqual([stopped.causes, isStopped], [[], true]);
    assert.ok(remaining!.slope < 1e-3 && remaining!.gap > 0.01, JSON.stringify(remaining));
    // it came nearer here: what it was on the way to is known
    const { causes, weightSum } = await diagnosed('birthwt', theirs('birthwt.lbfgs100'));
    assert.ok(matches({ ...lbfgs, lambda: 1 / weightSum }, causes[0]!), JSON.stringify(causes));
  });

  it('names no cause for weights near an optimum, or of rows drawn by a seed that nobody takes', async () => {
    for (const table of ['birthwt', 'pima', 'titanic'] as const) {
      const other = await diagnosed(table, theirs(`${table}.splitother`));
      assert.deepEqual([other.causes, other.onTheWay, other.isStopped], [[], undefined, false], table);
      for (const [how, noise] of [
        ['lbfgs', 0.1],
        ['unscaled', 0.03],
        ['glm', 0.01],
        ['glm', 0.3],
      ] as const) {
        for (let seed = 1; seed <= 2; seed++) {
          const random = seededRandom(seed);
          const near = entriesOf(theirs(`${table}.${how}`), how).map(
            ([name, weight]) => [name, weight * (1 + noise * random.normal())] as const,
          );
          const dataset = await datasets.get(table)!;
          const { causes, onTheWay, isStopped } = await diagnoseTheirs(
            dataset,
            options,
            readTheirs(near, how, dataset),
          );
          assert.deepEqual(
            [causes, onTheWay, isStopped],
            [[], undefined, false],
            `${table} ${how} ${noise} ${seed}`,
          );
        }
      }
    }
  });

  it('says that weights of 0 are where a descent begins, and names no cause for endless ones', async () => {
    const titanic = await diagnosed('titanic', 'age,0\nsex=male,0\nintercept,0\n');
    assert.deepEqual([titanic.causes, titanic.onTheWay?.time], [[], 0]);
    // the gradient of the standardized reading is 0 by its symmetry
    const X = [[1], [2], [3]];
    for (const x1 of [1e300, -1e300, 1e3, 40]) {
      const { verdict } = await diagnose({ X, y: [0, 1, 0] }, { x1 });
      assert.equal(verdict, 'none', `${x1}`);
    }
  });

  it('shuffles as NumPy does', () => {
    // numpy.random.RandomState(seed).permutation(m)
    assert.deepEqual([...numpyPermutation(10, 42)], [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
    assert.deepEqual([...numpyPermutation(1000, 0).slice(0, 6)], [993, 859, 298, 553, 672, 971]);
  });

  it('is a function of the library, for arrays and weights by their names as well', async () => {
    const X = [[1], [2], [3], [4], [5], [6]];
    const y = [0, 1, 0, 1, 0, 1];
    const model = await train({ X, y }, { optimizer: 'newton' });
    const weights = Object.fromEntries(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
    const { verdict, causes } = await diagnose({ X, y }, weights);
    assert.deepEqual([verdict, causes[0]!.penalty], ['optimum', 'none']);
    for (const [given, asked, message] of [
      [{}, {}, /at least one, got none/],
      [{ x1: Number.NaN }, {}, /expected a number for "x1", got NaN/],
      [7, {}, /expected the path of a file, a model, or an object/],
      [{ x1: 1 }, { l2: 1 }, /l2 \(--l2\): means nothing for a diagnosis/],
      [{ x1: 1 }, { delimiter: ';' }, /the data are arrays/],
    ] as const) {
      await assert.rejects(diagnose({ X, y }, given as never, asked), { code: 'USAGE', message });
    }
    await assert.rejects(diagnose({ X, y }, { x2: 1 }), { code: 'WEIGHTS_UNREADABLE', message: /no "x2"/ });
  });

  it('takes a model, and its file', async () => {
    const path = example('pima.csv');
    const model = await train(path, { optimizer: 'newton', l2: 0.01 });
    const file = temporary('diagnosed.json', JSON.stringify(model));
    for (const weights of [model, file]) {
      const { causes } = await diagnose(path, weights);
      assert.ok(Math.abs(causes[0]!.l2 - 0.01) < 1e-6 && causes[0]!.isStandardized);
    }
    await assert.rejects(diagnose(path, temporary('broken.json', '{"terms": 1}')), {
      code: 'WEIGHTS_UNREADABLE',
    });
  });

  it('refuses what is no table of names and weights of these columns', async () => {
    for (const [text, what] of [
      ['a,1\n', /the data have no "a"/],
      ['', /found none/],
      ['age,\n', /found none/],
      ['age,1\nage,2\n', /two weights mean "age"/],
      ['age,1\nsex=male,x\n', /entry 2: expected a name and a number/],
    ] as const) {
      const dataset = await datasets.get('titanic')!;
      assert.throws(
        () => readTheirs(entriesOf(text, 'theirs.csv'), 'theirs.csv', dataset),
        { code: 'WEIGHTS_UNREADABLE', message: what },
        text,
      );
    }
  });

  it('reads the names of R, pandas, patsy and ColumnTransformer', async () => {
    const dataset = await datasets.get('titanic')!;
    for (const name of ['sex=male', 'sexmale', 'sex_male', 'C(sex)[T.male]', 'cat__sex_male', 'sex.male']) {
      const { terms } = readTheirs(
        entriesOf(`term;estimate\nconst;1\n${name};2\n`, 'theirs.csv'),
        'theirs.csv',
        dataset,
      );
      assert.deepEqual([terms[0]!.name, terms[0]!.weight], ['sex=male', 2], name);
    }
  });

  it('goes with no option of the objective', async () => {
    const path = temporary('theirs.csv', 'age,1\n');
    const { code, stderr } = await bceTrain([example('titanic.csv'), '--diagnose', path, '--l2', '1']);
    assert.equal(code, 2);
    assert.match(stderr, /--diagnose and --l2 cannot be used together/);
  });
});
