/** Queries to a server and their answers: repeated where the network fails, cancelled where somebody interrupts. */
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { BceError } from '../errors.js';
import type { Address } from './address.js';
import { failureOf, isPassing, refusedSettings } from './failures.js';
import type { Query } from './readPlan.js';
import { RowBinary } from './rowBinary.js';
import { text } from './sql.js';

export interface ConnectOptions {
  /** Undefined for none. */
  readonly password: string | undefined;
  /** When aborted, the running query is cancelled and all that is asked afterwards is refused. */
  readonly signal?: AbortSignal | undefined;
  /** Told before a query is asked once more. */
  readonly onRetry?: ((line: string) => void) | undefined;
}

export interface Connection {
  /** Asks and reads the answer. @throws BceError SERVER_LOST, SERVER_REFUSED, SERVER_ANSWER, INTERRUPTED */
  ask<T>(query: Query<T>): Promise<T>;
  askText(sql: string): Promise<string>;
  readonly traffic: Traffic;
  /** Tells now and then, while a query runs, how many rows it has read of how many; undefined for no more. */
  watch(onProgress: OnProgress | undefined): void;
  close(): Promise<void>;
}

export type OnProgress = (rows: number, total: number) => void;

/** What has crossed the network: queries and answers without what HTTP puts around them. */
export interface Traffic {
  queries: number;
  sent: number;
  received: number;
}

/** Milliseconds before a query is asked again, once, twice, ... */
const BACK_OFF_MS = [250, 1000, 4000];

/** Milliseconds between two looks at how far a query is. */
const PROGRESS_MS = 500;

/** A query may take this long; the server tells that it is alive all the while. */
const TIMEOUT_MS = 24 * 3600 * 1000;

/** Length from which on a query is longer than what servers take unasked. */
const LONG_QUERY = 200_000;

/** Opens nothing yet: the first query does. Loads the client. */
export async function connect(address: Address, options: ConnectOptions): Promise<Connection> {
  const { createClient, ClickHouseLogLevel } = await import('@clickhouse/client');
  const client = createClient({
    url: address.url,
    username: address.user,
    password: options.password ?? '',
    application: 'bce-train',
    request_timeout: TIMEOUT_MS,
    // one query runs, and another looks how far it is
    max_open_connections: 2,
    log: { level: ClickHouseLogLevel.OFF },
  });
  return new ClientConnection(client, address, options);
}

class ClientConnection implements Connection {
  readonly traffic: Traffic = { queries: 0, sent: 0, received: 0 };
  readonly #client: ClickHouseClient;
  readonly #address: Address;
  readonly #options: ConnectOptions;
  /** Less once the server has said that it does not know one, or that its user may change none. */
  #settings: 'all' | 'known' | 'none' = 'all';
  #hasAnswered = false;
  #onProgress: OnProgress | undefined;

  constructor(client: ClickHouseClient, address: Address, options: ConnectOptions) {
    this.#client = client;
    this.#address = address;
    this.#options = options;
  }

  async ask<T>(query: Query<T>): Promise<T> {
    const answer = new RowBinary(await this.#send(query.sql), this.#address.name);
    const result = query.read(answer);
    answer.end();
    return result;
  }

  async askText(sql: string): Promise<string> {
    return String(await this.#send(sql));
  }

  watch(onProgress: OnProgress | undefined): void {
    this.#onProgress = onProgress;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #send(sql: string): Promise<Buffer> {
    const { signal, onRetry } = this.#options;
    const { name } = this.#address;
    for (let attempt = 0; ; attempt++) {
      if (signal?.aborted) throw interrupted(name);
      const queryId = crypto.randomUUID();
      try {
        const answer = await this.#sendOnce(sql, queryId);
        this.#hasAnswered = true;
        return answer;
      } catch (error) {
        if (signal?.aborted) {
          await this.#cancel(queryId);
          throw interrupted(name);
        }
        if (this.#takesFewer(refusedSettings(error))) continue;
        const failure = failureOf(error, this.#address);
        // who never answered may not be there at all
        if (!isPassing(error) || !this.#hasAnswered || attempt === BACK_OFF_MS.length) throw failure;
        const wait = BACK_OFF_MS[attempt]!;
        onRetry?.(`${failure.message}; asking again in ${wait / 1000} s`);
        await sleep(wait, signal);
      }
    }
  }

  async #sendOnce(sql: string, queryId: string): Promise<Buffer> {
    const { signal } = this.#options;
    const onProgress = this.#onProgress;
    const byteLength = Buffer.byteLength(sql);
    const stopWatching = onProgress && this.#lookAt(queryId, onProgress);
    try {
      const { stream } = await this.#client.exec({
        query: sql,
        query_id: queryId,
        ...(signal && { abort_signal: signal }),
        clickhouse_settings: this.#settingsFor(byteLength),
      });
      const stop = () => stream.destroy();
      signal?.addEventListener('abort', stop, { once: true });
      const pieces: Buffer[] = [];
      try {
        for await (const piece of stream) pieces.push(piece as Buffer);
      } finally {
        signal?.removeEventListener('abort', stop);
      }
      const answer = Buffer.concat(pieces);
      this.traffic.queries++;
      this.traffic.sent += byteLength;
      this.traffic.received += answer.length;
      return answer;
    } finally {
      stopWatching?.();
    }
  }

  /**
   * Ends a query that nobody waits for any more: another one takes its place. Servers that do not cancel when the
   * connection closes understand that as well, and it is no more than a SELECT.
   */
  async #cancel(queryId: string): Promise<void> {
    if (this.#settings === 'none') return;
    const clickhouse_settings = { replace_running_query: 1 } as const;
    try {
      const { stream } = await this.#client.exec({
        query: 'SELECT 1',
        query_id: queryId,
        clickhouse_settings,
      });
      for await (const _ of stream);
    } catch {
      // it may have ended by itself, and whoever interrupts does not wait for more
    }
  }

  /** Whether another try with fewer settings may do. */
  #takesFewer(refused: 'all' | 'unknown' | 'none'): boolean {
    const before = this.#settings;
    if (refused === 'all') this.#settings = 'none';
    if (refused === 'unknown') this.#settings = before === 'all' ? 'known' : 'none';
    return this.#settings !== before;
  }

  #settingsFor(byteLength: number): ClickHouseSettings {
    if (this.#settings === 'none') return {};
    const long =
      byteLength < LONG_QUERY
        ? {}
        : {
            max_query_size: String(2 * byteLength),
            max_ast_elements: '10000000',
            max_expanded_ast_elements: '10000000',
          };
    return {
      // the server itself sees to it that nothing is written
      readonly: '2',
      ...(this.#settings === 'all' ? { cancel_http_readonly_queries_on_client_close: 1 } : {}),
      ...long,
      // an error is told before the first byte of an answer
      wait_end_of_query: 1,
    };
  }

  /** Looks how far a query is until told to stop, where the server lets its user see that. */
  #lookAt(queryId: string, onProgress: OnProgress): () => void {
    const sql = `SELECT toUInt64(sum(read_rows)), toUInt64(sum(total_rows_approx)) FROM system.processes WHERE query_id = ${text(queryId)} FORMAT RowBinary`;
    let isLooking = false;
    const look = async () => {
      if (isLooking) return;
      isLooking = true;
      try {
        const { stream } = await this.#client.exec({ query: sql });
        const pieces: Buffer[] = [];
        for await (const piece of stream) pieces.push(piece as Buffer);
        const answer = new RowBinary(Buffer.concat(pieces), this.#address.name);
        onProgress(answer.count(), answer.count());
      } catch {
        clearInterval(timer);
      } finally {
        isLooking = false;
      }
    };
    const timer = setInterval(look, PROGRESS_MS);
    return () => clearInterval(timer);
  }
}

function interrupted(name: string): BceError {
  return new BceError('INTERRUPTED', `${name}: interrupted while the server was asked`);
}

/** Waits, but no longer once the signal is aborted. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
