/** A cluster of ClickHouse for tests: two servers on loopback, and tables that are spread over them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { ROOT } from './support.js';

const SCRIPT = join(ROOT, 'test/cluster/cluster.sh');

/** Why there is no cluster here; undefined when there can be one. */
export function whyNoCluster(): string | undefined {
  const { status } = spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v clickhouse-server']);
  return status === 0 ? undefined : 'there is no clickhouse-server: apt-get install clickhouse-server';
}

export interface Cluster {
  /** Address of a table of the cluster, for the command line. */
  address(table: string, user?: string): string;
  /** Runs a statement on the first server, and gives its answer. */
  run(sql: string): Promise<string>;
  /**
   * Makes a table of both shards, with every other row in each.
   *
   * @param columns names and types
   * @param rows cells as in the file of a CSV; undefined for NULL
   */
  create(
    table: string,
    columns: readonly (readonly [name: string, type: string])[],
    rows: readonly (readonly (string | undefined)[])[],
  ): Promise<void>;
  /** Ends the second server at once, as a machine that fails. */
  kill(): void;
  stop(): void;
}

/** @param port the first of those taken, up to 12 beyond: files of tests run side by side, each with a cluster of its own */
export function startCluster(directory: string, port: number): Cluster {
  const script = (action: string) =>
    execFileSync(SCRIPT, [action, directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PORT: String(port) },
    });
  script('start');
  const killShard = (shard: string) => {
    try {
      process.kill(Number(readFileSync(join(directory, shard, 'pid'), 'utf8')), 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  };
  const quoted = (name: string) => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
  const onShard = async (shard: number, sql: string, rows?: string) => {
    const query = rows === undefined ? '' : `?query=${encodeURIComponent(sql)}`;
    const url = `http://127.0.0.1:${port + shard}/${query}`;
    const response = await fetch(url, { method: 'POST', body: rows ?? sql });
    const text = await response.text();
    if (!response.ok) throw new Error(`${sql.slice(0, 80)}: ${text}`);
    return text;
  };
  return {
    address: (table, user) =>
      `clickhouse://${user === undefined ? '' : `${user}@`}127.0.0.1:${port}/default/${encodeURIComponent(table)}`,
    run: (sql) => onShard(0, sql),
    async create(table, columns, rows) {
      const [whole, local] = [quoted(table), quoted(`${table} of one shard`)];
      const list = columns.map(([name, type]) => `${quoted(name)} ${type}`).join(', ');
      const cell = (value: string | undefined) =>
        value === undefined
          ? '\\N'
          : value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
      for (const shard of [0, 1]) {
        await onShard(shard, `DROP TABLE IF EXISTS ${local}`);
        await onShard(shard, `CREATE TABLE ${local} (${list}) ENGINE = MergeTree() ORDER BY tuple()`);
        const lines = rows.flatMap((row, i) => (i % 2 === shard ? [row.map(cell).join('\t')] : []));
        await onShard(shard, `INSERT INTO ${local} FORMAT TabSeparated`, `${lines.join('\n')}\n`);
      }
      await onShard(0, `DROP TABLE IF EXISTS ${whole}`);
      const text = `'${table.replaceAll('\\', '\\\\').replaceAll("'", "\\'")} of one shard'`;
      await onShard(
        0,
        `CREATE TABLE ${whole} (${list}) ENGINE = Distributed(laptop, default, ${text}, rand())`,
      );
    },
    kill: () => killShard('2'),
    // nobody needs the data any more, and an orderly end takes seconds
    stop: () => ['1', '2'].forEach(killShard),
  };
}

/** The columns of a CSV with types for its cells, and its rows. */
export function typed(csv: string, types: Readonly<Record<string, string>> = {}) {
  const [header, ...rows] = parse(csv) as string[][];
  const isMissing = (cell: string) => cell === '' || cell === 'NA';
  const columns = header!.map((name, c) => {
    const cells = rows.map((row) => row[c]!).filter((cell) => !isMissing(cell));
    const isNumeric = cells.every((cell) => Number.isFinite(Number(cell)));
    const base = isNumeric ? 'Float64' : 'String';
    const type = cells.length < rows.length ? `Nullable(${base})` : base;
    return [name, types[name] ?? type] as const;
  });
  return { columns, rows: rows.map((row) => row.map((cell) => (isMissing(cell) ? undefined : cell))) };
}
