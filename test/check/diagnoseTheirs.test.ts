/** What other programs solved: the right cause for weights that they made, none for weights that nobody solved for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Cause, diagnoseTheirs } from '../../src/check/theirs/diagnoseTheirs.js';
import { readTheirs } from '../../src/check/theirs/theirWeights.js';
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
  return diagnoseTheirs(dataset, options, readTheirs(text, 'theirs.csv', dataset));
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

type Expected = Partial<Cause> & { readonly lambda?: number };

function matches({ lambda, ...expected }: Expected, cause: Cause): boolean {
  const isSame = Object.entries(expected).every(([key, value]) => cause[key as keyof Cause] === value);
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
        const { rows, causes } = await diagnosed(table, text);
        assert.ok(
          causes.some((cause) => matches(expected(rows), cause)),
          JSON.stringify(causes),
        );
        assert.ok(causes.length <= 2, JSON.stringify(causes));
        const again = await diagnosed(table, shuffled(text, 7));
        assert.deepEqual(
          again.causes.map(({ penalty, units }) => [penalty, units]),
          causes.map(({ penalty, units }) => [penalty, units]),
        );
      });
    }
    it(`says that none fits weights of ${table} at random`, async () => {
      const dataset = await datasets.get(table)!;
      for (let seed = 1; seed <= 10; seed++) {
        const random = seededRandom(seed);
        const size = 10 ** (random.normal() / 2);
        const lines = dataset.features.flatMap((feature) =>
          feature.kind === 'numeric'
            ? [`"${feature.name}",${(size * random.normal()) / feature.sd}`]
            : feature.levels.slice(1).map((level) => `${feature.name}=${level},${size * random.normal()}`),
        );
        const { causes } = await diagnosed(
          table,
          `x,y\n(Intercept),${random.normal()}\n${lines.join('\n')}\n`,
        );
        assert.deepEqual(causes, [], `seed ${seed}`);
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
        () => readTheirs(text, 'theirs.csv', dataset),
        { code: 'WEIGHTS_UNREADABLE', message: what },
        text,
      );
    }
  });

  it('reads the names of R, pandas, patsy and ColumnTransformer', async () => {
    const dataset = await datasets.get('titanic')!;
    for (const name of ['sex=male', 'sexmale', 'sex_male', 'C(sex)[T.male]', 'cat__sex_male', 'sex.male']) {
      const { terms } = readTheirs(`term;estimate\nconst;1\n${name};2\n`, 'theirs.csv', dataset);
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
