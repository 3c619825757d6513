/**
 * Weights of the rows that balance them, so that no direction separates the classes.
 *
 *   a_i = (2 y_i - 1) x_i,   r_i = sigma(-a_i.u),   D_i = r_i (1 - r_i)
 *   g = -mean c_i r_i a_i,   H = mean c_i D_i a_i a_i^T,   p = H^-1 g
 *
 *   lambda_i = c_i r_i (1 + (1 - r_i) a_i.p),   sum lambda_i a_i = m (-g + H p) = 0
 *
 * Where all are positive, a direction that goes against no row goes along with none either, by this sum, and as H is
 * regular there is no direction that all rows are idle to (Stiemke). Near the minimum the residuals themselves nearly
 * balance: lambda_i > 0 wherever Newton's step adds less than 1 to the margin.
 */
import type { Dataset } from '../../dataset/dataset.js';
import { factorize } from '../../math/cholesky.js';
import { dot } from '../../math/vector.js';
import { leastEigenvalueBound } from '../../math/verified.js';
import { blockLogits } from '../../objective/block.js';
import { takingOrder } from '../../optimizer/newton.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { MEAN_ROUNDING, type Parabola } from './minimum.js';

/** 1 - R^2 of a column, below which nothing is proved. */
const DEPENDENT = 1e-9;
/** What rounding may do to a margin at most, for the bounds of what it does to lambda. */
const MOST_BLUR = 1e-8;
const SLACK = 1 - 1e-6;
/** Half the distance from 1 to the next double, twice over. */
const UNIT = 2 ** -52;

/** Newton's step p; undefined where a column follows from others. */
export function newtonStep({ g, H }: Parabola, intercept: boolean): Float64Array | undefined {
  const factors = factorize(H, takingOrder(g.length, intercept), DEPENDENT);
  if (factors.dependent.length > 0) return undefined;
  const p = new Float64Array(g.length);
  factors.solve(g, p);
  return p;
}

/**
 * Proves that J has a minimum. What is not proved here may be so all the same.
 *
 * @param u weights of the standardized columns (n)
 * @param parabola slopes and second derivatives of the mean loss of these rows there, without a penalty
 * @param p Newton's step
 * @param toStored weights of the columns as stored for those of the standardized ones
 * @param longest the greatest |x_i|, at most, the columns standardized
 * Cost: a visit to the rows, up to the first that decides, and O(n^3).
 */
export async function areBalanced(
  dataset: Dataset,
  u: Float64Array,
  parabola: Parabola,
  p: Float64Array,
  toStored: (u: Float64Array) => Float64Array,
  longest: number,
): Promise<boolean> {
  const blur = Math.max(blurOf(dataset, u, longest), blurOf(dataset, p, longest));
  if (!(blur < MOST_BLUR)) return false;
  const room = await leastRoom(dataset, toStored(u), toStored(p));
  if (!(room > blur)) return false;
  const error = MEAN_ROUNDING + blur;
  const least = leastEigenvalueBound(parabola.H, u.length, error);
  // what is left of the sum is balanced by rows along H^-1 of it
  return least !== undefined && room - blur > (longest * restOf(parabola, p, error)) / least;
}

/** The least lambda_i / (c_i D_i) over the rows, rounded down, or 0 at the first that is not positive. */
async function leastRoom({ shards, design }: Dataset, u: Float64Array, p: Float64Array): Promise<number> {
  const h = new Float64Array(BLOCK_ROWS);
  const step = new Float64Array(BLOCK_ROWS);
  const yielder = createYielder();
  let least = Number.POSITIVE_INFINITY;
  for await (const shard of shards) {
    const { y, c, rows } = shard;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      blockLogits(shard, row, n, design, u, h);
      blockLogits(shard, row, n, design, p, step);
      for (let i = 0; i < n; i++) {
        // a row of no weight says nothing
        if (c?.[row + i] === 0) continue;
        const sign = y[row + i] === 1 ? 1 : -1;
        // 1 / (1 - r_i)
        const room = (1 + Math.exp(-sign * h[i]!)) * SLACK + sign * step[i]!;
        if (!(room > 0)) return 0;
        if (room < least) least = room;
      }
    }
    if (yielder.isDue(2 * rows * (design.numerics + design.factors.length + 1))) await yielder.yield();
  }
  return least;
}

/** What rounding may do to x_i.w at most, for weights of the standardized columns. */
function blurOf(
  { design: { intercept }, scaling: { mean, scale } }: Dataset,
  w: Float64Array,
  longest: number,
): number {
  const shift = intercept ? mean.reduce((sum, mu, j) => sum + Math.abs((w[j]! * mu) / scale[j]!), 0) : 0;
  return 2 * (w.length + 4) * UNIT * (Math.sqrt(dot(w, w)) * longest + 2 * shift);
}

/** |g - H p|, at most, where each entry of g and H is off by `error` at most. */
function restOf({ g, H }: Parabola, p: Float64Array, error: number): number {
  const n = g.length;
  const size = p.reduce((sum, pj) => sum + Math.abs(pj), 0);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    let rest = g[i]!;
    let whole = Math.abs(rest);
    for (let j = 0, q = i * n; j < n; j++, q++) {
      const product = H[q]! * p[j]!;
      rest -= product;
      whole += Math.abs(product);
    }
    squares += (Math.abs(rest) + (n + 2) * UNIT * whole + error * (1 + size)) ** 2;
  }
  return Math.sqrt(squares) / SLACK;
}
