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

describe('terms of a table on two shards', { skip: skip ?? false }, () => {
  let cluster: Cluster;
  const path = temporary('dated.csv', `${csv}\n`);
  before(async () => {
    cluster = startCluster(temporary('cluster-terms'), 18_223);
    const { columns, rows } = typed(csv, { passengerClass: "Enum8('1st' = 1, '2nd' = 2, '3rd' = 3)" });
    await cluster.create('dated', columns, rows);
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
    it(`are those of the file: ${flags.join(' ')}`, async () => {
      const common = ['--format', 'json', '-q', ...flags];
      const there = await bceTrain([cluster.address('dated'), ...common]);
      const here = await bceTrain([path, ...common]);
      assert.equal(there.code, 0, there.stderr);
      const [a, b] = [JSON.parse(there.stdout), JSON.parse(here.stdout)];
      assert.deepEqual(
        a.terms.map(({ name }: { name: string }) => name),
        b.terms.map(({ name }: { name: string }) => name),
      );
      a.terms.forEach(({ weight }: { weight: number }, j: number) => {
        assert.ok(
          error(weight, b.terms[j].weight) < 1e-7,
          `${b.terms[j].name}: ${weight}, ${b.terms[j].weight}`,
        );
      });
      assert.ok(error(a.result.loss, b.result.loss) < 1e-12);
      assert.equal(a.rows, b.rows);
      assert.deepEqual(
        a.features.map(({ expression, levels, references, filled }: Record<string, unknown>) => ({
          expression,
          levels,
          references,
          filled,
        })),
        b.features.map(({ expression, levels, references, filled }: Record<string, unknown>) => ({
          expression,
          levels,
          references,
          filled,
        })),
      );
      assert.deepEqual(
        a.inference?.tests.map(({ term, degreesOfFreedom }: Record<string, unknown>) => [
          term,
          degreesOfFreedom,
        ]),
        b.inference?.tests.map(({ term, degreesOfFreedom }: Record<string, unknown>) => [
          term,
          degreesOfFreedom,
        ]),
      );
    });
  }

  const refused: readonly (readonly [flags: readonly string[], message: RegExp])[] = [
    [
      ['--add', 'ns(age, 4)'],
      /"ns\(age,4\)\[1\]": knots, quantiles, means and spreads .* are not asked of a table of ClickHouse\nhint: say them/,
    ],
    [['--add', 'bins(age, 3)'], /"bins\(age,3\)\[2\]": knots, quantiles/],
    [['--add', 'scale(age)'], /"scale\(age\)": knots, quantiles/],
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
