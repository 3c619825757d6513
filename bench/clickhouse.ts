/** An epoch on two shards of ClickHouse on this machine, and the same sums by DuckDB on the same cores. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../src/clickhouse/address.js';
import { connect } from '../src/clickhouse/connection.js';
import { readTable } from '../src/clickhouse/readTable.js';
import { resolveOptions } from '../src/options/resolve.js';
import { seeded, temporary } from './data.js';
import { inPairs, medianOf, printTable } from './measure.js';
import { ROOT } from './process.js';

const FACTORS = [
  ['f', 12],
  ['g', 100],
] as const;
/** Rows, and numeric columns. */
const TABLES = [
  [1_000_000, 4],
  [1_000_000, 28],
  [1_000_000, 100],
  [10_000_000, 28],
] as const;
const ROUNDS = 5;
const PORT = 18123;

function namesOf(columns: number): string[] {
  return Array.from({ length: columns }, (_, j) => `x${j}`);
}

export async function benchClickHouse(): Promise<void> {
  const directory = temporary('cluster');
  const script = (action: string) =>
    execFileSync(join(ROOT, 'test/cluster/cluster.sh'), [action, directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  script('start');
  try {
    const lines: string[][] = [];
    for (const [rows, columns] of TABLES) lines.push(await epochOf(rows, namesOf(columns)));
    console.log(
      `An epoch on numeric columns and factors of ${FACTORS.map(([, n]) => n).join(' and ')} levels.\n`,
    );
    printTable(['rows', 'columns', 'two shards', 'DuckDB', 'ratio', 'sent', 'received'], lines);
  } finally {
    script('stop');
  }
}

async function run(shard: number, sql: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${PORT + shard}/`, { method: 'POST', body: sql });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
}

/** Every other number in each shard; cells are hashes of the number of the row. */
async function fill(rows: number, names: readonly string[]): Promise<void> {
  const hash = (what: string) => `cityHash64(n, '${what}')`;
  const types = [
    ...names.map((name) => `${name} Float64`),
    ...FACTORS.map(([name]) => `${name} String`),
    'y UInt8',
  ];
  const cells = [
    ...names.map((name) => `${hash(name)} % 2000001 / 1000000. - 1.`),
    ...FACTORS.map(([name, levels]) => `concat('level ', toString(${hash(name)} % ${levels}))`),
    `toUInt8(${hash('y')} % 2)`,
  ];
  for (const shard of [0, 1]) {
    await run(shard, 'DROP TABLE IF EXISTS part');
    await run(shard, `CREATE TABLE part (${types.join(', ')}) ENGINE = MergeTree() ORDER BY tuple()`);
    const numbers = `(SELECT number * 2 + ${shard} AS n FROM numbers(${rows / 2}))`;
    await run(shard, `INSERT INTO part SELECT ${cells.join(', ')} FROM ${numbers}`);
  }
  await run(0, 'DROP TABLE IF EXISTS whole');
  await run(0, `CREATE TABLE whole (${types.join(', ')}) ENGINE = Distributed(laptop, default, part)`);
}

async function epochOf(rows: number, names: readonly string[]): Promise<string[]> {
  await fill(rows, names);
  const address = parseAddress(`clickhouse://127.0.0.1:${PORT}/default/whole`);
  const connection = await connect(address, { password: undefined });
  const { read } = resolveOptions({});
  const source = { database: 'default', table: 'whole', where: undefined };
  const { training } = await readTable(address.name, source, read, connection);
  const loss = training.plainLoss('mean');
  const random = seeded(1);
  const w = Float64Array.from({ length: loss.size }, () => random() - 0.5);
  const g = new Float64Array(loss.size);
  const duckdb = await duckDbEpoch(rows, names, w);
  const { traffic } = connection;
  const before = { ...traffic };
  const { a, b } = await inPairs(ROUNDS, () => loss.evaluate(w, g), duckdb);
  const queries = traffic.queries - before.queries;
  const each = (total: number) => `${(total / queries / 1000).toFixed(1)} kB`;
  await connection.close();
  const [there, here] = [medianOf(a), medianOf(b)];
  return [
    rows.toLocaleString('en'),
    String(names.length),
    `${there.toFixed(2)} s`,
    `${here.toFixed(2)} s`,
    (there / here).toFixed(2),
    each(traffic.sent - before.sent),
    each(traffic.received - before.received),
  ];
}

/** The same sums, by groups of both factors, from a table in memory. */
async function duckDbEpoch(
  rows: number,
  names: readonly string[],
  w: Float64Array,
): Promise<() => Promise<unknown>> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: String(cpus().length) });
  const connection = await instance.connect();
  const cells = [
    ...names.map((name) => `random() * 2 - 1 AS ${name}`),
    ...FACTORS.map(([name, levels]) => `'level ' || floor(random() * ${levels})::INT AS ${name}`),
    '(random() < 0.5)::TINYINT AS y',
  ];
  await connection.run(`CREATE TABLE t AS SELECT ${cells.join(', ')} FROM range(${rows})`);
  for (const [name, levels] of FACTORS) {
    await connection.run(
      `CREATE TABLE w_${name} AS SELECT 'level ' || i AS ${name}, random() - 0.5 AS w_${name} FROM range(${levels}) AS r(i)`,
    );
  }
  const h = [
    ...names.map((name, j) => `${w[j]!.toExponential()} * ${name}`),
    ...FACTORS.map(([name]) => `w_${name}`),
  ];
  const sums = [
    'sum(greatest(h, 0) - h * y + ln(1 + exp(-abs(h))))',
    'sum(r)',
    ...names.map((name) => `sum(${name} * r)`),
  ];
  const joins = FACTORS.map(([name]) => `JOIN w_${name} USING (${name})`).join(' ');
  const groups = FACTORS.map(([name]) => name).join(', ');
  const sql = `SELECT ${groups}, ${sums.join(', ')} FROM (SELECT *, 1 / (1 + exp(-h)) - y AS r FROM (SELECT *, ${h.join(' + ')} AS h FROM t ${joins})) GROUP BY ${groups}`;
  return () => connection.run(sql);
}
