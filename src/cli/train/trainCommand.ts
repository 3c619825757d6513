/** Training: descend, and deliver the weights. */

import { statusOf } from '../../diagnostics/diagnose.js';
import { BceError, EXIT } from '../../errors.js';
import type { FitOptions } from '../../fit/fit.js';
import type { Inference } from '../../inference/infer.js';
import type { Run } from '../../optimizer/run.js';
import { endOfTraining, metricsEvent, outOfSampleEvent, statisticsEvent } from '../../report/log.js';
import { prose } from '../../report/text/columns.js';
import { diagnosisWarnings, endingLine, isGoodEnd } from '../../report/text/ending.js';
import {
  cautionLines,
  devianceLine,
  termTestLines,
  WEIGHTS_ARE_COUNTS,
} from '../../report/text/inference.js';
import { lossChart } from '../../report/text/lossChart.js';
import { descentLine, FIRST_ROWS, streamedLine } from '../../report/text/messages.js';
import { fitMetricsAsTable, outOfSampleAsTable } from '../../report/text/metrics.js';
import { grouped, printable } from '../../text.js';
import { type Trained, trainModel } from '../../train.js';
import { wantsColour } from '../colours.js';
import { columnsOf, type Io, USUAL_COLUMNS } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { CommandLine, Task } from './commandLine.js';
import { openHistory } from './historyFile.js';
import { checkOutputs, deliver, refuseUnseenMetrics, tellWritten } from './outputs.js';
import { showTraining } from './progress.js';
import { type Session, withSession } from './session.js';
import { requireOptimum } from './strict.js';

/** @returns the exit code; failures are thrown */
export async function trainCommand(
  command: CommandLine,
  { init, strict }: Extract<Task, { kind: 'train' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command, init);
  refuseUnseenMetrics(command);
  const initial =
    init === undefined ? undefined : await (await import('../../model/weightsFile.js')).readWeights(init);
  const purpose = (options: FitOptions) =>
    `${descentLine(options)}${initial === undefined ? '' : `, from the weights of ${initial.where}`}`;
  return withSession(command, io, purpose, async (session) => {
    const { dataset, validation, tables, resolved, options, reporter, signal } = session;
    const history =
      command.history === undefined
        ? undefined
        : openHistory(command.history, {
            isOfBatches: options.batch !== undefined,
            hasValidation: validation !== undefined,
          });
    const request = {
      tables,
      options: resolved,
      initial,
      isStrict: strict,
      // a report shows intervals whether or not the weights come with statistics
      wantsInference: command.report !== undefined,
    };
    if (dataset.stream !== undefined) reporter.note(FIRST_ROWS);
    const showing = showTraining(session, command, history);
    let diverged: Run | undefined;
    const trained = await trainModel(
      request,
      (event) => {
        showing(event);
        if (event.kind === 'fitted' && event.fit.run.ending.status === 'diverged') diverged = event.fit.run;
      },
      signal,
    ).catch(async (error) => {
      if (diverged === undefined) history?.discard();
      else {
        if (command.plot) await draw(diverged, command, reporter, io);
        history?.finish();
      }
      throw error;
    });
    const { model, fit: fitted, diagnosis: judged, outOfSample, lost } = trained;
    const { run } = fitted;
    // the weights are there: whatever fails from here on is told when they have been delivered
    const failures = [...trained.failures];
    const attempt = async (work: () => Promise<void> | void): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    await deliver(model, command, io, reporter);
    await attempt(() => {
      history?.finish();
      if (command.history !== undefined) {
        tellWritten(
          command.history,
          `wrote the loss of every epoch to ${printable(command.history)}`,
          reporter,
        );
      }
    });
    if (command.plot) await attempt(() => draw(run, command, reporter, io));
    if (command.report !== undefined) {
      const path = command.report;
      await attempt(async () => {
        // loaded only where it is asked for
        const { writeReport } = await import('./htmlReport.js');
        await writeReport(path, session, trained, command);
        tellWritten(path, `wrote the report to ${printable(path)}`, reporter);
      });
    }
    tellTrained(trained, session, command);
    if (lost !== undefined) throw lostAt(lost, run);
    if (failures.length > 0) throw failures[0];
    const isCut = resolved.cv !== undefined && outOfSample === undefined;
    if (run.ending.status === 'interrupted' || isCut) return EXIT.interrupted;
    if (strict) requireOptimum(run, judged, options);
    return EXIT.done;
  });
}

/** What a person is told of the weights: how good they are, what is doubtful of them, and the last line. */
function tellTrained(trained: Trained, session: Session, { quiet }: CommandLine): void {
  const { model, fit, diagnosis, inference, metrics, outOfSample, lost, failures } = trained;
  const { dataset, resolved, options, reporter } = session;
  if (metrics !== undefined) {
    reporter.tell(
      () => metricsEvent(metrics),
      () => fitMetricsAsTable(metrics, reporter.columns),
    );
  }
  reporter.endTask();
  if (outOfSample !== undefined) {
    reporter.tell(
      () => outOfSampleEvent(outOfSample),
      () => outOfSampleAsTable(outOfSample, reporter.columns),
    );
  } else if (resolved.cv !== undefined && failures.length === 0) {
    reporter.warn('--cv: left out, since it was interrupted');
  }
  for (const line of diagnosisWarnings(diagnosis, dataset.features)) reporter.warn(line);
  if (resolved.confidence !== undefined) {
    if (inference !== undefined) tellInference(inference, session);
    else if (failures.length === 0) {
      const why = lost === undefined ? 'training was interrupted' : 'the server was lost';
      reporter.warn(`--stats: left out, since ${why}`);
    }
  }
  if (fit.streamed !== undefined) reporter.note(streamedLine(fit.streamed));
  const ending = endingLine(fit.run, diagnosis, options);
  if (isGoodEnd(fit.run, diagnosis, options) || !quiet) {
    const { good, warn } = reporter.palette;
    const paint = statusOf(fit.run, diagnosis) === 'converged' ? good : warn;
    // the words before the colon carry the news
    const painted = ending.replace(/^[^:]*/, (news) => paint(news));
    reporter.tell(
      () => endOfTraining(ending, model.result),
      () => prose([painted], reporter.columns),
    );
  } else if (diagnosis.separation === undefined) reporter.warn(ending);
}

async function draw(
  run: Run,
  { color }: CommandLine,
  reporter: Reporter,
  { stderr, env }: Io,
): Promise<void> {
  const chart = await lossChart(
    run.history,
    // drawn all the same where nobody sees a terminal
    columnsOf(stderr) ?? USUAL_COLUMNS,
    wantsColour(color, stderr, env),
  );
  if (chart === undefined) reporter.note('--plot: fewer than two finite losses make no curve');
  else {
    reporter.tell(
      () => ({ event: 'note', text: chart }),
      () => chart.split('\n'),
    );
  }
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
  reporter.tell(
    () => statisticsEvent(inference),
    () => prose([...termTestLines(inference), devianceLine(inference)], reporter.columns),
  );
}
