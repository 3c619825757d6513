/** Training: descend, and deliver the weights. */
import { type Audit, audit } from '../audit/audit.js';
import { BceError, EXIT } from '../errors.js';
import { divergence, type Fit, type FitOptions, fit } from '../fit/fit.js';
import type { Problem } from '../fit/problem.js';
import { metricsOfFit } from '../metrics/ofDataset.js';
import { type Model, modelOf, namedWeights } from '../model/model.js';
import { type InitialWeights, parseWeights, startAt } from '../model/weightsFile.js';
import type { Run } from '../optimizer/run.js';
import { auditWarnings, endingLine } from '../report/ending.js';
import { historyAsCsv } from '../report/history.js';
import { modelAsJson } from '../report/json.js';
import { descentLine, epochLine, stepLengthLine } from '../report/messages.js';
import { fitMetricsLines } from '../report/metrics.js';
import { weightsAsCsv, weightsAsTable } from '../report/weights.js';
import { readText } from '../source/open.js';
import { counted, grouped, printable } from '../text.js';
import type { CommandLine, Task } from './commandLine.js';
import type { Format } from './flags.js';
import { type Io, writeData } from './io.js';
import { isSameFile, requireWritable, writeWhole } from './output.js';
import { type Session, withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export async function trainCommand(
  command: CommandLine,
  { init, strict }: Extract<Task, { kind: 'train' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command);
  refuseUnseenMetrics(command);
  const initial = init === undefined ? undefined : readWeights(init);
  const purpose = (options: FitOptions) =>
    `${descentLine(options)}${initial === undefined ? '' : `, from the weights of ${initial.where}`}`;
  return withSession(command, io, purpose, async (session) => {
    const { dataset, validation, options, reporter, signal } = session;
    const fitted = await descend(session, command.logEvery, initial);
    const { run } = fitted;
    if (command.history !== undefined) writeWhole(command.history, historyAsCsv(run));
    if (run.ending.status === 'diverged') {
      await fitted.close();
      throw divergence(dataset, fitted, options);
    }
    const judged = await audit(dataset, options, fitted, signal).finally(fitted.close);
    const metrics = command.train.metrics
      ? await metricsOfFit(dataset, validation, options.intercept, fitted.problem.toStored(fitted.v))
      : undefined;
    await deliver(modelOf(dataset, validation, fitted, judged, options, metrics), command, io);
    if (metrics !== undefined) for (const line of fitMetricsLines(metrics)) reporter.say(line);
    for (const line of auditWarnings(judged)) reporter.warn(line);
    const { good, warn } = reporter.palette;
    const paint = run.ending.status === 'converged' && judged.separation === undefined ? good : warn;
    // the words before the colon carry the news
    reporter.say(endingLine(run, judged, options).replace(/^[^:]*/, (news) => paint(news)));
    if (run.ending.status === 'interrupted') return EXIT.interrupted;
    if (strict) requireOptimum(run, judged);
    return EXIT.done;
  });
}

/**
 * What `--strict` asks for; the weights have been delivered by then.
 *
 * @throws BceError SEPARATED, COLLINEAR, NOT_CONVERGED
 */
function requireOptimum({ ending, last }: Run, { separation, collinear }: Audit): void {
  if (separation !== undefined) {
    throw new BceError('SEPARATED', 'the classes are separated, and --strict asks for an optimum');
  }
  if (collinear.length > 0) {
    throw new BceError('COLLINEAR', 'the weights are not unique, and --strict asks for an optimum');
  }
  if (ending.status === 'epochs' || ending.status === 'precision') {
    const message = `not converged after ${counted(last.epoch, 'epoch')}, and --strict asks for an optimum`;
    throw new BceError(
      'NOT_CONVERGED',
      message,
      'more --epochs, --lr auto or another --optimizer come closer; without --strict this is no failure',
    );
  }
}

/** @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE */
export function readWeights(path: string): InitialWeights {
  return parseWeights(readText(path), printable(path));
}

/** Refuses outputs that cannot be written, or that would overwrite the data or each other. */
function checkOutputs({ output, history, train, ...command }: CommandLine): void {
  const inputs = [command.data, train.validation].filter((path) => typeof path === 'string' && path !== '-');
  if (history === '-') {
    throw new BceError('USAGE', '--history: expected a file, got "-": standard output holds the weights');
  }
  const outputs = Object.entries({ '--output': output, '--history': history });
  for (const [flag, path] of outputs) {
    if (path === undefined) continue;
    if (inputs.some((input) => isSameFile(path, input as string))) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of the data`);
    }
    requireWritable(path);
  }
  if (output !== undefined && history !== undefined && isSameFile(output, history)) {
    throw new BceError('USAGE', `--output and --history both name ${printable(output)}`);
  }
}

/** Metrics go to standard error and into the JSON model. @throws BceError USAGE when they would go nowhere */
function refuseUnseenMetrics({ train, quiet, output, format }: CommandLine): void {
  const form = format ?? (output === undefined ? 'csv' : formatOfFile(output));
  if (!train.metrics || !quiet || form === 'json') return;
  throw new BceError(
    'USAGE',
    '--quiet and --metrics cannot be used together',
    'without --quiet they are told on standard error; with --format json they are part of the model',
  );
}

/**
 * Trains, saying what the curvature says of the steps, and every epoch.
 */
export async function descend(
  { dataset, validation, options, threads, reporter, signal }: Session,
  logEvery: number,
  initial?: InitialWeights,
): Promise<Fit> {
  const { epochs } = options;
  reporter.startTask({ label: 'training', total: epochs, format: grouped });
  const fitted = await fit(dataset, options, {
    start: initial && ((problem: Problem) => startAt(initial, dataset, problem)),
    validation,
    threads,
    onStepLength: (step) => {
      const line = stepLengthLine(step, options);
      if (line?.isWarning) reporter.warn(line.text);
      else if (line !== undefined) reporter.note(line.text);
    },
    onEpoch: (epoch) => {
      if (epoch.epoch % logEvery === 0) reporter.say(epochLine(epoch, epochs));
      reporter.updateTask(epoch.epoch);
    },
    signal,
  });
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
