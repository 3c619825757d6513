/** The gradient check of a program of the user's. */
import { checkProgram, SCALES } from '../../check/checkObjective.js';
import { termsInFileOrder } from '../../dataset/terms.js';
import { EXIT } from '../../errors.js';
import { checkAsJson, checkAsText, lossInWords } from '../../report/text/check.js';
import { printable } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { programObjective } from './program.js';
import { withSession } from './session.js';

export function programCommand(
  command: CommandLine,
  { program, seed }: Extract<Task, { kind: 'program' }>,
  io: Io,
): Promise<number> {
  return withSession(
    command,
    io,
    () => `checking J and gradient of ${printable(program)} on the columns as they are`,
    async ({ dataset, reporter, signal }) => {
      const order = termsInFileOrder(dataset.features);
      const objective = programObjective(program, dataset.design.size, order, signal);
      reporter.startTask({ label: 'checking', total: SCALES.length, format: String });
      const onPoint = (done: number) => reporter.updateTask(done);
      const check = await checkProgram(dataset, objective, seed, onPoint, signal);
      reporter.endTask();
      if (check.loss !== 'mean') reporter.warn(lossInWords(check.loss));
      if (check.failed !== undefined) {
        reporter.warn(
          `not checked where |h| is about ${check.failed.scale} or more: ${check.failed.why}; a loss from logits overflows nowhere, as max(h,0) - h y + log1p(e^-|h|)`,
        );
      }
      const text =
        command.format === 'json'
          ? checkAsJson(check, dataset.weightSum, undefined)
          : checkAsText(check, dataset.weightSum, undefined, columnsOf(io.stdout));
      await writeData(io.stdout, text);
      reporter.tell(
        () => ({ event: 'end', passes: check.passes }),
        () => [],
      );
      return check.passes ? EXIT.done : EXIT.wrongGradient;
    },
  );
}
