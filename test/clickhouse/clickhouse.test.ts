/** A table of a cluster gives what the file of its rows gives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { train as trainInLibrary } from '../../src/index.js';
import { type Cluster, startCluster, typed, whyNoCluster } from '../support/shards.js';
import {
  bcePredict,
  bceTrain,
  error,
  example,
  fixture,
  spawnBceTrain,
  temporary,
  type World,
} from '../support/support.js';

const skip = whyNoCluster();
const TITANIC = example('titanic.csv');

describe('a table on two shards', { skip: skip ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = startCluster(temporary('cluster'), 18_123);
    for (const [table, path, types] of [
      ['titanic', TITANIC, { passengerClass: "Enum8('1st' = 1, '2nd' = 2, '3rd' = 3)" }],
      ['credit', fixture('credit.csv'), {}],
      ['birthwt', fixture('birthwt.csv'), { smoke: 'UInt8', age: 'Int32' }],
    ] as const) {
      const { columns, rows } = typed(readFileSync(path, 'utf8'), types);
      await cluster.create(table, columns, rows);
    }
  });
  after(() => cluster?.stop());

  const train = (args: readonly string[], world?: World) => bceTrain(args, world);

  /** The model that both give, as JSON. */
  async function both(table: string, path: string, flags: readonly string[]) {
    const [there, here] = [
      await train([cluster.address(table), '--format', 'json', '-q', ...flags]),
      await train([path, '--format', 'json', '-q', ...flags]),
    ];
    assert.equal(there.code, here.code, there.stderr);
    return {
      there: JSON.parse(there.stdout),
      here: JSON.parse(here.stdout),
      stderr: [there.stderr, here.stderr],
    };
  }

  /** Every number of two documents alike, and all else the same. */
  function assertClose(a: unknown, b: unknown, tolerance: number, path = ''): void {
    if (typeof a === 'number' && typeof b === 'number') {
      assert.ok(error(a, b) <= tolerance, `${path}: ${a} and ${b}`);
    } else if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
      assert.deepEqual(Object.keys(a), Object.keys(b), path);
      for (const key of Object.keys(a))
        assertClose(a[key as never], b[key as never], tolerance, `${path}.${key}`);
    } else {
      assert.equal(a, b, path);
    }
  }

  const RUNS = [
    ['titanic', TITANIC, ['--missing', 'drop', '--optimizer', 'gd', '--epochs', '30']],
    ['titanic', TITANIC, ['--missing', 'drop', '--optimizer', 'lbfgs']],
    ['titanic', TITANIC, ['--missing', 'drop', '--optimizer', 'newton']],
    ['titanic', TITANIC, ['--missing', 'mean', '--optimizer', 'newton']],
    ['titanic', TITANIC, ['--missing', 'drop', '--optimizer', 'newton', '--no-intercept', '--l2', '0.01']],
    [
      'titanic',
      TITANIC,
      ['--missing', 'drop', '--optimizer', 'newton', '--class-weight', 'balanced', '--reduction', 'sum'],
    ],
    [
      'credit',
      fixture('credit.csv'),
      ['--missing', 'drop', '--optimizer', 'gd', '--lr', 'auto', '--epochs', '20'],
    ],
    ['credit', fixture('credit.csv'), ['--missing', 'drop', '--optimizer', 'lbfgs']],
    ['credit', fixture('credit.csv'), ['--missing', 'mean', '--optimizer', 'newton', '--stats']],
    ['birthwt', fixture('birthwt.csv'), ['--optimizer', 'gd', '--epochs', '30', '--categorical', 'smoke']],
    ['birthwt', fixture('birthwt.csv'), ['--optimizer', 'lbfgs']],
    [
      'birthwt',
      fixture('birthwt.csv'),
      ['--optimizer', 'newton', '--no-standardize', '--stats', '--confidence', '0.9'],
    ],
    ['birthwt', fixture('birthwt.csv'), ['--optimizer', 'nesterov', '--l1', '0.01', '--epochs', '20']],
    ['birthwt', fixture('birthwt.csv'), ['--optimizer', 'adam', '--epochs', '20']],
    [
      'birthwt',
      fixture('birthwt.csv'),
      ['--optimizer', 'newton', '--weight-column', 'age', '--missing', 'error'],
    ],
  ] as const;
  for (const [table, path, flags] of RUNS) {
    it(`gives the model of the file: ${[table, ...flags].join(' ')}`, async () => {
      const { there, here, stderr } = await both(table, path, flags);
      const { terms, features, history, rows, target, weighting, inference } = here;
      // newton goes on with more digits where the rows are at hand, and so takes other steps at the end
      const isNewton = (flags as readonly string[]).includes('newton');
      const expected = {
        ...{ terms, features, rows, target, weighting, inference },
        ...(isNewton ? {} : { history }),
      };
      if (isNewton && inference !== undefined) inference.distance = there.inference.distance;
      assertClose(pick(there, expected), expected, 1e-9);
      assert.deepEqual(there.result.status, here.result.status);
      // sums of a server differ in their last digits
      const rounded = (text: string) => text.replaceAll(/\d\.\d{9,}/g, (J) => Number(J).toPrecision(9));
      assert.equal(rounded(withoutDoubt(stderr[0]!)), rounded(stderr[1]!));
    });
  }

  it('gives the same model in the library, which tells what it does', async () => {
    const kinds = new Set<string>();
    const model = await trainInLibrary(cluster.address('titanic'), {
      missing: 'drop',
      optimizer: 'lbfgs',
      stats: true,
      where: "sex = 'female'",
      onEvent: ({ kind }) => kinds.add(kind),
    });
    const flags = ['--missing', 'drop', '--optimizer', 'lbfgs', '--stats', '--where', "sex = 'female'"];
    const { stdout } = await train([cluster.address('titanic'), '-q', '--format', 'json', ...flags]);
    const { terms, features, inference } = JSON.parse(stdout);
    assertClose({ terms: model.terms, features: model.features }, { terms, features }, 1e-12);
    assert.equal(model.inference!.deviance, inference.deviance);
    for (const kind of ['epoch', 'fitted']) assert.ok(kinds.has(kind), kind);
    await assert.rejects(trainInLibrary('clickhouse://127.0.0.1:1/a'), /expected clickhouse:/);
  });

  /** Of rows that stay where they are, less can be proved. */
  function withoutDoubt(text: string): string {
    return text.replace(/^warning: it is not known .*\n/gm, '');
  }

  /** The entries of a document that another one has. */
  function pick(document: object, like: object) {
    return Object.fromEntries(Object.keys(like).map((key) => [key, document[key as never]]));
  }

  it('tells what is known of the file', async () => {
    const flags = ['--missing', 'drop', '--epochs', '1', '--verbose'];
    const [there, here] = [
      await train([cluster.address('titanic'), ...flags]),
      await train([TITANIC, ...flags]),
    ];
    // a server adds in its own order
    const withoutName = (text: string) =>
      withoutDoubt(text)
        .replaceAll(/^\S*titanic\S*:/gm, 'titanic:')
        .replace(/^note: network: .*\n/m, '')
        .replaceAll(/\d\.\d{13,}/g, (digits) => Number(digits).toPrecision(12))
        .replaceAll(/\d+\.\d{10,}/g, (digits) => Number(digits).toPrecision(12));
    assert.equal(withoutName(there.stderr), withoutName(here.stderr));
    assert.match(
      there.stderr,
      /^note: network: [\d.]+ queries an epoch, [\d,]+ bytes sent, [\d,]+ bytes received/m,
    );
  });

  it('checks the gradient against the server', async () => {
    const { code, stdout, stderr } = await train([
      cluster.address('birthwt'),
      '--check-gradient',
      '--features',
      'lwt',
    ]);
    assert.equal(code, 0, stdout + stderr);
  });

  it('tells what weights of another program minimise, without parts of the rows', async () => {
    const diagnosed = async (weights: string) => {
      const path = fixture(`theirs/titanic.${weights}.csv`);
      const args = [cluster.address('titanic'), '--missing', 'drop', '--diagnose', path, '-q'];
      const { code, stdout, stderr } = await train(args);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    assert.match(await diagnosed('lbfgs'), /\(C = 1\/\(lambda m\) = 1\) on the columns as they are/);
    const other = await diagnosed('splitother');
    assert.match(other, /none fits/);
    assert.match(other, /parts of the rows were not tried: the rows are elsewhere/);
  });

  it('compares a right and a wrong descent', async () => {
    const flags = ['--compare', '--epochs', '3', '--format', 'json', '-q'];
    const [there, here] = [
      await train([cluster.address('birthwt'), ...flags]),
      await train([fixture('birthwt.csv'), ...flags]),
    ];
    assertClose(JSON.parse(there.stdout), JSON.parse(here.stdout), 1e-9);
  });

  it('takes the rows of an expression', async () => {
    const { there, stderr } = await (async () => {
      const result = await train([
        cluster.address('birthwt'),
        '--where',
        'age > 20 -- a comment',
        '--format',
        'json',
        '--epochs',
        '3',
      ]);
      return { there: JSON.parse(result.stdout), stderr: result.stderr };
    })();
    const { rows } = typed(readFileSync(fixture('birthwt.csv'), 'utf8'));
    const { columns } = typed(readFileSync(fixture('birthwt.csv'), 'utf8'));
    const age = columns.findIndex(([name]) => name === 'age');
    assert.equal(there.rows, rows.filter((row) => Number(row[age]) > 20).length, stderr);
  });

  it('goes on from weights, and validates on a file', async () => {
    const model = temporary('there.json');
    const flags = ['--missing', 'drop', '-q'];
    await train([cluster.address('titanic'), ...flags, '--epochs', '10', '-o', model]);
    const rest = await train([
      cluster.address('titanic'),
      ...flags,
      '--epochs',
      '5',
      '--init',
      model,
      '--format',
      'json',
      '--validation',
      TITANIC,
    ]);
    const whole = await train([
      TITANIC,
      ...flags,
      '--epochs',
      '15',
      '--format',
      'json',
      '--validation',
      TITANIC,
    ]);
    const [a, b] = [JSON.parse(rest.stdout), JSON.parse(whole.stdout)];
    assertClose(a.terms, b.terms, 1e-9);
    assertClose(a.features, b.features, 1e-9);
    assertClose(a.validation.loss, b.validation.loss, 1e-9);
  });

  it('holds rows out by their hash, and each row once', async () => {
    const of = async (seed: string) => {
      const flags = [
        '--validation',
        '0.3',
        '--seed',
        seed,
        '--epochs',
        '5',
        '--missing',
        'drop',
        '--format',
        'json',
        '-q',
      ];
      const { stdout, stderr } = await train([cluster.address('titanic'), ...flags]);
      assert.doesNotMatch(stderr, /^error/m);
      return JSON.parse(stdout);
    };
    const [one, again, other] = [await of('1'), await of('1'), await of('2')];
    const all = JSON.parse(
      (
        await train([
          cluster.address('titanic'),
          '--missing',
          'drop',
          '--epochs',
          '0',
          '--format',
          'json',
          '-q',
        ])
      ).stdout,
    );
    assert.equal(one.rows + one.validation.rows, all.rows);
    assert.ok(Math.abs(one.validation.rows / all.rows - 0.3) < 0.05);
    assertClose(one, again, 1e-12);
    assert.notEqual(one.rows === other.rows && one.validation.loss === other.validation.loss, true);
    assert.equal(one.validation.history.length, 6);
  });

  it('takes any name and any level for just that', async () => {
    const evil = 'x`); DROP TABLE titanic; -- ';
    const table = "it's `a` table \\ of /its own";
    const levels = ["it's", 'back\\slash', 'tab\t', 'new\nline', '`', '") OR 1', 'e\u0301'];
    const rows = Array.from({ length: 140 }, (_, i) => [
      String(Math.sin(i)),
      levels[i % 7],
      String(1.7e12 + (i % 13) * 1000),
      i % 5 === 0 ? undefined : String(i % 3),
      (i * 7) % 11 < 5 + Math.sin(i) ? 'yes' : 'no',
    ]);
    await cluster.create(
      table,
      [
        [evil, 'Float64'],
        ['level \\ "name"', 'LowCardinality(String)'.replace('LowCardinality(String)', 'String')],
        ['_h', 'UInt64'],
        ['n', 'Nullable(UInt8)'],
        ['y', 'FixedString(3)'],
      ],
      rows,
    );
    const quoted = (cell: string | undefined) =>
      cell === undefined ? '' : `"${cell.replaceAll('"', '""')}"`;
    const csv = temporary(
      'evil.csv',
      [[evil.trim(), 'level \\ "name"', '_h', 'n', 'y'], ...rows]
        .map((row) => row.map(quoted).join(','))
        .join('\n'),
    );
    const flags = ['--missing', 'mean', '--optimizer', 'newton', '--format', 'json', '-q'];
    const there = await train([cluster.address(table), ...flags]);
    const here = await train([csv, ...flags]);
    const [a, b] = [JSON.parse(there.stdout), JSON.parse(here.stdout)];
    const weights = ({ terms }: { terms: { weight: number }[] }) => terms.map(({ weight }) => weight);
    assertClose(weights(a), weights(b), 1e-8);
    assert.equal(await cluster.run('SELECT count() FROM titanic'), '1309\n');
  });

  it('refuses what no sum can hold, and takes the rows without', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      i === 7 ? 'inf' : String(Math.sin(i)),
      String((i % 4) - (i === 9 ? 4 : 0)),
      i % 3 === 0 ? '1' : '0',
    ]);
    await cluster.create(
      'infinite',
      [
        ['x', 'Float64'],
        ['w', 'Int32'],
        ['y', 'UInt8'],
      ],
      rows,
    );
    const { stderr } = await train([cluster.address('infinite'), '-q']);
    assert.match(
      stderr,
      /column "x": expected finite numbers, found 1 infinite one\nhint: --where 'isFinite\(`x`\)'/,
    );
    const { code } = await train([cluster.address('infinite'), '-q', '--where', 'isFinite(`x`)']);
    assert.equal(code, 0);
    const flags = ['-q', '--where', 'isFinite(`x`)', '--weight-column', 'w'];
    const negative = await train([cluster.address('infinite'), ...flags]);
    assert.match(negative.stderr, /column "w": expected a weight, 0 or more, got -3/);
    const { stdout } = await train([
      cluster.address('infinite'),
      ...flags.with(2, 'isFinite(`x`) AND w >= 0'),
      '--format',
      'json',
    ]);
    assert.equal(JSON.parse(stdout).rows, 40 - 10 - 2);
  });

  it('says why there is no optimum', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [
      String(i),
      String(Math.cos(i)),
      String(2 * i + 3),
      i < 30 ? '0' : '1',
    ]);
    await cluster.create(
      'separated',
      [
        ['a', 'Int32'],
        ['b', 'Float64'],
        ['c', 'Int64'],
        ['y', 'UInt8'],
      ],
      rows,
    );
    const { stderr } = await train([
      cluster.address('separated'),
      '-q',
      '--optimizer',
      'lbfgs',
      '--drop',
      'c',
    ]);
    assert.match(stderr, /warning: the classes are separated: y is 1 exactly when "a" >= 30/);
    const mixed = rows.map((row, i) => [...row.slice(0, 3), i % 3 === 0 ? '1' : '0']);
    await cluster.create(
      'collinear',
      [
        ['a', 'Int32'],
        ['b', 'Float64'],
        ['c', 'Int64'],
        ['y', 'UInt8'],
      ],
      mixed,
    );
    const other = await train([cluster.address('collinear'), '-q', '--optimizer', 'newton']);
    assert.match(other.stderr, /warning: "c" follows from "a": its weight is not unique/);
  });

  it('serves a user who may only read', async () => {
    const { code, stderr } = await train([cluster.address('birthwt', 'reader'), '--epochs', '2'], {
      env: { CLICKHOUSE_PASSWORD: 'pass word' },
    });
    assert.equal(code, 0, stderr);
    const address = cluster.address('birthwt', 'reader:pass%20word');
    const { stdout } = await train([address, '--epochs', '2', '--format', 'json', '--where', 'age < 30']);
    assert.doesNotMatch(stdout, /pass(%20| )word/);
    const [name, where] = [cluster.address('birthwt', 'reader'), 'age < 30'];
    assert.deepEqual(JSON.parse(stdout).provenance.sources, [{ name, where, bytes: null, sha256: null }]);
    // the rows are those of the model, and sums of a server the same but for their last digits
    const verified = await train(['--verify', temporary('there.json', stdout), address, '--format', 'json']);
    const { isSame, differences } = JSON.parse(verified.stdout);
    assert.equal(verified.code, isSame ? 0 : 5);
    for (const { place, claimed, found } of differences) {
      assert.match(place, /^(terms|result|history|descent|features)\b/);
      assert.ok(Math.abs(claimed - found) < 1e-9 * Math.max(1, Math.abs(claimed)), place);
    }
    const refused = await train([cluster.address('birthwt', 'reader'), '--epochs', '2'], {
      env: { CLICKHOUSE_PASSWORD: 'secret' },
    });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /CLICKHOUSE_PASSWORD/);
    assert.doesNotMatch(refused.stderr, /secret/);
  });

  for (const [what, table, flags, message] of [
    ['no table', 'nowhere', [], /error: clickhouse:\/\/\S+nowhere: the server refused: .*doesn't exist/],
    ['no column', 'birthwt', ['--target', 'x'], /error: --target: no column "x"/],
    [
      'an expression that is none',
      'birthwt',
      ['--where', 'age >'],
      /error: .*the server refused: Syntax error[\s\S]*hint: --where is taken as it is/,
    ],
    ['no row', 'birthwt', ['--where', 'age > 200'], /error: .*expected rows, found none\nhint: --where/],
    [
      'missing cells',
      'titanic',
      [],
      /error: .*expected a value in every cell, found missing ones in "age" \(263\), in 1,309 rows\nhint: --missing drop/,
    ],
    ['a third label', 'birthwt', ['--target', 'race'], /expected two labels, found 3/],
    [
      'a write',
      'birthwt',
      ['--where', '1) FORMAT Null; DROP TABLE birthwt --'],
      /error: .*the server refused/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await train([cluster.address(table), ...flags]);
      assert.deepEqual([code === 0, stdout], [false, ''], stderr);
      assert.match(stderr, message);
    });
  }

  it('is scored in place by the exported query', async () => {
    const model = temporary('exported.json');
    await train([TITANIC, '--missing', 'drop', '--optimizer', 'newton', '-o', model, '-q']);
    for (const missing of ['empty', 'mean']) {
      const flags = missing === 'mean' ? ['--missing', 'mean'] : [];
      const { stdout: sql } = await bcePredict([
        model,
        '--export',
        'sql',
        '--dialect',
        'clickhouse',
        '--table',
        'titanic',
        ...flags,
      ]);
      const scored = await cluster.run(
        `SELECT sex, age, toString(passengerClass), probability FROM (${sql}) ORDER BY sex, age, passengerClass FORMAT TabSeparated`,
      );
      const byRow = new Map(
        scored
          .trimEnd()
          .split('\n')
          .map((line) => [line.slice(0, line.lastIndexOf('\t')), line.slice(line.lastIndexOf('\t') + 1)]),
      );
      const { stdout } = await bcePredict([model, TITANIC, '--append', '--missing', missing]);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
      assert.ok(rows.length > 1000);
      for (const [sex, age, passengerClass, , probability] of rows) {
        const found = byRow.get(
          [sex, age === '' || age === 'NA' ? '\\N' : String(Number(age)), passengerClass].join('\t'),
        );
        if (probability === '') assert.equal(found, '\\N');
        else assert.ok(error(Number(found), Number(probability)) < 1e-12, `${found} ${probability}`);
      }
    }
  });

  it('cancels its query on the server when it is interrupted', async () => {
    const running = () =>
      cluster.run(
        "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query NOT LIKE '%system.processes%'",
      );
    let interrupt = () => {};
    // every row takes its time, on both shards
    const run = train([cluster.address('birthwt'), '--where', 'sleepEachRow(0.01) = 0', '--epochs', '1000'], {
      onListening: (listener) => {
        interrupt = listener;
      },
    });
    while ((await running()) === '0\n');
    interrupt();
    const { code, stderr } = await run;
    assert.equal(code, 130, stderr);
    while ((await running()) !== '0\n');
  });

  it('ends with the weights so far when a shard is lost', async () => {
    const output = temporary('lost.csv');
    const flags = ['--epochs', '100000', '--tolerance', '0'];
    const run = spawnBceTrain([cluster.address('birthwt'), ...flags, '-o', output], '', (stderr) => {
      if (stderr.includes('epoch      3')) cluster.kill();
    });
    const { code, stderr } = await run;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /warning: clickhouse:.*asking again in 0\.25 s/);
    const [, epoch] = /error: .*; the weights written are those of epoch ([\d,]+)\nhint: .*--init FILE/.exec(
      stderr,
    )!;
    // the same as if it had ended there
    const expected = await train([
      fixture('birthwt.csv'),
      '--epochs',
      epoch!.replaceAll(',', ''),
      '--tolerance',
      '0',
      '-q',
    ]);
    const weights = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',')[1]));
    assertClose(weights(readFileSync(output, 'utf8')), weights(expected.stdout), 1e-9);
  });
});
