/**
 * Weights short of an optimum: on the way of gradient descent from zero weights, or where a solver stopped.
 *
 * Small steps of gradient descent follow dw/dt = -grad J with t = alpha x epochs. J falls along that way, so it passes
 * one point with the loss of their weights, and they are taken for weights of a descent only where they lie beside that
 * point, for the distance left to the optimum, less than chance would leave (`mostRest`).
 */
import { factorize } from '../../math/cholesky.js';
import { createYielder } from '../../runtime/yield.js';
import { mostRest } from './leastSquares.js';

/** The plain loss by v, the weights of their columns, standardized, and of the intercept, if they have one (n). */
export interface PlainLoss {
  readonly n: number;
  evaluate(v: readonly number[]): Promise<{ readonly J: number; readonly a: readonly number[] }>;
  /** Second derivatives (n x n). */
  hessian(v: readonly number[]): Promise<Float64Array>;
}

export interface Descent {
  /** alpha x epochs. */
  readonly time: number;
  /** How far beside the way they are, over the distance to the optimum, both by how J curves. */
  readonly rest: number;
}

const MOST_STEPS = 400;
const TOLERANCE = 1e-4;
/** Of ROS2, for which it is stable however long the step. */
const GAMMA = 1 - Math.SQRT1_2;
const HALVINGS = 30;

/**
 * @param v their weights
 * @param metric M of dv/dt = -M dJ/dv (n x n): what steps in other columns are in these
 * @returns undefined where they are not on the way
 */
export async function descentThrough(
  loss: PlainLoss,
  v: readonly number[],
  metric: Float64Array,
): Promise<Descent | undefined> {
  const { n } = loss;
  const target = (await loss.evaluate(v)).J;
  const inverse = inverseOf(metric, n);
  let at = new Array<number>(n).fill(0);
  let here = await loss.evaluate(at);
  if (!(target < here.J)) return undefined;
  const curvature = await loss.hessian(at);
  let time = 0;
  let step = 1 / largestOf(curvature, metric, n);
  const yielder = createYielder();
  for (let k = 0; k < MOST_STEPS; k++) {
    const H = await loss.hessian(at);
    if (yielder.isDue(n ** 3)) await yielder.yield();
    const next = await rosenbrock(loss, H, inverse, at, here.a, step);
    if (next.error > 1) {
      step *= Math.max(0.2, 0.8 / Math.sqrt(next.error));
      continue;
    }
    const reached = await loss.evaluate(next.v);
    if (!Number.isFinite(reached.J)) return undefined;
    if (reached.J <= target) {
      const { v: point, share } = await crossing(loss, H, inverse, at, here.a, step, target);
      const rest = await restOf(loss, v, point);
      return rest * rest <= mostRest(n, 1) ? { time: time + share * step, rest } : undefined;
    }
    // no further down: their loss is below all that the way leads to
    if (here.J - reached.J < 1e-13 * here.J && step > 1e3) return undefined;
    time += step;
    at = next.v;
    here = reached;
    step *= Math.min(4, Math.max(0.5, 0.8 / Math.sqrt(Math.max(next.error, 1e-4))));
  }
  return undefined;
}

/** Where within a step J is that of the target, by halving it. */
async function crossing(
  loss: PlainLoss,
  H: Float64Array,
  inverse: Float64Array,
  at: readonly number[],
  a: readonly number[],
  step: number,
  target: number,
): Promise<{ v: number[]; share: number }> {
  let [low, high] = [0, 1];
  let v = [...at];
  for (let k = 0; k < HALVINGS; k++) {
    const share = (low + high) / 2;
    v = (await rosenbrock(loss, H, inverse, at, a, share * step)).v;
    if ((await loss.evaluate(v)).J > target) low = share;
    else high = share;
  }
  return { v, share: high };
}

/** A step of ROS2 of dv/dt = -M a: (M^-1 + gamma tau H) k = -a, twice; the error in units of what is allowed. */
async function rosenbrock(
  loss: PlainLoss,
  H: Float64Array,
  inverse: Float64Array,
  at: readonly number[],
  a: readonly number[],
  tau: number,
): Promise<{ v: number[]; error: number }> {
  const { n } = loss;
  const A = inverse.map((entry, i) => entry + GAMMA * tau * H[i]!);
  const solve = solver(A, n);
  const k1 = solve(a.map((aj) => -aj));
  const middle = at.map((vj, j) => vj + tau * k1[j]!);
  const { a: after } = await loss.evaluate(middle);
  const twice = times(inverse, k1, n);
  const k2 = solve(after.map((aj, j) => -aj - 2 * twice[j]!));
  const v = at.map((vj, j) => vj + tau * (1.5 * k1[j]! + 0.5 * k2[j]!));
  const difference = v.map((vj, j) => vj - middle[j]!);
  const size = Math.hypot(...v) + 1e-3;
  return { v, error: Math.hypot(...difference) / size / Math.sqrt(TOLERANCE) };
}

/** |v - point| over |H^-1 a|, both by H at v. */
async function restOf(loss: PlainLoss, v: readonly number[], point: readonly number[]): Promise<number> {
  const { n } = loss;
  const H = await loss.hessian(v);
  const { a } = await loss.evaluate(v);
  const beside = v.map((vj, j) => vj - point[j]!);
  const left = solver(H, n)(a);
  return Math.sqrt(inner(beside, times(H, beside, n)) / inner(left, a));
}

function solver(A: Float64Array, n: number): (b: readonly number[]) => number[] {
  const factors = factorize(
    A,
    Int32Array.from({ length: n }, (_, j) => j),
    1e-13,
  );
  return (b) => {
    const x = new Float64Array(n);
    factors.solve(Float64Array.from(b), x);
    return [...x];
  };
}

function inverseOf(A: Float64Array, n: number): Float64Array {
  const solve = solver(A, n);
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    result.set(solve(Array.from({ length: n }, (_, j) => (j === k ? 1 : 0))), k * n);
  }
  return result;
}

function times(A: Float64Array, v: readonly number[], n: number): number[] {
  return v.map((_, i) => v.reduce((sum, vj, j) => sum + A[i * n + j]! * vj, 0));
}

function inner(u: readonly number[], v: readonly number[]): number {
  return u.reduce((sum, uj, j) => sum + uj * v[j]!, 0);
}

/** A bound on the largest eigenvalue of H M: the trace. */
function largestOf(H: Float64Array, M: Float64Array, n: number): number {
  let trace = 0;
  for (let i = 0; i < n * n; i++) trace += H[i]! * M[i]!;
  return trace;
}
