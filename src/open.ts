/** From what was asked for to tables: a file, a stream, arrays or a table on a server, and the rows held out. */
import { isAddress } from './clickhouse/address.js';
import type { Traffic } from './clickhouse/connection.js';
import type { OpenedRemote } from './clickhouse/open.js';
import type { Datasets } from './dataset/dataset.js';
import { type Arrays, datasetOf } from './dataset/read/arrays.js';
import { scanDataset } from './dataset/read/read.js';
import { beginning, onePiece, type RowStream, readingOf } from './dataset/read/rowStream.js';
import { readValidation } from './dataset/read/validation.js';
import { trainingJoining, validationJoining } from './dataset/schema/joining.js';
import { BceError } from './errors.js';
import { localTable } from './objective/localTable.js';
import { createHeap } from './objective/simd/host.js';
import type { Table } from './objective/table.js';
import type { Resolved } from './options/resolve.js';
import { recorded, type SourceRecord, unrecorded } from './source/digest.js';
import type { Joining } from './source/join.js';
import type { Source, TextOptions } from './source/open.js';
import type { Pieces } from './source/pieces.js';
import {
  bytesOf,
  type Files,
  headerIn,
  openSources,
  openTable,
  readsAgain,
  type TableText,
} from './source/table.js';

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
  /** Whether to take digests of what is read. */
  readonly wantsDigest?: boolean;
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
  /** What the rows were read from, and those that are not trained on where they have files of their own. */
  readonly sources: readonly SourceRecord[];
  readonly validationSources: readonly SourceRecord[] | undefined;
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
  const { data, where, validation: other, options, wantsDigest = false } = request;
  const { read, threads } = options;
  const heap = createHeap(options.heap);
  const createStore = heap.createStore;
  const opened = async (files: Files, joining: Joining) => {
    const sources = await openSources(files);
    const kept = wantsDigest ? await recorded(sources) : unrecorded(sources);
    const table = await openFiles(kept, options.text, joining, emit, signal);
    const records = () => kept.map((source) => source.record());
    const { byteLength, delimiter } = table;
    const reading = { ...read, delimiter, header: headerIn(table, read.header) };
    return { ...table, reading, scanning: { threads, byteLength }, records };
  };
  /** The first rows, with all of them behind, where they do not end with these. */
  const streamHere = async (files: Files, headBytes: number) => {
    const { bytes, places, reading, scanning, retold, records } = await opened(files, trainingJoining(read));
    // whatever becomes of it, the file is closed with the tables
    toClose.push(bytes);
    const { head, isWhole, all } = await beginning(bytes, places, headBytes);
    const ofHead = { ...scanning, byteLength: isWhole ? scanning.byteLength : undefined };
    const datasets = await scanDataset(onePiece(head), places, reading, createStore, ofHead).catch(
      (error) => {
        throw retold(error);
      },
    );
    if (isWhole) return { ...datasets, records, stream: undefined };
    const isRepeatable = await readsAgain(files);
    let isFresh = true;
    const training = { ...datasets.training, name: `the first rows of ${places.name}` };
    const stream: RowStream = {
      async read() {
        if (isFresh) {
          isFresh = false;
          return readingOf(training, { bytes: all, places, reading, scanning });
        }
        if (!isRepeatable || signal?.aborted === true) return undefined;
        return readingOf(training, await opened(files, trainingJoining(read)));
      },
    };
    return { training, heldOut: undefined, records, stream };
  };
  const readHere = async () => {
    if (isArrays(data)) {
      if (data.groups !== undefined && options.cv === undefined) {
        throw new BceError(
          'USAGE',
          'groups: nothing asks for them',
          'they keep rows together in the folds of cv',
        );
      }
      return { ...(await datasetOf(data, read, createStore)), records: undefined, stream: undefined };
    }
    if (options.headBytes !== undefined) return streamHere(data, options.headBytes);
    const { bytes, places, reading, scanning, retold, records } = await opened(data, trainingJoining(read));
    const datasets = await scanDataset(bytes, places, reading, createStore, scanning).catch((error) => {
      throw retold(error);
    });
    return { ...datasets, records, stream: undefined };
  };
  let remote: OpenedRemote | undefined;
  const toClose: Pieces[] = [];
  const close = async () => {
    try {
      for (const bytes of toClose) await bytes.return();
      await remote?.connection.close();
    } finally {
      await heap.close();
    }
  };
  try {
    const isElsewhere = typeof data === 'string' && isAddress(data);
    if (isElsewhere) remote = await openThere(data, request, emit, signal);
    const { training, heldOut, records } = remote
      ? { ...remote, records: undefined }
      : tablesOf(await readHere());
    let validation = heldOut;
    let validationSources: readonly SourceRecord[] | undefined;
    if (other !== undefined) {
      const joining = validationJoining(read, training);
      const { bytes, places, reading, scanning, records } = await opened(other, joining);
      validation = localTable(
        await readValidation(bytes, places, reading, training, createStore(), scanning),
      );
      validationSources = records();
    }
    const { traffic } = remote?.connection ?? {};
    const unread = { name: training.name, ...(where !== undefined && { where }) };
    return {
      training,
      validation,
      // a stream is read to its end later
      get sources() {
        return records?.() ?? [{ ...unread, bytes: undefined, sha256: undefined }];
      },
      validationSources,
      traffic,
      fileBytes: heap.fileBytes,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function tablesOf<R>({
  training,
  heldOut,
  records,
  stream,
}: Datasets & { readonly records: R; readonly stream: RowStream | undefined }) {
  const table = { ...localTable(training), ...(stream && { stream }) };
  return { training: table, heldOut: heldOut && localTable(heldOut), records };
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
function openFiles(
  sources: readonly Source[],
  text: TextOptions,
  joining: Joining,
  emit: (event: ReadEvent) => void,
  signal: AbortSignal | undefined,
): Promise<TableText> {
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
