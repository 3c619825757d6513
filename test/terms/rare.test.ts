/** Levels of few rows as one: what a table says in which they are one already, in training, prediction and exports. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { predict, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { c, compiler, duckdb, javaScript, onnx, sqlite } from '../support/engines.js';
import { bcePredict, bceTrain, exported, seeded, temporary } from '../support/support.js';

const signed = seeded(9);
const random = () => (signed() + 1) / 2;
const rows = Array.from({ length: 400 }, () => {
  const city = `c${Math.min(11, Math.floor(-4 * Math.log(1 - random())))}`;
  const s = random() < 0.5 ? 'f' : 'm';
  return { city, s, x: Math.round(100 * random()) / 100, y: random() < (s === 'f' ? 0.6 : 0.4) ? 1 : 0 };
});
type Row = Omit<(typeof rows)[number], 'city'> & { readonly city: string | null };
const csvOf = (all: readonly Row[]) =>
  `city,s,x,y\n${all.map(({ city, s, x, y }) => `${city ?? ''},${s},${x},${y}`).join('\n')}\n`;
const LEAST = 40;
const countOf = (city: string) => rows.filter((row) => row.city === city).length;
const isRare = (city: string) => countOf(city) < LEAST;
const options: TrainOptions = { add: ['city:s'], l2: 1e-3, optimizer: 'newton', tolerance: 1e-12 };

describe('--rare', () => {
  it('is the table in which levels of few rows are one', async () => {
    const path = temporary('rare.csv', csvOf(rows));
    const model = await train(path, { ...options, rare: LEAST });
    // a text that comes last, as (other) does
    const merged = rows.map((row) => ({ ...row, city: isRare(row.city) ? 'other' : row.city }));
    const other = await train(temporary('merged.csv', csvOf(merged)), options);
    assert.ok(Math.abs(model.result.loss - other.result.loss) < 1e-12);
    const [a, b] = [model, other].map(
      ({ terms }) => new Map(terms.map(({ name, weight }) => [name, weight])),
    );
    assert.equal(a!.size, b!.size);
    for (const [name, weight] of a!) {
      const there = b!.get(name.replace('"(other)"', 'other').replace('(other)', 'other'));
      assert.ok(Math.abs(weight - there!) < 1e-9, name);
    }
    const feature = model.features.find(({ name }) => name === 'city')!;
    assert.ok(feature.kind === 'categorical');
    assert.equal(feature.levels.at(-1), '(other)');
    assert.equal(feature.merged, new Set(rows.map(({ city }) => city).filter(isRare)).size);
    const share = await train(path, { ...options, rare: LEAST / rows.length });
    assert.deepEqual(share.terms, model.terms);
    // rows of another file, with texts that are new
    const news = rows.map((row, i) => (i % 9 === 0 && isRare(row.city) ? { ...row, city: `new${i}` } : row));
    const checked = await train(path, {
      ...options,
      l2: 0,
      rare: LEAST,
      validation: temporary('news.csv', csvOf(news)),
    });
    assert.ok(Math.abs(checked.validation!.loss - checked.result.loss) < 1e-12);
  });

  it('takes a text that no training row has for (other), in bce-predict and in every export', async () => {
    const model = await train(temporary('rare.csv', csvOf(rows)), { ...options, rare: LEAST });
    const path = temporary('rare.json', modelAsJson(model));
    const asked: Row[] = [
      ...rows.slice(0, 60),
      ...['new', 'c0', 'C1', null, '(other)'].flatMap((city) =>
        ['f', 'm'].map((s) => ({ city, s, x: 0.5, y: 0 })),
      ),
    ];
    const expected = await predict(model, temporary('asked.csv', csvOf(asked)), { missing: 'empty' });
    assert.equal(expected.filter(Number.isNaN).length, 2);
    const cells = { numbers: ['x'], texts: ['city', 's'], rows: asked };
    for (const [name, flags, engine] of [
      ['SQLite', ['sql'], sqlite],
      ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
      ['JavaScript', ['js'], javaScript],
      ...(compiler() === undefined ? [] : [['C', ['c'], c] as const]),
      ['ONNX', ['onnx'], onnx],
    ] as const) {
      const found = await engine(await exported([path, '--export', ...flags]), cells);
      for (const [i, p] of found.entries()) {
        const isSame = Object.is(p, expected[i]) || Math.abs(p - expected[i]!) <= 1e-12;
        assert.ok(isSame, `${name}: ${asked[i]!.city}: ${p}, ${expected[i]}`);
      }
    }
  });

  it('is known from a file of weights, which names the baseline then, but not within a product', async () => {
    const path = temporary('rare.csv', csvOf(rows));
    const asked = temporary('asked.csv', csvOf([...rows, { city: 'new', s: 'f', x: 1, y: 0 }]));
    for (const more of [[], ['--reference', 'city=(other)'], ['--reference', 'city=c2']]) {
      const args = [path, '--rare', String(LEAST), '--quiet', ...more];
      const { stdout } = await bceTrain(args);
      const model = temporary('whole.json', '');
      await bceTrain([...args, '-o', model]);
      const [a, b] = [
        await bcePredict([temporary('weights.csv', stdout), asked]),
        await bcePredict([model, asked]),
      ];
      assert.deepEqual([a.code, a.stdout], [0, b.stdout], a.stderr);
    }
    const { stdout } = await bceTrain([path, '--rare', String(LEAST), '--add', 'city:s', '--quiet']);
    const { stderr, code } = await bcePredict([temporary('weights.csv', stdout), asked]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /is of all levels of "city" that have few rows, which a file of weights does not tell in a product/,
    );
  });

  it('leaves a level that is only called so alone', async () => {
    const data = rows.map((row, i) => (i % 10 === 0 ? { ...row, city: '(other)' } : row));
    const path = temporary('named.csv', csvOf(data));
    const { stdout } = await bceTrain([path, '--quiet']);
    assert.doesNotMatch(stdout, /city=\(other\)/);
    const { stderr } = await bcePredict([
      temporary('w.csv', stdout),
      temporary('n.csv', csvOf([{ ...rows[0]!, city: 'zz' }])),
    ]);
    assert.match(stderr, /got "zz"/);
    const rare = await bceTrain([path, '--rare', '30']);
    assert.match(rare.stderr, /--rare: column "city": expected no level "\(other\)"/);
  });

  const [rarest] = [...new Set(rows.map(({ city }) => city))].sort((a, b) => countOf(a) - countOf(b));
  const BAD: readonly [args: readonly string[], message: RegExp][] = [
    [['--rare', '1'], /--rare: expected a number of rows, 2 or more, or a share of them below 1, got "1"/],
    [['--rare', '2.5'], /--rare: expected a number of rows/],
    [['--rare', '-3'], /--rare: expected a number of rows/],
    [
      ['--rare', '40', '--reference', `city=${rarest}`],
      /--reference: column "city": level "c\d+" has \d+ rows?, and --rare makes it one with others\nhint: --reference \(other\)/,
    ],
    [['--rare', '2', '--reference', 's=(other)'], /--reference: column "s" has no level "\(other\)"/],
    [['--rare', '40', '--add', 'city:x'], /--rare: column "city" is in a product with numbers/],
  ];
  for (const [args, message] of BAD) {
    it(`is refused: ${args.join(' ')}`, async () => {
      const { stderr, code } = await bceTrain([temporary('rare.csv', csvOf(rows)), ...args]);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    });
  }
});
