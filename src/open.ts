/** From what was asked for to tables: a file, a stream, arrays or a table on a server, and the rows held out. */
import { isAddress } from './clickhouse/address.js';
import type { Traffic } from './clickhouse/connection.js';
import type { OpenedRemote } from './clickhouse/open.js';
import type { Dataset } from './dataset/dataset.js';
import { type Arrays, datasetOf } from './dataset/read/arrays.js';
import { scanDataset } from './dataset/read/read.js';
import { readValidation } from './dataset/read/validation.js';
import { trainingJoining, validationJoining } from './dataset/schema/joining.js';
import { localTable } from './objective/localTable.js';
import { createHeap } from './objective/simd/host.js';
import type { Table } from './objective/table.js';
import type { Resolved } from './options/resolve.js';
import type { Joining } from './source/join.js';
import type { TextOptions } from './source/open.js';
import { bytesOf, type Files, openSources, openTable, type TableText } from './source/table.js';

export interface Request {
  /** Files or streams, the address of a table on a server, or arrays. */
  readonly data: Files | Arrays;
  /** Rows of a table on a server, as an expression of its SQL; undefined for all. */
  readonly where?: string | undefined;
  /** That of the server, where the address holds none. */
  readonly password?: string | undefined;
  /** Rows that are not trained on, in files of their own. */
  readonly validation: Files | undefined;
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
  const opened = async (files: Files, joining: Joining) => {
    const { byteLength, delimiter, ...table } = await openFiles(files, options.text, joining, emit, signal);
    return { ...table, reading: { ...read, delimiter }, scanning: { threads, byteLength } };
  };
  const readHere = async () => {
    if (isArrays(data)) return datasetOf(data, read, createStore);
    const { bytes, places, reading, scanning, retold } = await opened(data, trainingJoining(read));
    return scanDataset(bytes, places, reading, createStore, scanning).catch((error) => {
      throw retold(error);
    });
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
      const { bytes, places, reading, scanning } = await opened(other, validationJoining(read, training));
      validation = localTable(
        await readValidation(bytes, places, reading, training, createStore(), scanning),
      );
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

/** The bytes of files or streams, told of while they are read. */
async function openFiles(
  files: Files,
  text: TextOptions,
  joining: Joining,
  emit: (event: ReadEvent) => void,
  signal: AbortSignal | undefined,
): Promise<TableText> {
  const sources = await openSources(files);
  emit({ kind: 'read', unit: 'bytes', total: bytesOf(sources) });
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    emit({ kind: 'progress', done });
  };
  return openTable(sources, text, joining, onBytes, signal);
}

function isArrays(data: Files | Arrays): data is Arrays {
  return typeof data === 'object' && 'X' in data;
}
