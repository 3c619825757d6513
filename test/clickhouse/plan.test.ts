/** What is asked of a ClickHouse server, and what its answers say; all without one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isAddress, parseAddress } from '../../src/clickhouse/address.js';
import { planTable } from '../../src/clickhouse/columns.js';
import { failureOf, isPassing } from '../../src/clickhouse/failures.js';
import { hessianQueries, lossQuery, MOST_PRODUCTS, type TableSql } from '../../src/clickhouse/lossPlan.js';
import { cellsOf, countsQuery } from '../../src/clickhouse/readPlan.js';
import { RowBinary } from '../../src/clickhouse/rowBinary.js';
import { double, identifier, sum, text } from '../../src/clickhouse/sql.js';
import type { BceError } from '../../src/errors.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { bceTrain } from '../support/support.js';

describe('the address of a table', () => {
  it('tells server, user, database and table', () => {
    assert.deepEqual(parseAddress('clickhouse://reader@warehouse:9123/sales/clicks%20of%202026'), {
      name: 'clickhouse://reader@warehouse:9123/sales/clicks of 2026',
      url: 'http://warehouse:9123',
      user: 'reader',
      password: undefined,
      database: 'sales',
      table: 'clicks of 2026',
    });
    const { url, user } = parseAddress('clickhouses://warehouse/sales/clicks');
    assert.deepEqual([url, user], ['https://warehouse:8443', 'default']);
  });

  it('never shows its password', () => {
    const { name, password } = parseAddress('clickhouse://me:s%40fe@warehouse/sales/clicks');
    assert.deepEqual([name, password], ['clickhouse://me@warehouse/sales/clicks', 's@fe']);
    for (const wrong of [
      'clickhouse://me:secret@warehouse/sales',
      'clickhouse://me:secret@warehouse:x/a/b',
    ]) {
      assert.throws(
        () => parseAddress(wrong),
        (e: BceError) => e.code === 'USAGE' && !e.message.includes('secret'),
      );
    }
  });

  it('is no file', () => {
    assert.deepEqual(
      ['clickhouse://h/d/t', 'ClickHouses://h/d/t', './clickhouse:x', 'clickhouse.csv'].map(isAddress),
      [true, true, false, false],
    );
  });

  for (const wrong of [
    'clickhouse://',
    'clickhouse://host',
    'clickhouse://host/d',
    'clickhouse://host/d/',
    'clickhouse://h/d/t/x',
    'clickhouse://h/d/t?x=1',
    'clickhouse://h/d/%zz',
  ]) {
    it(`is refused where it is none: ${wrong}`, () => {
      assert.throws(
        () => parseAddress(wrong),
        (e: BceError) => e.code === 'USAGE',
      );
    });
  }
});

describe('SQL', () => {
  it('takes any name and text for just that', () => {
    assert.equal(identifier('x`); DROP TABLE t; -- '), '`x\\`); DROP TABLE t; -- `');
    assert.equal(identifier('back\\'), '`back\\\\`');
    assert.equal(text("it's"), "'it\\'s'");
    assert.equal(text('\\'), "'\\\\'");
  });

  it('writes doubles so that they read back, and never as integers', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const factors = double(x).replaceAll(/[()]/g, '').split(' * ');
        assert.ok(
          Object.is(
            factors.map(Number).reduce((a, b) => a * b),
            x,
          ),
          double(x),
        );
        for (const factor of factors) assert.match(factor, /^-?\d+(\.\d*)?(e[+-]\d+)?$/);
        for (const factor of factors) assert.match(factor, /[.e]/);
      }),
    );
  });

  it('sums as a tree', () => {
    assert.equal(sum(['a', 'b', 'c', 'd']), '((a + b) + (c + d))');
    assert.deepEqual([sum([]), sum(['a'])], ['0.', 'a']);
  });
});

describe('an answer', () => {
  it('is read byte by byte', () => {
    const bytes = Buffer.alloc(8 + 8 + 3 + 2 + 2 * 8);
    bytes.writeDoubleLE(0.1, 0);
    bytes.writeBigUInt64LE(1_000_000n, 8);
    bytes.write('\x02é', 16);
    // an array of two, its length in two bytes
    bytes.set([0x82, 0x00], 19);
    bytes.writeDoubleLE(-0, 21);
    bytes.writeDoubleLE(Number.POSITIVE_INFINITY, 29);
    const answer = new RowBinary(bytes, 't');
    assert.deepEqual([answer.double(), answer.count(), answer.text()], [0.1, 1e6, 'é']);
    assert.deepEqual(answer.doubles(), Float64Array.of(-0, Number.POSITIVE_INFINITY));
    answer.end();
  });

  it('is refused when it is cut short, or too long', () => {
    const isAnswer = (e: BceError) => e.code === 'SERVER_ANSWER';
    assert.throws(() => new RowBinary(Buffer.alloc(7), 't').double(), isAnswer);
    assert.throws(() => new RowBinary(Buffer.alloc(1), 't').end(), isAnswer);
  });
});

const TABLE: TableSql = {
  rows: 'FROM `d`.`t` WHERE 1',
  numbers: ['toFloat64(`a`)', 'toFloat64(`b`)'],
  codes: ["toUInt32(transform(`f`, ['u', 'v'], [0, 1], 0))"],
  shapes: [{ start: 2, levels: 2 }],
  intercept: true,
  label: 'toFloat64(`y` = 1.)',
  weight: undefined,
  prefix: '_',
};

describe('the query of an epoch', () => {
  it('is one SELECT on the level of the table', () => {
    const { sql } = lossQuery(TABLE, Float64Array.of(0.5, -2, 1e-7, 3));
    const h =
      "(arraySum(arrayMap((_v, _w) -> _v * _w, [toFloat64(`a`), toFloat64(`b`)], [0.5, -2.])) + (arrayElement([0., 1e-7], toUInt32(transform(`f`, ['u', 'v'], [0, 1], 0)) + 1) + 3.))";
    assert.equal(
      sql,
      [
        `WITH ${h} AS \`_h\`, toFloat64(\`y\` = 1.) AS \`_y\`, exp(-abs(\`_h\`)) AS \`_a\`,`,
        '(1. / (1. + exp(-`_h`)) - `_y`) AS `_r`,',
        "toUInt32(transform(`f`, ['u', 'v'], [0, 1], 0)) AS `_k0`",
        'SELECT sum((if(`_h` > 0., `_h`, 0.) - `_h` * `_y` +',
        'if((1. + `_a`) = 1., `_a`, `_a` * (log((1. + `_a`)) / ((1. + `_a`) - 1.))))),',
        `sumForEach(arrayMap(_x -> _x * (1. / (1. + exp(-${h})) - toFloat64(\`y\` = 1.)), [toFloat64(\`a\`), toFloat64(\`b\`), 1.])),`,
        'tupleElement(sumMap([toUInt64(`_k0`)], [`_r`]), 1), tupleElement(sumMap([toUInt64(`_k0`)], [`_r`]), 2)',
        'FROM `d`.`t` WHERE 1 FORMAT RowBinary',
      ].join(' '),
    );
  });

  it('grows with the columns, not with their square', () => {
    const lengthOf = (d: number) => {
      const numbers = Array.from({ length: d }, (_, j) => `toFloat64(\`column ${j}\`)`);
      return lossQuery({ ...TABLE, numbers, codes: [], shapes: [] }, new Float64Array(d + 1)).sql.length;
    };
    assert.ok(lengthOf(2000) < 12 * lengthOf(200));
  });

  it('asks for a Hessian in parts', () => {
    const numbers = Array.from({ length: 100 }, (_, j) => `x${j}`);
    const size = 101;
    const queries = hessianQueries(
      { ...TABLE, numbers, codes: [], shapes: [] },
      new Float64Array(100),
      new Float64Array(size),
      new Float64Array(size * size),
    );
    assert.equal(queries.length, Math.ceil((size * (size + 1)) / 2 / MOST_PRODUCTS));
  });
});

describe('the columns of a table', () => {
  const { read } = resolveOptions({});
  const plan = (types: readonly string[], options = read) =>
    planTable(
      [...types.map((type, i) => ({ name: `c${i}`, type })), { name: 'y', type: 'UInt8' }],
      options,
      't',
    );

  it('are numbers and factors by their types', () => {
    const types = [
      'Int64',
      'Nullable(Float32)',
      'Decimal(18, 4)',
      'Bool',
      'String',
      'LowCardinality(Nullable(String))',
      "Enum8('a' = 1)",
      'FixedString(3)',
    ];
    const { numerics, factors, target } = plan(types).plan;
    assert.deepEqual([numerics, factors, target], [[0, 1, 2, 3], [4, 5, 6, 7], 8]);
  });

  for (const type of [
    'Date',
    'DateTime64(3)',
    'Array(Float64)',
    'UUID',
    'Map(String, Float64)',
    'AggregateFunction(sum, Float64)',
    'IPv4',
  ]) {
    it(`are refused by name where they are neither: ${type}`, () => {
      assert.throws(
        () => plan([type]),
        (e: BceError) =>
          e.code === 'COLUMN_TYPE' &&
          e.message.includes('"c0"') &&
          e.message.includes(type) &&
          /--drop c0/.test(e.hint!),
      );
      assert.equal(plan([type, 'Int8'], { ...read, drop: ['c0'] }).plan.numerics.length, 1);
    });
  }

  it('are counted where cells can be missing or infinite, and only there', () => {
    const table = plan(['Int64', 'Float64', 'Nullable(Int8)', 'String']);
    const { sql } = countsQuery(
      cellsOf(table, { database: 'd', table: 't', where: undefined, prefix: '_' }, undefined),
      table,
    );
    assert.doesNotMatch(sql, /`c0`/);
    assert.match(sql, /arrayExists\(_x -> isNaN\(_x\), \[`c1`, ifNull\(toFloat64\(`c2`\), nan\)\]\)/);
    assert.match(sql, /`c3` = ''/);
    assert.match(sql, /isInfinite\(_x\)/);
  });
});

describe('a failure', () => {
  const address = parseAddress('clickhouse://h/d/t');
  for (const [message, code, passing] of [
    [
      'Code: 279, e.displayText() = DB::NetException: All connection tries failed. Log: x, e.what() = DB::NetException',
      'SERVER_LOST',
      true,
    ],
    [
      'Code: 47, e.displayText() = DB::Exception: Unknown identifier: z, e.what() = DB::Exception',
      'SERVER_REFUSED',
      false,
    ],
    ['socket hang up', 'SERVER_LOST', true],
  ] as const) {
    it(`is repeated where that may help: ${code}, ${message.slice(0, 20)}`, () => {
      const failure = failureOf(new Error(message), address);
      assert.deepEqual([failure.code, isPassing(new Error(message))], [code, passing]);
      assert.doesNotMatch(failure.message, /displayText|what\(\)/);
    });
  }
});

describe('the flags of a table', () => {
  const ADDRESS = 'clickhouse://127.0.0.1:1/d/t';
  for (const flag of [
    '--threads 2',
    '--memory 1G',
    '--temp-dir .',
    '--delimiter ,',
    '--header',
    '--no-header',
    '--missing-values x',
    '--no-missing-values',
    '--explain',
    '--metrics',
    '--report r.html',
    '--validation clickhouse://h/d/u',
  ]) {
    it(`are refused with a reason where they mean nothing: ${flag}`, async () => {
      const { code, stderr } = await bceTrain([ADDRESS, ...flag.split(' ')]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /hint: ./);
    });
  }

  it('are refused for a file', async () => {
    const { code, stderr } = await bceTrain(['x.csv', '--where', 'a > 1']);
    assert.deepEqual([code, /--where goes with a table/.test(stderr)], [2, true]);
  });

  it('are of no use where nobody answers', async () => {
    const { code, stdout, stderr } = await bceTrain([ADDRESS]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /error: clickhouse:\/\/127\.0\.0\.1:1\/d\/t: no answer: .*ECONNREFUSED/);
  });
});
