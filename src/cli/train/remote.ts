/** A table of ClickHouse as a session has it: asked with a bar while it is described. */
import { parseAddress } from '../../clickhouse/address.js';
import { type Connection, connect } from '../../clickhouse/connection.js';
import { type RemoteTables, readTable } from '../../clickhouse/readTable.js';
import type { ReadOptions } from '../../dataset/schema/plan.js';
import { grouped } from '../../text.js';
import type { Io } from '../io.js';
import type { Reporter } from '../reporter.js';

export interface Remote {
  /** Whoever is done with it must close it. */
  readonly connection: Connection;
  read(options: ReadOptions): Promise<RemoteTables>;
}

/**
 * The password is that of the URL, or else of CLICKHOUSE_PASSWORD.
 *
 * @throws BceError USAGE
 */
export async function openRemote(
  data: string,
  where: string | undefined,
  { env }: Io,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Remote> {
  const address = parseAddress(data);
  const connection = await connect(address, {
    password: address.password ?? env.CLICKHOUSE_PASSWORD,
    signal,
    onRetry: (line) => reporter.warn(line),
  });
  return {
    connection,
    async read(options) {
      const { database, table, name } = address;
      let shown: number | undefined;
      connection.watch((rows, total) => {
        if (rows === 0) return;
        if (shown !== total)
          reporter.startTask({ label: 'reading', total: total || undefined, format: grouped });
        shown = total;
        reporter.updateTask(rows);
      });
      const tables = await readTable(name, { database, table, where }, options, connection);
      // epochs have a bar of their own
      connection.watch(undefined);
      return tables;
    },
  };
}
