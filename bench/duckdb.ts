/** DuckDB reading a CSV into memory, where it is installed. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Folder whose node_modules hold DuckDB. */
const VARIABLE = 'BENCH_DUCKDB';
const PACKAGE = '@duckdb/node-api';

interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<{ run(sql: string): Promise<unknown> }> }>;
  };
}

export const DUCKDB_HINT = `npm install --prefix FOLDER ${PACKAGE}, then ${VARIABLE}=FOLDER npm run bench -- read`;

/** What reads a file on so many threads; undefined where there is no DuckDB. */
export async function duckDb(threads: number): Promise<((path: string) => Promise<unknown>) | undefined> {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return undefined;
  const require = createRequire(join(folder, 'package.json'));
  const { DuckDBInstance } = require(PACKAGE) as DuckDb;
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  return (path) =>
    connection.run(`create or replace table t as select * from read_csv('${path.replaceAll("'", "''")}')`);
}
