/** What every command begins with: a table read with progress, and a person told about it. */
import { isAddress } from '../../clickhouse/address.js';
import type { Traffic } from '../../clickhouse/connection.js';
import { BceError } from '../../errors.js';
import type { FitOptions } from '../../fit/fit.js';
import type { Table } from '../../objective/table.js';
import { openTables, type ReadEvent, type Tables } from '../../open.js';
import { type Resolved, resolveOptions } from '../../options/resolve.js';
import { readEvent, startEvent } from '../../report/log.js';
import { prose } from '../../report/text/columns.js';
import { dataLines, featureLines, fileLine, noteLines, warningLines } from '../../report/text/messages.js';
import { type NamedStream, readsAgain } from '../../source/table.js';
import { grouped, listed, quoted } from '../../text.js';
import type { Io } from '../io.js';
import { megabytes } from '../progress.js';
import { createReporter, type Reporter } from '../reporter.js';
import type { CommandLine } from './commandLine.js';
import { formOf } from './outputs.js';

export interface Session {
  readonly dataset: Table;
  /** Rows that are not trained on. */
  readonly validation: Table | undefined;
  /** Both, and what they were read from. */
  readonly tables: Tables;
  readonly resolved: Resolved;
  /** Those of the fit. */
  readonly options: FitOptions;
  readonly reporter: Reporter;
  /** Whether standard error is a terminal. */
  readonly isTerminal: boolean;
  /** What has crossed the network; undefined for data that are here. */
  readonly traffic: Traffic | undefined;
  /** Opens the same data with other options, in silence; undefined where they can be read once only. */
  readonly again: (options: Resolved) => Promise<Tables | undefined>;
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
  const resolved = resolveOptions(command.train);
  const { fit: options } = resolved;
  const reporter = await createReporter(command, io);
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stopListening = io.onInterrupt(() => interrupt.abort());
  let tables: Tables | undefined;
  try {
    const paths = command.data.length === 0 ? ['-'] : command.data;
    const { validation: asked } = command.train;
    if (asked === '-' && paths.includes('-')) {
      throw new BceError('USAGE', '--validation: expected a file, got "-": standard input holds the data');
    }
    const from = (name: string): string | NamedStream =>
      name === '-' ? { stream: io.stdin, name: '<stdin>' } : name;
    const request = {
      data: isAddress(paths[0]!) ? paths[0]! : paths.map(from),
      where: command.where,
      password: io.env.CLICKHOUSE_PASSWORD,
      validation: typeof asked === 'string' ? from(asked) : undefined,
      options: command.task.kind === 'explain' ? noting(resolved, command.task.row) : resolved,
      wantsDigest: wantsDigest(command, io),
    };
    tables = await openTables(request, (event) => show(event, reporter), signal);
    const { training: dataset, validation, traffic, fileBytes } = tables;
    reporter.endTask();
    reporter.tell(
      () => readEvent(dataset, validation),
      () => prose(dataLines(dataset, validation), reporter.columns),
    );
    reporter.tell(
      () => startEvent(purpose(options), isFitted(command.task) ? options : undefined),
      () => prose([purpose(options)], reporter.columns),
    );
    for (const line of noteLines(dataset)) reporter.note(line);
    if (command.verbose) for (const line of featureLines(dataset)) reporter.note(line);
    if (fileBytes > 0) reporter.note(fileLine(fileBytes, resolved.heap.tempDir));
    for (const line of [...warningLines(dataset), ...settledLines(resolved)]) reporter.warn(line);
    // before anything is written on standard output
    reporter.endTask();
    return await work({
      dataset,
      validation,
      tables,
      resolved,
      options,
      reporter,
      isTerminal: io.stderr.isTTY === true,
      traffic,
      again: async (other) =>
        (await readsAgain(request.data))
          ? openTables({ ...request, options: other }, () => {}, signal)
          : undefined,
      signal,
    });
  } finally {
    reporter.endTask();
    stopListening();
    await tables?.close();
  }
}

/** A digest is taken where a model comes out, which tells what it was made of, or is verified. */
function wantsDigest(command: CommandLine, io: Io): boolean {
  const { task } = command;
  const givesModel = task.kind === 'train' || (task.kind === 'path' && task.cv !== undefined);
  return task.kind === 'verify' || (givesModel && formOf(command, io) === 'json');
}

/** The cells of a row that is to be explained are gone once the rows are numbers. */
function noting(resolved: Resolved, row: number): Resolved {
  return { ...resolved, read: { ...resolved.read, note: row } };
}

function show(event: ReadEvent, reporter: Reporter): void {
  switch (event.kind) {
    case 'read': {
      const format = event.unit === 'bytes' ? megabytes : grouped;
      reporter.startTask({ label: 'reading', total: event.total, format });
      break;
    }
    case 'progress':
      reporter.updateTask(event.done);
      break;
    case 'retry':
      reporter.warn(event.text);
  }
}

/** What the folds do not settle for themselves. */
function settledLines({ cv, settledByRows }: Resolved): string[] {
  if (cv === undefined || settledByRows.length === 0) return [];
  const what = settledByRows.map((one) => (one === '--rare' ? 'what --rare makes one level' : quoted(one)));
  return [
    `--cv: ${listed(what)} ${what.length === 1 ? 'is' : 'are'} settled by all rows, those of the fold that is held out as well`,
  ];
}

/** Whether the options of the fit are those of what is done. */
function isFitted(task: CommandLine['task']): boolean {
  if (task.kind === 'explain') return task.init === undefined;
  return task.kind === 'train' || task.kind === 'verify' || task.kind === 'compare';
}
