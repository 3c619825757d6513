/** Terms of a table of a cluster are those of the file of its rows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Cluster, startCluster, typed, whyNoCluster } from '../support/shards.js';
import { bceTrain, error, example, temporary } from '../support/support.js';

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
  const ofRows: readonly (readonly string[])[] = [
    [...NEWTON, ...PLAIN, '--missing', 'drop', '--add', 'ns(age, 4) + bs(far, 5)', '--stats'],
    [...DESCENT, ...PLAIN, '--missing', 'mean', '--add', 'ns(age, 3):sex + bs(age, 4, degree=2)'],
    [...DESCENT, ...PLAIN, '--missing', 'drop', '--add', 'bins(age, 7) + bins(far, 3):sex + bins(zero, 2)'],
    [...DESCENT, ...PLAIN, '--missing', 'mean', '--add', 'scale(far) + scale(age):zero + scale(log1p(zero))'],
    [...DESCENT, '--missing', 'drop', '--formula', '~ ns(scale(age), 3) + scale(age^2) + bins(log(zero), 2)'],
    [...DESCENT, '--missing', 'drop', '--formula', '~ ns(hour(day), 2) + scale(month(day))'],
    [...DESCENT, ...PLAIN, '--missing', 'drop', '--add', 'ns(age, 4)', '--weight-column', 'weight'],
    [
      ...DESCENT,
      ...PLAIN,
      ...['--missing', 'mean', '--add', 'scale(age) + ns(far, 3)', '--weight-column', 'weight'],
      ...['--class-weight', 'balanced', '--no-intercept'],
    ],
    [...NEWTON, ...PLAIN, '--missing', 'drop', '--reference', 'passengerClass=3rd', '--stats'],
    [
      ...DESCENT,
      ...PLAIN,
      ...['--missing', 'drop', '--reference', 'passengerClass=2nd', '--reference', 'sex=male'],
      ...[
        '--add',
        'sex*passengerClass + passengerClass:ns(age, 2) + month(day)',
        '--reference',
        'month(day)=6',
      ],
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
        'id:9',
        '--reference',
        'hash(city,3)=5',
      ],
      ...[
        '--add',
        'hash(city, 3):sex + hash(id, 2):age + (hash(id, 8)=17):zero + month(day):age + hash(id, 3):zero',
      ],
    ],
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

  it('are held out as without', async () => {
    const { stdout, code } = await bceTrain([
      ...[cluster.address('dated'), '--drop', 'day', '--missing', 'drop', '--validation', '0.2', '-q'],
      ...[...DESCENT, '--add', 'sex*passengerClass + log1p(age)', '--format', 'json'],
    ]);
    assert.equal(code, 0);
    const { validation, rows } = JSON.parse(stdout);
    assert.equal(validation.rows + rows, 1046);
    assert.ok(validation.loss > 0.3 && validation.loss < Math.LN2);
  });
});
