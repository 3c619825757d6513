/** Training: descend, and deliver the weights. */
import { BceError, EXIT } from '../errors.js';
import { divergence, type Fit, fit } from '../model/fit.js';
import { type Model, modelOf, namedWeights } from '../model/model.js';
import { historyAsCsv } from '../report/history.js';
import { modelAsJson } from '../report/json.js';
import { descentLine, endingLine, epochLine } from '../report/messages.js';
import { weightsAsCsv, weightsAsTable } from '../report/weights.js';
import { grouped, printable } from '../text.js';
import type { CommandLine } from './commandLine.js';
import type { Format } from './flags.js';
import { type Io, writeData } from './io.js';
import { isSameFile, requireWritable, writeWhole } from './output.js';
import { type Session, withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export async function trainCommand(command: CommandLine, io: Io): Promise<number> {
  checkOutputs(command, command.data ?? '-');
  return withSession(command, io, descentLine, async (session) => {
    const { dataset, options, reporter } = session;
    const fitted = await descend(session, command.logEvery);
    const { run } = fitted;
    if (command.history !== undefined) writeWhole(command.history, historyAsCsv(run));
    if (run.ending.status === 'diverged') throw divergence(dataset, fitted, options);
    await deliver(modelOf(dataset, fitted, options), command, io);
    const { good, warn } = reporter.palette;
    const paint = run.ending.status === 'converged' ? good : warn;
    // the words before the colon carry the news
    reporter.say(endingLine(run, options).replace(/^[^:]*/, (news) => paint(news)));
    return run.ending.status === 'interrupted' ? EXIT.interrupted : EXIT.done;
  });
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

/**
 * Trains, saying every epoch.
 */
export async function descend(
  { dataset, options, reporter, signal }: Session,
  logEvery: number,
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
