/** What another program solved: its weights against the gradient of the plain loss. */
import { diagnoseTheirs } from '../../check/theirs/diagnoseTheirs.js';
import { readTheirs } from '../../check/theirs/theirWeights.js';
import { EXIT } from '../../errors.js';
import { theirsAsJson, theirsAsText } from '../../report/text/theirs.js';
import { readText } from '../../source/open.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { withSession } from './session.js';

export function diagnoseCommand(
  command: CommandLine,
  { theirs: path }: Extract<Task, { kind: 'diagnose' }>,
  io: Io,
): Promise<number> {
  const text = readText(path);
  return withSession(
    command,
    io,
    () => 'J = mean cross-entropy; looking for the objective whose optimum these weights are',
    async ({ dataset, options, reporter }) => {
      const theirs = readTheirs(text, path, dataset);
      const diagnosis = await diagnoseTheirs(dataset, options, theirs);
      await writeData(
        io.stdout,
        command.format === 'json'
          ? theirsAsJson(diagnosis, theirs, path)
          : theirsAsText(diagnosis, theirs, path, dataset.target.positive, columnsOf(io.stdout)),
      );
      reporter.tell(
        () => ({ event: 'end', fits: diagnosis.causes.length > 0 }),
        () => [],
      );
      return EXIT.done;
    },
  );
}
