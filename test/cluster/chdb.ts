/**
 * The queries of a training run on a current ClickHouse, embedded (chdb), against the same run on the file.
 *
 *   npm install --prefix DIRECTORY chdb         540 MB, so it is no dependency
 *   node dist/test/cluster/chdb.js DIRECTORY
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Connection } from '../../src/clickhouse/connection.js';
import { readTable } from '../../src/clickhouse/readTable.js';
import { RowBinary } from '../../src/clickhouse/rowBinary.js';
import { diagnose } from '../../src/diagnostics/diagnose.js';
import { fit } from '../../src/fit/fit.js';
import { infer } from '../../src/inference/infer.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { typed } from '../support/shards.js';
import { datasetOfCsv, error, example, fixture } from '../support/support.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('expected the directory in which chdb is installed');
const { Session } = createRequire(join(resolve(directory), 'package.json'))('chdb');
const session = new Session();

async function bytesOf(sql: string): Promise<Buffer> {
  // the format is told apart
  const [, query, format] = /^([\s\S]*) FORMAT (\w+)$/.exec(sql)!;
  const result = await session.queryAsync(query, { format });
  return Buffer.from(result.bytes());
}

const connection: Connection = {
  async ask(query) {
    const answer = new RowBinary(await bytesOf(query.sql), 'chdb');
    const result = query.read(answer);
    answer.end();
    return result;
  },
  askText: async (sql) => String(await bytesOf(sql)),
  traffic: { queries: 0, sent: 0, received: 0 },
  watch() {},
  async close() {},
};

const quoted = (text: string | undefined) =>
  text === undefined ? 'NULL' : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

async function compare(table: string, path: string, options: TrainOptions): Promise<number> {
  const csv = readFileSync(path, 'utf8');
  const { columns, rows } = typed(csv);
  const list = columns.map(([name, type]) => `\`${name}\` ${type}`).join(', ');
  session.query(`DROP TABLE IF EXISTS ${table}`);
  session.query(`CREATE TABLE ${table} (${list}) ENGINE = MergeTree ORDER BY tuple()`);
  const values = rows.map((row) => `(${row.map(quoted).join(', ')})`);
  session.query(`INSERT INTO ${table} VALUES ${values.join(', ')}`);

  const { read, fit: fitted } = resolveOptions(options);
  const source = { database: 'default', table, where: undefined };
  const remote = await readTable(table, source, { ...read, holdOut: undefined }, connection);
  const local = await datasetOfCsv(csv, options);
  const [there, here] = [await fit(remote.training, fitted), await fit(local, fitted)];
  let worst = 0;
  here.w.forEach((weight, j) => {
    worst = Math.max(worst, error(there.w[j]!, weight));
  });
  const judged = await diagnose(remote.training, fitted, there);
  const { deviance } = await infer(remote.training, fitted, there, judged, 0.95);
  const other = await infer(local, fitted, here, await diagnose(local, fitted, here), 0.95);
  assert.ok(error(deviance, other.deviance) < 1e-9);
  return worst;
}

console.log(`ClickHouse ${session.query('SELECT version()', 'TSV').trim()}`);
for (const optimizer of ['gd', 'lbfgs', 'newton'] as const) {
  for (const [table, path, missing] of [
    ['titanic', example('titanic.csv'), 'drop'],
    ['titanic', example('titanic.csv'), 'mean'],
    ['credit', fixture('credit.csv'), 'drop'],
    ['birthwt', fixture('birthwt.csv'), 'error'],
  ] as const) {
    const worst = await compare(table, path, { optimizer, missing, epochs: 100 });
    console.log(`${table} ${missing} ${optimizer}: weights differ by ${worst.toExponential(1)} at most`);
    assert.ok(worst < 1e-9);
  }
}
session.close();
