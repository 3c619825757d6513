/**
 * Is there an optimum at all? When the classes can be separated, J falls for ever as the weights grow.
 *
 * Separated means that some weights u, not all of them idle, have (2y - 1) x.u >= 0 in every row.
 *
 * Source: Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression models,
 * 1984.
 */
import { termNames, textsOf } from '../../dataset/terms.js';
import { composeProblem, type Problem, spaceOf } from '../../fit/problem.js';
import { addScaled } from '../../math/vector.js';
import type { Table } from '../../objective/table.js';
import { areBalanced } from './balance.js';
import { type ColumnRule, columnRules } from './columns.js';
import type { Extent } from './cone.js';
import { fewest } from './fewest.js';
import { areAllPositive, lowestRows, sampledRows } from './margins.js';
import { hasNearMinimum, isNearMinimum, longestRow, type Parabola, PLAIN } from './minimum.js';
import { baselinesOf, type Candidate, candidatesOf, nameOf, type PooledRow } from './pool.js';
import { hasMinimumOnSample } from './sample.js';
import { type Found, ROUNDING, Search } from './search.js';
import type { Separation, SeparationVerdict } from './verdict.js';

/** Slopes and second derivatives at u, and Newton's step. */
export interface NearParabola extends Parabola {
  readonly p: Float64Array;
  /** Whether H is but a bound: what is at most the second derivatives along every direction. */
  readonly isBound?: boolean;
}

/** What is known already, for less work. */
export interface KnownOfFit {
  /** Visits to the data that the training took. */
  readonly passes: number;
  /** That of the mean loss at u, in the weights of the standardized columns. */
  readonly near?: NearParabola | undefined;
  /** Whether a penalty is part of it, or a bound. */
  readonly isPenalised?: boolean | undefined;
}

/** Rows that all take part from the start. */
const FEW_ROWS = 512;

/** Rows sampled for each weight, otherwise. */
const SAMPLE_ROWS = 4;

/**
 * Judges whether the classes are separated, without a penalty.
 *
 * In turn: whether J has its minimum close by, which needs no row where the slopes and the second derivatives are
 * known; whether rows balance, all of them or a few; single columns, whether the weights part them already, and a linear
 * program on a few rows, which rows that its directions do not suit join until none is left.
 *
 * @param u weights at the end of training, of the standardized columns
 */
export async function judgeSeparation(
  table: Table,
  u: Float64Array,
  signal?: AbortSignal,
  known: KnownOfFit = { passes: 0 },
): Promise<SeparationVerdict> {
  if (await hasProvedMinimum(table, u, known)) return { kind: 'none' };
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

/** Whether J has a minimum by its slopes and its second derivatives, those at u or those of a few rows. */
async function hasProvedMinimum(
  table: Table,
  u: Float64Array,
  { passes, near, isPenalised }: KnownOfFit,
): Promise<boolean> {
  const { local } = table;
  if (near !== undefined && hasNearMinimum(table, near)) return true;
  if (local === undefined) return false;
  // a matrix for no more work than the training
  const mostWork = passes * local.rows * u.length;
  if (near === undefined || isPenalised === true) return hasMinimumOnSample(local, u, mostWork);
  const longest = longestRow(table);
  const { toStored } = spaceOf(table, PLAIN);
  const isExact = longest !== undefined && !near.isBound;
  if (isExact && (await areBalanced(local, u, near, near.p, toStored, longest))) return true;
  const v = u.slice();
  addScaled(-1, near.p, v);
  return hasMinimumOnSample(local, v, mostWork);
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
        textsOf(feature).length,
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
