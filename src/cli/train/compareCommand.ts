/** A right and a wrong descent side by side. */
import { compareDescents } from '../../check/compare.js';
import { EXIT } from '../../errors.js';
import type { FitOptions } from '../../fit/fit.js';
import { prose } from '../../report/text/columns.js';
import {
  comparisonAsCsv,
  comparisonAsJson,
  comparisonAsTable,
  comparisonLine,
} from '../../report/text/compare.js';
import { descentLine } from '../../report/text/messages.js';
import { grouped } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { withSession } from './session.js';

export function compareCommand(
  command: CommandLine,
  { mistake }: Extract<Task, { kind: 'compare' }>,
  io: Io,
): Promise<number> {
  // both go on to the last epoch
  const purpose = (options: FitOptions) =>
    `${descentLine({ ...options, tolerance: 0 })}, right against ${mistake}`;
  return withSession(command, io, purpose, async ({ dataset, options, reporter, signal }) => {
    reporter.startTask({ label: 'comparing', total: options.epochs, format: grouped });
    const onEpoch = (epoch: number) => reporter.updateTask(epoch);
    const all = await compareDescents(dataset, options, mistake, onEpoch, signal);
    reporter.endTask();
    const every = command.logEvery ?? 1;
    const shown = all.filter(({ epoch }) => epoch % every === 0 || epoch === all.length - 1);
    const format = command.format ?? (io.stdout.isTTY === true ? 'table' : 'csv');
    const text =
      format === 'json'
        ? comparisonAsJson(all, mistake)
        : format === 'table'
          ? comparisonAsTable(shown, mistake, columnsOf(io.stdout))
          : comparisonAsCsv(shown, mistake, format === 'tsv' ? '\t' : ',');
    await writeData(io.stdout, text);
    const line = comparisonLine(all, mistake);
    reporter.tell(
      () => ({ event: 'end', text: line, mistake, epochs: all.length - 1 }),
      () => prose([line], reporter.columns),
    );
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}
