/** One problem solved along a path where there are many weights: the rough work in panels of f32, the digits from the rows. */
import type { Description } from '../dataset/dataset.js';
import { type SpaceDescription, spaceOf } from '../fit/problem.js';
import type { SpaceOptions } from '../fit/problemOptions.js';
import { leastSlope, separable } from '../objective/penalty/penalty.js';
import type { Panels, PanelVisit } from '../objective/simd/panels.js';
import {
  createPreconditioner,
  type Preconditioner,
  type RenewedPreconditioner,
} from '../objective/simd/preconditioner.js';
import { solutionOf } from './solution.js';
import type { PathSolver, RowSums } from './solver.js';
import { createSupportNewton, type SupportProblem } from './supportNewton.js';

/** Exact gradients for one lambda at most. */
const MOST_ROUNDS = 40;

/** Rounds in a row that leave more than half of the largest violation before it is taken for rounding. */
const MOST_IDLE = 4;

/** What is asked of the rough work, as a share of the tolerance. */
const SHARE = 0.95;

/** Solutions after which second derivatives are taken anew, or sooner where the weights that are not 0 grow by this share. */
const RENEW_EVERY = 12;
const RENEW_GROWTH = 1.25;

/** What is asked of a description. */
export type PanelDescription = SpaceDescription & Pick<Description, 'weightSum'>;

/** Gradients to single precision. */
export interface PanelSums {
  transposed(visit: PanelVisit): Promise<void>;
}

export interface PanelSolver extends PathSolver {
  /** Logits of the rows at the solution (rows), live. */
  readonly h: Float64Array;
}

/**
 * As `createPathSolver`, by Newton's method on the support (`supportNewton.ts`). At each lambda it begins where the line
 * through the last two solutions leads, and the rows are visited once where the strong rule and f32 were good enough. The
 * second derivatives of all rows, factorized every few lambdas, precondition the folds as well, which differ little.
 *
 * All is in the columns of the panels, x' = (x - mu)/s of all rows: those of a fold with its own mean and scale s_k are
 *
 *   v_j = u_j rho_j,  b = beta + sum_j u_j delta_j      rho_j = s_kj/s_j,  delta_j = (mu_kj - mu_j)/s_j
 *
 * @param sums of the rows, for gradients at the precision of the data, or of the panels
 * @param weightOf what the weight of a row of the panels is multiplied by
 * Cost: O(m a) for each of some ten products a lambda, for a weights that are not 0, and O(m a^2) every few lambdas.
 */
export function createPanelSolver(
  description: PanelDescription,
  sums: RowSums | PanelSums,
  options: SpaceOptions & { readonly l1Ratio: number },
  toleranceAt: (lambda: number) => number,
  panels: Panels,
  weightOf: (row: number) => number,
): PanelSolver {
  const { l1Ratio } = options;
  const space = spaceOf(description, options);
  const { factors, box, solved, intercept, columns } = space;
  const { terms, size: n } = description.design;
  const unit = 1 / description.weightSum;
  const bounds = separable(new Float64Array(0), box);
  const newton = createSupportNewton(
    panels,
    Float64Array.from(panels.c, (c, i) => c * weightOf(i) * unit),
  );
  const rho = new Float64Array(n).fill(1);
  const delta = new Float64Array(n);
  const squares = new Float64Array(n).fill(1);
  for (let j = 0; j < terms; j++) {
    rho[j] = columns.s[j]! / panels.s[j]!;
    delta[j] = (columns.mu[j]! - panels.mu[j]!) / panels.s[j]!;
    const { mean, scale } = description.scaling;
    squares[j] = (scale[j]! ** 2 + (mean[j]! - panels.mu[j]!) ** 2) / panels.s[j]! ** 2;
  }
  const v = new Float64Array(n);
  const g = new Float64Array(n);
  const trial = new Float64Array(n);
  const stored = new Float64Array(n);
  const slopes = new Float64Array(n);
  const found = new Float32Array('transposed' in sums ? n : 0);
  const earlier = new Float64Array(n);
  const start = new Float64Array(n);
  let loss = Number.NaN;
  let passes = 0;
  let before = Number.POSITIVE_INFINITY;
  let beforeThat = Number.POSITIVE_INFINITY;
  let own: RenewedPreconditioner | undefined;
  let solutions = 0;

  /** The loss at `trial` and its gradient, which become those of v. */
  async function evaluate(): Promise<void> {
    passes++;
    v.set(trial);
    if ('transposed' in sums) {
      await gradientInPanels(sums);
      return;
    }
    solved.toBase(v, stored);
    loss = (await sums.evaluate(stored, g)) * unit;
    solved.pullBack(g);
    for (let j = 0; j < n; j++) g[j]! *= unit;
  }

  /** The gradient at the residuals, to single precision. */
  async function gradientInPanels(rough: PanelSums): Promise<void> {
    await rough.transposed({ t: newton.r, g: found });
    const slope = intercept ? newton.r.reduce((sum, ri) => sum + ri, 0) : 0;
    for (let j = 0; j < terms; j++) g[j] = (found[j]! - delta[j]! * slope) / rho[j]!;
    if (intercept) g[n - 1] = slope;
  }

  function slopeAt(j: number, l2: number): number {
    const smooth = g[j]! + l2 * factors[j]! * v[j]!;
    return Math.abs(leastSlope(v[j]!, smooth, 0, bounds.lowerOf(j), bounds.upperOf(j)));
  }

  /** Of weights over all terms those of the columns chosen, in the units of the panels. */
  function inPanels(of: Float64Array, chosen: Int32Array): Float64Array {
    const u = new Float64Array(chosen.length);
    let shift = 0;
    for (let k = 0; k < u.length; k++) {
      const j = chosen[k]!;
      u[k] = of[j]! / rho[j]!;
      shift += u[k]! * delta[j]!;
    }
    // its own delta is 0
    if (intercept) u[chosen.indexOf(n - 1)]! -= shift;
    return u;
  }

  /** And back, into `trial`. */
  function outOfPanels(u: Float64Array, chosen: Int32Array): void {
    trial.fill(0);
    let shift = 0;
    for (let k = 0; k < u.length; k++) {
      const j = chosen[k]!;
      trial[j] = u[k]! * rho[j]!;
      shift += u[k]! * delta[j]!;
    }
    if (intercept) trial[n - 1]! += shift;
  }

  function problemOf(chosen: Int32Array, l1: number, l2: number): SupportProblem {
    const a = chosen.length;
    const column = () => new Float64Array(a);
    const problem = {
      columns: chosen,
      from: inPanels(v, chosen),
      start: inPanels(start, chosen),
      gradient: column(),
      rates: column(),
      ridge: column(),
      lower: column().fill(Number.NEGATIVE_INFINITY),
      upper: column().fill(Number.POSITIVE_INFINITY),
      scale: column(),
      squares: column(),
    };
    const slope = intercept ? g[n - 1]! : 0;
    for (let k = 0; k < a; k++) {
      const j = chosen[k]!;
      const scale = rho[j]!;
      problem.gradient[k] = scale * g[j]! + delta[j]! * slope;
      problem.rates[k] = l1 * factors[j]! * scale;
      problem.ridge[k] = l2 * factors[j]! * scale * scale;
      problem.scale[k] = scale;
      problem.squares[k] = squares[j]!;
      if (box === undefined) continue;
      problem.lower[k] = box.lower[j]! / scale;
      problem.upper[k] = box.upper[j]! / scale;
    }
    return problem;
  }

  /** Solves for the columns chosen, which `joined` adds to until it finds none; the largest violation, or undefined. */
  async function settle(
    l1: number,
    l2: number,
    tolerance: number,
    first: Int32Array,
    joined: (isIn: Uint8Array) => number[],
    preconditioner: Preconditioner | undefined,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const rates = factors.map((factor) => l1 * factor);
    const whole = separable(rates, box);
    const isIn = new Uint8Array(n);
    for (const j of first) isIn[j] = 1;
    let chosen = first;
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0, idle = 0; ; round++) {
      await panels.alone(async () => {
        panels.choose(chosen);
        const u = await newton.descend(problemOf(chosen, l1, l2), SHARE * tolerance, preconditioner, signal);
        outOfPanels(u, chosen);
      });
      if (signal?.aborted === true) return undefined;
      await evaluate();
      start.set(v);
      for (let j = 0; j < n; j++) slopes[j] = g[j]! + l2 * factors[j]! * v[j]!;
      const found = joined(isIn);
      const violation = found.length > 0 ? Number.POSITIVE_INFINITY : whole.steepness(v, slopes);
      if (violation <= tolerance) return violation;
      idle = violation < least / 2 || found.length > 0 ? 0 : idle + 1;
      least = Math.min(least, violation);
      if (idle > MOST_IDLE || round > MOST_ROUNDS) return whole.steepness(v, slopes);
      for (const j of found) isIn[j] = 1;
      chosen = Int32Array.of(...chosen, ...found);
    }
  }

  /** Has the second derivatives follow the weights that are not 0. */
  async function renew(l2: number): Promise<void> {
    const support = Int32Array.from([...v.keys()].filter((j) => v[j] !== 0 || factors[j] === 0));
    if (solutions++ % RENEW_EVERY !== 0 && support.length <= RENEW_GROWTH * (own?.size ?? 0)) return;
    own ??= createPreconditioner(panels, n);
    const ridge = (j: number) => l2 * factors[j]! * rho[j]! ** 2;
    await panels.alone(async () => own!.renew(support, newton.curvatures(), ridge));
  }

  return {
    g,
    h: newton.h,
    factors,
    bounds,
    lend: () => ({ preconditioner: own, share: (use) => own?.lend(use) ?? use(undefined) }),
    async begin(signal) {
      newton.begin(0);
      if (intercept) {
        // the share of y = 1 is 1/2 less the slope at b = 0
        const p = 0.5 - newton.r.reduce((sum, ri) => sum + ri, 0);
        trial[n - 1] = Math.log(p / (1 - p));
        newton.begin(trial[n - 1]!);
      }
      await evaluate();
      const free = Int32Array.from([...factors.keys()].filter((j) => factors[j] === 0));
      if (free.length === (intercept ? 1 : 0)) return true;
      start.set(v);
      return (await settle(0, 0, toleranceAt(0), free, () => [], undefined, signal)) !== undefined;
    },
    async solve(lambda, lender, signal) {
      const l1 = lambda * l1Ratio;
      const l2 = lambda * (1 - l1Ratio);
      const tolerance = toleranceAt(lambda);
      const least = Number.isFinite(before) ? l1Ratio * (2 * lambda - before) : l1;
      const first = candidates(l2, least);
      foretell(lambda);
      const violation = await settle(
        l1,
        l2,
        tolerance,
        first,
        (isIn) => steeperThan(l1, l2, isIn),
        lender === undefined ? own : lender.lend().preconditioner,
        signal,
      );
      if (violation === undefined) return undefined;
      [beforeThat, before] = [before, lambda];
      if (lender === undefined) await renew(l2);
      return solutionOf(space, v, { lambda, loss, violation, tolerance, passes });
    },
  };

  /** The weights that are not 0 or not penalised, then those with slopes of at least `least`, the steepest first. */
  function candidates(l2: number, least: number): Int32Array {
    const set: number[] = [];
    const likely: number[] = [];
    for (let j = 0; j < n; j++) {
      if (factors[j] === 0 || v[j] !== 0) set.push(j);
      else {
        slopes[j] = slopeAt(j, l2);
        if (slopes[j]! >= least) likely.push(j);
      }
    }
    likely.sort((i, j) => slopes[j]! - slopes[i]! || i - j);
    return Int32Array.from([...set, ...likely]);
  }

  /** The weights that are not in but violate their conditions. */
  function steeperThan(l1: number, l2: number, isIn: Uint8Array): number[] {
    const found: number[] = [];
    for (let j = 0; j < n; j++) if (isIn[j] === 0 && slopeAt(j, l2) > l1) found.push(j);
    return found;
  }

  /** Where the line through the last two solutions leads; what is 0 or comes to it is 0. */
  function foretell(lambda: number): void {
    const t = Number.isFinite(beforeThat) ? (before - lambda) / (beforeThat - before) : 0;
    for (let j = 0; j < n; j++) {
      const next = v[j]! + t * (v[j]! - earlier[j]!);
      const isFree = factors[j] === 0 || next * v[j]! > 0;
      start[j] = Math.min(Math.max(isFree ? next : 0, bounds.lowerOf(j)), bounds.upperOf(j));
    }
    earlier.set(v);
  }
}
