/** One row through the chain rule, after training or at weights from a file. */
import { explainRow, indexOf } from '../../check/explain.js';
import { EXIT } from '../../errors.js';
import { divergence } from '../../fit/fit.js';
import { layOut } from '../../model/weightsFile.js';
import { requireRows } from '../../objective/table.js';
import { explanationAsJson, explanationAsText } from '../../report/text/explain.js';
import { descentLine, objectiveText } from '../../report/text/messages.js';
import { counted } from '../../text.js';
import { fitWeights } from '../../train.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { showTraining } from './progress.js';
import { withSession } from './session.js';
import { readWeights } from './trainCommand.js';

export function explainCommand(
  command: CommandLine,
  { row, init }: Extract<Task, { kind: 'explain' }>,
  io: Io,
): Promise<number> {
  const weights = init === undefined ? undefined : readWeights(init);
  const purpose = weights === undefined ? descentLine : objectiveText;
  return withSession(command, io, purpose, async (session) => {
    const { dataset, options, reporter, signal } = session;
    // before anything is trained
    indexOf(requireRows(dataset, '--explain'), row);
    let w: Float64Array;
    let source: string;
    if (weights === undefined) {
      const request = {
        tables: { training: dataset, validation: undefined },
        options: session.resolved,
        initial: undefined,
      };
      const show = showTraining(session, command);
      const fitted = await fitWeights(request, show, signal);
      show({ kind: 'fitted', fit: fitted });
      await fitted.close();
      if (fitted.run.ending.status === 'diverged') throw divergence(dataset, fitted, options);
      w = fitted.w;
      source = `the weights after ${counted(fitted.run.last.epoch, 'epoch')}`;
    } else {
      w = layOut(weights, dataset);
      source = `the weights of ${weights.where}`;
    }
    const explanation = await explainRow(dataset, options, w, row);
    const text =
      command.format === 'json'
        ? explanationAsJson(explanation, dataset.name, source)
        : explanationAsText(explanation, dataset.name, source, options.reduction, columnsOf(io.stdout));
    await writeData(io.stdout, text);
    reporter.tell(
      () => ({ event: 'end', row }),
      () => [],
    );
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}
