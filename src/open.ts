/** From what was asked for to tables: a file, a stream, arrays or a table on a server, and the rows held out. */
import type { Readable } from 'node:stream';
import { isAddress } from './clickhouse/address.js';
import type { Traffic } from './clickhouse/connection.js';
import type { OpenedRemote } from './clickhouse/open.js';
import type { Dataset } from './dataset/dataset.js';
import { type Arrays, datasetOf } from './dataset/read/arrays.js';
import { scanDataset } from './dataset/read/read.js';
import { readValidation } from './dataset/read/validation.js';
import { localTable } from './objective/localTable.js';
import { createHeap } from './objective/simd/host.js';
import type { Table } from './objective/table.js';
import type { Resolved } from './options/resolve.js';
import { openSource, readBytes, type Source, streamSource, type TextOptions } from './source/open.js';
import type { Pieces } from './source/pieces.js';

/** A stream with the name that messages give it. */
export interface NamedStream {
  readonly stream: Readable;
  readonly name: string;
}

export interface Request {
  /** Path of a file, address of a table on a server, a stream, or arrays. */
  readonly data: string | NamedStream | Arrays;
  /** Rows of a table on a server, as an expression of its SQL; undefined for all. */
  readonly where?: string | undefined;
  /** That of the server, where the address holds none. */
  readonly password?: string | undefined;
  /** Rows that are not trained on, in a file of their own. */
  readonly validation: string | NamedStream | undefined;
  readonly options: Resolved;
}

export type ReadEvent =
  /** Something of a known size, or none, is about to be read. */
  | { readonly kind: 'read'; readonly unit: 'bytes' | 'rows'; readonly total: number | undefined }
  | { readonly kind: 'progress'; readonly done: number }
  /** A query is asked again. */
  | { readonly kind: 'retry'; readonly text: string };

/** Must be closed. */
export interface Tables {
  readonly training: Table;
  readonly validation: Table | undefined;
  /** What has crossed the network; undefined for data that are here. */
  readonly traffic: Traffic | undefined;
  /** Bytes of rows that did not fit into memory. */
  readonly fileBytes: number;
  close(): Promise<void>;
}

/** @throws BceError all that reading may be refused for */
export async function openTables(
  request: Request,
  emit: (event: ReadEvent) => void,
  signal: AbortSignal | undefined,
): Promise<Tables> {
  const { data, validation: other, options } = request;
  const { read, threads } = options;
  const heap = createHeap(options.heap);
  const createStore = () => heap.createStore();
  const scanned = (from: string | NamedStream) => {
    const { bytes, name, byteLength } = openBytes(from, options.text, emit, signal);
    return { bytes, name, scanning: { threads, byteLength } };
  };
  const readHere = async () => {
    if (typeof data !== 'string' && !('stream' in data)) return datasetOf(data, read, createStore);
    const { bytes, name, scanning } = scanned(data);
    return scanDataset(bytes, name, read, createStore, scanning);
  };
  let remote: OpenedRemote | undefined;
  const close = async () => {
    try {
      await remote?.connection.close();
    } finally {
      await heap.close();
    }
  };
  try {
    const isElsewhere = typeof data === 'string' && isAddress(data);
    if (isElsewhere) remote = await openThere(data, request, emit, signal);
    const { training, heldOut } = remote ?? tablesOf(await readHere());
    let validation = heldOut;
    if (other !== undefined) {
      const { bytes, name, scanning } = scanned(other);
      validation = localTable(await readValidation(bytes, name, read, training, createStore(), scanning));
    }
    const { traffic } = remote?.connection ?? {};
    return { training, validation, traffic, fileBytes: heap.fileBytes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function tablesOf({ training, heldOut }: { training: Dataset; heldOut: Dataset | undefined }) {
  return { training: localTable(training), heldOut: heldOut && localTable(heldOut) };
}

/** A table on a server; the client is loaded for such a one only. */
async function openThere(
  address: string,
  { where, password, options }: Request,
  emit: (event: ReadEvent) => void,
  signal: AbortSignal | undefined,
): Promise<OpenedRemote> {
  const { openRemote } = await import('./clickhouse/open.js');
  let shown: number | undefined;
  const hooks = {
    onRetry: (text: string) => emit({ kind: 'retry', text }),
    onRows: (rows: number, total: number) => {
      if (rows === 0) return;
      if (shown !== total) emit({ kind: 'read', unit: 'rows', total: total || undefined });
      shown = total;
      emit({ kind: 'progress', done: rows });
    },
  };
  return openRemote(address, where, password, options.read, hooks, signal);
}

/** The bytes of a file or a stream, told of while they are read. */
function openBytes(
  from: string | NamedStream,
  text: TextOptions,
  emit: (event: ReadEvent) => void,
  signal: AbortSignal | undefined,
): { readonly bytes: Pieces } & Pick<Source, 'name' | 'byteLength'> {
  const source = typeof from === 'string' ? openSource(from) : streamSource(from.stream, from.name);
  const { name, byteLength } = source;
  emit({ kind: 'read', unit: 'bytes', total: byteLength });
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    emit({ kind: 'progress', done });
  };
  return { name, byteLength, bytes: readBytes(source, onBytes, signal, text) };
}
