/** The regularization path: a line for each lambda on standard output, all weights in a file. */
import { EXIT } from '../../errors.js';
import {
  pathAsCsv,
  pathAsJson,
  pathAsTable,
  pathLine,
  pathObjectiveText,
  weightsOfPathAsCsv,
} from '../../report/text/path.js';
import { solvePath } from '../../selection/path.js';
import { pathOf } from '../../selection/regularizationPath.js';
import { grouped } from '../../text.js';
import { type Io, writeData } from '../io.js';
import { formatOfFile, writeWhole } from '../output.js';
import type { CommandLine, Task } from './commandLine.js';
import { checkOutputs } from './outputs.js';
import { withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export function pathCommand(
  command: CommandLine,
  { options, out }: Extract<Task, { kind: 'path' }>,
  io: Io,
): Promise<number> {
  checkOutputs(command, undefined, out);
  const purpose = () => pathObjectiveText(options);
  return withSession(command, io, purpose, async ({ dataset, resolved, reporter, signal }) => {
    let asked = 0;
    let done = 0;
    const points = await solvePath(dataset, options, {
      threads: resolved.threads,
      signal,
      onNote: (text) => reporter.note(text),
      onLambdas: (lambdas) => {
        asked = lambdas.length;
        reporter.startTask({ label: 'path', total: asked, format: grouped });
      },
      onPoint: () => reporter.updateTask(++done),
    });
    reporter.endTask();
    const path = pathOf(dataset, options, points, asked);
    const format =
      command.format ??
      (command.output === undefined
        ? io.stdout.isTTY === true
          ? 'table'
          : 'csv'
        : formatOfFile(command.output));
    const text =
      format === 'json'
        ? pathAsJson(path)
        : format === 'table'
          ? pathAsTable(path)
          : pathAsCsv(path, format === 'tsv' ? '\t' : ',');
    if (command.output === undefined) await writeData(io.stdout, text);
    else writeWhole(command.output, text);
    if (out !== undefined) writeWhole(out, weightsOfPathAsCsv(path));
    const isGood = path.isWhole && path.solutions.every(({ isConverged }) => isConverged);
    const line = pathLine(path, asked, options.tolerance);
    if (isGood) reporter.say(line);
    else reporter.warn(line);
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}
