/** What --strict asks for. */
import { type Diagnosis, statusOf } from '../../diagnostics/diagnose.js';
import { BceError } from '../../errors.js';
import type { FitOptions } from '../../fit/fit.js';
import type { Run } from '../../optimizer/run.js';
import { wayOn } from '../../report/text/ending.js';
import { counted } from '../../text.js';

/**
 * To be asked once the weights have been delivered.
 *
 * @throws BceError SEPARATED, COLLINEAR, NOT_CONVERGED
 */
export function requireOptimum(run: Run, judged: Diagnosis, options: FitOptions): void {
  const { separation, collinear, optimum, whyUnknown, unjudged } = judged;
  if (separation !== undefined) {
    throw new BceError('SEPARATED', 'the classes are separated, and --strict asks for an optimum');
  }
  if (collinear.length > 0) {
    throw new BceError('COLLINEAR', 'the weights are not unique, and --strict asks for an optimum');
  }
  if (unjudged !== undefined) {
    throw new BceError(
      'NOT_CONVERGED',
      `whether there is an optimum is not known, since ${unjudged}, and --strict asks for one`,
      '--l2 LAMBDA makes sure that there is one',
    );
  }
  const status = statusOf(run, judged);
  if (status === 'tolerance') {
    throw new BceError(
      'NOT_CONVERGED',
      optimum === 'unknown'
        ? `not known to be at the optimum, and --strict asks for one: ${whyUnknown}`
        : 'the gradient is within --tolerance, but the weights are not at the optimum that --strict asks for',
      optimum === 'unknown' ? undefined : wayOn(run, judged, options),
    );
  }
  if (status === 'epochs' || status === 'precision') {
    const message = `not converged after ${counted(run.last.epoch, 'epoch')}, and --strict asks for an optimum`;
    throw new BceError(
      'NOT_CONVERGED',
      message,
      `${wayOn(run, judged, options)}; without --strict this is no failure`,
    );
  }
}
