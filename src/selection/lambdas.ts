/** Which lambdas a path is solved at. */
import type { CurvedObjective } from '../objective/objective.js';
import { leastSlope, type Penalty } from '../objective/penalty/penalty.js';

/** Below this share of L1 the first lambda is that of this share, since none holds every weight at 0. */
const LEAST_SHARE = 1e-3;

/** The model without terms, and how steep the loss is there. */
export interface NullModel {
  /** Weights (n): 0 but for the intercept. */
  readonly v: Float64Array;
  /** Gradient (n). */
  readonly g: Float64Array;
  readonly loss: number;
  /** Visits to the data. */
  readonly passes: number;
}

/**
 * The minimum of the loss over the intercept alone; by the share p of y = 1, which is 1/2 less the slope at b = 0.
 *
 * @param objective the mean loss, without penalties
 */
export async function nullModel(objective: CurvedObjective, intercept: boolean): Promise<NullModel> {
  const v = new Float64Array(objective.size);
  const g = new Float64Array(objective.size);
  const atZero = await objective.evaluate(v, g);
  if (!intercept) return { v, g, loss: atZero, passes: 1 };
  const last = v.length - 1;
  const p = 0.5 - g[last]!;
  v[last] = Math.log(p / (1 - p));
  return { v, g, loss: await objective.evaluate(v, g), passes: 2 };
}

/**
 * A geometric sequence from the least lambda at which all penalised terms are 0, max_j |dJ/dv_j| / A over the ways that
 * the bounds leave open, down to `ratio` of it.
 *
 * @param factors 1 for each weight that is penalised, 0 for the others
 * @param bounds what tells the bounds
 * @param count number of lambdas, 1 or more
 * @param l1Ratio A, the share of L1
 */
export function lambdasFrom(
  { g }: Pick<NullModel, 'g'>,
  factors: Float64Array,
  bounds: Penalty,
  count: number,
  ratio: number,
  l1Ratio: number,
): number[] {
  let steepest = 0;
  for (let j = 0; j < factors.length; j++) {
    const slope = factors[j]! * leastSlope(0, g[j]!, 0, bounds.lowerOf(j), bounds.upperOf(j));
    steepest = Math.max(steepest, Math.abs(slope));
  }
  const first = steepest / Math.max(l1Ratio, LEAST_SHARE);
  return Array.from({ length: count }, (_, k) => (k === 0 ? first : first * ratio ** (k / (count - 1))));
}
