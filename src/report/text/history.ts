/**
 * The loss curve as CSV, a line an epoch, the start included; doubles in their shortest round-trip form. What is not known
 * is empty: J after an epoch of batches, but for the last, and their mean loss before the first.
 */
import type { Epoch } from '../../optimizer/run.js';

/** What the columns are. */
export interface HistoryColumns {
  readonly isOfBatches: boolean;
  readonly hasValidation: boolean;
}

export function historyHeader({ isOfBatches, hasValidation }: HistoryColumns): string {
  return `epoch,loss,max_gradient${isOfBatches ? ',batch_loss' : ''}${hasValidation ? ',validation_loss' : ''}\n`;
}

export function historyRow(
  { epoch, loss, batchLoss, maxGradient, validation }: Epoch,
  { isOfBatches, hasValidation }: HistoryColumns,
): string {
  const known = (value: number | undefined) =>
    value === undefined || (batchLoss !== undefined && Number.isNaN(value)) ? '' : value;
  const cells = [
    epoch,
    known(loss),
    known(maxGradient),
    ...(isOfBatches ? [batchLoss ?? ''] : []),
    ...(hasValidation ? [known(validation)] : []),
  ];
  return `${cells.join(',')}\n`;
}
