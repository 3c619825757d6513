/** The loss curve as CSV. */
import type { Run } from '../optimizer/run.js';

/** One line an epoch, the start included; doubles in their shortest round-trip form. */
export function historyAsCsv({ losses, maxGradients, validationLosses }: Run): string {
  const hasValidation = validationLosses.length > 0;
  const lines = losses.map((loss, epoch) => {
    const cells = [epoch, loss, maxGradients[epoch]!];
    if (hasValidation) cells.push(validationLosses[epoch]!);
    return `${cells.join(',')}\n`;
  });
  return `epoch,loss,max_gradient${hasValidation ? ',validation_loss' : ''}\n${lines.join('')}`;
}
