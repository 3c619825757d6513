/** Newton's method beside an L1 penalty and bounds. */
import type { CurvedObjective } from '../objective/objective.js';
import type { Penalty } from '../objective/penalty/penalty.js';
import { takingOrder } from './newton.js';
import { createModelSolver } from './quadraticModel.js';
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
const MODEL_SHARE = 1e-2;

/** Decrease foreseen, as a share of J, that ends the steps where the gradient is within the tolerance. */
const PLAIN_END = 1e-16;

/** Cosine of a step and the change of the gradient along it below which that change is rounding. */
const LEAST_COSINE = 1e-6;

/**
 * A descent by steps to the minimum of the parabola at v beside the penalty, halved until J falls enough:
 *
 *   d = argmin g.d + 1/2 d.H d + penalty(v + d),   v <- v + t d
 *
 * It asks for nothing by itself: whoever drives it gives it the loss and its derivatives, of one problem or of many
 * side by side. H is that of earlier weights as long as a step by it leaves less than a third of the largest violation of
 * the optimality conditions, since the gradient, which alone says where the minimum is, is so much cheaper. What each
 * step tells of the curvature along it goes into H (BFGS):
 *
 *   H <- H + y y' / s.y - H s s' H / s.H s          s the step, y the change of the gradient
 *
 * Source: Lee, Sun & Saunders, Proximal Newton-type methods for minimizing composite functions, 2014.
 */
export interface Descent {
  /** The weights, live (n). */
  readonly v: Float64Array;
  /** The loss there, without penalty and ridge, and its gradient (n), live. */
  readonly loss: number;
  readonly g: Float64Array;
  /** Where it is to be evaluated next (n), and where its gradient there goes (n). */
  readonly trial: Float64Array;
  readonly trialG: Float64Array;
  /** Second derivatives of the loss (n x n), to be written where they are stale. */
  readonly H: Float64Array;
  /** Whether they must be written before the next step. */
  readonly isStale: boolean;
  /** J, penalty and ridge included. */
  readonly J: number;
  /** The largest violation of the optimality conditions at the weights. */
  readonly violation: number;
  /** Begins at v, g and a loss that are there, with the penalty and ridge/2 v^2 beside the loss. */
  begin(loss: number, penalty: Penalty, ridge: Float64Array): void;
  /** Takes note that H has been written: at the weights, or elsewhere nearby. */
  renew(isHere: boolean): void;
  /**
   * Writes the next weights to evaluate into `trial`.
   *
   * @returns false where no step is short enough, which is the limit of double precision; where H is stale then, it is
   *   what misled
   */
  propose(): boolean;
  /** Takes the step to `trial`, whose gradient is in `trialG`, or halves it; whether it was taken. */
  judge(loss: number): boolean;
  /** The decrease of J that the parabola foresees. */
  foresee(): number;
}

/**
 * @param order weights in the order in which they are taken (n)
 * Cost: two matrices of n^2 doubles at most, O(n^2) and the solve of the parabola a step.
 */
export function createDescent(order: Int32Array): Descent {
  const n = order.length;
  const solver = createModelSolver(order);
  const v = new Float64Array(n);
  const g = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialG = new Float64Array(n);
  let H = new Float64Array(0);
  /** The minimum of the parabola. */
  const u = new Float64Array(n);
  const smoothG = new Float64Array(n);
  const s = new Float64Array(n);
  const Hs = new Float64Array(n);
  let penalty: Penalty;
  let ridge: Float64Array;
  let loss = Number.NaN;
  let J = Number.NaN;
  let violation = Number.NaN;
  let foreseen = 0;
  let isStale = true;
  let isFresh = false;
  let isSolved = false;
  let halvings = 0;
  let t = 1;

  /** Ridge and penalty at weights. */
  function restOf(w: Float64Array): number {
    let square = 0;
    for (let j = 0; j < n; j++) square += ridge[j]! * w[j]! * w[j]!;
    return square / 2 + penalty.value(w);
  }

  function violationOf(w: Float64Array, slopes: Float64Array): number {
    for (let j = 0; j < n; j++) smoothG[j] = slopes[j]! + ridge[j]! * w[j]!;
    return penalty.steepness(w, smoothG);
  }

  function solve(): void {
    if (isSolved) return;
    solver.minimize(g, H, ridge, penalty, v, MODEL_SHARE * violation, u);
    foreseen = penalty.value(v) - penalty.value(u);
    for (let j = 0; j < n; j++) {
      foreseen -= (g[j]! + (ridge[j]! * (u[j]! + v[j]!)) / 2) * (u[j]! - v[j]!);
    }
    isSolved = true;
  }

  /** Has H map the step to the change of the gradient. */
  function learn(): void {
    let [sy, ss, yy, sHs] = [0, 0, 0, 0];
    for (let j = 0; j < n; j++) {
      s[j] = trial[j]! - v[j]!;
      const y = trialG[j]! - g[j]!;
      sy += s[j]! * y;
      ss += s[j]! * s[j]!;
      yy += y * y;
    }
    if (!(sy > LEAST_COSINE * Math.sqrt(ss * yy))) return;
    Hs.fill(0);
    for (let j = 0; j < n; j++) {
      const sj = s[j]!;
      if (sj === 0) continue;
      const row = j * n;
      for (let k = 0; k < n; k++) Hs[k]! += H[row + k]! * sj;
    }
    for (let j = 0; j < n; j++) sHs += s[j]! * Hs[j]!;
    if (!(sHs > 0)) return;
    for (let j = 0; j < n; j++) {
      const a = (trialG[j]! - g[j]!) / sy;
      const b = Hs[j]! / sHs;
      const row = j * n;
      for (let k = 0; k < n; k++) H[row + k]! += a * (trialG[k]! - g[k]!) - b * Hs[k]!;
    }
  }

  function rest(): void {
    [isSolved, halvings, t] = [false, 0, 1];
  }

  return {
    v,
    g,
    trial,
    trialG,
    get H() {
      // made when it is first asked for: weights that need no step need none
      if (H.length === 0) H = new Float64Array(n * n);
      return H;
    },
    get loss() {
      return loss;
    },
    get isStale() {
      return isStale;
    },
    get J() {
      return J;
    },
    get violation() {
      return violation;
    },
    begin(lossHere, besides, diagonal) {
      [loss, penalty, ridge] = [lossHere, besides, diagonal];
      J = loss + restOf(v);
      violation = violationOf(v, g);
      rest();
    },
    renew(isHere) {
      [isStale, isFresh] = [false, isHere];
      rest();
    },
    propose() {
      if (violation === 0) return false;
      solve();
      if (halvings > MOST_HALVINGS || !Number.isFinite(foreseen)) {
        // older second derivatives may be what misleads
        isStale = !isFresh;
        return false;
      }
      // exactly the corner where the whole step is taken
      for (let j = 0; j < n; j++) trial[j] = t === 1 ? u[j]! : v[j]! + t * (u[j]! - v[j]!);
      return true;
    },
    judge(nextLoss) {
      const nextJ = nextLoss + restOf(trial);
      const nextViolation = violationOf(trial, trialG);
      // among losses that differ by rounding the conditions tell which weights are better
      const isBetter =
        nextJ <= J - SUFFICIENT * t * foreseen && nextJ < J
          ? true
          : nextJ <= J + ROUNDING * Math.abs(J) && nextViolation < violation;
      if (!isBetter) {
        halvings++;
        t /= 2;
        return false;
      }
      isStale = nextViolation > CONTRACTION * violation;
      isFresh = false;
      if (!isStale) learn();
      v.set(trial);
      g.set(trialG);
      [loss, J, violation] = [nextLoss, nextJ, nextViolation];
      rest();
      return true;
    },
    foresee() {
      solve();
      return foreseen;
    },
  };
}

/**
 * The steps of such a descent on one objective. The violation that a step tells is over all weights, those that the
 * penalty holds at 0 included. They end where no step is short enough.
 *
 * @param w starting weights, updated in place
 * @param intercept whether the last weight is an intercept
 * Cost: a visit to the data a step, and one more where H is computed.
 */
export async function* proximalNewton(
  objective: CurvedObjective,
  w: Float64Array,
  penalty: Penalty,
  intercept: boolean,
): AsyncGenerator<Step, void> {
  const descent = createDescent(takingOrder(objective.size, intercept));
  const { v, g, trial, trialG } = descent;
  v.set(w);
  descent.begin(await objective.evaluate(v, g), penalty, new Float64Array(v.length));
  let passes = 1;
  const renew = async () => {
    if (!descent.isStale) return;
    await objective.hessian(v, descent.H);
    passes++;
    descent.renew(true);
  };
  const isSettled = async () => {
    await renew();
    return descent.foresee() <= PLAIN_END * Math.abs(descent.J);
  };
  for (let epoch = 0; ; epoch++) {
    w.set(v);
    yield { epoch, loss: descent.J, maxGradient: descent.violation, passes, w, g, isSettled };
    for (let isTaken = false; !isTaken; ) {
      await renew();
      if (descent.propose()) {
        isTaken = descent.judge(await objective.evaluate(trial, trialG));
        passes++;
      } else if (!descent.isStale) return;
    }
  }
}
