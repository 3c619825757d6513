/** A model as code that predicts by itself. */
import type { Scorer } from '../predict/scorer.js';
import { exportC } from './c.js';
import { exportJs } from './js.js';
import { exportOnnx } from './onnx.js';
import { type ExportForm, type ExportPolicy, planExport } from './plan.js';
import { type Dialect, exportSql } from './sql.js';

export interface ExportRequest {
  readonly form: ExportForm;
  /** That of SQL, and the table that it selects from. */
  readonly dialect: Dialect;
  readonly table: string;
  readonly policy: ExportPolicy;
}

/**
 * Source text, or the bytes of an ONNX model.
 *
 * @throws BceError USAGE when the model cannot be said in that form, or does not tell what the policy asks for
 */
export function exported(
  scorer: Scorer,
  { form, dialect, table, policy }: ExportRequest,
): string | Uint8Array {
  const plan = planExport(scorer, policy);
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
