/** What holds weights back: penalties and bounds, with which J has a minimum whatever the data. */
import type { FitOptions } from '../fit/fit.js';
import type { Problem } from '../fit/problem.js';

/** Whether every slope is held by a penalty or between two bounds, so that J has a minimum whatever the data. */
export function isHeld({ l1, l2 }: FitOptions, problem: Problem): boolean {
  return slopesOf(problem).every((j) => isHeldAt(j, l1 + l2, problem));
}

/** Whether any slope is held in any way, so that what separates the classes may be out of reach. */
export function isRestrained({ l1, l2 }: FitOptions, problem: Problem): boolean {
  const { penalty, factors } = problem;
  return penalty.isBounded || (l1 + l2 > 0 && slopesOf(problem).some((j) => factors[j]! > 0));
}

function slopesOf({ factors, intercept }: Problem): number[] {
  return [...factors.keys()].slice(0, intercept ? -1 : undefined);
}

function isHeldAt(j: number, lambda: number, { factors, penalty }: Problem): boolean {
  const isBetween = Number.isFinite(penalty.lowerOf(j)) && Number.isFinite(penalty.upperOf(j));
  return lambda * factors[j]! > 0 || isBetween;
}
