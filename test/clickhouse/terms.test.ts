/** Terms of a table of a cluster are those of the file of its rows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { parseAddress } from '../../src/clickhouse/address.js';
import { connect } from '../../src/clickhouse/connection.js';
import { valuesAtRanks } from '../../src/clickhouse/ranks.js';
import { type Cluster, startCluster, typed, whyNoCluster } from '../support/shards.js';
import { bcePredict, bceTrain, error, example, temporary } from '../support/support.js';

const skip = whyNoCluster();

/** Titanic with a date and a number with zeros. */
const lines = readFileSync(example('titanic.csv'), 'utf8').trim().split('\n');
const csv = lines
  .map((line, i) => {
    if (i === 0) return `day,zero,${line}`;
    return `2024-${String(1 + (i % 12)).padStart(2, '0')}-1${i % 7}T0${(i * 7) % 5}:30:00,${i % 3},${line}`;
  })
  .join('\n');

/** The same with cities and villages, an id, a number of large values, and weights some of which are 0. */
const CITIES = ['Rome', 'Oslo', 'Köln', 'São Paulo', 'Rome', "d'Oc", 'Oslo', 'Kyoto'];
const placed = csv
  .split('\n')
  .map((line, i) => {
    if (i === 0) return `city,id,far,weight,${line}`;
    const city = CITIES[(i * i) % 29] ?? `village é${i % 31}`;
    const far = i % 50 === 0 ? '' : 1.7e12 + ((i * 7919) % 1000) / 8 - (i % 3);
    return `${city},user-${(i * 31) % 907}${'ü'.repeat(i % 4)},${far},${i % 5},${line}`;
  })
  .join('\n');

describe('terms of a table on two shards', { skip: skip ?? false }, () => {
  let cluster: Cluster;
  const path = temporary('dated.csv', `${csv}\n`);
  before(async () => {
    temporary('placed.csv', `${placed}\n`);
    cluster = startCluster(temporary('cluster-terms'), 18_223);
    const { columns, rows } = typed(csv, { passengerClass: "Enum8('1st' = 1, '2nd' = 2, '3rd' = 3)" });
    await cluster.create('dated', columns, rows);
    const places = typed(placed, { weight: 'UInt8' });
    await cluster.create('placed', places.columns, places.rows);
  });
  after(() => cluster?.stop());

  const DESCENT = ['--optimizer', 'gd', '--epochs', '2', '--l2', '0.01'];
  const NEWTON = ['--optimizer', 'newton', '--tolerance', '1e-12'];
  const asked: readonly (readonly string[])[] = [
    [...NEWTON, '--missing', 'drop', '--drop', 'day', '--add', 'sex*passengerClass', '--stats'],
    [...NEWTON, '--missing', 'drop', '--formula', '~ sex*passengerClass + zero:age - 1'],
    [...DESCENT, '--missing', 'drop', '--drop', 'day', '--add', 'sex*passengerClass*age + poly(age, 3)'],
    [
      ...DESCENT,
      '--missing',
      'mean',
      '--drop',
      'day',
      '--add',
      'log1p(age) + age:passengerClass + sex:passengerClass',
    ],
    [
      ...DESCENT,
      '--missing',
      'drop',
      '--formula',
      'survived ~ sex + log(age) + (age>10):zero + cut(age, 18, 40)',
    ],
    [
      ...DESCENT,
      '--missing',
      'drop',
      '--formula',
      '~ sex + month(day) + month(day):sex + year(day):age + (weekday(day)=1):age',
    ],
    [
      ...DESCENT,
      '--missing',
      'drop',
      '--drop',
      'day',
      '--add',
      'ns(age, knots=c(20,40), boundary=c(0,80)) + scale(age, 30, 14)',
    ],
    [
      ...DESCENT,
      '--missing',
      'drop',
      '--drop',
      'day',
      '--add',
      'log(zero) + (passengerClass=2nd):age + sqrt(age)',
    ],
    [
      ...DESCENT,
      '--missing',
      'mean',
      '--drop',
      'day',
      '--add',
      'exp(zero) + log(zero)',
      '--class-weight',
      'balanced',
    ],
  ];
  for (const flags of asked) {
    it(`are those of the file: ${flags.join(' ')}`, () => assertSame('dated', path, flags));
  }

  /** Columns that are numbers and factors; others are named by the terms. */
  const PLAIN = ['--features', 'sex,passengerClass,age,zero'];
  /** Settled, but not trained. */
  const NONE = ['--epochs', '0'];
  const ofRows: readonly (readonly string[])[] = [
    [...NONE, ...PLAIN, '--missing', 'drop', '--add', 'ns(age, 4) + bs(far, 5)'],
    [...NONE, ...PLAIN, '--missing', 'mean', '--add', 'bins(age, 7) + bs(far, 4, degree=2)'],
    [...NEWTON, ...PLAIN, '--missing', 'drop', '--add', 'ns(age, 2) + bins(far, 2)', '--stats'],
    [...DESCENT, ...PLAIN, '--missing', 'mean', '--add', 'ns(age, 2):sex'],
    [...DESCENT, ...PLAIN, '--missing', 'drop', '--add', 'bins(far, 3):sex + bins(zero, 2)'],
    [...DESCENT, ...PLAIN, '--missing', 'mean', '--add', 'scale(far) + scale(age):zero + scale(log1p(zero))'],
    [...DESCENT, '--missing', 'drop', '--formula', '~ ns(scale(age), 2) + scale(age^2) + bins(log(zero), 2)'],
    [...DESCENT, '--missing', 'drop', '--formula', '~ ns(hour(day), 2) + scale(month(day))'],
    [
      ...DESCENT,
      ...PLAIN,
      ...['--missing', 'mean', '--add', 'scale(age) + ns(far, 2)', '--weight-column', 'weight'],
      ...['--class-weight', 'balanced', '--no-intercept'],
    ],
    [...NEWTON, ...PLAIN, '--missing', 'drop', '--reference', 'passengerClass=3rd', '--stats'],
    [
      ...DESCENT,
      ...PLAIN,
      ...['--missing', 'drop', '--reference', 'passengerClass=2nd', '--reference', 'sex=male'],
      ...['--add', 'sex*passengerClass + passengerClass:scale(age) + month(day)'],
      ...['--reference', 'month(day)=6'],
    ],
    [...DESCENT, '--features', 'city,sex,age', '--missing', 'drop', '--rare', '40'],
    [...DESCENT, '--features', 'city,sex,age', '--missing', 'mean', '--rare', '0.05', '--add', 'city:sex'],
    [
      ...DESCENT,
      ...['--features', 'city,sex', '--rare', '60', '--reference', 'city=(other)'],
      ...['--weight-column', 'weight', '--add', 'city:passengerClass'],
    ],
    [...DESCENT, '--features', 'city,sex', '--rare', '60', '--reference', 'city=Rome'],
    [...DESCENT, '--drop', 'day,weight,far,age', '--hash', 'id:4', '--hash', 'city:3'],
    [
      ...DESCENT,
      ...[
        '--drop',
        'day,weight,city',
        '--missing',
        'mean',
        '--hash',
        'id:7',
        '--reference',
        'hash(city,3)=5',
      ],
      ...['--add', 'hash(city, 3):sex + hash(id, 2):age + (hash(id, 8)=17):zero + hash(id, 1):zero'],
    ],
    [...NONE, '--features', 'age,sex', '--missing', 'mean', '--add', 'month(day):age'],
  ];
  for (const flags of ofRows) {
    it(`are settled as those of the file: ${flags.join(' ')}`, () =>
      assertSame('placed', temporary('placed.csv'), flags));
  }

  interface Feature {
    readonly expression?: string;
    readonly levels?: readonly string[];
    readonly [part: string]: unknown;
  }

  /** Training on the table and on the file of its rows. */
  async function assertSame(table: string, path: string, flags: readonly string[]) {
    const common = ['--format', 'json', '-q', ...flags];
    const there = await bceTrain([cluster.address(table), ...common]);
    const here = await bceTrain([path, ...common]);
    assert.equal(here.code, 0, here.stderr);
    assert.equal(there.code, 0, there.stderr);
    const [a, b] = [JSON.parse(there.stdout), JSON.parse(here.stdout)];
    const namesOf = ({ terms }: { terms: readonly { name: string }[] }) => terms.map(({ name }) => name);
    assert.deepEqual(namesOf(a), namesOf(b));
    a.terms.forEach(({ weight }: { weight: number }, j: number) => {
      const other = b.terms[j];
      assert.ok(error(weight, other.weight) < 1e-7, `${other.name}: ${weight}, ${other.weight}`);
    });
    assert.ok(error(a.result.loss, b.result.loss) < 1e-12);
    assert.equal(a.rows, b.rows);
    a.features.forEach((feature: Feature, i: number) => {
      assertSameExpression(feature.expression, b.features[i].expression);
    });
    const known = ({ features }: { features: readonly Feature[] }) =>
      features.map(({ levels, references, filled, merged, kept, counts }) => ({
        ...{ levels, references, filled, merged, kept, counts },
      }));
    assert.deepEqual(known(a), known(b));
    assert.deepEqual(a.reading, b.reading);
    const tested = ({ inference }: { inference?: { tests: readonly Feature[] } }) =>
      inference?.tests.map(({ term, degreesOfFreedom }) => [term, degreesOfFreedom]);
    assert.deepEqual(tested(a), tested(b));
  }

  /** Knots and breaks to the last bit; means and spreads are sums, which a server adds in its own order. */
  function assertSameExpression(a = '', b = '') {
    if (!/scale/.test(b)) return assert.equal(a, b);
    const numbers = /-?\d+(\.\d+)?(e-?\d+)?/g;
    assert.equal(a.replaceAll(numbers, '*'), b.replaceAll(numbers, '*'));
    const [left, right] = [a, b].map((one) => [...one.matchAll(numbers)].map(([digits]) => Number(digits)));
    left!.forEach((value, i) => {
      assert.ok(error(value, right![i]!) < 1e-12, `${a}, ${b}`);
    });
  }

  const refused: readonly (readonly [flags: readonly string[], message: RegExp])[] = [
    [
      ['--missing', 'drop', '--add', 'ns(zero, 4)'],
      /term "ns\(zero,4\)": expected knots that ascend, found the quantiles .*\nhint: values that are often/,
    ],
    [['--where', 'zero = 1', '--missing', 'drop', '--add', 'scale(zero)'], /found only 1\n/],
    [['--missing', 'drop', '--reference', 'sex=woman'], /has no level "woman"\nhint: its levels are/],
    [['--missing', 'drop', '--reference', 'age=3'], /expected a text column among the features, got "age"/],
    [
      ['--missing', 'drop', '--rare', '300', '--add', 'passengerClass:age'],
      /--rare: column "passengerClass" is in a product with numbers/,
    ],
    [
      ['--where', 'age > 0', '--add', 'log(zero)'],
      /term "log\(zero\)": expected a value in every row, found \d+ rows with a number or a date of which it has none/,
    ],
    [
      ['--add', 'age^2'],
      /expected a value in every cell, found missing ones in "age" \(263\), in 1,309 rows/,
    ],
    [['--add', 'size^2'], /no column "size"/],
    [['--add', 'sex^2'], /expected a column of numbers, found the text column "sex"/],
    [['--add', 'log(day)'], /expected a column of numbers|expected numbers in column "day"/],
  ];
  for (const [flags, message] of refused) {
    it(`are refused: ${flags.join(' ')}`, async () => {
      const { code, stderr } = await bceTrain([cluster.address('dated'), '--drop', 'day', '-q', ...flags]);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    });
  }

  it('are scored in place by the exported query', async () => {
    const model = temporary('placed.json');
    const flags = ['--rare', '40', '--hash', 'id:5', '--add', 'ns(age, 2) + bs(far, 3) + city:sex'];
    const trained = await bceTrain([
      ...[cluster.address('placed'), '--drop', 'day,weight', '--missing', 'mean', '-q', '-o', model],
      ...[...DESCENT, ...flags],
    ]);
    assert.equal(trained.code, 0, trained.stderr);
    const form = ['--export', 'sql', '--dialect', 'clickhouse', '--table', 'placed', '--missing', 'mean'];
    const { stdout: sql } = await bcePredict([model, ...form]);
    const scored = await cluster.run(`SELECT id, day, probability FROM (${sql}) FORMAT TabSeparated`);
    const linesOf = (text: string) => text.trimEnd().split('\n');
    const byRow = new Map(
      linesOf(scored).map((line) => {
        const [id, day, probability] = line.split('\t');
        return [`${id} ${day}`, Number(probability)];
      }),
    );
    const { stdout } = await bcePredict([model, temporary('placed.csv'), '--append', '--missing', 'mean']);
    const rows = linesOf(stdout)
      .slice(1)
      .map((line) => line.split(','));
    assert.equal(byRow.size, rows.length);
    for (const row of rows) {
      const found = byRow.get(`${row[1]} ${row[4]}`)!;
      assert.ok(error(found, Number(row.at(-1))) < 1e-12, `${row}: ${found}`);
    }
  });

  it('are settled by any doubles, to the last bit', async () => {
    const values = [
      '-1e308',
      '-2.5',
      '-1',
      '-0',
      '0',
      '0',
      '4.9e-300',
      '1e-9',
      '0.1',
      '3',
      '3',
      '7e15',
      '1e300',
    ];
    const rows = values.map((value, i) => [value, String(i % 2)]);
    const columns = [
      ['x', 'Nullable(Float64)'],
      ['y', 'UInt8'],
    ] as const;
    await cluster.create('doubles', columns, [...rows, [undefined, '0'], ['nan', '1']]);
    const connection = await connect(parseAddress(cluster.address('doubles')), { password: undefined });
    try {
      const source = { database: 'default', table: 'doubles', where: undefined, prefix: '_' };
      const x = 'ifNull(x, nan)';
      const ranks = [[...values.keys()], [], [3, 4]];
      const found = await valuesAtRanks(source, [x, x, `-1. * ${x}`], [], ranks, connection);
      const sorted = await connection.ask({
        sql: `SELECT ${x} AS v FROM doubles WHERE NOT isNaN(${x}) ORDER BY v FORMAT RowBinary`,
        read: (answer) => values.map(() => answer.double() + 0),
      });
      assert.deepEqual([...found[0]!.values()], sorted);
      assert.equal(found[1]!.size, 0);
      const downwards = [...sorted].reverse();
      assert.deepEqual([...found[2]!.values()], [-downwards[3]! + 0, -downwards[4]! + 0]);
    } finally {
      await connection.close();
    }
  });

  it('are held out as without', async () => {
    const held = ['--missing', 'drop', '--validation', '0.2', '-q', '--format', 'json'];
    const splitOf = async (table: string, flags: readonly string[]) => {
      const { stdout, code, stderr } = await bceTrain([
        cluster.address(table),
        ...held,
        ...DESCENT,
        ...flags,
      ]);
      assert.equal(code, 0, stderr);
      const { validation, rows } = JSON.parse(stdout);
      assert.ok(validation.loss > 0.3 && validation.loss < Math.LN2);
      return [rows, validation.rows];
    };
    const dated = await splitOf('dated', ['--drop', 'day', '--add', 'sex*passengerClass + log1p(age)']);
    assert.equal(dated[0] + dated[1], 1046);
    // which rows they are is told by the columns, not by what becomes of them
    const plain = await splitOf('placed', PLAIN);
    assert.deepEqual(
      await splitOf('placed', [...PLAIN, '--add', 'ns(age, 2) + scale(zero)', '--rare', '200']),
      plain,
    );
  });

  it('hold on a file of validation', async () => {
    const flags = ['--missing', 'mean', '--features', 'city,sex,age', '--rare', '40', '--hash', 'id:3'];
    const file = temporary('placed.csv');
    const common = [
      ...flags,
      '--add',
      'ns(age, 2)',
      ...DESCENT,
      '--validation',
      file,
      '-q',
      '--format',
      'json',
    ];
    const there = await bceTrain([cluster.address('placed'), ...common]);
    assert.equal(there.code, 0, there.stderr);
    const here = await bceTrain([file, ...common]);
    const [a, b] = [there, here].map(({ stdout }) => JSON.parse(stdout).validation);
    assert.equal(a.rows, b.rows);
    assert.ok(error(a.loss, b.loss) < 1e-12);
  });

  it('have no more levels than a query can hold', async () => {
    await cluster.run(
      'CREATE TABLE ids ENGINE = MergeTree() ORDER BY tuple() AS SELECT toString(number) AS id, number % 7 AS x, number % 2 AS y FROM numbers(300000)',
    );
    const { code, stderr } = await bceTrain([cluster.address('ids'), '-q', '--hash', 'id:18']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /term "hash\(id,18\)": expected at most 100,000 levels, .*\nhint: a hash of 16 bits/,
    );
  });

  it('are settled by the rows that are not held out', async () => {
    const flags = ['--missing', 'drop', '--validation', '0.3', ...NONE, '-q', '--format', 'json'];
    const { stdout } = await bceTrain([cluster.address('placed'), ...PLAIN, '--add', 'scale(age)', ...flags]);
    const { features, rows } = JSON.parse(stdout);
    const { mean, sd } = features.at(-1);
    assert.ok(Math.abs(mean) < 1e-12);
    assert.ok(error(sd, Math.sqrt((rows - 1) / rows)) < 1e-12);
  });
});
