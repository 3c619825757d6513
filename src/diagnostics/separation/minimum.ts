/** Proofs that J has a minimum: from its slopes and second derivatives at one place. */
import type { Dataset } from '../../dataset/dataset.js';
import { composeProblem, type Problem } from '../../fit/problem.js';
import { factorize } from '../../math/cholesky.js';
import { addScaled } from '../../math/vector.js';
import { leastEigenvalueBound, solveEnclosed } from '../../math/verified.js';
import { localTable } from '../../objective/localTable.js';
import type { Table } from '../../objective/table.js';
import { takingOrder } from '../../optimizer/newton.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';
import { rowCountsOf, shardsAt } from '../../storage/store.js';

/** Gradient (n) and Hessian (n x n) of the mean loss. */
export interface Parabola {
  readonly g: Float64Array;
  readonly H: Float64Array;
}

/** The problem whose optimum is in question, but for the intercept. */
export const PLAIN = { standardize: true, reduction: 'mean', l2: 0, l1: 0 } as const;

/** What rounding may have done to a mean over standardized columns. */
const MEAN_ROUNDING = 2 ** -40;

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
 * The same without a look at the rows: none has a longer x_i than the moments leave to it, and
 *
 *   x_i . H^-1 x_i <= |x_i|^2 |H^-1|,   |x_i|^2 <= m sum_j (1 + mu_j^2 / s_j^2), mu = 0 beside an intercept
 *
 * since a square is at most the sum of all. Rows with weights may be longer, and are left to others.
 */
export function hasNearMinimum(table: Table, parabola: Parabola): boolean {
  const {
    rows,
    weightSum,
    weighting,
    design: { intercept },
    scaling: { mean, scale },
  } = table;
  if (rows !== weightSum || weighting.column !== undefined || weighting.classWeight !== undefined)
    return false;
  let squares = intercept ? 1 : 0;
  for (let j = 0; j < mean.length; j++) squares += 1 + (intercept ? 0 : (mean[j]! / scale[j]!) ** 2);
  return isMinimumWithin(rows * squares, parabola);
}

/** @param reach the greatest |x_i|^2, at most */
function isMinimumWithin(reach: number, parabola: Parabola): boolean {
  // most weights are far from it, which takes no proof to see
  const slope = parabola.g.reduce((sum, gj) => sum + gj * gj, 0);
  const steepest = parabola.g.reduce((sum, _, j) => sum + parabola.H[j * (parabola.g.length + 1)]!, 0);
  if (!((slope / steepest) * (reach / steepest) < 0.5)) return false;
  if (isPlainlyWithin(reach, parabola, Math.sqrt(slope))) return true;
  const bound = newtonDecrement(parabola);
  return bound !== undefined && bound.square * bound.inverseNorm * reach < 0.5;
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

/** Rows of a sample, for each weight, and at least. */
const SAMPLE_ROWS = 8;
const LEAST_SAMPLE = 512;
/** Places of the table that they come from. */
const SAMPLE_PLACES = 8;
/** Multiplications for a matrix of second derivatives of the sample, at most: a few milliseconds. */
const MOST_SAMPLE_WORK = 1e7;
/** Mean loss of a sample that is most likely separated, though the whole table may not be. */
const LITTLE_LOSS = 0.05;
/** Steps towards its minimum; where there is none, the weights grow for ever. */
const MOST_STEPS = 12;
/** 1 - R^2 of a column, below which nothing is proved. */
const DEPENDENT = 1e-9;

/**
 * Proves that J has a minimum by some of the rows: their loss has one, found by Newton's method from u, so no direction
 * suits them all, and none more rows than these. What is not proved here may be so all the same.
 *
 * @param u weights of the standardized columns
 */
export async function hasMinimumOnSample(dataset: Dataset, u: Float64Array): Promise<boolean> {
  const n = u.length;
  const most = Math.max(LEAST_SAMPLE, SAMPLE_ROWS * n);
  if (most * n * n > MOST_SAMPLE_WORK) return false;
  const sample = await sampleOf(dataset, most);
  const table = localTable(sample);
  const loss = await table.loss('mean', 1);
  try {
    const { objective } = composeProblem(table, PLAIN, { loss });
    const reach = longestRow(sample);
    const order = takingOrder(n, dataset.design.intercept);
    let v = u.slice();
    let next = u.slice();
    let g = new Float64Array(n);
    let nextG = new Float64Array(n);
    const H = new Float64Array(n * n);
    const p = new Float64Array(n);
    let J = await objective.evaluate(v, g);
    for (let step = 0; step < MOST_STEPS; step++) {
      await objective.hessian(v, H);
      if (isPlainlyWithin(reach, { g, H }, Math.hypot(...g))) return true;
      const factors = factorize(H, order, DEPENDENT);
      if (factors.dependent.length > 0) return false;
      factors.solve(g, p);
      next.set(v);
      addScaled(-1, p, next);
      const nextJ = await objective.evaluate(next, nextG);
      if (!(nextJ < J && nextJ > LITTLE_LOSS)) return false;
      J = nextJ;
      [v, next] = [next, v];
      [g, nextG] = [nextG, g];
    }
    return false;
  } finally {
    await loss.close();
  }
}

/** So many rows in whole blocks, from all over the table, or all where there are no more; each weighs 1. */
async function sampleOf(dataset: Dataset, most: number): Promise<Dataset> {
  const { numerics: d, factors } = dataset.design;
  const parts = samplePlaces(rowCountsOf(dataset.shards), most);
  const shards: Shard[] = [];
  let rows = 0;
  let next = 0;
  for await (const shard of shardsAt(
    dataset.shards,
    Uint32Array.from(new Set(parts.map((part) => part.shard))),
  )) {
    const { shard: place } = parts[next]!;
    for (; parts[next]?.shard === place; next++) {
      const { start, end } = parts[next]!;
      // rows of no weight say nothing
      if (shard.c?.subarray(start, end).some((weight) => weight === 0)) continue;
      shards.push({
        rows: end - start,
        X: blocksOf(shard.X, start, end, d),
        codes: blocksOf(shard.codes, start, end, factors.length),
        y: blocksOf(shard.y, start, end, 1),
        c: undefined,
      });
      rows += end - start;
    }
  }
  const weighting = { column: undefined, classWeight: undefined };
  return { ...dataset, shards, rows, weightSum: rows, weighting };
}

/** Rows [start, end) of a shard; `start` is a multiple of 32. */
interface SamplePart {
  readonly shard: number;
  readonly start: number;
  readonly end: number;
}

/** Where the rows of a sample lie, in the order of the shards. */
function samplePlaces(rowCounts: readonly number[], most: number): SamplePart[] {
  const all = rowCounts.reduce((sum, rows) => sum + rows, 0);
  if (all <= most) return rowCounts.map((end, shard) => ({ shard, start: 0, end }));
  const perPlace = BLOCK_ROWS * Math.ceil(most / SAMPLE_PLACES / BLOCK_ROWS);
  const parts: SamplePart[] = [];
  let shard = 0;
  let before = 0;
  for (let place = 0; place < SAMPLE_PLACES; place++) {
    const row = Math.floor((all * place) / SAMPLE_PLACES);
    while (row >= before + rowCounts[shard]!) before += rowCounts[shard++]!;
    const start = Math.floor((row - before) / BLOCK_ROWS) * BLOCK_ROWS;
    parts.push({ shard, start, end: Math.min(start + perPlace, rowCounts[shard]!) });
  }
  return parts;
}

function blocksOf<T extends Float64Array | Int32Array>(
  values: T,
  start: number,
  end: number,
  columns: number,
): T {
  return values.slice(start * columns, Math.ceil(end / BLOCK_ROWS) * BLOCK_ROWS * columns) as T;
}

/** The greatest |x_i|^2 of the rows, the columns standardized. */
function longestRow({ shards, design, scaling: { mean, scale } }: Dataset): number {
  const { numerics: d, factors, intercept } = design;
  const shift = (j: number) => (intercept ? mean[j]! : 0);
  // a row of the baseline, and what another level changes
  const base = factors.map(({ start, levels }) => {
    let sum = 0;
    for (let j = start; j < start + levels - 1; j++) sum += (shift(j) / scale[j]!) ** 2;
    return sum;
  });
  let longest = 0;
  for (const { rows, X, codes } of shards as readonly Shard[]) {
    for (let row = 0; row < rows; row++) {
      const i = row % BLOCK_ROWS;
      const block = row - i;
      let square = intercept ? 1 : 0;
      for (let j = 0, p = block * d + i; j < d; j++, p += BLOCK_ROWS) {
        square += ((X[p]! - shift(j)) / scale[j]!) ** 2;
      }
      factors.forEach(({ start }, f) => {
        square += base[f]!;
        const code = codes[block * factors.length + f * BLOCK_ROWS + i]!;
        if (code === 0) return;
        const j = start + code - 1;
        square += ((1 - shift(j)) / scale[j]!) ** 2 - (shift(j) / scale[j]!) ** 2;
      });
      longest = Math.max(longest, square);
    }
  }
  return longest * (1 + ROUNDING);
}

/** More than rounding does to a sum of squares. */
const ROUNDING = 1e-6;
