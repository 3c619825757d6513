/** Newton's method: iteratively reweighted least squares. */
import { factorize } from '../math/cholesky.js';
import { maxAbs } from '../math/vector.js';
import type { CurvedObjective, NewtonCurvature, NewtonOracle } from '../objective/objective.js';
import type { Step } from './step.js';

/** Weights that a matrix of second derivatives is computed for at most: it takes 128 MB then. */
export const MOST_NEWTON_WEIGHTS = 4000;

/** What must be left of a row of the matrix that others do not explain; rounding leaves less. */
const DEPENDENT = 1e-11;

/** Halvings of a step before it is given up. */
const MOST_HALVINGS = 40;

/** Growth of J below this fraction is rounding. */
const ROUNDING = 1e-14;

/** Squared decrement, as a share of J, below which whole steps go straight to the minimum. */
const NEAR = 1e-3;

/** Squared decrement, as a share of J, to which whole steps go on where the gradient has no more digits than doubles. */
const PLAIN_END = 1e-22;

/** Change of a weight that is its own rounding, as a share of it. */
const LAST_DIGIT = 2 ** -52;

/** Squared decrement, as a share of J, that moves no h by more than its rounding. */
const NOTHING = 2 ** -104;

/** What a step that takes nothing off J must leave of the squared decrement at most to have been worth it. */
const PROGRESS = 0.9;

/**
 * Steps of w <- w - t H^-1 g, with t = 1 halved until J does not grow; ends when no step is short enough,
 * which is the limit of double precision.
 *
 * Near the minimum, where the gradient is the rounding of its sums, it goes on with more digits where that is cheap,
 * or where the columns nearly follow from each other, so that a gradient of nearly 0 says nothing: until the weights
 * are right to their last digit.
 *
 * Weights that others make superfluous keep their starting values, the later ones in the order of the
 * weights, the intercept never.
 *
 * @param w starting weights, updated in place
 * @param intercept whether the last weight is an intercept
 * Cost: two visits to the data a step, more where it is halved; O(n^3) and two matrices of n^2 doubles.
 */
export async function* newton(
  objective: CurvedObjective,
  w: Float64Array,
  intercept: boolean,
): AsyncGenerator<Step, void> {
  const n = objective.size;
  const { curvature, precisely, isCheap } = objective.newton ?? plainOracle(objective, intercept);
  const p = new Float64Array(n);
  let g = new Float64Array(n);
  let nextG = new Float64Array(n);
  const next = new Float64Array(n);
  const low = new Float64Array(n);
  const nextLow = new Float64Array(n);
  let loss = await objective.evaluate(w, g);
  let passes = 1;
  let isPrecise = false;
  // the squared decrement one step before, with more digits, and what that step took off J
  let before = Number.POSITIVE_INFINITY;
  let fall = 0;
  for (let epoch = 0; ; epoch++) {
    let here: NewtonCurvature | undefined;
    let decrement = Number.NaN;
    /** Writes the step at w into `p`, and its squared decrement; turns to more digits when they are worth it. */
    const solveHere = async (): Promise<NewtonCurvature> => {
      if (here !== undefined) return here;
      here = await curvature(w);
      passes++;
      decrement = here.solve(g, p);
      const isRefinable =
        precisely !== undefined && (isCheap || !here.isPlain) && decrement < NEAR * Math.abs(loss);
      if (isPrecise || !isRefinable) return here;
      isPrecise = true;
      loss = await precisely!(w, low, g);
      passes++;
      decrement = here.solve(g, p);
      return here;
    };
    const isIdle = () => decrement > PROGRESS * before && fall <= ROUNDING * Math.abs(loss);
    const isAtEnd = () => isLastDigit(p, w) || decrement <= NOTHING * Math.abs(loss) || isIdle();
    const isSettled = async () => {
      const { isPlain } = await solveHere();
      return isPrecise ? isAtEnd() : isPlain && decrement <= PLAIN_END * Math.abs(loss);
    };
    yield { epoch, loss, maxGradient: maxAbs(g), passes, w, g, low: isPrecise ? low : undefined, isSettled };

    await solveHere();
    if (isPrecise && isAtEnd()) return;
    before = isPrecise ? decrement : before;
    const maxGradient = maxAbs(g);
    const most = loss + ROUNDING * Math.abs(loss);
    for (let t = 1, halvings = 0; ; halvings++, t /= 2) {
      if (halvings > MOST_HALVINGS) return;
      subtract(w, low, t, p, next, nextLow);
      const nextLoss = isPrecise
        ? await precisely!(next, nextLow, nextG)
        : await objective.evaluate(next, nextG);
      passes++;
      // among losses that differ by rounding the gradient tells which weights are better
      if (!(nextLoss < loss || (nextLoss <= most && (isPrecise || maxAbs(nextG) < maxGradient)))) continue;
      fall = loss - nextLoss;
      loss = nextLoss;
      break;
    }
    if (isPrecise) low.set(nextLow);
    w.set(next);
    [g, nextG] = [nextG, g];
  }
}

/** Newton's step by the matrix of second derivatives. */
function plainOracle(objective: CurvedObjective, intercept: boolean): NewtonOracle {
  const n = objective.size;
  const order = takingOrder(n, intercept);
  const H = new Float64Array(n * n);
  return {
    async curvature(w) {
      await objective.hessian(w, H);
      const factors = factorize(H, order, DEPENDENT);
      return {
        solve(g, p) {
          factors.solve(g, p);
          return factors.quadratic(g);
        },
        isPlain: true,
      };
    },
    precisely: undefined,
    isCheap: false,
  };
}

/** Whether a step p changes no weight by more than its rounding. */
function isLastDigit(p: Float64Array, w: Float64Array): boolean {
  return p.every((change, j) => Math.abs(change) <= LAST_DIGIT * Math.abs(w[j]!));
}

/** next + nextLow = w + low - t p, in two doubles each; writes into both. */
function subtract(
  w: Float64Array,
  low: Float64Array,
  t: number,
  p: Float64Array,
  next: Float64Array,
  nextLow: Float64Array,
): void {
  for (let j = 0; j < w.length; j++) {
    const step = t * p[j]!;
    const s = w[j]! - step;
    const v = s - w[j]!;
    const e = w[j]! - (s - v) - (step + v) + low[j]!;
    next[j] = s + e;
    nextLow[j] = e - (next[j]! - s);
  }
}

/** The intercept first, so that what repeats it is superfluous and not it. */
export function takingOrder(size: number, intercept: boolean): Int32Array {
  return Int32Array.from({ length: size }, (_, p) => (intercept ? (p + size - 1) % size : p));
}
