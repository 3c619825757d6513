/** Newton's method on the weights that are not 0, by conjugate gradients over columns of f32. */
import { leastSlope } from '../objective/penalty/penalty.js';
import type { Panels } from '../objective/simd/panels.js';
import type { Preconditioner } from '../objective/simd/preconditioner.js';
import { createYielder } from '../runtime/yield.js';

/** Steps from one exact gradient at most. */
const MOST_STEPS = 500;

/** Products with the second derivatives for one step at most. */
const MOST_PRODUCTS = 100;

/** What is left of the slopes when a step is good enough, or of the tolerance, where that is more. */
const FORCING = 0.1;
const NEAR = 0.9;

/** Halvings of a step, the first of them before it ends at the first weight that comes to 0 or a bound. */
const MOST_HALVINGS = 20;
const FIRST_HALVINGS = 2;

/** Weights that may leave 0 in one step once a step was too long, and the same as a share of those that have left. */
const LEAST_LEAVING = 4;
const LEAVING_SHARE = 0.125;

/** Differences of J below this share are rounding. */
const ROUNDING = 1e-12;

/** Products of f32 in the time of a cell of plain work. */
const SPEED = 16;

/** A problem over some columns of panels: where it is, and what is beside the loss (one entry a column each). */
export interface SupportProblem {
  /** The columns, those that are likely not to stay at 0 first; the panels have chosen them. */
  readonly columns: Int32Array;
  /** The weights at which `gradient` is exact, and where to begin. */
  readonly from: Float64Array;
  readonly start: Float64Array;
  readonly gradient: Float64Array;
  /** The penalty rate_j |u_j| + ridge_j/2 u_j^2, and bounds. */
  readonly rates: Float64Array;
  readonly ridge: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** What slopes are divided by before they are compared with the tolerance. */
  readonly scale: Float64Array;
  /** Mean squares of the columns. */
  readonly squares: Float64Array;
}

export interface SupportNewton {
  /** Has the logits of the rows be those of an intercept alone. */
  begin(intercept: number): void;
  /**
   * Goes from `from` towards the minimum, until no slope is larger than `tolerance` as far as can be told; returns the
   * weights, to which logits and residuals of the rows belong from then on.
   */
  descend(
    problem: SupportProblem,
    tolerance: number,
    preconditioner: Preconditioner | undefined,
    signal?: AbortSignal,
  ): Promise<Float64Array>;
  /** The weights z(1-z) of the rows in the second derivatives (rows), live. */
  curvatures(): Float64Array;
  /** Logits of the rows, and residuals times their weights in the mean loss (rows each), live. */
  readonly h: Float64Array;
  readonly r: Float64Array;
}

/**
 * Between two exact gradients only differences are computed, so that f32 is enough and the digits come from the exact ones:
 *
 *   g(u) = g(u0) + X^T (r(u) - r(u0))          X^T diag(h) X d = -slope over the weights that are not at rest
 *
 * The system is solved by conjugate gradients, to a tenth. A weight that would change its sign on the way stops at 0, one
 * that would leave its bounds at these, and the step is halved until J falls; where none does, a step along the slopes,
 * shrunk, is taken, which always falls.
 *
 * Source: Dembo, Eisenstat & Steihaug, Inexact Newton methods, 1982; Bertsekas, Projected Newton methods for optimization
 * problems with simple constraints, 1982.
 *
 * @param weights of the rows in the mean loss (rows)
 * Cost: O(m a) a product, for a columns.
 */
export function createSupportNewton(panels: Panels, weights: Float64Array): SupportNewton {
  const { rows: m, y } = panels;
  const h = new Float64Array(m);
  const r = new Float64Array(m);
  const rExact = new Float64Array(m);
  const hTrial = new Float64Array(m);
  const rTrial = new Float64Array(m);
  const difference = new Float64Array(m);
  const curvature = new Float64Array(m);
  const yielder = createYielder();

  /** The loss at `hTrial`, whose residuals it writes. */
  function lossOfTrial(): number {
    let loss = 0;
    for (let i = 0; i < m; i++) {
      const c = weights[i]!;
      if (c === 0) {
        rTrial[i] = 0;
        continue;
      }
      const hi = hTrial[i]!;
      const t = Math.exp(-Math.abs(hi));
      const z = hi >= 0 ? 1 / (1 + t) : t / (1 + t);
      loss += c * ((y[i] === 1 ? Math.max(-hi, 0) : Math.max(hi, 0)) + Math.log1p(t));
      rTrial[i] = c * (z - y[i]!);
    }
    return loss;
  }

  function writeCurvatures(): void {
    for (let i = 0; i < m; i++) {
      const t = Math.exp(-Math.abs(h[i]!));
      curvature[i] = (weights[i]! * t) / ((1 + t) * (1 + t));
    }
  }

  return {
    h,
    r,
    begin(intercept) {
      hTrial.fill(intercept);
      lossOfTrial();
      h.set(hTrial);
      r.set(rTrial);
    },
    curvatures() {
      writeCurvatures();
      return curvature;
    },
    async descend(problem, tolerance, preconditioner, signal) {
      const { columns, from, start, gradient, rates, ridge, lower, upper, scale, squares } = problem;
      const n = columns.length;
      const work = m * n;
      const u = from.slice();
      const g = gradient.slice();
      const trial = new Float64Array(n);
      const step = new Float64Array(n);
      const slopes = new Float64Array(n);
      const isFree = new Uint8Array(n);
      const low = new Float64Array(n);
      const high = new Float64Array(n);
      const rest = new Float64Array(n);
      const z = new Float64Array(n);
      const direction = new Float64Array(n);
      const product = new Float64Array(n);
      rExact.set(r);

      function penaltyOf(w: Float64Array): number {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += rates[j]! * Math.abs(w[j]!) + (ridge[j]! / 2) * w[j]! * w[j]!;
        return sum;
      }

      /** J at `trial`. */
      function valueOfTrial(): number {
        for (let j = 0; j < n; j++) product[j] = trial[j]! - u[j]!;
        const t = panels.product(product);
        for (let i = 0; i < m; i++) hTrial[i] = h[i]! + t[i]!;
        return lossOfTrial() + penaltyOf(trial);
      }

      function take(): void {
        u.set(trial);
        h.set(hTrial);
        r.set(rTrial);
        for (let i = 0; i < m; i++) difference[i] = r[i]! - rExact[i]!;
        const change = panels.transposed(difference);
        for (let j = 0; j < n; j++) g[j] = gradient[j]! + change[j]!;
      }

      /** Writes slopes, the largest of which it returns, and where each weight may go. */
      function look(): number {
        let worst = 0;
        for (let j = 0; j < n; j++) {
          const [uj, rate] = [u[j]!, rates[j]!];
          const slope = leastSlope(uj, g[j]! + ridge[j]! * uj, rate, lower[j]!, upper[j]!);
          slopes[j] = slope;
          worst = Math.max(worst, Math.abs(slope) / scale[j]!);
          const sign = rate === 0 ? 0 : uj !== 0 ? Math.sign(uj) : -Math.sign(slope);
          low[j] = sign > 0 ? Math.max(0, lower[j]!) : lower[j]!;
          high[j] = sign < 0 ? Math.min(0, upper[j]!) : upper[j]!;
          const isInside = uj > lower[j]! && uj < upper[j]!;
          isFree[j] = slope !== 0 || (isInside && (uj !== 0 || rate === 0)) ? 1 : 0;
        }
        return worst;
      }

      function precondition(total: number): void {
        if (preconditioner === undefined || preconditioner.size === 0) {
          for (let j = 0; j < n; j++) z[j] = rest[j]! / (total * squares[j]! + ridge[j]!);
          return;
        }
        const { places } = preconditioner;
        const vector = preconditioner.vector();
        for (let j = 0; j < n; j++) {
          const place = places[columns[j]!]!;
          if (place >= 0) vector[place] = rest[j]!;
          else z[j] = rest[j]! / (total * squares[j]! + ridge[j]!);
        }
        preconditioner.solve();
        for (let j = 0; j < n; j++) {
          const place = places[columns[j]!]!;
          if (place >= 0) z[j] = isFree[j] === 1 ? vector[place]! : 0;
        }
      }

      /** Writes the step, and how far it is from Newton's. */
      async function solve(): Promise<void> {
        writeCurvatures();
        panels.weigh(curvature);
        let total = 0;
        for (let i = 0; i < m; i++) total += curvature[i]!;
        let count = 0;
        let most = 0;
        for (let j = 0; j < n; j++) {
          if (isFree[j] === 1) count = j + 1;
          rest[j] = isFree[j] === 1 ? -slopes[j]! : 0;
          most = Math.max(most, Math.abs(rest[j]!) / scale[j]!);
        }
        const enough = Math.max(FORCING * most, NEAR * tolerance);
        step.fill(0);
        direction.fill(0);
        let before = 1;
        for (let k = 0; k < MOST_PRODUCTS; k++) {
          precondition(total);
          let decrease = 0;
          for (let j = 0; j < count; j++) decrease += rest[j]! * z[j]!;
          const turn = k === 0 ? 0 : decrease / before;
          before = decrease;
          for (let j = 0; j < count; j++) direction[j] = z[j]! + turn * direction[j]!;
          const along = panels.normal(direction, count);
          let square = 0;
          for (let j = 0; j < count; j++) {
            product[j] = isFree[j] === 1 ? along[j]! + ridge[j]! * direction[j]! : 0;
            square += direction[j]! * product[j]!;
          }
          if (!(square > 0 && decrease > 0)) return;
          const t = decrease / square;
          let left = 0;
          for (let j = 0; j < count; j++) {
            step[j]! += t * direction[j]!;
            rest[j]! -= t * product[j]!;
            left = Math.max(left, Math.abs(rest[j]!) / scale[j]!);
          }
          if (left <= enough) return;
          if (yielder.isDue((2 * work) / SPEED)) await yielder.yield();
        }
      }

      let J = lossNow() + penaltyOf(u);
      function lossNow(): number {
        hTrial.set(h);
        return lossOfTrial();
      }

      trial.set(start);
      const foretold = valueOfTrial();
      if (foretold < J) {
        take();
        J = foretold;
      }
      let worst = look();
      let isCautious = false;
      /** Whether J differed by rounding alone at the last trial. */
      let isBlind = false;
      for (let steps = 0; steps < MOST_STEPS && worst > tolerance && signal?.aborted !== true; steps++) {
        await solve();
        let isTaken = false;
        // f32 tells no more where not even a whole step changes J
        let isSpent = false;
        for (let k = 0, t = 1; k < MOST_HALVINGS && !isTaken; k++, t /= 2) {
          if (k === 1 && !isCautious) {
            isCautious = true;
            holdBack();
            await solve();
            t = 1;
          }
          if (k === FIRST_HALVINGS + 1) t = Math.min(2 * t, firstCorner());
          for (let j = 0; j < n; j++) trial[j] = Math.min(Math.max(u[j]! + t * step[j]!, low[j]!), high[j]!);
          isTaken = judge();
          if (k === 0) isSpent = isBlind;
          if (isSpent) break;
        }
        // shrunk, along the slopes
        for (let k = 0, t = 1; k < 2 * MOST_HALVINGS && !isTaken && !isSpent; k++, t /= 4) {
          for (let j = 0; j < n; j++) {
            trial[j] = Math.min(Math.max(u[j]! - (t * slopes[j]!) / squares[j]!, low[j]!), high[j]!);
          }
          isTaken = judge();
        }
        if (!isTaken) break;
        const before = worst;
        worst = look();
        if (isSpent && worst > before / 2) break;
        if (isCautious) holdBack();
      }
      return u;

      /** Takes the trial where it is better. */
      function judge(): boolean {
        const value = valueOfTrial();
        isBlind = false;
        if (value < J - ROUNDING * Math.abs(J)) {
          take();
          J = value;
          return true;
        }
        isBlind = value <= J + ROUNDING * Math.abs(J);
        // among losses that differ by rounding the slopes tell which weights are better
        return isBlind && takeIfFlatter(value);
      }

      /** Of the weights that would leave 0 only the steepest may, a few for those that have left. */
      function holdBack(): void {
        const leaving: number[] = [];
        let away = 0;
        for (let j = 0; j < n; j++) {
          if (u[j] !== 0) away++;
          else if (isFree[j] === 1 && rates[j]! > 0) leaving.push(j);
        }
        leaving.sort((i, j) => Math.abs(slopes[j]!) - Math.abs(slopes[i]!) || i - j);
        for (const j of leaving.slice(Math.max(LEAST_LEAVING, Math.ceil(away * LEAVING_SHARE))))
          isFree[j] = 0;
      }

      /** The share of the step at which the first weight is at an end of where it may go. */
      function firstCorner(): number {
        let t = 1;
        for (let j = 0; j < n; j++) {
          const end = step[j]! > 0 ? high[j]! : low[j]!;
          if (step[j] !== 0 && u[j] !== end) t = Math.min(t, (end - u[j]!) / step[j]!);
        }
        return t;
      }

      function takeIfFlatter(value: number): boolean {
        const [uBefore, gBefore, before] = [u.slice(), g.slice(), J];
        const [hBefore, rBefore] = [h.slice(), r.slice()];
        take();
        J = value;
        if (look() < worst) return true;
        u.set(uBefore);
        g.set(gBefore);
        h.set(hBefore);
        r.set(rBefore);
        J = before;
        look();
        return false;
      }
    },
  };
}
