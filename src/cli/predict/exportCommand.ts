/** Writing a scorer that runs elsewhere. */
import { BceError, EXIT } from '../../errors.js';
import { exported } from '../../export/export.js';
import type { ModelFile } from '../../model/modelFile.js';
import { scorerOf } from '../../predict/scorerOfFile.js';
import type { Output } from './outputs.js';
import type { PredictTask } from './predictLine.js';

type ExportTask = Extract<PredictTask, { kind: 'export' }>;

/** @returns the exit code; failures are thrown */
export async function exportCommand(task: ExportTask, file: ModelFile, output: Output): Promise<number> {
  const code = exported(scorerOf(file, undefined), task);
  if (typeof code !== 'string' && output.isTerminal) {
    throw new BceError(
      'USAGE',
      `--export ${task.form}: expected a file or a pipe for standard output, found a terminal`,
      `bce-predict MODEL --export ${task.form} -o model.${task.form}`,
    );
  }
  await output.write(code);
  output.finish(`the model as ${task.form}`);
  return EXIT.done;
}
