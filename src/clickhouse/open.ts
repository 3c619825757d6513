/** Opens a table by its address, and describes it. */
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { parseAddress } from './address.js';
import { type Connection, connect } from './connection.js';
import { type RemoteTables, readTable } from './readTable.js';

export interface RemoteHooks {
  /** Told that a query is asked again. */
  readonly onRetry: (line: string) => void;
  /** Told how many rows of how many a query has gone through; 0 where that is not known. */
  readonly onRows: (rows: number, total: number) => void;
}

/** @param connection must be closed by whoever is done with the tables */
export interface OpenedRemote extends RemoteTables {
  readonly connection: Connection;
}

/**
 * @param where condition of its rows; undefined for all
 * @param password taken where the address holds none
 * @throws BceError USAGE, SERVER_LOST, SERVER_REFUSED, and all that reading a table may be refused for
 */
export async function openRemote(
  data: string,
  where: string | undefined,
  password: string | undefined,
  options: ReadOptions,
  { onRetry, onRows }: RemoteHooks,
  signal: AbortSignal | undefined,
): Promise<OpenedRemote> {
  const address = parseAddress(data);
  const { database, table, name } = address;
  const connection = await connect(address, { password: address.password ?? password, signal, onRetry });
  try {
    connection.watch(onRows);
    const tables = await readTable(name, { database, table, where }, options, connection);
    // epochs are watched by whoever trains
    connection.watch(undefined);
    return { ...tables, connection };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
