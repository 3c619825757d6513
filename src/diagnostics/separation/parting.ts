/** Do weights part the classes? Looked for where nothing shows that J has a minimum, which most runs never need. */
import { termNames, textsOf } from '../../dataset/terms.js';
import { composeProblem, type Problem } from '../../fit/problem.js';
import type { Table } from '../../objective/table.js';
import { type ColumnRule, columnRules } from './columns.js';
import type { Extent } from './cone.js';
import { fewest } from './fewest.js';
import { areAllPositive, lowestRows, sampledRows } from './margins.js';
import { isNearMinimum, PLAIN } from './minimum.js';
import { baselinesOf, type Candidate, candidatesOf, nameOf, type PooledRow } from './pool.js';
import { type Found, ROUNDING, Search } from './search.js';
import type { Separation, SeparationVerdict } from './verdict.js';

/** Rows that all take part from the start. */
const FEW_ROWS = 512;

/** Rows sampled for each weight, otherwise. */
const SAMPLE_ROWS = 4;

/**
 * Looks at single columns, at whether the weights part the classes already, and at a linear program on a few rows, which
 * rows that its directions do not suit join until none is left.
 *
 * @param u weights at the end of training, of the standardized columns
 * @param passes visits to the data that the training took
 */
export async function lookForParting(
  table: Table,
  u: Float64Array,
  passes: number,
  signal?: AbortSignal,
): Promise<SeparationVerdict> {
  const rules = await columnRules(table);
  const isOneEnough = rules.some((rule) => rule.kind === 'threshold' && rule.isExact);
  if (isOneEnough) return separatedBy({ kind: 'columns', rules });
  if (hasPureLevels(table, rules)) return separatedBy({ kind: 'columns', isComplete: true, rules });
  const problem = composeProblem(table, PLAIN);
  const { local } = table;
  if (local === undefined) return judgeBySums(table, problem, u, rules);

  const candidates = candidatesOf(local);
  const search = new Search(local, passes, signal);
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
