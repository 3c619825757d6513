/** Ids by a hash of their text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { predict, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { bucketOf } from '../../src/terms/hash.js';
import { c, compiler, javaScript } from '../support/engines.js';
import { bcePredict, bceTrain, exported, seeded, temporary } from '../support/support.js';

const random = seeded(4);
const rows = Array.from({ length: 500 }, (_, i) => ({
  id: `user-é${Math.floor(200 * (random() + 1))}`,
  x: Math.round(100 * random()) / 100,
  y: (i * 7) % 3 === 0 ? 1 : 0,
}));
const csvOf = (all: readonly { id: string; x: number; y: number }[]) =>
  `id,x,y\n${all.map(({ id, x, y }) => `${id},${x},${y}`).join('\n')}\n`;

describe('--hash', () => {
  it('is FNV-1a of the bytes, folded', () => {
    // of 32 bits: http://www.isthe.com/chongo/src/fnv/test_fnv.c has e40c292c of "a", bf9cf968 of "foobar"
    for (const [text, h] of [
      ['a', 0xe40c292c],
      ['foobar', 0xbf9cf968],
    ] as const) {
      assert.equal(bucketOf(text, 16), ((h >>> 16) ^ h) & 0xffff);
      assert.equal(bucketOf(text, 8), ((h >>> 8) ^ h) & 0xff);
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
    const cells = { numbers: ['x'], texts: ['id'], rows: news };
    for (const [name, flags, engine] of [
      ['JavaScript', ['js'], javaScript],
      ...(compiler() === undefined ? [] : [['C', ['c'], c] as const]),
    ] as const) {
      const found = await engine(await exported([path, '--export', ...flags]), cells);
      for (const [i, p] of found.entries())
        assert.ok(Math.abs(p - expected[i]!) <= 1e-12, `${name} ${news[i]!.id}`);
    }
    for (const form of ['sql', 'onnx']) {
      const { stderr, code } = await bcePredict([path, '--export', form]);
      assert.equal(code, 2);
      assert.match(stderr, /expected terms without a hash, found "hash\(id,4\)"/);
    }
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
