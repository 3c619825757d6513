/** A table of a cluster gives what the file of its rows gives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Cluster, startCluster, typed, whyNoCluster } from './shards.js';
import { bceTrain, error, example, fixture, temporary, type World } from './support.js';

const skip = whyNoCluster();
const TITANIC = example('titanic.csv');

describe('a table on two shards', { skip: skip ?? false }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = startCluster(temporary('cluster'));
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

  const TABLES = [
    ['titanic', TITANIC, ['--missing', 'drop']],
    ['titanic', TITANIC, ['--missing', 'mean']],
    ['credit', fixture('credit.csv'), []],
    ['birthwt', fixture('birthwt.csv'), []],
  ] as const;
  for (const [table, path, flags] of TABLES) {
    for (const optimizer of ['gd', 'lbfgs', 'newton', 'nesterov', 'adam']) {
      it(`gives the model of the file: ${[table, ...flags, optimizer].join(' ')}`, async () => {
        const { there, here } = await both(table, path, [
          ...flags,
          '--optimizer',
          optimizer,
          '--epochs',
          '30',
        ]);
        const { features, intercept, history } = here;
        assertClose(there.features, features, 1e-9);
        assertClose(there.intercept, intercept, 1e-9);
        assertClose(there.history, history, 1e-9);
        assert.deepEqual(there.target, here.target);
      });
    }
  }
});
