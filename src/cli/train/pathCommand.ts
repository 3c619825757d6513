/** The regularization path: a line for each lambda on standard output, all weights in a file. */
import { EXIT } from '../../errors.js';
import { formatOfFile } from '../../options/shared.js';
import { endOfPath } from '../../report/log.js';
import { pathCurves } from '../../report/pathCurves.js';
import { prose } from '../../report/text/columns.js';
import {
  curveAsCsv,
  cvLines,
  NO_CHOICE,
  pathAsCsv,
  pathAsJson,
  pathAsTable,
  pathLine,
  pathObjectiveText,
  UNCONVERGED_FOLDS,
  weightsOfPathAsCsv,
} from '../../report/text/path.js';
import { writeWhole } from '../../runtime/wholeFile.js';
import { chosenSolution, pathOf, type RegularizationPath } from '../../selection/regularizationPath.js';
import { select } from '../../selection/select.js';
import { grouped, printable } from '../../text.js';
import { trainOnPath } from '../../train.js';
import { wantsColour } from '../colours.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { CommandLine, Task } from './commandLine.js';
import { checkOutputs, deliver, tellWritten } from './outputs.js';
import { type Session, withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export function pathCommand(
  command: CommandLine,
  { options, cv, out, cvOut }: Extract<Task, { kind: 'path' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command, undefined, { '--path-out': out, '--cv-out': cvOut });
  const purpose = () => pathObjectiveText(options);
  return withSession(command, io, purpose, async (session) => {
    const { dataset, resolved, reporter, signal } = session;
    let done = 0;
    const { points, asked, crossValidation } = await select(dataset, options, cv, {
      threads: resolved.threads,
      signal,
      onNote: (text) => reporter.note(text),
      onLambdas: (lambdas) => {
        reporter.startTask({ label: 'path', total: lambdas.length, format: grouped });
      },
      onPoint: () => reporter.updateTask(++done),
      // where there are too many to be solved beside the path
      onFold: (folds) => {
        reporter.endTask();
        reporter.startTask({ label: 'folds', total: cv!.folds, format: grouped });
        reporter.updateTask(folds);
      },
    });
    reporter.endTask();
    const path = pathOf(dataset, options, points, asked, crossValidation);
    const chosen = chosenSolution(path);
    const request = {
      tables: session.tables,
      options: resolved,
      wantsInference: command.report !== undefined,
    };
    // a model like any other; weights that nobody chose are none
    const trained = chosen && (await trainOnPath(request, path, chosen, options));
    if (trained !== undefined) await deliver(trained.model, command, io, reporter);
    else if (cv === undefined) await deliverPath(path, command, io, reporter);
    const writeFile = (file: string, data: string, what: string) => {
      writeWhole(file, data);
      tellWritten(file, `wrote ${what} to ${printable(file)}`, reporter);
    };
    if (out !== undefined) writeFile(out, weightsOfPathAsCsv(path), 'the weights of the path');
    if (cvOut !== undefined && crossValidation !== undefined) {
      writeFile(cvOut, curveAsCsv(path), 'the curve of the folds');
    }
    if (command.plot) await draw(path, session, command, io);
    if (command.report !== undefined && trained !== undefined) {
      // loaded only where it is asked for
      const { writeReport } = await import('./htmlReport.js');
      await writeReport(command.report, { ...session, options: trained.model.options }, trained, command);
      tellWritten(command.report, `wrote the report to ${printable(command.report)}`, reporter);
    }
    const isGood = path.isWhole && path.solutions.every(({ isConverged }) => isConverged);
    const line = pathLine(path, asked, options.tolerance);
    const folds = crossValidation === undefined ? [] : cvLines(crossValidation);
    if (!isGood) reporter.warn(line);
    reporter.tell(
      () => endOfPath([line, ...folds], path),
      () => prose(isGood ? [line, ...folds] : folds, reporter.columns),
    );
    if (crossValidation?.isConverged === false) reporter.warn(UNCONVERGED_FOLDS);
    if (cv !== undefined && crossValidation === undefined) reporter.warn(NO_CHOICE);
    if (trained !== undefined && trained.failures.length > 0) throw trained.failures[0];
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}

/** The path itself, where nothing was to choose weights on it. */
async function deliverPath(
  path: RegularizationPath,
  { output, format: asked }: CommandLine,
  io: Io,
  reporter: Reporter,
): Promise<void> {
  const forEyes = io.stdout.isTTY === true ? 'table' : 'csv';
  const format = asked ?? (output === undefined ? forEyes : formatOfFile(output));
  const columns = output === undefined ? columnsOf(io.stdout) : undefined;
  const text = {
    json: () => pathAsJson(path),
    table: () => pathAsTable(path, columns),
    csv: () => pathAsCsv(path, ','),
    tsv: () => pathAsCsv(path, '\t'),
  }[format]();
  if (output === undefined) await writeData(io.stdout, text);
  else {
    writeWhole(output, text);
    tellWritten(output, `wrote the path to ${printable(output)}`, reporter);
  }
}

/** Width of the curves where standard error is no terminal, which is drawn on all the same. */
const USUAL_COLUMNS = 80;

async function draw(
  path: RegularizationPath,
  { dataset, reporter }: Session,
  { color }: CommandLine,
  { stderr, env }: Io,
): Promise<void> {
  const { MOST_DRAWN, pathCharts } = await import('../../report/text/pathChart.js');
  const charts = await pathCharts(
    pathCurves(path, dataset, MOST_DRAWN),
    columnsOf(stderr) ?? USUAL_COLUMNS,
    wantsColour(color, stderr, env),
  );
  if (charts === undefined) reporter.note('--plot: fewer than two lambdas make no curve');
  else {
    reporter.tell(
      () => ({ event: 'note', text: charts }),
      () => charts.split('\n'),
    );
  }
}
