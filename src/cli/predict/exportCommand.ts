/** Writing a scorer that runs elsewhere. */
import { BceError, EXIT } from '../../errors.js';
import { exportC } from '../../export/c.js';
import { exportJs } from '../../export/js.js';
import { exportOnnx } from '../../export/onnx.js';
import { planExport } from '../../export/plan.js';
import { exportSql } from '../../export/sql.js';
import type { ModelFile } from '../../model/modelFile.js';
import { scorerOf } from '../../predict/scorer.js';
import type { Output } from './outputs.js';
import type { PredictTask } from './predictLine.js';

type ExportTask = Extract<PredictTask, { kind: 'export' }>;

/** @returns the exit code; failures are thrown */
export async function exportCommand(task: ExportTask, file: ModelFile, output: Output): Promise<number> {
  if (task.form === 'onnx' && output.isTerminal) {
    throw new BceError(
      'USAGE',
      '--export onnx: expected a file or a pipe for standard output, found a terminal',
      'bce-predict MODEL --export onnx -o model.onnx',
    );
  }
  await output.write(exported(task, file));
  output.finish();
  return EXIT.done;
}

function exported({ form, dialect, table, policy }: ExportTask, file: ModelFile): string | Uint8Array {
  const plan = planExport(scorerOf(file, undefined), policy);
  switch (form) {
    case 'sql':
      return exportSql(plan, dialect, table);
    case 'js':
      return exportJs(plan);
    case 'c':
      return exportC(plan);
    case 'onnx':
      return exportOnnx(plan);
  }
}
