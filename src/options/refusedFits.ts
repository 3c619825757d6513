/** What an optimizer, batches and streams cannot do with values of other options, which no row of a table can say. */
import { BATCH_OPTIMIZERS, type BatchOptimizer } from '../optimizer/miniBatch.js';
import { type Optimizer, optimizersThat, TRAITS } from '../optimizer/optimizers.js';
import { enumerated } from '../text.js';
import type { TrainOptions } from './library.js';
import { together } from './refusals.js';

/** @throws BceError USAGE for options that would have no effect, or none that is right */
export function refuseForFit(optimizer: Optimizer, options: TrainOptions): void {
  const { learningRate, l1 = 0, bounds = [], stats, seed, validation, batch } = options;
  const traits = TRAITS[optimizer];
  const chosen = `--optimizer ${optimizer}`;
  if (learningRate !== undefined && traits.learningRate === undefined) {
    throw together('--lr', chosen, `${optimizer} finds the length of its steps by itself`);
  }
  if (learningRate === 'auto' && traits.autoRate === undefined) {
    throw together(
      '--lr auto',
      chosen,
      `${optimizer} scales every weight's steps by itself; --lr NUMBER is about how far a weight moves in one`,
    );
  }
  if (l1 > 0 && !traits.isProximal) {
    throw together('--l1', chosen, `|w| has no gradient at 0; --optimizer ${PROXIMAL} take proximal steps`);
  }
  if (bounds.length > 0 && !traits.isProximal) {
    throw together(
      '--bounds',
      chosen,
      `its steps lead beyond bounds; --optimizer ${PROXIMAL} keep within them`,
    );
  }
  if (stats && l1 > 0) {
    throw together(
      '--stats',
      '--l1',
      '|w| has a corner at 0 where weights stick, so no standard error follows from the Hessian; --l2 has none',
    );
  }
  refuseForBatches(optimizer, options);
  refuseForStreams(options);
  if (seed !== undefined && typeof validation === 'string' && batch === undefined) {
    throw together(
      '--seed',
      'a file of --validation',
      'the seed picks the rows that --validation SHARE holds out',
    );
  }
}

/** In words. */
const PROXIMAL = enumerated(optimizersThat(({ isProximal }) => isProximal));

/** @throws BceError USAGE for options that mean nothing for batches, or for those of this optimizer */
function refuseForBatches(optimizer: Optimizer, { batch, momentum, learningRate }: TrainOptions): void {
  if (batch === undefined) return;
  const chosen = `--optimizer ${optimizer}`;
  if (!BATCH_OPTIMIZERS.includes(optimizer as BatchOptimizer)) {
    throw together(
      '--batch',
      chosen,
      `${optimizer} needs the gradient of all rows; --optimizer ${enumerated(BATCH_OPTIMIZERS)} take that of a batch`,
    );
  }
  if (momentum !== undefined && optimizer !== 'gd') {
    throw together('--momentum', chosen, 'adam has a momentum of its own; --momentum is for gd');
  }
  if (learningRate === 'auto') {
    throw together(
      '--lr auto',
      '--batch',
      'the curvature of all rows says little of that of a batch; give --lr a number',
    );
  }
}

/** @throws BceError USAGE for options that ask for more than one pass, or for what is known after it */
function refuseForStreams({ stream, epochs, reduction, learningRateSchedule }: TrainOptions): void {
  if (stream !== true) return;
  if (epochs !== undefined && epochs !== 1) {
    throw together(
      '--stream',
      `--epochs ${epochs}`,
      'the rows go by once; without --stream they are kept for more epochs',
    );
  }
  if (reduction === 'sum') {
    throw together('--stream', '--reduction sum', 'how many rows there will be is not known');
  }
  if (learningRateSchedule === 'cosine') {
    throw together(
      '--stream',
      '--lr-schedule cosine',
      'it ends with the last row, which nobody knows beforehand; inverse need not know it',
    );
  }
}
