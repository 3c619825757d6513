/** Training: descend, and deliver the weights. */

import type { Traffic } from '../../clickhouse/connection.js';
import { type Audit, audit, NOTHING_KNOWN, statusOf } from '../../diagnostics/diagnose.js';
import { BceError, EXIT } from '../../errors.js';
import { divergence, type Fit, type FitOptions, fit } from '../../fit/fit.js';
import type { Problem } from '../../fit/problem.js';
import { type Inference, infer, requireInference, whyNoInference } from '../../inference/infer.js';
import { metricsOfFit } from '../../metrics/ofDataset.js';
import { type Model, modelOf, namedWeights } from '../../model/model.js';
import { type InitialWeights, parseWeights, startAt } from '../../model/weightsFile.js';
import { requireRows } from '../../objective/table.js';
import type { Run } from '../../optimizer/run.js';
import type { Format } from '../../options/shared.js';
import { LIBRARY } from '../../options/train.js';
import { auditWarnings, endingLine, isGoodEnd, wayOn } from '../../report/text/ending.js';
import { cautionLines, devianceLine, WEIGHTS_ARE_COUNTS } from '../../report/text/inference.js';
import { modelAsJson } from '../../report/text/json.js';
import { lossChart } from '../../report/text/lossChart.js';
import { descentLine, epochLine, stepLengthLine, trafficLine } from '../../report/text/messages.js';
import { fitMetricsLines } from '../../report/text/metrics.js';
import { weightsAsCsv, weightsAsTable } from '../../report/text/weights.js';
import { readText } from '../../source/open.js';
import { counted, grouped, printable } from '../../text.js';
import { wantsColour } from '../colours.js';
import { type Io, writeData } from '../io.js';
import { isSameFile, requireWritable, writeWhole } from '../output.js';
import type { Reporter } from '../reporter.js';
import type { CommandLine, Task } from './commandLine.js';
import { type HistoryFile, openHistory } from './historyFile.js';
import { type Session, withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export async function trainCommand(
  command: CommandLine,
  { init, strict }: Extract<Task, { kind: 'train' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command, init);
  refuseUnseenMetrics(command);
  const initial = init === undefined ? undefined : readWeights(init);
  const purpose = (options: FitOptions) =>
    `${descentLine(options)}${initial === undefined ? '' : `, from the weights of ${initial.where}`}`;
  return withSession(command, io, purpose, async (session) => {
    const { dataset, validation, options, confidence, reporter } = session;
    if (confidence !== undefined) requireInference(dataset);
    const history =
      command.history === undefined ? undefined : openHistory(command.history, validation !== undefined);
    const fitted = await descend(session, command, initial, history).catch((error) => {
      history?.discard();
      throw error;
    });
    const { run } = fitted;
    if (run.ending.status === 'diverged') {
      await fitted.close();
      if (command.plot) await draw(run, command, reporter, io);
      history?.finish();
      throw divergence(dataset, fitted, options);
    }
    // the weights are there: whatever fails from here on is told when they have been delivered
    const failures: unknown[] = [];
    const attempt = async <T>(work: () => Promise<T> | T): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push(error);
        return undefined;
      }
    };
    const isReported = command.report !== undefined;
    const judgement = await attempt(() => judge(session, fitted, isReported, strict));
    const { judged, inference, lost } = judgement ?? UNJUDGED;
    const asked = {
      // a report shows intervals whether or not the weights come with statistics
      inference: confidence === undefined ? undefined : inference,
      metrics: command.train.metrics
        ? await attempt(() =>
            metricsOfFit(
              requireRows(dataset, '--metrics'),
              validation && requireRows(validation, '--metrics'),
              fitted.problem.toStored(fitted.v),
            ),
          )
        : undefined,
    };
    await attempt(fitted.close);
    const model = modelOf(dataset, validation, fitted, judged, options, asked);
    await deliver(model, command, io);
    await attempt(() => history?.finish());
    if (command.plot) await attempt(() => draw(run, command, reporter, io));
    if (command.report !== undefined) {
      const path = command.report;
      await attempt(async () => {
        // loaded only where it is asked for
        const { writeReport } = await import('./htmlReport.js');
        await writeReport(path, session, fitted, model, judged, inference);
      });
    }
    if (asked.metrics !== undefined) for (const line of fitMetricsLines(asked.metrics)) reporter.say(line);
    for (const line of auditWarnings(judged)) reporter.warn(line);
    if (asked.inference !== undefined) tellInference(asked.inference, session);
    else if (confidence !== undefined && judgement !== undefined) {
      const why = lost === undefined ? 'training was interrupted' : 'the server was lost';
      reporter.warn(`--stats: left out, since ${why}`);
    }
    const { good, warn } = reporter.palette;
    const isGood = isGoodEnd(run, judged, options);
    const ending = endingLine(run, judged, options);
    // the words before the colon carry the news
    const paint = statusOf(run, judged) === 'converged' ? good : warn;
    if (isGood || !command.quiet) reporter.say(ending.replace(/^[^:]*/, (news) => paint(news)));
    else if (judged.separation === undefined) reporter.warn(ending);
    if (lost !== undefined) throw lostAt(lost, run);
    if (failures.length > 0) throw failures[0];
    if (run.ending.status === 'interrupted') return EXIT.interrupted;
    if (strict) requireOptimum(run, judged, options);
    return EXIT.done;
  });
}

/** Of weights that could not be judged. */
const UNJUDGED = { judged: NOTHING_KNOWN, inference: undefined, lost: undefined } as const;

/** Width of the loss curve where standard error is no terminal, which is drawn on all the same. */
const USUAL_COLUMNS = 80;

async function draw(
  run: Run,
  { color }: CommandLine,
  reporter: Reporter,
  { stderr, env }: Io,
): Promise<void> {
  const chart = await lossChart(
    run.history,
    stderr.columns ?? USUAL_COLUMNS,
    wantsColour(color, stderr, env),
  );
  if (chart === undefined) reporter.note('--plot: fewer than two finite losses make no curve');
  else for (const line of chart.split('\n')) reporter.say(line);
}

interface Judgement {
  readonly judged: Audit;
  readonly inference: Inference | undefined;
  /** Why the server of the rows gave no answer any more, in training or now; undefined while it did. */
  readonly lost: BceError | undefined;
}

/** What the weights are worth, and their statistics if those are wanted and can be had, unless Ctrl-C was pressed. */
async function judge(
  { dataset, options, confidence, signal }: Session,
  fitted: Fit,
  isReported: boolean,
  isStrict: boolean,
): Promise<Judgement> {
  const { ending } = fitted.run;
  let judged = NOTHING_KNOWN;
  let lost = ending.status === 'lost' ? ending.error : undefined;
  try {
    judged = await audit(dataset, options, fitted, isStrict, signal);
    const isWanted =
      confidence !== undefined || (isReported && whyNoInference(options, fitted) === undefined);
    if (isWanted && !signal.aborted && lost === undefined) {
      const inference = await infer(
        dataset,
        options,
        fitted,
        judged,
        confidence ?? LIBRARY.confidence.default,
      );
      return { judged, inference, lost };
    }
  } catch (error) {
    // the weights are there: they are delivered first
    if (!(error instanceof BceError)) throw error;
    if (error.code.startsWith('SERVER_')) lost = error;
    else if (error.code !== 'INTERRUPTED') throw error;
  }
  return { judged, inference: undefined, lost };
}

/** The failure of a run whose weights so far have been delivered. */
function lostAt({ code, message, hint }: BceError, { last }: Run): BceError {
  const epoch = grouped(last.epoch);
  return new BceError(
    code,
    `${message}; the weights written are those of epoch ${epoch}`,
    `${hint === undefined ? '' : `${hint}; `}--init FILE goes on from these weights`,
  );
}

function tellInference(inference: Inference, { dataset: { weighting }, reporter }: Session): void {
  if (weighting.column !== undefined) reporter.note(WEIGHTS_ARE_COUNTS);
  for (const line of cautionLines(inference)) reporter.warn(line);
  reporter.say(devianceLine(inference));
}

/**
 * What `--strict` asks for; the weights have been delivered by then.
 *
 * @throws BceError SEPARATED, COLLINEAR, NOT_CONVERGED
 */
function requireOptimum(run: Run, judged: Audit, options: FitOptions): void {
  const { separation, collinear, optimum, whyUnknown, unjudged } = judged;
  if (separation !== undefined) {
    throw new BceError('SEPARATED', 'the classes are separated, and --strict asks for an optimum');
  }
  if (collinear.length > 0) {
    throw new BceError('COLLINEAR', 'the weights are not unique, and --strict asks for an optimum');
  }
  if (unjudged !== undefined) {
    throw new BceError(
      'NOT_CONVERGED',
      `whether there is an optimum is not known, since ${unjudged}, and --strict asks for one`,
      '--l2 LAMBDA makes sure that there is one',
    );
  }
  const status = statusOf(run, judged);
  if (status === 'tolerance') {
    throw new BceError(
      'NOT_CONVERGED',
      optimum === 'unknown'
        ? `not known to be at the optimum, and --strict asks for one: ${whyUnknown}`
        : 'the gradient is within --tolerance, but the weights are not at the optimum that --strict asks for',
      optimum === 'unknown' ? undefined : wayOn(run, judged, options),
    );
  }
  if (status === 'epochs' || status === 'precision') {
    const message = `not converged after ${counted(run.last.epoch, 'epoch')}, and --strict asks for an optimum`;
    throw new BceError(
      'NOT_CONVERGED',
      message,
      `${wayOn(run, judged, options)}; without --strict this is no failure`,
    );
  }
}

/** @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE */
export function readWeights(path: string): InitialWeights {
  return parseWeights(readText(path), printable(path));
}

/**
 * Refuses outputs that cannot be written, or that would overwrite the data or each other. Weights may take the
 * place of those that training begins at.
 */
function checkOutputs(
  { output, history, report, train, ...command }: CommandLine,
  init: string | undefined,
): void {
  const inputs = [command.data, train.validation].filter((path) => typeof path === 'string' && path !== '-');
  const files = Object.entries({ '--output': output, '--history': history, '--report': report });
  const outputs = files.filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [flag, path] of outputs) {
    if (path === '-') {
      throw new BceError('USAGE', `${flag}: expected a file, got "-": standard output holds the weights`);
    }
    if (inputs.some((input) => isSameFile(path, input as string))) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of the data`);
    }
    if (flag !== '--output' && init !== undefined && isSameFile(path, init)) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of --init`);
    }
    requireWritable(path);
  }
  for (const [k, [flag, path]] of outputs.entries()) {
    const same = outputs.slice(0, k).find(([, other]) => isSameFile(other, path));
    if (same !== undefined) {
      throw new BceError('USAGE', `${same[0]} and ${flag} both name ${printable(path)}`);
    }
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
  { dataset, validation, options, threads, reporter, traffic, signal }: Session,
  { logEvery, verbose }: Pick<CommandLine, 'logEvery' | 'verbose'>,
  initial?: InitialWeights,
  history?: HistoryFile,
): Promise<Fit> {
  const { epochs } = options;
  const before = { ...traffic };
  reporter.startTask({ label: 'training', total: epochs, format: grouped });
  const fitted = await fit(dataset, options, {
    start: initial && ((problem: Problem) => startAt(initial, dataset, problem)),
    validation,
    threads,
    onNote: (text) => reporter.note(text),
    onStepLength: (step) => {
      const line = stepLengthLine(step, options);
      if (line?.isWarning) reporter.warn(line.text);
      else if (line !== undefined) reporter.note(line.text);
    },
    onEpoch: (epoch) => {
      history?.add(epoch);
      if (epoch.epoch % logEvery === 0) reporter.say(epochLine(epoch, epochs, options));
      reporter.updateTask(epoch.epoch);
    },
    signal,
  });
  const { last } = fitted.run;
  if (last.epoch % logEvery !== 0) reporter.say(epochLine(last, epochs, options));
  reporter.endTask();
  if (verbose && traffic !== undefined)
    reporter.note(trafficLine(before as Traffic, traffic, last.epoch + 1));
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
  const statistics = model.inference?.weights;
  switch (format) {
    case 'json':
      return modelAsJson(model);
    case 'table':
      return weightsAsTable(namedWeights(model), statistics);
    case 'csv':
      return weightsAsCsv(namedWeights(model), ',', statistics);
    case 'tsv':
      return weightsAsCsv(namedWeights(model), '\t', statistics);
  }
}

function formatOfFile(path: string): Format {
  if (/\.json$/i.test(path)) return 'json';
  return /\.tsv$/i.test(path) ? 'tsv' : 'csv';
}
