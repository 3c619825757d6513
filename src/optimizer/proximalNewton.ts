/** Newton's method beside an L1 penalty. */
import type { CurvedObjective } from '../objective/objective.js';
import type { Penalty } from '../objective/penalty/penalty.js';
import { takingOrder } from './newton.js';
import { minimizeModel } from './quadraticModel.js';
import type { Step } from './step.js';

/** Halvings of a step before it is given up. */
const MOST_HALVINGS = 40;

/** Growth of J below this fraction is rounding. */
const ROUNDING = 1e-14;

/** Share of the decrease foreseen that a step must bring. */
const SUFFICIENT = 1e-4;

/** What a step by older second derivatives must leave of the largest violation at most, for them to stay. */
const CONTRACTION = 0.3;

/** What the parabola is solved to, as a share of the violation, so that no step is wasted on it. */
const MODEL_SHARE = 1e-4;

/** Decrease foreseen, as a share of J, that ends the steps where the gradient is within the tolerance. */
const PLAIN_END = 1e-16;

/** A solver that keeps its second derivatives from one penalty to the next, while they serve. */
export interface ProximalNewton {
  /** @param w starting weights, updated in place */
  steps(w: Float64Array, penalty: Penalty): AsyncGenerator<Step, void>;
  /** Takes note that the objective has become steeper by change/2 sum_j f_j v_j^2. */
  addRidge(change: number, factors: Float64Array): void;
}

/**
 * Steps to the minimum of the parabola at w beside the penalty, halved until J falls enough:
 *
 *   d = argmin g.d + 1/2 d.H d + penalty(w + d),   w <- w + t d
 *
 * H is that of earlier weights as long as a step by it leaves less than a third of the largest violation of the
 * optimality conditions, since the gradient, which alone says where the minimum is, is so much cheaper.
 * The violation that a step tells is over all weights, those that the penalty holds at 0 included. The steps end
 * where none is short enough, which is the limit of double precision.
 *
 * Source: Lee, Sun & Saunders, Proximal Newton-type methods for minimizing composite functions, 2014.
 *
 * @param intercept whether the last weight is an intercept
 * Cost: a visit to the data a step, and one more where H is computed; a matrix of n^2 doubles.
 */
export function createProximalNewton(objective: CurvedObjective, intercept: boolean): ProximalNewton {
  const n = objective.size;
  const order = takingOrder(n, intercept);
  let H: Float64Array | undefined;
  return {
    steps,
    addRidge(change, factors) {
      for (let j = 0; j < n && H !== undefined; j++) H[j * n + j]! += change * factors[j]!;
    },
  };

  async function* steps(w: Float64Array, penalty: Penalty): AsyncGenerator<Step, void> {
    let g = new Float64Array(n);
    let nextG = new Float64Array(n);
    const u = new Float64Array(n);
    const q = new Float64Array(n);
    const next = new Float64Array(n);
    let smooth = await objective.evaluate(w, g);
    let passes = 1;
    let isFresh = false;
    let isStale = H === undefined;
    for (let epoch = 0; ; epoch++) {
      const loss = smooth + penalty.value(w);
      const violation = penalty.steepness(w, g);
      let foreseen = 0;
      let isSolved = false;
      /** Writes the minimum of the parabola into `u`, and how much J is to fall into `foreseen`. */
      const solveHere = async () => {
        if (isSolved) return;
        if (isStale) {
          H ??= new Float64Array(n * n);
          await objective.hessian(w, H);
          passes++;
          isFresh = true;
          isStale = false;
        }
        minimizeModel({ g, H: H!, order }, penalty, w, MODEL_SHARE * violation, u, q);
        foreseen = penalty.value(w) - penalty.value(u);
        for (let j = 0; j < n; j++) foreseen -= g[j]! * (u[j]! - w[j]!);
        isSolved = true;
      };
      const isSettled = async () => {
        await solveHere();
        return foreseen <= PLAIN_END * Math.abs(loss);
      };
      yield { epoch, loss, maxGradient: violation, passes, w, isSettled };

      if (violation === 0) return;
      for (let t = 1, halvings = 0; ; halvings++, t /= 2) {
        await solveHere();
        if (halvings > MOST_HALVINGS || !Number.isFinite(foreseen)) {
          // older second derivatives may be what misleads
          if (isFresh) return;
          isStale = true;
          isSolved = false;
          halvings = -1;
          t = 2;
          continue;
        }
        // exactly the corner where the whole step is taken
        for (let j = 0; j < n; j++) next[j] = t === 1 ? u[j]! : w[j]! + t * (u[j]! - w[j]!);
        smooth = await objective.evaluate(next, nextG);
        passes++;
        const nextLoss = smooth + penalty.value(next);
        const nextViolation = penalty.steepness(next, nextG);
        // among losses that differ by rounding the conditions tell which weights are better
        const isBetter =
          nextLoss <= loss - SUFFICIENT * t * foreseen && nextLoss < loss
            ? true
            : nextLoss <= loss + ROUNDING * Math.abs(loss) && nextViolation < violation;
        if (!isBetter) continue;
        isStale = nextViolation > CONTRACTION * violation;
        break;
      }
      w.set(next);
      [g, nextG] = [nextG, g];
      isFresh = false;
    }
  }
}
