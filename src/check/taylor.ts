/** The Taylor test: whether what a gradient leaves unexplained shrinks as it must. */
import type { Loss } from './slope.js';

export interface TaylorStep {
  readonly t: number;
  /** R(t) = |f(w + t p) - f(w) - t g.p| */
  readonly remainder: number;
  /** log R(4t)/R(t) over log 4; undefined for the first step, and where rounding drowns the remainder. */
  readonly order: number | undefined;
}

const FIRST_T = 1 / 8;
const STEPS = 8;
const RATIO = 4;

/** Remainders below this many roundings of f tell nothing. */
const ROUNDINGS = 1e4;

/**
 * Remainders of the first-order expansion along a direction. With the right gradient R falls as t^2, with
 * a wrong one as t; no step size has to be chosen well.
 *
 * @param g gradient at w (n), the one in question
 * @param p direction (n)
 * @param magnitude as for `slopeAt`
 * @returns the steps from large to small t
 */
export async function taylorTest(
  f: Loss,
  w: Float64Array,
  g: ArrayLike<number>,
  p: Float64Array,
  magnitude: number,
): Promise<TaylorStep[]> {
  const start = await f(w);
  let slope = 0;
  for (let j = 0; j < p.length; j++) slope += g[j]! * p[j]!;
  const floor = ROUNDINGS * Number.EPSILON * Math.max(Math.abs(start), magnitude);
  const steps: TaylorStep[] = [];
  let t = FIRST_T;
  for (let k = 0; k < STEPS; k++, t /= RATIO) {
    const at = await f(w.map((wj, j) => wj + t * p[j]!));
    const remainder = Math.abs(at - start - t * slope);
    const before = steps.at(-1)?.remainder;
    const isClear = before !== undefined && remainder > floor;
    steps.push({ t, remainder, order: isClear ? Math.log(before / remainder) / Math.log(RATIO) : undefined });
  }
  return steps;
}

/** The order at the smallest t that rounding leaves clear; undefined when none is. */
export function orderOf(steps: readonly TaylorStep[]): number | undefined {
  return steps.findLast(({ order }) => order !== undefined)?.order;
}
