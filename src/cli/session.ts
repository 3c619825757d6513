/** What every command begins with: a table read with progress, and a person told about it. */
import type { Dataset } from '../dataset/dataset.js';
import type { ReadOptions } from '../dataset/plan.js';
import { readDataset } from '../dataset/read.js';
import type { FitOptions } from '../model/fit.js';
import { resolveOptions } from '../options.js';
import { dataLines, featureLines, noteLines, warningLines } from '../report/messages.js';
import { openSource, readBytes, streamSource } from '../source/open.js';
import { readRows } from '../source/rows.js';
import type { CommandLine } from './commandLine.js';
import type { Io } from './io.js';
import { megabytes } from './progress.js';
import { createReporter, type Reporter } from './reporter.js';

export interface Session {
  readonly dataset: Dataset;
  readonly options: FitOptions;
  readonly reporter: Reporter;
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Reads the table, says what was read and what is to be done with it, and does it.
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
  const { read, fit: options } = resolveOptions(command.train);
  const reporter = await createReporter(command, io);
  const interrupt = new AbortController();
  const stopListening = io.onInterrupt(() => interrupt.abort());
  try {
    const dataset = await readTable(command.data ?? '-', read, io, reporter, interrupt.signal);
    for (const line of [...dataLines(dataset, options), purpose(options)]) reporter.say(line);
    for (const line of noteLines(dataset, options)) reporter.note(line);
    if (command.verbose) for (const line of featureLines(dataset)) reporter.note(line);
    for (const line of warningLines(dataset)) reporter.warn(line);
    return await work({ dataset, options, reporter, signal: interrupt.signal });
  } finally {
    reporter.endTask();
    stopListening();
  }
}

async function readTable(
  path: string,
  options: ReadOptions,
  io: Io,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Dataset> {
  const source = path === '-' ? streamSource(io.stdin, '<stdin>') : openSource(path);
  reporter.startTask({ label: 'reading', total: source.byteLength, format: megabytes });
  let byteLength = 0;
  const onBytes = (count: number) => {
    byteLength += count;
    reporter.updateTask(byteLength);
  };
  const rows = readRows(readBytes(source, onBytes, signal), source.name, options.delimiter);
  const dataset = await readDataset(rows, source.name, options);
  reporter.endTask();
  return dataset;
}
