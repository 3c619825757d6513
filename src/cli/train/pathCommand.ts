/** The regularization path: a line for each lambda on standard output, all weights in a file. */
import { EXIT } from '../../errors.js';
import type { Format } from '../../options/shared.js';
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
import { grouped } from '../../text.js';
import { type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { checkOutputs } from './outputs.js';
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
    const text = textOf(path, format, cv !== undefined);
    if (text !== undefined && output !== undefined) writeWhole(output, text);
    else if (text !== undefined) await writeData(io.stdout, text);
    if (out !== undefined) writeWhole(out, weightsOfPathAsCsv(path));
    if (cvOut !== undefined && crossValidation !== undefined) writeWhole(cvOut, curveAsCsv(path));
    const isGood = path.isWhole && path.solutions.every(({ isConverged }) => isConverged);
    const line = pathLine(path, asked, options.tolerance);
    if (isGood) reporter.say(line);
    else reporter.warn(line);
    if (crossValidation !== undefined) for (const told of cvLines(crossValidation)) reporter.say(told);
    if (crossValidation?.isConverged === false) reporter.warn(UNCONVERGED_FOLDS);
    if (cv !== undefined && crossValidation === undefined) reporter.warn(NO_CHOICE);
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}

/**
 * The weights at the chosen lambda, or the whole path; undefined where it was interrupted before there was a choice: no
 * weights are better than some that nobody chose, and a file of before is better than an empty one.
 */
function textOf(path: RegularizationPath, format: Format, isChosen: boolean): string | undefined {
  if (format === 'json') return pathAsJson(path);
  const delimiter = format === 'tsv' ? '\t' : ',';
  if (!isChosen) return format === 'table' ? pathAsTable(path) : pathAsCsv(path, delimiter);
  const chosen = chosenSolution(path);
  if (chosen === undefined) return undefined;
  const weights = path.names.map((feature, j) => ({ feature, weight: chosen.weights[j]! }));
  return format === 'table' ? weightsAsTable(weights) : weightsAsCsv(weights, delimiter);
}
