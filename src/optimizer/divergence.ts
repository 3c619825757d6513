/** Tells when a run goes nowhere but up. */
import type { Step } from './step.js';

/** Epochs of growth in a row that end a run. */
const GROWING_EPOCHS = 5;

/** Epochs above the starting loss without a new low that end a run. */
const STRANDED_EPOCHS = 10;

/** Growth below this fraction is rounding. */
const ROUNDING = 1e-12;

/** And of batches, whose noise leaves J a little above its minimum, and above a start that was there. */
const NOISE = 0.1;

/** Why a run whose last J is above its first has diverged; undefined where it is not, or is the noise of batches. */
export function aboveStart(last: number, first: number, isOfBatches: boolean): string | undefined {
  const most = first + (isOfBatches ? NOISE : ROUNDING) * Math.abs(first);
  return last > most ? `J is ${last}, above its start ${first}` : undefined;
}

/**
 * Watches the losses of one run, step by step. It has diverged when J or the gradient
 *
 *   - is not finite,
 *   - has grown in each of the last 5 epochs, with an optimizer that lowers it in every one,
 *   - is above J(0) with no new low in the last 10 epochs (steps so long that it bounces about), or
 *   - is above J(0) at the last epoch.
 *
 * Of batches, whose mean loss stands for J, the last is not asked for.
 *
 * @param isMonotone whether the optimizer lowers J in every epoch; momentum may carry it uphill for a while
 * @returns the reason in words, or undefined while all is well
 */
export function createWatch(isMonotone: boolean): (step: Step, isLast: boolean) => string | undefined {
  let first = 0;
  let previous = Number.POSITIVE_INFINITY;
  let growing = 0;
  let low = Number.POSITIVE_INFINITY;
  let lowEpoch = 0;
  return ({ epoch, loss: J, batchLoss, maxGradient }, isLast) => {
    const loss = batchLoss ?? J;
    const isOfBatches = batchLoss !== undefined;
    const what = isOfBatches ? 'the mean loss of the batches' : 'J';
    if (!Number.isFinite(loss)) return `${what} is ${loss}`;
    if (!isOfBatches && !Number.isFinite(maxGradient)) return `the gradient is ${maxGradient}`;
    if (epoch === 0) {
      first = loss;
    } else if (loss < low) {
      low = loss;
      lowEpoch = epoch;
    }
    growing = loss > previous + ROUNDING * Math.abs(previous) ? growing + 1 : 0;
    previous = loss;
    if (isMonotone && growing === GROWING_EPOCHS)
      return `${what} grew in ${GROWING_EPOCHS} epochs in a row to ${loss}`;
    if (aboveStart(loss, first, isOfBatches) !== undefined && epoch - lowEpoch >= STRANDED_EPOCHS) {
      return `${what} is ${loss}, above ${isOfBatches ? 'J at the start,' : 'its start'} ${first}, and no lower than ${STRANDED_EPOCHS} epochs ago`;
    }
    // after an epoch of batches J itself is yet to be seen
    return isLast && !isOfBatches ? aboveStart(loss, first, false) : undefined;
  };
}
