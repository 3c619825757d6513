/** Terms: what R says of the same formulas, what the expanded table says, and what is refused. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type BceError, namedWeights, predict, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { nameOf } from '../../src/terms/expression.js';
import { parseFormula, parseTerms, termOf } from '../../src/terms/parse.js';
import {
  c,
  compiler,
  duckdb,
  type Engine,
  javaScript,
  onnx,
  type Rows,
  sqlite,
  startPostgres,
} from '../support/engines.js';
import { formulas, isReplaced, plainColumns, tables } from '../support/plainTerms.js';
import {
  bcePredict,
  bceTrain,
  example,
  exported,
  fixture,
  readJson,
  seeded,
  temporary,
} from '../support/support.js';

const NEWTON: TrainOptions = { optimizer: 'newton', tolerance: 1e-12, missing: 'drop' };
const close = (a: number, b: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${what}: ${a} and ${b}`);

describe('R says the same', () => {
  const asked: Record<string, TrainOptions> = {
    interaction: { add: ['sex*passengerClass'] },
    numeric_by_factor: { add: ['sex*age'] },
    numeric_by_numeric: { add: ['glu*bmi'], drop: ['bp', 'skin'] },
    square: { add: ['age^2'] },
    log: { add: ['log(glu) + log(ped)'], drop: ['bp', 'skin', 'glu', 'ped'] },
    three_way: { add: ['sex*passengerClass*age'] },
  };
  const { tables } = readJson(fixture('terms.json'));
  for (const [name, options] of Object.entries(asked)) {
    it(`of ${name}`, async () => {
      const { table, deviance, coef, first_fitted: fitted } = tables[name];
      const model = await train(example(`${table}.csv`), { ...NEWTON, ...options });
      close(2 * model.rows * model.result.loss, deviance, 1e-9);
      const plain = (term: string) => term.replace(/^I\((.*)\)$/, '$1').replaceAll('=', '');
      const weights = new Map(namedWeights(model).map(({ feature, weight }) => [plain(feature), weight]));
      assert.equal(weights.size, Object.keys(coef).length);
      for (const [term, weight] of Object.entries(coef))
        close(weights.get(plain(term))!, weight as number, 1e-7, term);
      const path = temporary(`${name}.json`, modelAsJson(model));
      const { stdout } = await bcePredict([path, example(`${table}.csv`), '--missing', 'drop', '--quiet']);
      const probabilities = stdout.split('\n').slice(1, 11).map(Number);
      for (const [i, p] of (fitted as number[]).entries()) close(probabilities[i]!, p, 1e-8);
    });
  }
});

describe('R says the same of formulas', () => {
  const { tables } = readJson(fixture('terms.json'));
  const asked: Record<string, string> = {
    interaction: 'survived ~ sex*passengerClass + age',
    numeric_by_factor: '~ sex*age + passengerClass',
    numeric_by_numeric: 'type ~ npreg + glu*bmi + ped + age',
    square: 'survived ~ . + I(age^2)',
    natural_spline: 'survived ~ sex + ns(age, df = 4) + passengerClass',
    log: 'type ~ . - bp - skin - glu - ped + log(glu) + log(ped)',
    three_way: 'survived ~ sex*passengerClass*age',
  };
  for (const [name, formula] of Object.entries(asked)) {
    it(formula, async () => {
      const { table, deviance, coef } = tables[name];
      const model = await train(example(`${table}.csv`), { ...NEWTON, formula });
      close(2 * model.rows * model.result.loss, deviance, 1e-9);
      assert.equal(namedWeights(model).length, Object.keys(coef).length);
      close(model.terms[0]!.weight, coef['(intercept)'], 1e-7);
    });
  }

  it('a product without the rest of it has a weight for the baseline too', async () => {
    const model = await train(example('titanic.csv'), { ...NEWTON, formula: '~ sex + sex:age' });
    const names = namedWeights(model).map(({ feature }) => feature);
    assert.deepEqual(names, ['(intercept)', 'sex=male', 'sex=female:age', 'sex=male:age']);
    const crossed = await train(example('titanic.csv'), { ...NEWTON, formula: '~ sex*age' });
    close(model.result.loss, crossed.result.loss, 1e-12);
  });

  it('levels add nothing to columns whose every level has a weight, nor products of them', async () => {
    const add = async (term: string) =>
      namedWeights(await train(example('titanic.csv'), { ...NEWTON, add: [term] }));
    const crossed = await add('sex*passengerClass');
    assert.deepEqual(await add('sex=male*sex*passengerClass'), crossed);
    assert.deepEqual(await add('sex=female:passengerClass=2nd + sex:passengerClass'), crossed);
    assert.deepEqual(await add('sex=male'), await add('sex=female'));
  });

  it('terms alone, and no intercept', async () => {
    const model = await train(example('pima.csv'), {
      ...NEWTON,
      formula: 'type ~ log(glu) + cut(age, 25, 35) - 1',
    });
    const names = namedWeights(model).map(({ feature }) => feature);
    assert.deepEqual(names, ['log(glu)', 'age>25:age<=35', 'age>35']);
  });
});

describe('a random formula', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it('is what its columns are one by one, in training, in prediction and in every export', async () => {
    const engines: readonly [name: string, flags: readonly string[], engine: Engine][] = [
      ['SQLite', ['sql'], sqlite],
      ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
      ['PostgreSQL', ['sql', '--dialect', 'postgres'], postgres.run],
      ['JavaScript', ['js'], javaScript],
      ...(compiler() === undefined ? [] : [['C', ['c'], c] as [string, string[], Engine]]),
      ['ONNX', ['onnx'], onnx],
    ];
    await fc.assert(
      fc.asyncProperty(tables, formulas, async (rows, formula) => {
        const labels = rows.map((_, i) => ((i * 7) % 3 === 0 ? 1 : 0));
        const columns = plainColumns(formula, rows);
        const csv = [
          'd,g,s,x,u,y',
          ...rows.map(({ d, g, s, x, u }, i) => [d, g, s, x, u, labels[i]].join(',')),
        ];
        const data = temporary('terms.csv', `${csv.join('\n')}\n`);
        const options: TrainOptions = { l2: 0.01, optimizer: 'newton', tolerance: 1e-12, drop: ['d'] };
        const model = await train(data, { ...options, add: [formula.text] });
        const names = [...columns.keys()];
        const kept = (['x', 'u'] as const).filter((name) => !isReplaced(name, names));
        const plain = ['(intercept)', 'g=b', 'g=c d', 's=m', ...kept];
        assert.deepEqual(model.terms.map(({ name }) => name).sort(), [...plain, ...columns.keys()].sort());

        // the same columns written out
        const list = [...columns.values()];
        const expanded = [
          ['g', 's', ...kept, ...list.map((_, t) => `t${t}`), 'y'].join(','),
          ...rows.map((row, i) =>
            [row.g, row.s, ...kept.map((name) => row[name]), ...list.map((one) => one[i]), labels[i]].join(
              ',',
            ),
          ),
        ];
        const other = await train(Readable.from([Buffer.from(`${expanded.join('\n')}\n`)]), {
          ...options,
          drop: [],
        });
        close(model.result.loss, other.result.loss, 1e-12, formula.text);
        const there = new Map(namedWeights(other).map(({ feature, weight }) => [feature, weight]));
        const weights = new Map(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
        for (const [name, weight] of weights) {
          const at = names.indexOf(name);
          close(weight, there.get(at < 0 ? name : `t${at}`)!, 1e-7, `${formula.text} ${name}`);
        }

        const probability = (row: (typeof rows)[number], i: number) => {
          const ofFile = {
            'g=b': row.g === 'b',
            'g=c d': row.g === 'c d',
            's=m': row.s === 'm',
            x: row.x,
            u: row.u,
          };
          const parts = [
            ...Object.entries(ofFile),
            ...names.map((name) => [name, columns.get(name)![i]!] as const),
          ];
          const h = parts.reduce(
            (sum, [name, x]) => sum + (weights.get(name) ?? 0) * Number(x),
            weights.get('(intercept)')!,
          );
          return 1 / (1 + Math.exp(-h));
        };
        const expected = rows.map(probability);
        for (const [i, p] of (await predict(model, data)).entries())
          close(p, expected[i]!, 1e-12, `${formula.text}: predict`);
        const path = temporary('terms-model.json', modelAsJson(model));
        const cText = String(await exported([path, '--export', 'c']));
        const listOf = (array: string) =>
          [
            ...(new RegExp(`${array}\\[\\] = \\{([^}]*)\\}`).exec(cText)?.[1] ?? '').matchAll(/"([^"]*)"/g),
          ].map(([, name]) => name!);
        const cells: Rows = {
          numbers: listOf('bce_numbers'),
          texts: listOf('bce_texts'),
          rows: rows.map((row) => ({ ...row })),
        };
        for (const [name, flags, engine] of engines) {
          if (name === 'ONNX' && cells.texts.includes('d')) {
            assert.match((await bcePredict([path, '--export', 'onnx'])).stderr, /ONNX reads no dates/);
            continue;
          }
          const found = await engine(await exported([path, '--export', ...flags]), cells);
          assert.equal(found.length, rows.length);
          for (const [i, p] of found.entries()) close(p, expected[i]!, 1e-12, `${formula.text}: ${name}`);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('a bad formula is refused at its character', () => {
  const BAD: readonly [text: string, message: RegExp][] = [
    ['', /character 1: expected a column or a function, found the end/],
    ['age +', /character 6: expected a column or a function, found the end/],
    ['+ age', /character 1: expected a column/],
    ['age:', /character 5: expected a column/],
    ['age:*fare', /character 5: expected a column/],
    ['age::fare', /character 5: expected a column/],
    ['age fare', /character 5: expected ":", "\*", "\+" or the end, found "fare"/],
    ['a:b*c', /character 4: expected ":" as before, found "\*c"/],
    ['a*b:c', /character 4: expected "\*" as before/],
    ['age^', /character 5: expected a number, found the end/],
    ['age^x', /character 5: expected a number, found "x"/],
    ['age^1', /character 5: expected a whole number from 2 to 20/],
    ['age^2.5', /character 5: expected a whole number/],
    ['age^99', /character 5: expected a whole number/],
    ['age^-1', /character 5: expected a whole number/],
    ['lgo(age)', /character 1: expected a function, one of log, log1p/],
    ['log(age', /character 8: expected "\)", found the end/],
    ['log()', /character 5: expected a column/],
    ['log(a + b)', /character 7: expected "\)", found "\+ b\)"/],
    ['log(sex=male)', /expected a number in brackets/],
    ['poly(age)', /character 9: expected ",", found "\)"/],
    ['poly(age, 0)', /character 11: expected a whole number from 1/],
    ['poly(age, k)', /character 11: expected a number/],
    ['(a*b):c', /expected one product in brackets/],
    ['(a', /character 3: expected "\)"/],
    ['a)', /character 2: expected ":"/],
    ['age >', /character 6: expected a number/],
    ['age > old', /character 7: expected a number, found "old"/],
    ['sex==male', /character 4: expected one "="/],
    ['sex=', /character 5: expected a level/],
    ['sex="male', /character 5: expected a second quote/],
    ['`age', /character 1: expected a second backtick/],
    [`${'('.repeat(30_000)}age`, /character 101: expected at most 100 brackets within each other/],
    [`${'abs('.repeat(30_000)}age`, /character 404: expected at most 100 brackets within each other/],
    ['sex=male^2', /character 9: expected no power of a level/],
    ['5', /character 1: expected a column/],
    ['a*b*c*d*e*f*g', /at most 6 parts/],
    ['cut(age)', /character 8: expected ",", found "\)"/],
    ['cut(age, 30, 20)', /character 14: expected a number above 30, found "20\)"/],
    ['cut(age, c())', /character 13: expected a break within c\( \)/],
    ['cut(age, 1e999)', /character 10: expected a number, found "1e999\)"/],
    ['ns(age)', /character 7: expected ",", found "\)"/],
    ['ns(age,)', /character 8: expected a number, found "\)"/],
    ['ns(age, 0)', /character 9: expected a whole number from 1 to 100, found "0\)"/],
    ['ns(age, 4', /character 10: expected "\)", found the end/],
    ['ns(age, 4)[5]', /character 12: expected a whole number from 1 to 4, found "5\]"/],
    ['ns(age, 4)[2', /character 13: expected "\]", found the end/],
    ['ns(age, 4)^2', /character 11: expected ":", "\*", "\+" or the end, found "\^2"/],
    ['ns(age, 4, 5)', /character 12: expected each setting once, and either df or knots, found "5\)"/],
    ['ns(age, 4, knots=3)', /character 12: expected each setting once/],
    ['ns(age, knot=3)', /character 9: expected a number, found "knot=3\)"/],
    ['ns(age, knots=c(3, 2))', /character 20: expected a number above 3, found "2\)\)"/],
    ['ns(age, knots=c(3, 4)', /character 22: expected "\)", found the end/],
    ['ns(age, degree=2)', /character 9: expected df, knots or boundary, found "degree=2\)"/],
    ['ns(age, boundary=c(0, 9))', /character 25: expected df or knots, as in knots=c\(20,40\)/],
    ['ns(age, 3, boundary=c(0, 9))', /character 21: expected knots beside a boundary/],
    ['ns(age, knots=9, boundary=c(0, 9))', /character 27: expected a boundary around the knots/],
    ['ns(age, knots=3, boundary=9)', /character 27: expected two numbers, as in boundary=c\(0,100\)/],
    ['ns(a:b, 3)', /character 5: expected ",", found ":b, 3\)"/],
    ['ns(poly(age, 2), 3)', /character 16: expected a number in brackets/],
    ['bs(age, 2)', /character 9: expected a whole number from 3 to 100, found "2\)"/],
    ['bs(age, 4, degree=6)', /character 19: expected a whole number from 1 to 5/],
    ['bins(age)', /character 9: expected ","/],
    ['bins(age, 1)', /character 11: expected a whole number from 2 to 100/],
    ['bins(age, 4)[1]', /character 14: expected a whole number from 2 to 4/],
    ['scale(age, 3)', /character 13: expected ",", found "\)"/],
    ['scale(age, 3, 0)', /character 15: expected a standard deviation above 0/],
    ['log(scale(age))', /character 5: expected a number that each row tells by itself/],
    ['sqrt(bins(age, 3)[2])', /character 6: expected a number that each row tells by itself/],
    ['month()', /character 7: expected a column of dates, found "\)"/],
    ['month(d, 3)', /character 8: expected "\)", found ", 3\)"/],
    ['hour(d)=24', /character 9: expected a whole number from 0 to 23/],
    [
      'day(d)',
      /character 1: expected a function, one of .*, year, month, weekday, hour, hash, found "day\(d\)"/,
    ],
  ];
  for (const [text, message] of BAD) {
    it(JSON.stringify(text), () => {
      assert.throws(
        () => parseTerms(text, '--add'),
        (error: BceError) => error.code === 'USAGE' && message.test(error.message),
      );
    });
  }
});

it('words of R for what is said otherwise here are answered by that', () => {
  for (const [formula, hint] of [
    ['y ~ factor(g)', '--categorical COLUMN reads numbers as text'],
    ['y ~ relevel(g)', '--reference COLUMN=LEVEL names the baseline'],
    ['y ~ log10(x)', 'log is the same column in other units'],
    ['y ~ size(x)', 'a column whose name has brackets stands in backticks'],
    ['y ~ (a + b)^2', 'no sum stands in brackets: a*b is a + b + a:b, a*b*c all three and their products'],
  ] as const) {
    assert.throws(
      () => parseFormula(formula),
      (error: BceError) => error.hint === hint,
    );
  }
});

it('"-" takes away a product beside ".", and a column both as a term and as one of all', () => {
  const formula = parseFormula('y ~ . + a:b + c - a:b - c');
  assert.deepEqual([formula.terms, formula.removed], [[], ['c']]);
});

describe('a bad formula in the notation of R is refused at its character', () => {
  const BAD: readonly [text: string, message: RegExp][] = [
    ['y', /character 2: expected "~", found the end/],
    ['~', /character 2: expected a column or a function, found the end/],
    ['y ~ a +', /character 8: expected a column/],
    ['y ~ - .', /character 7: expected a term after "-"/],
    ['log(y) ~ a', /character 4: expected "~", found "\(y\) ~ a"/],
    ['y ~ (a + b)^2', /character 8: expected "\)"/],
    ['y ~ a | b', /character 7: expected "\+", "-", ":", "\*" or the end/],
    ['y ~ 2', /character 5: expected a column/],
    ['y ~ a ~ b', /character 7: expected "\+"/],
  ];
  for (const [text, message] of BAD) {
    it(JSON.stringify(text), () => {
      assert.throws(
        () => parseFormula(text),
        (error: BceError) => error.code === 'USAGE' && message.test(error.message),
      );
    });
  }
});

describe('a term that a table cannot have is refused', () => {
  const CSV = 's,g,x,y\nm,a,1,0\nf,b,2,1\nm,b,0,1\nf,a,4,0\nm,a,3,1\n';
  const BAD: readonly [args: readonly string[], message: RegExp][] = [
    [['--add', 'z^2'], /--add: no column "z"/],
    [['--add', 'y:x'], /column "y" is the target/],
    [['--add', 'log(x)'], /:4: term "log\(x\)": expected a number above 0, got 0/],
    [['--add', 's^2'], /expected a column of numbers, found the text column "s"/],
    [['--add', 's:s'], /expected each text column once/],
    [['--add', 'x', '--drop', 'x'], /column "x" is not among the features/],
    [['--formula', 'y ~ x + s:log(g)'], /expected a column of numbers, found the text column "g"/],
    [['--add', 's:g', '--drop', 'x,g'], /goes with "g", which --drop leaves out/],
    [
      ['--add', 's:g', '--drop', 'g'],
      /--add: a product of text columns goes with "g", which --drop leaves out/,
    ],
    [['--formula', 'y ~ z'], /--formula: no column "z"/],
    [['--formula', 'y ~ y'], /--formula: column "y" is the target/],
    [['--formula', 'y ~ x', '--add', 'x^2'], /cannot be used together/],
    [['--reference', 's=q'], /column "s" has no level "q"/],
    [['--reference', 'x=1'], /expected a text column among the features, got "x"/],
    [['--reference', 's'], /expected COLUMN=LEVEL/],
  ];
  for (const [args, message] of BAD) {
    it(args.join(' '), async () => {
      const { stderr, code } = await bceTrain([temporary('bad.csv', CSV), ...args]);
      assert.match(stderr, message);
      assert.notEqual(code, 0);
    });
  }

  it('a number outside the domain is a missing cell where those are settled', async () => {
    const { stderr, code } = await bceTrain([
      temporary('bad.csv', CSV),
      '--add',
      'log(x)',
      '--missing',
      'drop',
    ]);
    assert.equal(code, 0);
    assert.match(stderr, /1 row with a missing cell left out: "log\(x\)" 1/);
  });
});

it('a file of weights is a model where the columns tell the terms', async () => {
  const args = [
    example('titanic.csv'),
    '--missing',
    'drop',
    '--optimizer',
    'newton',
    '--add',
    'sex*passengerClass*age',
  ];
  const { stdout } = await bceTrain([...args, '--add', 'age^2', '--quiet']);
  const model = temporary('whole.json', '');
  await bceTrain([...args, '--add', 'age^2', '--quiet', '-o', model]);
  const predict = (path: string) =>
    bcePredict([path, example('titanic.csv'), '--missing', 'empty', '--quiet']);
  const [a, b] = [await predict(temporary('weights.csv', stdout)), await predict(model)];
  const numbers = (text: string) => text.split('\n').slice(1, -1);
  for (const [i, p] of numbers(a.stdout).entries()) close(Number(p), Number(numbers(b.stdout)[i]), 1e-12);
});

it('held-out rows and a validation file are read with the same terms', async () => {
  const path = example('titanic.csv');
  const model = await train(path, { ...NEWTON, add: ['sex*passengerClass', 'sex:age'], validation: path });
  close(model.validation!.loss, model.result.loss, 1e-12);
});

describe('a file of weights', () => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const level = ['a', 'a:b', '"c"', 'd e', '!'][i % 5]!;
    return `"${level.replaceAll('"', '""')}",${i % 7},${(i * 5) % 11},${(i * 7 + (i % 5)) % 3 === 0 ? 1 : 0}`;
  });
  const data = () => temporary('levels.csv', `class,a,b,y\n${rows.join('\n')}\n`);

  it('puts a level in quotes that would be read as a term', async () => {
    const args = [data(), '--add', 'class:b', '--l2', '0.01', '--quiet'];
    const { stdout } = await bceTrain(args);
    assert.match(stdout, /\n"class=""a:b""",/);
    assert.match(stdout, /\nclass=d e,/);
    assert.match(stdout, /\n"class=""c""",/);
    const model = temporary('levels.json');
    await bceTrain([...args, '-o', model]);
    const predict = async (path: string) => (await bcePredict([path, data(), '--quiet'])).stdout;
    assert.equal(await predict(temporary('levels-weights.csv', stdout)), await predict(model));
  });

  it('names the baseline where it is not the first level, for predicting and for --init', async () => {
    const args = [data(), '--reference', 'class=d e', '--quiet', '--optimizer', 'newton', '--l2', '0.01'];
    const { stdout } = await bceTrain([...args, '--stats']);
    assert.match(stdout, /\nclass=d e,0,,,,,,\n/);
    const weights = temporary('reference.csv', stdout);
    const { code, stderr } = await bcePredict([weights, data()]);
    assert.deepEqual([code, /baseline/.test(stderr)], [0, false]);
    const again = await bceTrain([...args, '--init', weights, '--epochs', '0']);
    assert.equal(again.code, 0);
    // another text is no baseline any more
    const other = temporary('other.csv', 'class,a,b\nzz,1,1\n');
    assert.match(
      (await bcePredict([weights, other])).stderr,
      /column "class": expected a level of .*, got "zz"/,
    );
  });
});

it('a missing cell is counted once, for the column, however many terms look at it', async () => {
  const args = [example('titanic.csv'), '--missing', 'drop', '--add', 'age^2 + log1p(age):sex + ns(age, 3)'];
  const { stderr } = await bceTrain(args);
  assert.match(stderr, /263 rows with a missing cell left out: "age" 263\n/);
  const path = temporary('counted.json');
  await bceTrain([...args, '--quiet', '-o', path]);
  const predicted = await bcePredict([path, example('titanic.csv'), '--missing', 'empty']);
  assert.match(predicted.stderr, /"age" 263\b/);
  assert.doesNotMatch(predicted.stderr, /age\^2/);
});

describe('products of text columns that are no terms themselves', () => {
  const signed = seeded(4);
  const random = () => (signed() + 1) / 2;
  const rows = Array.from({ length: 400 }, () => {
    const [s, g, h] = ['mf', 'abc', 'uv'].map((levels) => levels[Math.floor(levels.length * random())]!);
    const x = Math.floor(100 * random()) / 10;
    return `${s},${g},${h},${x},${random() < (s === 'm' ? 0.3 : 0.6) + (g === 'b' ? 0.2 : 0) ? 1 : 0}`;
  });
  const path = () => temporary('cells.csv', `s,g,h,x,y\n${rows.join('\n')}\n`);
  const fitted = (formula: string) => train(path(), { formula, optimizer: 'newton' });

  for (const [short, whole] of [
    ['y ~ s:g', 'y ~ s*g'],
    ['y ~ s + s:g', 'y ~ s*g'],
    ['y ~ x + s:g:h', 'y ~ x + s*g*h'],
    ['y ~ x + g + s:g:h', 'y ~ x + s*g*h'],
    ['y ~ . - g + s:g', 'y ~ x + h + s*g'],
  ] as const) {
    it(`${short} is the model of ${whole}, as in R`, async () => {
      const [found, expected] = [await fitted(short), await fitted(whole)];
      assert.equal(found.terms.length, expected.terms.length);
      assert.ok(Math.abs(found.result.loss - expected.result.loss) < 1e-13);
    });
  }

  it('take parts of dates along as they take columns', async () => {
    const dated = temporary(
      'dated.csv',
      `d,s,g,h,x,y\n${rows.map((row, i) => `2024-0${1 + (i % 3)}-05,${row}`).join('\n')}\n`,
    );
    const [found, expected] = await Promise.all(
      ['y ~ month(d):s', 'y ~ month(d)*s'].map((formula) => train(dated, { formula, optimizer: 'newton' })),
    );
    assert.equal(found!.terms.length, expected!.terms.length);
    assert.ok(Math.abs(found!.result.loss - expected!.result.loss) < 1e-13);
  });

  it('are told of', async () => {
    const { stderr } = await bceTrain([path(), '--formula', 'y ~ x + s:g']);
    assert.match(
      stderr,
      /note: "s", "g" stand beside the product of text columns that needs them, as a\*b has it/,
    );
  });

  it('have a slope for each level where they are multiplied by a number', async () => {
    const { terms } = await fitted('y ~ x:s');
    assert.deepEqual(
      terms.map(({ name }) => name),
      ['(intercept)', 'x:s=f', 'x:s=m'],
    );
  });
});

describe('the tree of a name', () => {
  it('is what the grammar makes of it, or nothing', () => {
    /** Without a shorter way for names of columns and levels. */
    const parsed = (name: string) => {
      try {
        const trees = parseTerms(name, '');
        return trees.length === 1 && nameOf(trees[0]!) === name ? trees[0] : undefined;
      } catch {
        return undefined;
      }
    };
    const signs = [
      'a',
      'b1',
      '_',
      '.',
      '=',
      '"',
      '`',
      ' ',
      ',',
      '(',
      ')',
      ':',
      '*',
      '+',
      '^2',
      '>',
      '1',
      '-',
      'log',
      'é',
    ];
    const names = fc.array(fc.constantFrom(...signs), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, (parts) => {
        const name = parts.join('');
        assert.deepEqual(termOf(name), parsed(name));
      }),
      { numRuns: 2000 },
    );
    for (const name of [
      'city=York',
      'city=New York',
      'city="New York"',
      '`a,b`=c',
      'cut(a,1,2)',
      'x',
      'x=',
      '=x',
    ])
      assert.deepEqual(termOf(name), parsed(name));
  });
});
