/** The loss curve as CSV. */
import type { Run } from '../optimizer/run.js';

/** One line an epoch, the start included; doubles in their shortest round-trip form. */
export function historyAsCsv({ losses, maxGradients }: Run): string {
  const lines = losses.map((loss, epoch) => `${epoch},${loss},${maxGradients[epoch]!}\n`);
  return `epoch,loss,max_gradient\n${lines.join('')}`;
}
