/** What can be said of the weights at the end: how far from the optimum, and whether there is one. */
import type { Fit, FitOptions } from '../fit/fit.js';
import { composeProblem } from '../fit/problem.js';
import type { Table } from '../objective/table.js';
import type { Run } from '../optimizer/run.js';
import { type Distance, distanceOf, nearGap, UNKNOWN_DISTANCE } from './distance.js';
import { isHeld, isRestrained } from './restraint.js';
import { judgeSeparation } from './separation/separation.js';
import type { Separation } from './separation/verdict.js';

/**
 * Where the weights are: at the optimum, or not; `none` where there is no optimum, `unknown` where one of these
 * cannot be told.
 */
export type Optimum = 'reached' | 'not-reached' | 'none' | 'unknown';

export interface Diagnosis extends Omit<Distance, 'why' | 'near'> {
  readonly optimum: Optimum;
  /** Why the optimum is unknown. */
  readonly whyUnknown: string | undefined;
  /** Why there is no optimum; undefined when there is one, as far as is known. */
  readonly separation: Separation | undefined;
  /** Why it is not known whether there is an optimum; undefined when it is, or was not asked. */
  readonly unjudged: string | undefined;
}

/** Of weights that were not judged. */
export const NOTHING_KNOWN: Diagnosis = {
  optimum: 'unknown',
  whyUnknown: 'the weights were not judged',
  gap: undefined,
  rounding: 0,
  isNearlyCollinear: false,
  remaining: undefined,
  collinear: [],
  separation: undefined,
  unjudged: undefined,
};

/** Why training ended; `converged` where the tolerance was met and the weights are at the optimum. */
export type Status = Run['ending']['status'] | 'converged';

export function statusOf({ ending, last, chosen }: Run, { optimum }: Pick<Diagnosis, 'optimum'>): Status {
  const { status } = ending;
  if (status !== 'tolerance') return status;
  if (optimum === 'reached') return 'converged';
  // weights of an earlier epoch are not meant to be at the optimum
  return chosen.epoch < last.epoch ? 'patience' : status;
}

/** How much more work than the training separation is worth to who insists. */
const STRICT_EFFORT = 10;

/** What rounding the weights may cost at the optimum, as a share of J. */
const MOST_ROUNDING = 1e-8;

/**
 * Judges the weights of a fit.
 *
 * With a penalty on every slope J has one optimum whatever the data, so collinear columns and separated classes
 * matter only without.
 *
 * @param isStrict whether the answer is worth more work than the training
 * @param signal when aborted, what is not yet known stays unknown
 * @param onSummed told when no more is asked of the loss of the fit
 * Cost: one Hessian, which is never more work than the training was, and a few visits to the data.
 */
export async function diagnose(
  dataset: Table,
  options: FitOptions,
  fitted: Fit,
  isStrict = false,
  signal?: AbortSignal,
  onSummed: () => void = () => {},
): Promise<Diagnosis> {
  const { loss, problem, run, w, v } = fitted;
  if (signal?.aborted === true || run.ending.status === 'lost') return NOTHING_KNOWN;
  const hasOptimum = isHeld(options, problem);
  const standard = options.standardize
    ? problem
    : composeProblem(dataset, { ...options, standardize: true }, { loss });
  const distance: Distance = (await distanceOf(dataset, options, fitted, standard, isStrict)) ?? {
    ...UNKNOWN_DISTANCE,
    why: `J - J* takes more work than the training${isStrict ? '' : ': --strict does it'}`,
  };
  onSummed();
  const { collinear } = distance;
  if (hasOptimum) return judged(distance, options, run.chosen.loss);

  const u = options.standardize ? v : standard.fromFileUnits(w);
  const verdict = await judgeSeparation(dataset, u, signal, {
    passes: (isStrict ? STRICT_EFFORT : 1) * run.chosen.passes,
    near: distance.near,
    isPenalised: isRestrained(options, problem),
  });
  if (verdict.kind === 'separated' && isRestrained(options, problem)) {
    return { ...judged(distance, options, run.chosen.loss), ...RESTRAINED };
  }
  // without an optimum nothing is near it
  if (verdict.kind === 'separated') {
    return {
      ...NOTHING_KNOWN,
      optimum: 'none',
      whyUnknown: undefined,
      collinear,
      separation: verdict.separation,
    };
  }
  const near = judged(distance, options, run.chosen.loss);
  if (verdict.kind === 'none' || isAborted(signal)) return near;
  return {
    ...near,
    optimum: 'unknown',
    whyUnknown: near.whyUnknown ?? verdict.why,
    unjudged: verdict.why,
  };
}

/** Of classes that are separated where a penalty on some weights, or bounds, may forbid the weights that do it. */
const RESTRAINED = {
  optimum: 'unknown',
  whyUnknown:
    'the classes are separated, and it is not known whether by weights that carry no penalty and have no bound in their way',
} as const;

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function judged({ why, near: _, ...known }: Distance, options: FitOptions, J: number): Diagnosis {
  const { gap, rounding } = known;
  const isReached =
    gap !== undefined && gap - rounding <= nearGap(options, J) && rounding <= MOST_ROUNDING * Math.abs(J);
  const optimum = known.gap === undefined ? 'unknown' : isReached ? 'reached' : 'not-reached';
  return { ...known, optimum, whyUnknown: why, separation: undefined, unjudged: undefined };
}
