/**
 * Is there an optimum at all? When the classes can be separated, J falls for ever as the weights grow.
 *
 * Separated means that some weights u, not all of them idle, have (2y - 1) x.u >= 0 in every row.
 *
 * Source: Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression models,
 * 1984.
 */
import { termNames } from '../../dataset/terms.js';
import { composeProblem, type Problem } from '../../fit/problem.js';
import { solveEnclosed } from '../../math/verified.js';
import type { Table } from '../../objective/table.js';
import { type ColumnRule, columnRules } from './columns.js';
import type { Extent } from './cone.js';
import { fewest } from './fewest.js';
import { areAllPositive, lowestRows, sampledRows } from './margins.js';
import { baselinesOf, type Candidate, candidatesOf, nameOf, type PooledRow } from './pool.js';
import { type Found, ROUNDING, Search } from './search.js';

/** How the classes are separated. */
export type Separation =
  /** By columns that do so each on its own. */
  | {
      readonly kind: 'columns';
      readonly rules: readonly ColumnRule[];
      /** True where the levels of one column tell the classes apart in every row; thresholds say so themselves. */
      readonly isComplete?: true;
    }
  /** By several together, in every row, or in part of them with the others on the border. */
  | { readonly kind: 'combination'; readonly isComplete: boolean; readonly terms: readonly string[] };

export type SeparationVerdict =
  /** By a direction that was checked on every row. */
  | { readonly kind: 'separated'; readonly separation: Separation }
  /** J has a minimum: proved. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What is known already, for less work. */
export interface KnownOfFit {
  /** Visits to the data that the training took. */
  readonly passes: number;
  /** The slopes of the mean loss at u, in the weights of the standardized columns, and its second derivatives. */
  readonly near?: Parabola | undefined;
}

/** Gradient (n) and Hessian (n x n) of the mean loss. */
export interface Parabola {
  readonly g: Float64Array;
  readonly H: Float64Array;
}

/** Rows that all take part from the start. */
const FEW_ROWS = 512;

/** Rows sampled for each weight, otherwise. */
const SAMPLE_ROWS = 4;

/** The problem whose optimum is in question, but for the intercept. */
const PLAIN = { standardize: true, reduction: 'mean', l2: 0, l1: 0 } as const;

/**
 * Judges whether the classes are separated, without a penalty.
 *
 * In turn: whether J has its minimum close by, which needs no row where the slopes and the second derivatives are
 * known; single columns, whether the weights part them already, and a linear program on a few rows, which rows that
 * its directions do not suit join until none is left.
 *
 * @param u weights at the end of training, of the standardized columns
 */
export async function judgeSeparation(
  table: Table,
  u: Float64Array,
  signal?: AbortSignal,
  known: KnownOfFit = { passes: 0 },
): Promise<SeparationVerdict> {
  if (known.near !== undefined && hasNearMinimum(table, known.near)) return { kind: 'none' };
  const rules = await columnRules(table);
  const isOneEnough = rules.some((rule) => rule.kind === 'threshold' && rule.isExact);
  if (isOneEnough) return separatedBy({ kind: 'columns', rules });
  if (hasPureLevels(table, rules)) return separatedBy({ kind: 'columns', isComplete: true, rules });
  const problem = composeProblem(table, PLAIN);
  const { local } = table;
  if (local === undefined) return judgeBySums(table, problem, u, rules);

  const candidates = candidatesOf(local);
  const search = new Search(local, known.passes, signal);
  const w = { w: problem.toStored(u), blur: 0 };
  const isSmall = table.rows <= FEW_ROWS;
  const most = isSmall ? table.rows : Math.max(FEW_ROWS, SAMPLE_ROWS * u.length);
  let arePositive: boolean | undefined;
  if (!(await gather(search, candidates, sampledRows(local, most)))) {
    arePositive = await areAllPositive(local, w.w);
    if (!arePositive) {
      return rules.length > 0
        ? separatedBy({ kind: 'columns', rules })
        : { kind: 'unknown', why: search.whyNot(candidates)! };
    }
    for await (const rows of sampledRows(local, most)) search.add(rows);
  }
  if (isSmall) {
    arePositive ??= await areAllPositive(local, w.w);
  } else {
    const lowest = await lowestRows(local, w, 'any', u.length + FEW_ROWS / 4);
    search.add(lowest.rows);
    arePositive = lowest.arePositive;
  }

  // weights that part all rows settle it at no cost
  let found: Found = arePositive
    ? { kind: 'direction', v: fromSolved(candidates, problem, u) }
    : await search.seek(candidates, 'part');
  if (found.kind === 'none') return search.proveInseparable(candidates, found.answer);
  if (found.kind === 'unknown' && rules.length === 0) return found;
  let extent: Extent = 'whole';
  if (!arePositive) {
    const whole = await search.seek(candidates, 'whole');
    if (whole.kind === 'direction') found = whole;
    else if (rules.length > 0) return separatedBy({ kind: 'columns', rules });
    else extent = 'part';
  }
  const { v } = found as Extract<Found, { kind: 'direction' }>;
  search.spare();
  const columns = await fewest(search, candidates, baselinesOf(local), v, extent);
  if (columns !== undefined) {
    const terms = columns.filter(({ kind }) => kind !== 'intercept').map((column) => nameOf(local, column));
    return separatedBy({ kind: 'combination', isComplete: extent === 'whole', terms });
  }
  return rules.length > 0
    ? separatedBy({ kind: 'columns', rules })
    : { kind: 'unknown', why: search.whyNot(candidates) ?? ROUNDING };
}

/** Adds rows as long as a linear program on them can be afforded; whether it still can in the end. */
async function gather(
  search: Search,
  candidates: readonly Candidate[],
  batches: AsyncIterable<PooledRow[]>,
): Promise<boolean> {
  for await (const rows of batches) {
    search.add(rows);
    if (search.whyNot(candidates) !== undefined) return false;
  }
  return true;
}

/** Whether each level of some column has one label, so that the column alone tells the classes apart. */
function hasPureLevels({ features }: Table, rules: readonly ColumnRule[]): boolean {
  return features.some(
    (feature) =>
      feature.kind === 'categorical' &&
      feature.term >= 0 &&
      rules.filter(({ column, kind }) => kind === 'level' && column === feature.name).length ===
        feature.levels.length,
  );
}

/** Weights of the standardized columns of the candidates, where levels are 0 and 1, for those solved for. */
function fromSolved(candidates: readonly Candidate[], problem: Problem, u: Float64Array): Float64Array {
  const w = problem.toStored(u);
  let shift = 0;
  const v = Float64Array.from(candidates, (candidate, k) => {
    if (candidate.kind !== 'numeric') return w[k]!;
    shift += candidate.mu * w[k]!;
    return candidate.s * w[k]!;
  });
  if (problem.intercept) v[v.length - 1]! += shift;
  return v;
}

function separatedBy(separation: Separation): SeparationVerdict {
  return { kind: 'separated', separation };
}

/** Rows that stay where they are are not looked at one by one: what they sum to has to do. */
async function judgeBySums(
  table: Table,
  problem: Problem,
  u: Float64Array,
  rules: readonly ColumnRule[],
): Promise<SeparationVerdict> {
  const { min, leastCurvature } = await table.margins(problem.toStored(u));
  if (min > 0) {
    const terms = termNames(table.features).filter((_, j) => u[j] !== 0);
    return separatedBy({ kind: 'combination', isComplete: true, terms });
  }
  if (rules.length > 0) return separatedBy({ kind: 'columns', rules });
  const isProved = u.length <= table.mostCurved && (await isNearMinimum(table, problem, u, leastCurvature));
  return isProved
    ? { kind: 'none' }
    : { kind: 'unknown', why: `the rows of ${table.name} are not looked at one by one` };
}

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
async function isNearMinimum(
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
function hasNearMinimum(table: Table, parabola: Parabola): boolean {
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
  const reach = rows * squares;
  // most weights are far from it, which takes no proof to see
  const slope = parabola.g.reduce((sum, gj) => sum + gj * gj, 0);
  const steepest = parabola.g.reduce((sum, _, j) => sum + parabola.H[j * (parabola.g.length + 1)]!, 0);
  if (!((slope / steepest) * (reach / steepest) < 0.5)) return false;
  const bound = newtonDecrement(parabola);
  return bound !== undefined && bound.square * bound.inverseNorm * reach < 0.5;
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
