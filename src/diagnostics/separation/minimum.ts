/** Proofs that J has a minimum: from its slopes and second derivatives at one place. */
import type { Description } from '../../dataset/dataset.js';
import type { Problem } from '../../fit/problem.js';
import { leastEigenvalueBound, solveEnclosed } from '../../math/verified.js';
import type { Table } from '../../objective/table.js';

/** Gradient (n) and Hessian (n x n) of the mean loss. */
export interface Parabola {
  readonly g: Float64Array;
  readonly H: Float64Array;
}

/** The problem whose optimum is in question, but for the intercept. */
export const PLAIN = { standardize: true, reduction: 'mean', l2: 0, l1: 0 } as const;

/** What rounding may have done to a mean over standardized columns. */
export const MEAN_ROUNDING = 2 ** -40;

/** What it may have done to H at most, as a share of what proves it regular. */
const MOST_DOUBT = 0.1;

/**
 * Proves that J has a minimum near u: the slope along every direction turns positive in the end when
 *
 *   g . H^-1 g x_i . H^-1 x_i < 1 in every row,   and c z(1-z) x_i . H^-1 x_i is at most the sum of weights
 *
 * for by e^-|x.d| at most can the curvature along d have fallen away. H is proved regular on the way: what
 * looks like a column that follows from others proves nothing.
 *
 * Source: the bound on the curvature is that of Bach, Self-concordant analysis for logistic regression, 2010.
 */
export async function isNearMinimum(
  table: Table,
  { objective }: Problem,
  u: Float64Array,
  leastCurvature: number,
): Promise<boolean> {
  const n = u.length;
  const g = new Float64Array(n);
  const H = new Float64Array(n * n);
  await objective.evaluate(u, g);
  await objective.hessian(u, H);
  const bound = newtonDecrement({ g, H });
  return bound !== undefined && bound.square * table.weightSum < leastCurvature / 2;
}

/**
 * The same without a look at the rows: none has a longer x_i than the ranges of the columns leave to it, and
 *
 *   x_i . H^-1 x_i <= |x_i|^2 |H^-1|
 *
 * Rows with weights are left to others.
 */
export function hasNearMinimum(table: Table, parabola: Parabola): boolean {
  const longest = longestRow(table);
  return longest !== undefined && isMinimumWithin(longest ** 2, parabola);
}

/** The greatest |x_i| that the ranges allow, the columns standardized; undefined where rows have weights. */
export function longestRow({
  rows,
  weightSum,
  weighting,
  design: { intercept },
  scaling: { mean, scale, least, most },
}: Description): number | undefined {
  if (rows !== weightSum || weighting.column !== undefined || weighting.classWeight !== undefined)
    return undefined;
  let squares = intercept ? 1 : 0;
  for (let j = 0; j < mean.length; j++) {
    const mu = intercept ? mean[j]! : 0;
    squares += (Math.max(most[j]! - mu, mu - least[j]!) / scale[j]!) ** 2;
  }
  return Math.sqrt(squares) * (1 + ROUNDING);
}

/** More than rounding does to a sum of squares. */
export const ROUNDING = 1e-6;

/** @param reach the greatest |x_i|^2, at most */
function isMinimumWithin(reach: number, parabola: Parabola): boolean {
  // most weights are far from it, which takes no proof to see
  const slope = parabola.g.reduce((sum, gj) => sum + gj * gj, 0);
  const steepest = parabola.g.reduce((sum, _, j) => sum + parabola.H[j * (parabola.g.length + 1)]!, 0);
  return (slope / steepest) * (reach / steepest) < 0.5 && isPlainlyWithin(reach, parabola, Math.sqrt(slope));
}

/** By |g|^2 / l^2, l the least eigenvalue of H at least: for less work, and not where H is nearly singular. */
function isPlainlyWithin(reach: number, { g, H }: Parabola, slope: number): boolean {
  const n = g.length;
  const least = leastEigenvalueBound(H, n, MEAN_ROUNDING);
  return least !== undefined && ((slope + n * MEAN_ROUNDING) / least) ** 2 * reach < 0.5;
}

/** g . H^-1 g and |H^-1|, at most; undefined where H is not proved regular. */
function newtonDecrement({ g, H }: Parabola): { square: number; inverseNorm: number } | undefined {
  const n = g.length;
  const enclosed = solveEnclosed(H, g, new Float64Array(n).fill(MEAN_ROUNDING));
  if (enclosed === undefined) return undefined;
  const { x, off, inverseNorm } = enclosed;
  if (!(n * MEAN_ROUNDING * inverseNorm < MOST_DOUBT)) return undefined;
  const square = g.reduce(
    (sum, gj, j) =>
      sum + gj * x[j]! + (Math.abs(gj) + MEAN_ROUNDING) * (off + MEAN_ROUNDING * Math.abs(x[j]!)),
    0,
  );
  return { square, inverseNorm };
}
