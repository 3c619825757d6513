/** The gradient check: numbers against numbers, and a verdict as the exit code. */
import { checkObjective, SCALES } from '../../check/checkObjective.js';
import { EXIT } from '../../errors.js';
import { checkAsJson, checkAsText } from '../../report/text/check.js';
import { columnsText, objectiveText } from '../../report/text/messages.js';
import { counted } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { withSession } from './session.js';

export function checkCommand(
  command: CommandLine,
  { seed, mistake }: Extract<Task, { kind: 'check' }>,
  io: Io,
): Promise<number> {
  const gradient = mistake === undefined ? 'the gradient' : `the wrong gradient ${mistake}`;
  return withSession(
    command,
    io,
    (options) => {
      const batch =
        options.batch === undefined ? '' : ` of the first batch of ${counted(options.batch.rows, 'row')}`;
      const left = options.l1 > 0 ? '; the |w| of --l1 has no gradient at 0 and is left out' : '';
      return `${objectiveText({ ...options, l1: 0 })}; checking ${gradient}${batch} on ${columnsText(options)}${left}`;
    },
    async ({ dataset, options, reporter, signal }) => {
      reporter.startTask({ label: 'checking', total: SCALES.length, format: String });
      const onPoint = (done: number) => reporter.updateTask(done);
      const check = await checkObjective(dataset, options, mistake, seed, onPoint, signal);
      reporter.endTask();
      const text =
        command.format === 'json'
          ? checkAsJson(check, dataset.weightSum, mistake)
          : checkAsText(check, dataset.weightSum, mistake, columnsOf(io.stdout));
      await writeData(io.stdout, text);
      reporter.tell(
        () => ({ event: 'end', passes: check.passes }),
        () => [],
      );
      return check.passes ? EXIT.done : EXIT.wrongGradient;
    },
  );
}
