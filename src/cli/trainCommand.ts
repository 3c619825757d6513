/** One run of bce-train, stage by stage: source, dataset, fit, model, report. */
import type { Dataset } from '../dataset/dataset.js';
import type { ReadOptions } from '../dataset/plan.js';
import { readDataset } from '../dataset/read.js';
import { BceError, EXIT } from '../errors.js';
import { divergence, type Fit, type FitOptions, fit } from '../model/fit.js';
import { type Model, modelOf, namedWeights } from '../model/model.js';
import { resolveOptions } from '../options.js';
import { historyAsCsv } from '../report/history.js';
import { modelAsJson } from '../report/json.js';
import {
  endingLine,
  epochLine,
  featureLines,
  noteLines,
  summaryLines,
  warningLines,
} from '../report/messages.js';
import { weightsAsCsv, weightsAsTable } from '../report/weights.js';
import { openSource, readBytes, streamSource } from '../source/open.js';
import { readRows } from '../source/rows.js';
import { grouped, printable } from '../text.js';
import type { CommandLine, Format } from './commandLine.js';
import { type Io, writeData } from './io.js';
import { isSameFile, requireWritable, writeWhole } from './output.js';
import { megabytes } from './progress.js';
import { createReporter, type Reporter } from './reporter.js';

/** @returns the exit code; failures are thrown */
export async function trainCommand(command: CommandLine, io: Io): Promise<number> {
  const options = resolveOptions(command.train);
  const path = command.data ?? '-';
  checkOutputs(command, path);
  const reporter = await createReporter(command, io);
  const interrupt = new AbortController();
  const stopListening = io.onInterrupt(() => interrupt.abort());
  try {
    const dataset = await read(path, options.read, io, reporter, interrupt.signal);
    announce(dataset, options.fit, command.verbose, reporter);
    const fitted = await descend(dataset, options.fit, command.logEvery, reporter, interrupt.signal);
    const { run } = fitted;
    if (command.history !== undefined) writeWhole(command.history, historyAsCsv(run));
    if (run.ending.status === 'diverged') throw divergence(dataset, fitted, options.fit);
    await deliver(modelOf(dataset, fitted, options.fit), command, io);
    const { good, warn } = reporter.palette;
    const paint = run.ending.status === 'converged' ? good : warn;
    // the words before the colon carry the news
    reporter.say(endingLine(run, options.fit).replace(/^[^:]*/, (news) => paint(news)));
    return run.ending.status === 'interrupted' ? EXIT.interrupted : EXIT.done;
  } finally {
    reporter.endTask();
    stopListening();
  }
}

/** Refuses outputs that cannot be written, or that would overwrite the data or each other. */
function checkOutputs({ output, history }: CommandLine, data: string): void {
  if (history === '-') {
    throw new BceError('USAGE', '--history: expected a file, got "-": standard output holds the weights');
  }
  const outputs = Object.entries({ '--output': output, '--history': history });
  for (const [flag, path] of outputs) {
    if (path === undefined) continue;
    if (data !== '-' && isSameFile(path, data)) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of the data`);
    }
    requireWritable(path);
  }
  if (output !== undefined && history !== undefined && isSameFile(output, history)) {
    throw new BceError('USAGE', `--output and --history both name ${printable(output)}`);
  }
}

async function read(
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

function announce(dataset: Dataset, options: FitOptions, isVerbose: boolean, reporter: Reporter): void {
  for (const line of summaryLines(dataset, options)) reporter.say(line);
  for (const line of noteLines(dataset, options)) reporter.note(line);
  if (isVerbose) for (const line of featureLines(dataset)) reporter.note(line);
  for (const line of warningLines(dataset)) reporter.warn(line);
}

async function descend(
  dataset: Dataset,
  options: FitOptions,
  logEvery: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Fit> {
  const { epochs } = options;
  reporter.startTask({ label: 'training', total: epochs, format: grouped });
  const fitted = await fit(
    dataset,
    options,
    (step) => {
      if (step.epoch % logEvery === 0) reporter.say(epochLine(step, epochs));
      reporter.updateTask(step.epoch);
    },
    signal,
  );
  const { last } = fitted.run;
  if (last.epoch % logEvery !== 0) reporter.say(epochLine(last, epochs));
  reporter.endTask();
  return fitted;
}

/** Writes the weights where they are wanted. */
async function deliver(model: Model, { output, format }: CommandLine, io: Io): Promise<void> {
  if (output !== undefined) {
    writeWhole(output, weightsAs(format ?? formatOfFile(output), model));
    return;
  }
  await writeData(io.stdout, weightsAs(format ?? (io.stdout.isTTY === true ? 'table' : 'csv'), model));
}

function weightsAs(format: Format, model: Model): string {
  switch (format) {
    case 'json':
      return modelAsJson(model);
    case 'table':
      return weightsAsTable(namedWeights(model));
    case 'csv':
      return weightsAsCsv(namedWeights(model), ',');
    case 'tsv':
      return weightsAsCsv(namedWeights(model), '\t');
  }
}

function formatOfFile(path: string): Format {
  if (/\.json$/i.test(path)) return 'json';
  return /\.tsv$/i.test(path) ? 'tsv' : 'csv';
}
