/**
 * Is there an optimum at all? When the classes can be separated, J falls for ever as the weights grow.
 *
 * Separated means that some weights u, not all of them idle, have (2y - 1) x.u >= 0 in every row.
 *
 * Source: Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression models,
 * 1984.
 */
import { termNames } from '../dataset/terms.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import { solveEnclosed } from '../math/verified.js';
import { isRemote, MOST_REMOTE_WEIGHTS, type RemoteTable, type Table } from '../objective/table.js';
import { type ColumnRule, columnRules } from './columnSeparation.js';
import { fewest } from './fewest.js';
import { areAllPositive, lowestRows, sampledRows } from './margins.js';
import { baselinesOf, candidatesOf, nameOf } from './pool.js';
import { type Found, Search } from './search.js';

/** How the classes are separated. */
export type Separation =
  /** By columns that do so each on its own. */
  | { readonly kind: 'columns'; readonly rules: readonly ColumnRule[] }
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
 * In turn: whether the weights part them already, single columns, and a linear program on a few rows, which
 * rows that its directions do not suit join until none is left.
 *
 * @param u weights at the end of training, of the standardized columns
 */
export async function judgeSeparation(
  table: Table,
  intercept: boolean,
  u: Float64Array,
  signal?: AbortSignal,
  known: KnownOfFit = { passes: 0 },
): Promise<SeparationVerdict> {
  const rules = await columnRules(table, intercept);
  const isOneEnough = rules.some((rule) => rule.kind === 'threshold' && rule.isExact);
  if (isOneEnough) return separatedBy({ kind: 'columns', rules });
  const problem = composeProblem(table, { ...PLAIN, intercept });
  if (isRemote(table)) return judgeRemote(table, problem, u, rules);

  const w = problem.toStored(u);
  const candidates = candidatesOf(table, intercept);
  const search = new Search(table, intercept, known.passes, signal);
  const isWhole = table.rows <= FEW_ROWS;
  search.add(
    isWhole
      ? await sampledRows(table, table.rows)
      : [
          ...(await sampledRows(table, Math.max(FEW_ROWS, SAMPLE_ROWS * u.length))),
          ...(await lowestRows(table, intercept, { w, blur: 0 }, 'any', u.length + FEW_ROWS / 4)),
        ],
  );
  const parted = await areAllPositive(table, intercept, w);
  if (parted && !search.isAffordable(candidates)) {
    // what parts them is known, but not the fewest of it
    const terms = termNames(table.features).filter((_, j) => w[j] !== 0);
    return separatedBy({ kind: 'combination', isComplete: true, terms });
  }
  const part: Found = parted ? { kind: 'direction' } : await search.seek(candidates, 'part');
  if (part.kind === 'none') return search.proveInseparable(candidates, part.answer);
  if (part.kind === 'unknown' && rules.length === 0) return part;
  const whole: Found = parted ? part : await search.seek(candidates, 'whole');
  const isComplete = whole.kind === 'direction';
  if (!isComplete && rules.length > 0) return separatedBy({ kind: 'columns', rules });

  const all = [...candidates, ...baselinesOf(table, intercept)];
  const found = await fewest(search, all, isComplete ? 'whole' : 'part');
  if (found === undefined) return { kind: 'unknown', why: search.why };
  const terms = found.filter(({ kind }) => kind !== 'intercept').map((column) => nameOf(table, column));
  return separatedBy({ kind: 'combination', isComplete, terms });
}

function separatedBy(separation: Separation): SeparationVerdict {
  return { kind: 'separated', separation };
}

/** Rows that stay where they are are not looked at one by one: what they sum to has to do. */
async function judgeRemote(
  table: RemoteTable,
  problem: Problem,
  u: Float64Array,
  rules: readonly ColumnRule[],
): Promise<SeparationVerdict> {
  const { min, leastCurvature } = await table.margins(problem.intercept, problem.toStored(u));
  if (min > 0) {
    const terms = termNames(table.features).filter((_, j) => u[j] !== 0);
    return separatedBy({ kind: 'combination', isComplete: true, terms });
  }
  if (rules.length > 0) return separatedBy({ kind: 'columns', rules });
  const isProved = u.length <= MOST_REMOTE_WEIGHTS && (await isNearMinimum(table, problem, u, leastCurvature));
  return isProved
    ? { kind: 'none' }
    : { kind: 'unknown', why: `the rows of ${table.name} are not looked at one by one` };
}

/** What rounding may have done to a mean over standardized columns. */
const MEAN_ROUNDING = 2 ** -40;

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
  table: RemoteTable,
  { objective }: Problem,
  u: Float64Array,
  leastCurvature: number,
): Promise<boolean> {
  const n = u.length;
  const g = new Float64Array(n);
  const H = new Float64Array(n * n);
  await objective.evaluate(u, g);
  await objective.hessian(u, H);
  const enclosed = solveEnclosed(H, g, new Float64Array(n).fill(MEAN_ROUNDING));
  if (enclosed === undefined) return false;
  const { x, off } = enclosed;
  const square = g.reduce((sum, gj, j) => sum + gj * x[j]! + (Math.abs(gj) + MEAN_ROUNDING) * (off + MEAN_ROUNDING * Math.abs(x[j]!)), 0);
  return square * table.weightSum < leastCurvature / 2;
}
