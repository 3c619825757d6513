/** Ids by a hash of their text. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { predict, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { bucketOf } from '../../src/terms/hash.js';
import { c, compiler, duckdb, type Engine, javaScript, sqlite, startPostgres } from '../support/engines.js';
import { bcePredict, bceTrain, exported, seeded, temporary } from '../support/support.js';

const random = seeded(4);
// enough for the scanner to take over
const rows = Array.from({ length: 5000 }, (_, i) => ({
  id: `user-é${Math.floor(200 * (random() + 1))}`,
  x: Math.round(100 * random()) / 100,
  y: (i * 7) % 3 === 0 ? 1 : 0,
}));
const csvOf = (all: readonly { id: string; x: number; y: number }[]) =>
  `id,x,y\n${all.map(({ id, x, y }) => `${id},${x},${y}`).join('\n')}\n`;

describe('--hash', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it('is the lowest bits of MurmurHash3', () => {
    // of 32 bits, as SELECT murmurHash3_32('...') of ClickHouse 18.16.1 has them
    for (const [text, h] of [
      ['a', 0x3c2569b2],
      ['ab', 0x9bbfd75f],
      ['abc', 0xb3dd93fa],
      ['abcd', 0x43ed676a],
      ['foobar', 0xa4c4d4bd],
      ['user-é7', 0xe23be3ec],
      ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
    ] as const) {
      assert.equal(bucketOf(text, 20), h & 0xfffff);
      assert.equal(bucketOf(text, 8), h & 0xff);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, bits) => {
        const bucket = bucketOf(text, bits);
        assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket < 2 ** bits);
      }),
    );
  });

  it('is the table with the numbers written out, and predicts texts that are new', async () => {
    const options = { l2: 1e-3, optimizer: 'newton', tolerance: 1e-12 } as const;
    const model = await train(temporary('ids.csv', csvOf(rows)), { ...options, hash: ['id:4'] });
    const written = rows.map((row) => ({ ...row, id: `h${String(bucketOf(row.id, 4)).padStart(2, '0')}` }));
    const other = await train(temporary('written.csv', csvOf(written)), options);
    assert.ok(Math.abs(model.result.loss - other.result.loss) < 1e-12);
    assert.equal(model.terms.length, other.terms.length);
    const news = rows.slice(0, 50).map((row, i) => ({ ...row, id: `new ${i} ü` }));
    const path = temporary('hash.json', modelAsJson(model));
    const expected = await predict(model, temporary('news.csv', csvOf(news)));
    assert.ok(expected.every(Number.isFinite));
    const { stderr, code } = await bcePredict([path, '--export', 'onnx']);
    assert.equal(code, 2);
    assert.match(stderr, /expected terms without a hash, found "hash\(id,4\)"/);
    // a file of weights says the bits in its names
    const { stdout } = await bceTrain([
      temporary('ids.csv'),
      '--hash',
      'id:4',
      '--l2',
      '1e-3',
      '--optimizer',
      'newton',
      '--tolerance',
      '1e-12',
      '-q',
    ]);
    const ofWeights = (await bcePredict([temporary('weights.csv', stdout), temporary('news.csv')])).stdout
      .split('\n')
      .slice(1, -1);
    for (const [i, p] of ofWeights.entries()) assert.ok(Math.abs(Number(p) - expected[i]!) < 1e-12);
  });

  const exports: readonly [name: string, options: TrainOptions][] = [
    ['in the place of a column', { hash: ['id:10'] }],
    ['beside another text column, and a number', { add: ['hash(id, 3)*f + hash(f, 2):x'], drop: ['id'] }],
    ['as one level', { add: ['hash(id, 1)=1:x + hash(id, 4)=3'], drop: ['id'] }],
  ];
  for (const [name, options] of exports) {
    it(`is computed wherever a model goes: ${name}`, async (t) => {
      const texts = ["o'k", 'é', '用户', 'a b', 'x:y', '🙂', '%s', '-- $1', '0017', '\\', 'ÿ\u0080'];
      const table = Array.from({ length: 300 }, (_, i) => ({
        id: i % 2 === 0 ? texts[i % 11]! : `user-${Math.floor(90 * random())}`,
        f: 'abc'[i % 3]!,
        x: Math.round(100 * random()) / 100,
        y: random() < 0.5 ? 1 : 0,
      }));
      const text = (all: readonly Record<string, unknown>[]) =>
        `id,f,x,y\n${all.map((row) => Object.values(row).join(',')).join('\n')}\n`;
      const model = await train(temporary('odd.csv', text(table)), {
        l2: 1e-2,
        optimizer: 'newton',
        ...options,
      });
      const path = temporary('odd.json', modelAsJson(model));
      const news = table.slice(0, 80).map((row, i) => ({ ...row, id: i === 7 ? '' : `${row.id}${i % 5}` }));
      const { stdout } = await bcePredict([
        path,
        temporary('odd-news.csv', text(news)),
        '--missing',
        'empty',
      ]);
      const expected = stdout.split('\n').slice(1, -1);
      const rows = news.map((row) => ({ ...row, id: row.id === '' ? null : row.id }));
      const engines: readonly [name: string, flags: readonly string[], engine: Engine][] = [
        ['SQLite', ['sql'], sqlite],
        ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
        ['PostgreSQL', ['sql', '--dialect', 'postgres'], postgres.run],
        ['JavaScript', ['js'], javaScript],
      ];
      if (compiler() === undefined) t.diagnostic('no C compiler: C is left out');
      for (const [engine, flags, run] of [
        ...engines,
        ...(compiler() === undefined ? [] : [['C', ['c'], c] as const]),
      ]) {
        const found = await run(await exported([path, '--export', ...flags]), {
          numbers: ['x'],
          texts: ['f', 'id'],
          rows,
        });
        assert.equal(found.length, 80, engine);
        expected.forEach((cell, i) => {
          if (cell === '') assert.ok(Number.isNaN(found[i]), `${engine}: ${found[i]}`);
          else assert.ok(Math.abs(found[i]! - Number(cell)) <= 1e-12, `${engine} ${news[i]!.id}`);
        });
      }
    });
  }

  const BAD: readonly [args: readonly string[], message: RegExp][] = [
    [['--hash', 'id'], /--hash: expected COLUMN:BITS with 1 to 20 bits, got "id"/],
    [['--hash', 'id:0'], /--hash: expected COLUMN:BITS/],
    [['--hash', 'id:21'], /--hash: expected COLUMN:BITS/],
    [['--hash', 'ids:4'], /--hash: no column "ids"\nhint: .*"id"/],
    [['--hash', 'y:4'], /--hash: column "y" is the target/],
    [['--hash', 'id:4', '--formula', 'y ~ x'], /--hash and --formula cannot be used together/],
    [['--hash', 'id:4', '--add', 'hash(id)'], /character 8: expected ",", found "\)"/],
    [['--add', 'hash(id, 4)=16', '--drop', 'id'], /character 13: expected a whole number from 0 to 15/],
  ];
  for (const [args, message] of BAD) {
    it(`is refused: ${args.join(' ')}`, async () => {
      const { stderr, code } = await bceTrain([temporary('ids.csv', csvOf(rows)), ...args]);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    });
  }
});
