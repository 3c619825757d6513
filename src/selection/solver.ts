/** One problem solved along a path: all rows of a table, or those that one fold leaves. */

import type { Description } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { spaceOf } from '../fit/problem.js';
import type { SpaceOptions } from '../fit/problemOptions.js';
import { type Box, leastSlope, type Penalty, separable } from '../objective/penalty/penalty.js';
import type { Preconditioner, SharedFactors } from '../objective/simd/preconditioner.js';
import { MOST_NEWTON_WEIGHTS, takingOrder } from '../optimizer/newton.js';
import { createDescent, type Descent } from '../optimizer/proximalNewton.js';
import { counted, grouped } from '../text.js';
import { FEW_WEIGHTS } from './choices.js';
import { type PathPoint, solutionOf } from './solution.js';

/** Steps for one lambda at most. */
const MOST_STEPS = 200;

/** What a problem is asked for: sums over its rows, by the weights of the columns as stored. */
export interface RowSums {
  /** The loss; its gradient goes into `g`. */
  evaluate(w: Float64Array, g: Float64Array): Promise<number>;
  /** The second derivatives, as `referenceHessian` says. */
  hessian(mu: Float64Array, s: Float64Array, w: Float64Array, H: Float64Array): Promise<void>;
  /** Those of some weights, as `subsetHessian` says; undefined where rows are elsewhere. */
  readonly subset?:
    | ((
        mu: Float64Array,
        s: Float64Array,
        w: Float64Array,
        chosen: Int32Array,
        from: number,
        H: Float64Array,
      ) => Promise<void>)
    | undefined;
  /** Told when the weights that were evaluated last are the solution so far. */
  accepted?(): void;
}

export interface PathSolver {
  /**
   * Solves for the intercept alone, and then for all weights without a penalty, while the others are 0.
   *
   * @returns false when it was aborted
   */
  begin(signal?: AbortSignal): Promise<boolean>;
  /**
   * Goes on to the solution at a lambda.
   *
   * @param lender a problem whose second derivatives are much the same, and are known
   * @returns undefined when it was aborted
   */
  solve(lambda: number, lender?: Lender, signal?: AbortSignal): Promise<PathPoint | undefined>;
  /** Gradient of the mean loss at the solution (size), live. */
  readonly g: Float64Array;
  /** 1 for each weight that is penalised, 0 for the others (size), and what tells their bounds. */
  readonly factors: Float64Array;
  readonly bounds: Penalty;
  /** What is known of the second derivatives. */
  lend(): Lent;
}

/** Second derivatives of the mean loss that another problem may begin with; undefined what is not known. */
export interface Lent {
  /** Of all weights. */
  readonly H?: Float64Array | undefined;
  readonly preconditioner?: Preconditioner | undefined;
  /** Gives the same to other threads, until they are done. */
  share?<T>(use: (factors: SharedFactors | undefined) => Promise<T>): Promise<T>;
}

export type Lender = Pick<PathSolver, 'lend'>;

/**
 * With many weights those that are solved for at lambda are the ones that are not 0 and those that the strong rule
 * does not discard, |dJ/dv_j| >= A (2 lambda - lambda before); whichever of the others violates its condition joins
 * them, until none does.
 *
 * Source: Tibshirani et al., Strong rules for discarding predictors in lasso-type problems, 2012.
 *
 * @param tolerance largest violation of the optimality conditions of a solution
 * @param renewEvery lambdas after which second derivatives of all weights are taken anew, or from the lender at every one;
 *   undefined for only where steps are no longer good enough
 * Cost: a matrix of as many rows and columns as weights are solved for.
 */
export function createPathSolver(
  description: Description,
  sums: RowSums,
  options: SpaceOptions & { readonly l1Ratio: number },
  tolerance: number,
  renewEvery?: number,
): PathSolver {
  const { l1Ratio } = options;
  const space = spaceOf(description, options);
  const { factors, box, solved, intercept, columns } = space;
  const { mu, s } = columns;
  const { size: n } = description.design;
  const unit = 1 / description.weightSum;
  const bounds = separable(new Float64Array(0), box);
  const everything = Int32Array.from({ length: n }, (_, j) => j);
  const isWhole = n <= FEW_WEIGHTS || sums.subset === undefined;
  const v = new Float64Array(n);
  const g = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialG = new Float64Array(n);
  const stored = new Float64Array(n);
  const slopes = new Float64Array(n);
  /** The weights that are solved for, in the order in which they joined, and their place among all. */
  let chosen: Int32Array = new Int32Array(0);
  let descent: Descent | undefined;
  let loss = Number.NaN;
  let passes = 0;
  let before = Number.POSITIVE_INFINITY;
  let borrowed: Lender | undefined;
  let lambdas = 0;

  /** The mean loss at `trial`; its gradient goes into `trialG`. */
  async function evaluate(): Promise<number> {
    solved.toBase(trial, stored);
    const sum = await sums.evaluate(stored, trialG);
    passes++;
    solved.pullBack(trialG);
    for (let j = 0; j < n; j++) trialG[j]! *= unit;
    return sum * unit;
  }

  function accept(meanLoss: number): void {
    loss = meanLoss;
    v.set(trial);
    g.set(trialG);
    sums.accepted?.();
  }

  /** Writes the second derivatives at v, but for those of the weights before `from`. */
  async function curve(of: Int32Array, from: number, H: Float64Array): Promise<void> {
    solved.toBase(v, stored);
    passes++;
    if (of.length === n) await sums.hessian(mu, s, stored, H);
    else if (sums.subset !== undefined) await sums.subset(mu, s, stored, of, from, H);
    else {
      const all = new Float64Array(n * n);
      await sums.hessian(mu, s, stored, all);
      for (let p = 0; p < H.length; p++) {
        H[p] = all[of[Math.floor(p / of.length)]! * n + of[p % of.length]!]!;
      }
    }
    for (let p = 0; p < of.length; p++) {
      for (let q = p < from ? from : 0; q < of.length; q++) H[p * of.length + q]! *= unit;
    }
  }

  /** Solves for `next`, which begins with what is solved for now. */
  async function choose(next: Int32Array): Promise<Descent> {
    requireRoom(next.length);
    const old = descent;
    const known = chosen.length;
    const created = createDescent(
      next === everything ? takingOrder(n, intercept) : everything.subarray(0, next.length),
    );
    chosen = next;
    descent = created;
    if (old !== undefined && !old.isStale && next.length > known) {
      for (let p = 0; p < known; p++) {
        created.H.set(old.H.subarray(p * known, (p + 1) * known), p * next.length);
      }
      await curve(next, known, created.H);
      created.renew(false);
    }
    return created;
  }

  /** Weights that `isWanted` adds to those that are solved for; undefined where there are none. */
  function joined(isWanted: (j: number) => boolean): Int32Array | undefined {
    if (descent === undefined && isWhole) return everything;
    if (isWhole) return undefined;
    const isIn = new Uint8Array(n);
    for (const j of chosen) isIn[j] = 1;
    const found: number[] = [];
    // the intercept is the last weight and joins first
    for (let j = n - 1; j >= 0; j--) if (isIn[j] === 0 && (factors[j] === 0 || isWanted(j))) found.push(j);
    return found.length === 0 && descent !== undefined ? undefined : Int32Array.of(...chosen, ...found);
  }

  /** Descends over what is chosen; false when it was aborted. */
  async function descend(own: Descent, lender: Lender | undefined, signal?: AbortSignal): Promise<boolean> {
    if (own.violation > tolerance) await refresh(own, lender);
    for (let steps = 0; steps < MOST_STEPS && own.violation > tolerance; ) {
      if (signal?.aborted === true) return false;
      if (own.isStale) await renew(own, lender);
      if (!own.propose()) {
        if (own.isStale) continue;
        return true;
      }
      trial.set(v);
      for (let p = 0; p < chosen.length; p++) trial[chosen[p]!] = own.trial[p]!;
      const meanLoss = await evaluate();
      for (let p = 0; p < chosen.length; p++) own.trialG[p] = trialG[chosen[p]!]!;
      steps++;
      if (own.judge(meanLoss)) accept(meanLoss);
    }
    return true;
  }

  /** Has second derivatives that are cheap for what they spare follow the weights. */
  async function refresh(own: Descent, lender: Lender | undefined): Promise<void> {
    if (renewEvery === undefined) return;
    const lent = lender?.lend().H;
    if (lent !== undefined) {
      own.H.set(lent);
      own.renew(false);
    } else if (lender === undefined && lambdas++ % renewEvery === 0) {
      await curve(chosen, 0, own.H);
      own.renew(true);
    }
  }

  async function renew(own: Descent, lender: Lender | undefined): Promise<void> {
    const lent = lender !== undefined && lender !== borrowed ? lender.lend().H : undefined;
    borrowed = lender;
    if (lent !== undefined && lent.length === own.H.length) {
      own.H.set(lent);
      own.renew(false);
      return;
    }
    await curve(chosen, 0, own.H);
    own.renew(true);
  }

  function pick(all: ArrayLike<number>): Float64Array {
    return Float64Array.from(chosen, (j) => all[j]!);
  }

  /** Has the descent begin where the solution is. */
  function start(own: Descent, l1: number, l2: number): void {
    own.v.set(pick(v));
    own.g.set(pick(g));
    const rates = pick(factors).map((factor) => l1 * factor);
    const ownBox: Box | undefined = box && { lower: pick(box.lower), upper: pick(box.upper) };
    own.begin(
      loss,
      separable(rates, ownBox),
      pick(factors).map((factor) => l2 * factor),
    );
  }

  return {
    g,
    factors,
    bounds,
    lend: () => (isWhole && descent?.isStale === false ? { H: descent.H } : {}),
    async begin(signal) {
      accept(await evaluate());
      if (intercept) {
        // the share of y = 1 is 1/2 less the slope at b = 0
        const p = 0.5 - g[n - 1]!;
        trial[n - 1] = Math.log(p / (1 - p));
        accept(await evaluate());
      }
      chosen = everything.filter((j) => factors[j] === 0);
      if (chosen.length === (intercept ? 1 : 0)) {
        chosen = new Int32Array(0);
        return true;
      }
      const alone = await choose(chosen);
      start(alone, 0, 0);
      const isDone = await descend(alone, undefined, signal);
      [chosen, descent] = [new Int32Array(0), undefined];
      return isDone;
    },
    async solve(lambda, lender, signal) {
      const l1 = lambda * l1Ratio;
      const l2 = lambda * (1 - l1Ratio);
      const slopeAt = (j: number) =>
        Math.abs(
          leastSlope(v[j]!, g[j]! + l2 * factors[j]! * v[j]!, 0, bounds.lowerOf(j), bounds.upperOf(j)),
        );
      const least = Number.isFinite(before) ? l1Ratio * (2 * lambda - before) : l1;
      let next = joined((j) => v[j] !== 0 || slopeAt(j) >= least);
      const whole = separable(
        factors.map((factor) => l1 * factor),
        box,
      );
      let violation = Number.POSITIVE_INFINITY;
      borrowed = undefined;
      for (;;) {
        const own = next === undefined ? descent! : await choose(next);
        start(own, l1, l2);
        if (!(await descend(own, lender, signal))) return undefined;
        for (let j = 0; j < n; j++) slopes[j] = g[j]! + l2 * factors[j]! * v[j]!;
        violation = whole.steepness(v, slopes);
        if (violation <= tolerance) break;
        next = joined((j) => slopeAt(j) > l1);
        if (next === undefined) break;
      }
      before = lambda;
      return solutionOf(space, v, { lambda, loss, violation, tolerance, passes });
    },
  };
}

/** @throws BceError USAGE */
function requireRoom(size: number): void {
  if (size <= MOST_NEWTON_WEIGHTS) return;
  throw new BceError(
    'USAGE',
    `--path: expected at most ${grouped(MOST_NEWTON_WEIGHTS)} weights that are not 0, found ${counted(size, 'candidate')}`,
    'a larger --lambda-ratio or --l1-ratio leaves fewer',
  );
}
