/** One row through the chain rule, after training or at weights from a file. */
import { type Explanation, explainRow, indexOf } from '../../check/explain.js';
import { BceError, EXIT } from '../../errors.js';
import { divergence } from '../../fit/fit.js';
import { layOut } from '../../model/initialWeights.js';
import { readWeights } from '../../model/weightsFile.js';
import type { Reduction } from '../../objective/reference.js';
import { requireRows } from '../../objective/table.js';
import { type Format, formatOfFile, type Page, pageOfFile } from '../../options/shared.js';
import { derivationOf } from '../../report/explanation/derivation.js';
import { derivationAsHtml } from '../../report/explanation/htmlPage.js';
import { derivationAsLatex } from '../../report/explanation/latexPage.js';
import { explanationAsJson, explanationAsText } from '../../report/text/explain.js';
import { descentLine, objectiveText } from '../../report/text/messages.js';
import { isSameFile, writeWhole } from '../../runtime/wholeFile.js';
import { counted, printable } from '../../text.js';
import { fitWeights } from '../../train.js';
import { VERSION } from '../../version.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { checkOutputs, tellWritten } from './outputs.js';
import { showTraining } from './progress.js';
import { withSession } from './session.js';

export async function explainCommand(
  command: CommandLine,
  { row, init, page }: Extract<Task, { kind: 'explain' }>,
  io: Io,
): Promise<number> {
  const { output } = command;
  checkOutputs(command, init);
  if (output !== undefined && init !== undefined && isSameFile(output, init)) {
    throw new BceError('USAGE', `--output: ${printable(output)} is the file of --init`);
  }
  const weights = init === undefined ? undefined : await readWeights(init);
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
      const { epoch } = fitted.run.last;
      if (epoch > 0) reporter.note('--epochs 0 explains the row before training, at zero weights');
      source = epoch === 0 ? 'zero weights, before training' : `the weights after ${counted(epoch, 'epoch')}`;
    } else {
      w = layOut(weights, dataset);
      source = `the weights of ${weights.where}`;
    }
    const explanation = await explainRow(dataset, options, w, row);
    const form = page ?? command.format ?? (output === undefined ? 'table' : formOf(output));
    const columns = output === undefined ? columnsOf(io.stdout) : undefined;
    const text = textAs(form, explanation, dataset.name, source, options.reduction, columns);
    if (output === undefined) await writeData(io.stdout, text);
    else {
      writeWhole(output, text);
      tellWritten(output, `wrote the chain rule of row ${row} to ${printable(output)}`, reporter);
    }
    reporter.tell(
      () => ({ event: 'end', row }),
      () => [],
    );
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  });
}

/** By the ending of a file, else the text for eyes. */
function formOf(path: string): Format | Page {
  return pageOfFile(path) ?? (formatOfFile(path) === 'json' ? 'json' : 'table');
}

function textAs(
  form: Format | Page,
  explanation: Explanation,
  source: string,
  weights: string,
  reduction: Reduction,
  columns: number | undefined,
): string {
  switch (form) {
    case 'json':
      return explanationAsJson(explanation, source, weights);
    case 'html':
      return derivationAsHtml(derivationOf(explanation, source, weights, reduction), VERSION);
    case 'latex':
      return derivationAsLatex(derivationOf(explanation, source, weights, reduction), VERSION);
    default:
      return explanationAsText(explanation, source, weights, reduction, columns);
  }
}
