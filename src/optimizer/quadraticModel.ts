/** The minimum of a parabola with an L1 penalty and bounds: what a proximal Newton step goes to. */
import { factorize } from '../math/cholesky.js';
import { leastSlope, type Penalty } from '../objective/penalty/penalty.js';

/** What must be left of a row of H that others do not explain; rounding leaves less. */
const DEPENDENT = 1e-11;

/** Visits to every coordinate between two solves for all of them at once. */
const SWEEPS = 8;

/** Rounds of sweeps and solves before the best that was found is taken. */
const MOST_ROUNDS = 60;

export interface QuadraticModel {
  /** Gradient at v (n). */
  readonly g: Float64Array;
  /** Second derivatives (n x n), row after row. */
  readonly H: Float64Array;
  /** Weights in the order in which they are taken. */
  readonly order: Int32Array;
}

/**
 * Writes into `u` (n) the minimum of
 *
 *   g.(u - v) + 1/2 (u - v).H (u - v) + penalty(u)
 *
 * to `tolerance` in its least subgradient, as far as doubles allow; into `q` (n) the gradient of the parabola there.
 *
 * Coordinates descend one by one over an active set, the weights that are not 0 or that the penalty does not hold
 * there. Where columns nearly follow from each other that is slow, so now and then the weights that are neither 0 nor
 * at a bound are solved for at once, up to the first that comes to one. The set grows until every weight meets the
 * conditions.
 *
 * Source: Friedman, Hastie & Tibshirani, Regularization paths for generalized linear models, 2010 (descent with
 * covariance updates); Yuan, Ho & Lin, An improved GLMNET for L1-regularized logistic regression, 2012.
 *
 * Cost: O(n) for each coordinate that moves, O(a^3) for a solve over a weights that are not 0.
 */
export function minimizeModel(
  { g, H, order }: QuadraticModel,
  penalty: Penalty,
  v: Float64Array,
  tolerance: number,
  u: Float64Array,
  q: Float64Array,
): void {
  const n = v.length;
  u.set(v);
  q.set(g);
  const right = new Float64Array(n);
  const p = new Float64Array(n);
  const slopeOf = (j: number) =>
    leastSlope(u[j]!, q[j]!, penalty.rateOf(j), penalty.lowerOf(j), penalty.upperOf(j));
  const isFree = (j: number) =>
    (u[j] !== 0 || penalty.rateOf(j) === 0) && u[j]! > penalty.lowerOf(j) && u[j]! < penalty.upperOf(j);
  const move = (j: number, change: number) => {
    if (change === 0) return;
    u[j]! += change;
    const row = j * n;
    for (let k = 0; k < n; k++) q[k]! += H[row + k]! * change;
  };
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const active = order.filter((j) => u[j] !== 0 || slopeOf(j) !== 0);
    if (active.reduce((most, j) => Math.max(most, Math.abs(slopeOf(j))), 0) <= tolerance) return;
    for (let sweep = 0; sweep < SWEEPS; sweep++) for (const j of active) move(j, descent(j) - u[j]!);
    const isFar = active.some((j) => Math.abs(slopeOf(j)) > tolerance);
    if (isFar) solveSupport(active);
    // rounding leaves no more
    const worst = order.reduce((most, j) => Math.max(most, Math.abs(slopeOf(j))), 0);
    if (round > MOST_ROUNDS / 2 && worst >= before) return;
    before = worst;
  }

  /** The minimum along one coordinate. */
  function descent(j: number): number {
    const h = H[j * n + j]!;
    const rate = penalty.rateOf(j);
    // a line: its minimum is the corner, or nowhere
    if (!(h > 0)) return rate > 0 && Math.abs(q[j]!) <= rate ? 0 : u[j]!;
    const target = h * u[j]! - q[j]!;
    const rest = Math.abs(target) - rate;
    const least = rest <= 0 ? 0 : (Math.sign(target) * rest) / h;
    return Math.min(Math.max(least, penalty.lowerOf(j)), penalty.upperOf(j));
  }

  /** Goes to the minimum over the weights that are free, or to the first 0 or bound on the way. */
  function solveSupport(active: Int32Array): void {
    const support = active.filter(isFree);
    if (support.length === 0) return;
    right.fill(0);
    for (const j of support) right[j] = slopeOf(j);
    const factors = factorize(H, support, DEPENDENT);
    // where a column follows from others the penalty alone says which of them has the weight
    for (const j of factors.dependent) {
      p.set(factors.combination(j));
      for (const k of support) p[k] = -p[k]!;
      p[j] = 1;
      let slope = 0;
      for (const k of support) slope += right[k]! * p[k]!;
      if (!(Math.abs(slope) > tolerance)) continue;
      for (const k of support) p[k]! *= Math.sign(slope);
      const t = firstCorner(support, Number.POSITIVE_INFINITY);
      if (!Number.isFinite(t)) continue;
      go(support, t);
      return;
    }
    factors.solve(right, p);
    go(support, firstCorner(support, 1));
  }

  /** Where a weight comes first to on its way along -p: 0, if the penalty may hold it there, or a bound. */
  function cornerOf(j: number): number {
    if (penalty.rateOf(j) > 0 && u[j]! * p[j]! > 0) {
      return p[j]! > 0 ? Math.max(0, penalty.lowerOf(j)) : Math.min(0, penalty.upperOf(j));
    }
    return p[j]! > 0 ? penalty.lowerOf(j) : penalty.upperOf(j);
  }

  /** The t at which it is there. */
  function timeOf(j: number): number {
    return p[j] === 0 ? Number.POSITIVE_INFINITY : (u[j]! - cornerOf(j)) / p[j]!;
  }

  /** The least t up to `most` at which a weight of u - t p is at a corner. */
  function firstCorner(support: Int32Array, most: number): number {
    let t = most;
    for (const j of support) t = Math.min(t, timeOf(j));
    return t;
  }

  function go(support: Int32Array, t: number): void {
    for (const j of support) {
      if (timeOf(j) > t) {
        move(j, -t * p[j]!);
        continue;
      }
      const corner = cornerOf(j);
      move(j, corner - u[j]!);
      u[j] = corner;
    }
  }
}
