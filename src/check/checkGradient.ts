/** Is this the gradient of that function? Works for any function, not only for the losses of this project. */
import { BceError } from '../errors.js';
import { seededRandom } from '../math/random.js';
import { type Loss, slopeAt } from './slope.js';
import { orderOf, type TaylorStep, taylorTest } from './taylor.js';

export interface GradientCheck {
  /** f(w). */
  readonly loss: number;
  /** One entry a weight, in their order. */
  readonly weights: readonly WeightCheck[];
  readonly taylor: readonly TaylorStep[];
  /** 2 for the right gradient, 1 for a wrong one; undefined where rounding hides it. */
  readonly order: number | undefined;
  /** True when no weight is wrong and the order is not that of a wrong gradient. */
  readonly passes: boolean;
}

export interface WeightCheck {
  readonly analytic: number;
  /** Extrapolated central difference. */
  readonly numeric: number;
  /** How far off the numeric value may be. */
  readonly uncertainty: number;
  /** |analytic - numeric| / max(|analytic|, |numeric|); 0 when both are 0. */
  readonly relativeError: number;
  /** True when they differ by more than the tolerance and the uncertainty explain. */
  readonly isWrong: boolean;
}

export interface CheckOptions {
  /** Relative error that is borne; default 1e-6. */
  readonly tolerance?: number | undefined;
  /** Size of each weight over which f changes by much (n); default max(1, |w_j|). */
  readonly units?: ArrayLike<number> | undefined;
  /** Size below which values of f are only rounding; default 0. For a mean of losses, 1. */
  readonly magnitude?: number | undefined;
  /** Seed of the direction of the Taylor test; default 1. */
  readonly seed?: number | undefined;
}

/** Uncertainties that a difference must exceed. */
const UNCERTAINTIES = 4;

/** Between the order of a wrong gradient, 1, and that of the right one, 2. */
const WRONG_ORDER = 1.5;

/**
 * Compares a gradient with differences of the function, weight by weight and along a random direction.
 *
 * @param f the function
 * @param gradient its gradient, as claimed; gives n numbers
 * @param w where to compare (n); left as it is
 * @throws BceError USAGE when the gradient has not n finite entries, or f is not finite at w
 * Cost: up to 14 evaluations of f a weight, and 9 more.
 */
export async function checkGradient(
  f: Loss,
  gradient: (w: Float64Array) => ArrayLike<number> | Promise<ArrayLike<number>>,
  w: ArrayLike<number>,
  { tolerance = 1e-6, units, magnitude = 0, seed = 1 }: CheckOptions = {},
): Promise<GradientCheck> {
  const point = Float64Array.from(w);
  const n = point.length;
  const g = Float64Array.from(await gradient(point.slice()));
  if (g.length !== n) {
    throw new BceError('USAGE', `gradient: expected ${n} entries, one a weight, got ${g.length}`);
  }
  const broken = g.findIndex((gj) => !Number.isFinite(gj));
  if (broken >= 0) throw new BceError('USAGE', `gradient: entry ${broken} is ${g[broken]}`);
  const loss = await f(point.slice());
  if (!Number.isFinite(loss)) throw new BceError('USAGE', `f: expected a finite value at w, got ${loss}`);

  const unitOf = (j: number) => units?.[j] ?? Math.max(1, Math.abs(point[j]!));
  const weights: WeightCheck[] = [];
  for (let j = 0; j < n; j++) {
    const { value: numeric, uncertainty } = await slopeAt(f, point, j, unitOf(j), magnitude);
    const analytic = g[j]!;
    const size = Math.max(Math.abs(analytic), Math.abs(numeric));
    const difference = Math.abs(analytic - numeric);
    weights.push({
      analytic,
      numeric,
      uncertainty,
      relativeError: size === 0 ? 0 : difference / size,
      isWrong: difference > tolerance * size + UNCERTAINTIES * uncertainty,
    });
  }

  const random = seededRandom(seed);
  const p = point.map((_, j) => (unitOf(j) * random.normal()) / Math.sqrt(n));
  const taylor = await taylorTest(f, point, g, p, magnitude);
  const order = orderOf(taylor);
  const passes = !weights.some(({ isWrong }) => isWrong) && !(order !== undefined && order < WRONG_ORDER);
  return { loss, weights, taylor, order, passes };
}
