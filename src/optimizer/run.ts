/** Takes an optimizer's steps until one of the reasons to stop holds. */
import { BceError } from '../errors.js';
import { aboveStart, createWatch } from './divergence.js';
import { type History, HistoryKeeper } from './history.js';
import type { Step } from './step.js';

export interface Limits {
  /** Updates at most. */
  readonly epochs: number;
  /** The run ends when max |dJ/dw| is at most this; 0 never is. */
  readonly tolerance: number;
  /** Whether J falls in every step while all is well. */
  readonly isMonotone: boolean;
}

/** A second loss, on rows that are not trained on. */
export interface Validation {
  evaluate(w: Float64Array): number | Promise<number>;
  /** Epochs without a new low after which the run ends with the weights of that low; undefined for no end. */
  readonly patience: number | undefined;
}

/** A step with its loss on the validation rows, where there are any. */
export interface Epoch extends Step {
  readonly validation: number | undefined;
}

/**
 * Why the steps ended: `tolerance` where the gradient is within it, which is not yet to say that the weights are at
 * the optimum; `precision` where the optimizer itself found no step that makes J smaller,
 * `patience` where the validation loss had no new low for too long.
 */
export type Ending =
  | { readonly status: 'tolerance' | 'precision' | 'patience' | 'epochs' | 'interrupted' }
  | { readonly status: 'diverged'; readonly why: string }
  /** The server that has the rows gave no answer any more. */
  | { readonly status: 'lost'; readonly error: BceError };

export interface Run {
  readonly ending: Ending;
  readonly last: Epoch;
  /** The step whose weights are the result: the last, or that of the lowest validation loss. */
  readonly chosen: Epoch;
  readonly history: History;
}

/** J and the largest entry of its gradient at weights; undefined where the rows have gone by. */
export type Settle = (w: Float64Array) => Promise<Pick<Step, 'loss' | 'maxGradient'> | undefined>;

/**
 * Iterates until the tolerance is met, divergence, the last epoch, an end of patience, an abort, or the loss of a server
 * that has the rows.
 *
 * @param onEpoch told every step as it comes
 * @param signal when aborted, the run ends after the current epoch
 * @param settle J and the largest gradient over all rows, for steps of batches, which end without them
 */
export async function run(
  steps: AsyncGenerator<Step, void>,
  limits: Limits,
  validation: Validation | undefined,
  onEpoch: (epoch: Epoch) => void,
  signal?: AbortSignal,
  settle?: Settle,
): Promise<Run> {
  const history = new HistoryKeeper();
  const watch = createWatch(limits.isMonotone);
  let last: Epoch | undefined;
  let best: Epoch | undefined;
  let kept: Float64Array | undefined;
  let ending: Ending = { status: 'precision' };
  try {
    for await (const step of steps) {
      last = { ...step, validation: await validation?.evaluate(step.w) };
      history.add(step, last.validation);
      if (
        validation?.patience !== undefined &&
        !(last.validation! >= (best?.validation ?? Number.POSITIVE_INFINITY))
      ) {
        best = {
          ...last,
          w: keep(step.w, best?.w),
          g: step.g && keep(step.g, best?.g),
          low: step.low?.slice(),
        };
      }
      onEpoch(last);
      const isLast = step.epoch === limits.epochs;
      const why = watch(step, isLast);
      const isWithin = limits.tolerance > 0 && last.maxGradient <= limits.tolerance;
      const isSettled = isWithin && (isLast || ((await step.isSettled?.()) ?? true));
      const reason = reasonToEnd(last, best, why, isSettled, validation, isLast, signal?.aborted === true);
      if (reason !== undefined) {
        ending = reason;
        break;
      }
      kept = keep(step.w, kept);
    }
  } catch (error) {
    const reason = endOf(error);
    if (last === undefined || kept === undefined || reason === undefined) throw error;
    ending = reason;
    // the live weights may be on their way to the next step
    last = { ...last, w: kept, g: undefined, low: undefined };
  }
  if (last === undefined) throw new Error('the optimizer made no step');
  const isWithin = ({ maxGradient }: Step) => limits.tolerance > 0 && maxGradient <= limits.tolerance;
  // no better weights than those within the tolerance are a good end
  if (ending.status === 'precision' && isWithin(last)) ending = { status: 'tolerance' };
  const chosen = best ?? last;
  if (chosen.batchLoss === undefined || settle === undefined) return { ending, last, chosen, history };
  const [atStart] = history.losses;
  const known = await settle(chosen.w);
  if (known === undefined) return { ending, last, chosen, history };
  const settled = { ...chosen, ...known, passes: chosen.passes + 1 };
  history.settle(settled.loss, settled.maxGradient);
  if (ending.status !== 'diverged') {
    const why = Number.isFinite(settled.loss)
      ? aboveStart(settled.loss, atStart!, true)
      : `J is ${settled.loss}`;
    if (why !== undefined) ending = { status: 'diverged', why };
    else if (ending.status === 'epochs' && isWithin(settled)) ending = { status: 'tolerance' };
  }
  return { ending, last: chosen === last ? settled : last, chosen: settled, history };
}

/** Why the steps end when the loss cannot be had any more; undefined for what is no fault of a server. */
function endOf(error: unknown): Ending | undefined {
  if (!(error instanceof BceError)) return undefined;
  if (error.code === 'INTERRUPTED') return { status: 'interrupted' };
  return error.code.startsWith('SERVER_') ? { status: 'lost', error } : undefined;
}

/** A copy of live weights, in the place of an older one. */
function keep(w: Float64Array, into: Float64Array | undefined): Float64Array {
  if (into === undefined) return w.slice();
  into.set(w);
  return into;
}

function reasonToEnd(
  { epoch }: Step,
  best: Step | undefined,
  why: string | undefined,
  isSettled: boolean,
  validation: Validation | undefined,
  isLast: boolean,
  isAborted: boolean,
): Ending | undefined {
  if (why !== undefined) return { status: 'diverged', why };
  if (isSettled) return { status: 'tolerance' };
  const patience = validation?.patience ?? Number.POSITIVE_INFINITY;
  if (best !== undefined && epoch - best.epoch >= patience) return { status: 'patience' };
  if (isLast) return { status: 'epochs' };
  return isAborted ? { status: 'interrupted' } : undefined;
}
