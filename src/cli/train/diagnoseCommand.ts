/** What another program solved: its weights against the gradient of the plain loss. */
import { diagnoseWeights, readEntries } from '../../diagnose.js';
import { EXIT } from '../../errors.js';
import { theirsAsJson, theirsAsText } from '../../report/text/theirs.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { withSession } from './session.js';

export function diagnoseCommand(
  command: CommandLine,
  { theirs: path }: Extract<Task, { kind: 'diagnose' }>,
  io: Io,
): Promise<number> {
  const entries = readEntries(path);
  return withSession(
    command,
    io,
    () => 'J = mean cross-entropy; looking for the objective whose optimum these weights are',
    async ({ dataset: table, resolved, again, reporter }) => {
      const diagnosis = await diagnoseWeights({ table, options: resolved, entries, where: path, again });
      await writeData(
        io.stdout,
        command.format === 'json'
          ? theirsAsJson(diagnosis, path)
          : theirsAsText(diagnosis, path, table.target.positive, columnsOf(io.stdout)),
      );
      reporter.tell(
        () => ({ event: 'end', fits: diagnosis.causes.length > 0, verdict: diagnosis.verdict }),
        () => [],
      );
      return EXIT.done;
    },
  );
}
