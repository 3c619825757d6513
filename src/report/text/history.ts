/** The loss curve as CSV, a line an epoch, the start included; doubles in their shortest round-trip form. */
import type { Epoch } from '../../optimizer/run.js';

export function historyHeader(hasValidation: boolean): string {
  return `epoch,loss,max_gradient${hasValidation ? ',validation_loss' : ''}\n`;
}

export function historyRow({ epoch, loss, maxGradient, validation }: Epoch): string {
  const last = validation === undefined ? '' : `,${validation}`;
  return `${epoch},${loss},${maxGradient}${last}\n`;
}
