/** The minimum of a parabola with an L1 penalty and bounds: what a proximal Newton step goes to. */
import { factorize } from '../math/cholesky.js';
import { leastSlope, type Penalty } from '../objective/penalty/penalty.js';

/** q <- q + a H_at for a row of H; writes into `q`. */
function addRow(H: Float64Array, at: number, a: number, q: Float64Array): void {
  const n = q.length;
  let k = 0;
  for (const end = n - 3; k < end; k += 4, at += 4) {
    q[k] = q[k]! + a * H[at]!;
    q[k + 1] = q[k + 1]! + a * H[at + 1]!;
    q[k + 2] = q[k + 2]! + a * H[at + 2]!;
    q[k + 3] = q[k + 3]! + a * H[at + 3]!;
  }
  for (; k < n; k++, at++) q[k] = q[k]! + a * H[at]!;
}

/** What must be left of a row of H that others do not explain; rounding leaves less. */
const DEPENDENT = 1e-11;

/** Visits to every coordinate between two looks at how far the minimum is. */
const SWEEPS = 8;

/** What so many visits must leave of the largest slope at most, for coordinates to go on alone. */
const QUICK = 0.2;

/** Slow rounds in a row before weights are solved for at once. */
const MOST_SLOW = 3;

/** Rounds of sweeps before the best that was found is taken. */
const MOST_ROUNDS = 60;

/** Minimises parabolas of one size, in room of its own. */
export interface ModelSolver {
  /**
   * Writes into `u` (n) the minimum of
   *
   *   g.(u - v) + 1/2 (u - v).H (u - v) + 1/2 sum_j ridge_j (u_j^2 - v_j^2) + penalty(u)
   *
   * to `tolerance` in its least subgradient, as far as doubles allow.
   *
   * @param g gradient at v without the ridge (n)
   * @param H second derivatives (n x n), row after row, without the ridge
   * @param ridge what is added to its diagonal (n)
   */
  minimize(
    g: Float64Array,
    H: Float64Array,
    ridge: Float64Array,
    penalty: Penalty,
    v: Float64Array,
    tolerance: number,
    u: Float64Array,
  ): void;
}

/**
 * Coordinates descend one by one over an active set, the weights that are not 0 or that the penalty does not hold
 * there. Where columns nearly follow from each other that is slow, and then the weights that are neither 0 nor at a
 * bound are solved for at once, up to the first that comes to one. The set grows until every weight meets the
 * conditions.
 *
 * Source: Friedman, Hastie & Tibshirani, Regularization paths for generalized linear models, 2010 (descent with
 * covariance updates); Yuan, Ho & Lin, An improved GLMNET for L1-regularized logistic regression, 2012.
 *
 * @param order weights in the order in which they are taken (n)
 * Cost: O(n) for each coordinate that moves, O(a^3) for a solve over a weights that are not 0.
 */
export function createModelSolver(order: Int32Array): ModelSolver {
  const n = order.length;
  const q = new Float64Array(n);
  const right = new Float64Array(n);
  const p = new Float64Array(n);
  const rates = new Float64Array(n);
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const active = new Int32Array(n);
  const uBefore = new Float64Array(n);
  const qBefore = new Float64Array(n);
  let u = new Float64Array(0);
  let H = new Float64Array(0);
  let ridge = new Float64Array(0);
  let actives = 0;

  function slopeOf(j: number): number {
    return leastSlope(u[j]!, q[j]!, rates[j]!, lower[j]!, upper[j]!);
  }

  function move(j: number, change: number): void {
    if (change === 0) return;
    u[j]! += change;
    addRow(H, j * n, change, q);
    q[j]! += ridge[j]! * change;
  }

  /** The minimum along one coordinate. */
  function descent(j: number): number {
    const h = H[j * n + j]! + ridge[j]!;
    const rate = rates[j]!;
    // a line: its minimum is the corner, or nowhere
    if (!(h > 0)) return rate > 0 && Math.abs(q[j]!) <= rate ? 0 : u[j]!;
    const target = h * u[j]! - q[j]!;
    const rest = Math.abs(target) - rate;
    const least = rest <= 0 ? 0 : (Math.sign(target) * rest) / h;
    return Math.min(Math.max(least, lower[j]!), upper[j]!);
  }

  /** Takes up what is not at rest; returns the largest slope. */
  function activate(): number {
    actives = 0;
    let worst = 0;
    for (let k = 0; k < n; k++) {
      const j = order[k]!;
      const slope = Math.abs(slopeOf(j));
      if (u[j] !== 0 || slope !== 0) active[actives++] = j;
      if (slope > worst) worst = slope;
    }
    return worst;
  }

  function worstActive(): number {
    let worst = 0;
    for (let k = 0; k < actives; k++) worst = Math.max(worst, Math.abs(slopeOf(active[k]!)));
    return worst;
  }

  function isFree(j: number): boolean {
    return (u[j] !== 0 || rates[j] === 0) && u[j]! > lower[j]! && u[j]! < upper[j]!;
  }

  /** Where a weight comes first to on its way along -p: 0, if the penalty may hold it there, or a bound. */
  function cornerOf(j: number): number {
    if (rates[j]! > 0 && u[j]! * p[j]! > 0) {
      return p[j]! > 0 ? Math.max(0, lower[j]!) : Math.min(0, upper[j]!);
    }
    return p[j]! > 0 ? lower[j]! : upper[j]!;
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

  /**
   * Goes on in the direction in which the last sweeps went, to the minimum along it or the first 0 or bound: where one
   * direction is flat, coordinates go along it in ever smaller steps.
   */
  function goOn(): void {
    let [slope, curvature] = [0, 0];
    for (let j = 0; j < n; j++) {
      p[j] = isFree(j) ? uBefore[j]! - u[j]! : 0;
      slope -= p[j] === 0 ? 0 : slopeOf(j) * p[j]!;
      curvature += (u[j]! - uBefore[j]!) * (q[j]! - qBefore[j]!);
    }
    if (!(slope < 0 && curvature > 0)) return;
    let t = -slope / curvature;
    for (let j = 0; j < n; j++) if (p[j] !== 0) t = Math.min(t, timeOf(j));
    for (let j = 0; j < n; j++) {
      if (p[j] === 0 && u[j] !== uBefore[j]) return;
    }
    for (let j = 0; j < n; j++) {
      q[j]! += t * (q[j]! - qBefore[j]!);
      u[j] = timeOf(j) <= t ? cornerOf(j) : u[j]! - t * p[j]!;
    }
  }

  /** Goes to the minimum over the weights that are free, or to the first 0 or bound on the way. */
  function solveSupport(tolerance: number): void {
    const support = active.subarray(0, actives).filter(isFree);
    if (support.length === 0) return;
    right.fill(0);
    for (const j of support) right[j] = slopeOf(j);
    for (const j of support) H[j * n + j]! += ridge[j]!;
    const factors = factorize(H, support, DEPENDENT);
    for (const j of support) H[j * n + j]! -= ridge[j]!;
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

  return {
    minimize(g, curvature, diagonal, penalty, v, tolerance, into) {
      [u, H, ridge] = [into, curvature, diagonal] as [
        Float64Array<ArrayBuffer>,
        Float64Array<ArrayBuffer>,
        Float64Array<ArrayBuffer>,
      ];
      u.set(v);
      for (let j = 0; j < n; j++) {
        q[j] = g[j]! + ridge[j]! * v[j]!;
        rates[j] = penalty.rateOf(j);
        lower[j] = penalty.lowerOf(j);
        upper[j] = penalty.upperOf(j);
      }
      let slow = 0;
      let before = Number.POSITIVE_INFINITY;
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const worst = activate();
        uBefore.set(u);
        qBefore.set(q);
        if (worst <= tolerance) return;
        // rounding leaves no more
        if (round > MOST_ROUNDS / 2 && worst >= before) return;
        before = worst;
        for (let sweep = 0, moved = Number.POSITIVE_INFINITY; sweep < SWEEPS && moved > tolerance; sweep++) {
          moved = 0;
          for (let k = 0; k < actives; k++) {
            const j = active[k]!;
            const change = descent(j) - u[j]!;
            move(j, change);
            moved = Math.max(moved, Math.abs(change) * (H[j * n + j]! + ridge[j]!));
          }
        }
        const rest = worstActive();
        if (rest <= tolerance || rest <= QUICK * worst) slow = 0;
        else if (slow++ < MOST_SLOW) goOn();
        else {
          solveSupport(tolerance);
          slow = 0;
        }
      }
    },
  };
}
