/** DuckDB reading a CSV into memory. */
import { DuckDBInstance } from '@duckdb/node-api';

/** What reads a file on so many threads. */
export async function duckDb(threads: number): Promise<(path: string) => Promise<unknown>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  return (path) =>
    connection.run(`create or replace table t as select * from read_csv('${path.replaceAll("'", "''")}')`);
}
