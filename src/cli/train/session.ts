/** What every command begins with: a table read with progress, and a person told about it. */
import { isAddress } from '../../clickhouse/address.js';
import type { Connection, Traffic } from '../../clickhouse/connection.js';
import { scanDataset } from '../../dataset/read/read.js';
import { readValidation } from '../../dataset/read/validation.js';
import { BceError } from '../../errors.js';
import type { FitOptions } from '../../fit/fit.js';
import { createHeap } from '../../objective/simd/host.js';
import type { Table } from '../../objective/table.js';
import { resolveOptions } from '../../options/resolve.js';
import { dataLines, featureLines, fileLine, noteLines, warningLines } from '../../report/text/messages.js';
import { openSource, type Pieces, readBytes, streamSource } from '../../source/open.js';
import type { Io } from '../io.js';
import { megabytes } from '../progress.js';
import { createReporter, type Reporter } from '../reporter.js';
import type { CommandLine } from './commandLine.js';

export interface Session {
  readonly dataset: Table;
  /** Rows that are not trained on. */
  readonly validation: Table | undefined;
  readonly options: FitOptions;
  readonly threads: number | undefined;
  /** Confidence of the intervals that were asked for; undefined without statistics. */
  readonly confidence: number | undefined;
  readonly reporter: Reporter;
  /** What has crossed the network; undefined for data that are here. */
  readonly traffic: Traffic | undefined;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Reads the table, and the validation rows if there are any, says what was read and what is to be done with it, and does it.
 *
 * @param purpose the line that says what is to be done
 * @returns the exit code of `work`
 */
export async function withSession(
  command: CommandLine,
  io: Io,
  purpose: (options: FitOptions) => string,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const { read, fit: options, threads, confidence, heap: plan } = resolveOptions(command.train);
  const reporter = await createReporter(command, io);
  const interrupt = new AbortController();
  const stopListening = io.onInterrupt(() => interrupt.abort());
  const heap = createHeap(plan);
  const createStore = () => heap.createStore();
  let connection: Connection | undefined;
  try {
    const path = command.data ?? '-';
    const { validation: asked } = command.train;
    if (asked === '-' && path === '-') {
      throw new BceError('USAGE', '--validation: expected a file, got "-": standard input holds the data');
    }
    const open = (from: string) => openTable(from, io, reporter, interrupt.signal);
    const readHere = () => {
      const { bytes, name, byteLength } = open(path);
      return scanDataset(bytes, name, read, createStore, { threads, byteLength });
    };
    const readThere = async () => {
      // loaded only for such a table, and the client with it
      const { openRemote } = await import('./remote.js');
      const remote = await openRemote(path, command.where, io, reporter, interrupt.signal);
      connection = remote.connection;
      return remote.read(read);
    };
    const { training: dataset, heldOut } = isAddress(path) ? await readThere() : await readHere();
    let validation: Table | undefined = heldOut;
    if (typeof asked === 'string') {
      const other = open(asked);
      validation = await readValidation(other.bytes, other.name, read, dataset, createStore(), {
        threads,
        byteLength: other.byteLength,
      });
    }
    reporter.endTask();
    for (const line of [...dataLines(dataset, validation), purpose(options)]) reporter.say(line);
    for (const line of noteLines(dataset)) reporter.note(line);
    if (command.verbose) for (const line of featureLines(dataset)) reporter.note(line);
    if (heap.fileBytes > 0) reporter.note(fileLine(heap.fileBytes, plan.tempDir));
    for (const line of warningLines(dataset)) reporter.warn(line);
    return await work({
      dataset,
      validation,
      options,
      threads,
      confidence,
      reporter,
      traffic: connection?.traffic,
      signal: interrupt.signal,
    });
  } finally {
    reporter.endTask();
    stopListening();
    await connection?.close();
    await heap.close();
  }
}

/** The bytes of a file or of standard input, with a bar while they are read. */
function openTable(
  path: string,
  io: Io,
  reporter: Reporter,
  signal: AbortSignal,
): { readonly name: string; readonly byteLength: number | undefined; readonly bytes: Pieces } {
  const source = path === '-' ? streamSource(io.stdin, '<stdin>') : openSource(path);
  reporter.startTask({ label: 'reading', total: source.byteLength, format: megabytes });
  let byteLength = 0;
  const onBytes = (count: number) => {
    byteLength += count;
    reporter.updateTask(byteLength);
  };
  const { name, byteLength: total } = source;
  return { name, byteLength: total, bytes: readBytes(source, onBytes, signal) };
}
