/** The regularization path: a line for each lambda on standard output, all weights in a file. */
import { EXIT } from '../../errors.js';
import type { Format } from '../../options/shared.js';
import { endOfPath } from '../../report/log.js';
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
import { weightsAsCsv, weightsAsTable } from '../../report/text/weights.js';
import { formatOfFile, writeWhole } from '../../runtime/wholeFile.js';
import { chosenSolution, pathOf, type RegularizationPath } from '../../selection/regularizationPath.js';
import { select } from '../../selection/select.js';
import { counted, grouped, printable } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { checkOutputs, tellWritten } from './outputs.js';
import { withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export function pathCommand(
  command: CommandLine,
  { options, cv, out, cvOut }: Extract<Task, { kind: 'path' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command, undefined, { '--path-out': out, '--cv-out': cvOut });
  const purpose = () => pathObjectiveText(options);
  return withSession(command, io, purpose, async ({ dataset, resolved, reporter, signal }) => {
    let done = 0;
    const { points, asked, crossValidation } = await select(dataset, options, cv, {
      threads: resolved.threads,
      signal,
      onNote: (text) => reporter.note(text),
      onLambdas: (lambdas) => {
        reporter.startTask({ label: 'path', total: lambdas.length, format: grouped });
      },
      onPoint: () => reporter.updateTask(++done),
      onPathDone: () => {
        reporter.endTask();
        if (cv !== undefined) reporter.startTask({ label: 'folds', total: cv.folds, format: grouped });
      },
      onFold: (folds) => reporter.updateTask(folds),
    });
    reporter.endTask();
    const path = pathOf(dataset, options, points, asked, crossValidation);
    const { output } = command;
    const forEyes = io.stdout.isTTY === true ? 'table' : 'csv';
    const format = command.format ?? (output === undefined ? forEyes : formatOfFile(output));
    const columns = output === undefined ? columnsOf(io.stdout) : undefined;
    const text = textOf(path, format, cv !== undefined, columns);
    const writeFile = (file: string, data: string, what: string) => {
      writeWhole(file, data);
      tellWritten(file, `wrote ${what} to ${printable(file)}`, reporter);
    };
    if (text !== undefined && output !== undefined) {
      writeFile(
        output,
        text,
        cv === undefined || format === 'json' ? 'the path' : counted(path.names.length, 'weight'),
      );
    } else if (text !== undefined) await writeData(io.stdout, text);
    if (out !== undefined) writeFile(out, weightsOfPathAsCsv(path), 'the weights of the path');
    if (cvOut !== undefined && crossValidation !== undefined) {
      writeFile(cvOut, curveAsCsv(path), 'the curve of the folds');
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
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}

/**
 * The weights at the chosen lambda, or the whole path; undefined where it was interrupted before there was a choice: no
 * weights are better than some that nobody chose, and a file of before is better than an empty one.
 */
function textOf(
  path: RegularizationPath,
  format: Format,
  isChosen: boolean,
  columns: number | undefined,
): string | undefined {
  if (format === 'json') return pathAsJson(path);
  const delimiter = format === 'tsv' ? '\t' : ',';
  if (!isChosen) return format === 'table' ? pathAsTable(path, columns) : pathAsCsv(path, delimiter);
  const chosen = chosenSolution(path);
  if (chosen === undefined) return undefined;
  const weights = path.names.map((feature, j) => ({ feature, weight: chosen.weights[j]! }));
  return format === 'table' ? weightsAsTable(weights, undefined, columns) : weightsAsCsv(weights, delimiter);
}
