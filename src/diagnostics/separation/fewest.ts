/** The fewest columns that separate the classes. */
import type { Extent } from './cone.js';
import type { Candidate } from './pool.js';
import type { Search } from './search.js';

/** Sets of columns that are tried one by one for a smaller one. */
const MOST_SETS = 2000;

/**
 * A set of columns that separates the classes and no longer does when one is left out; the smallest there is,
 * where the sets of fewer columns can be gone through. When the work allowed is used up, what is left then.
 *
 * The intercept takes part whatever it costs.
 *
 * @param candidates columns that separate the classes together, with the weights `v` of their standardized ones
 * @param baselines levels that can take part as well
 * @returns the columns, proved to separate on every row; undefined when that cannot be told
 */
export async function fewest(
  search: Search,
  candidates: readonly Candidate[],
  baselines: readonly Candidate[],
  v: Float64Array,
  extent: Extent,
): Promise<readonly Candidate[] | undefined> {
  const free = candidates.filter(({ kind }) => kind === 'intercept');
  const ordered = byImportance(candidates, baselines, v);
  for (;;) {
    const chosen = await irreducible(search, free, ordered, extent);
    const smaller = await smallerSet(search, free, ordered, chosen.length, extent);
    const set = [...(smaller ?? chosen), ...free];
    const found = await search.seek(set, extent);
    // rows that joined since have ruled it out
    if (found.kind === 'none') continue;
    // all of them are known to do
    const proof =
      found.kind === 'direction'
        ? await search.isProvedSeparated(set, found.v, extent)
        : await search.isProvedSeparated(candidates, v, extent);
    if (proof === 'joined') continue;
    if (proof === 'unknown') return undefined;
    return found.kind === 'direction' ? set : candidates.filter((_, k) => v[k] !== 0);
  }
}

/**
 * Columns by how much they add to h, the largest first.
 *
 * The weights of the levels of a factor, 0 for its baseline, may all be shifted, which the intercept takes up:
 * most of them are to be 0.
 */
function byImportance(
  candidates: readonly Candidate[],
  baselines: readonly Candidate[],
  v: Float64Array,
): Candidate[] {
  const weights = new Map<Candidate, number>(candidates.map((candidate, k) => [candidate, v[k]!]));
  for (const baseline of baselines) {
    if (baseline.kind !== 'level') continue;
    const levels = candidates.filter((other) => other.kind === 'level' && other.f === baseline.f);
    const sorted = [0, ...levels.map((level) => weights.get(level)!)].sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1]!;
    weights.set(baseline, -middle);
    for (const level of levels) weights.set(level, weights.get(level)! - middle);
  }
  return [...weights.keys()]
    .filter(({ kind }) => kind !== 'intercept')
    .sort((a, b) => Math.abs(weights.get(b)!) - Math.abs(weights.get(a)!));
}

/**
 * Takes the most important columns until they separate, then halves what is in question until every column that
 * stays is needed.
 *
 * Source: Junker, QuickXplain, AAAI 2004.
 */
async function irreducible(
  search: Search,
  free: readonly Candidate[],
  columns: readonly Candidate[],
  extent: Extent,
): Promise<readonly Candidate[]> {
  let isOpen = false;
  const separates = async (set: readonly Candidate[]): Promise<boolean> => {
    const found = await search.seek([...set, ...free], extent);
    if (found.kind === 'unknown') isOpen = true;
    return found.kind === 'direction';
  };
  let enough = 1;
  while (enough < columns.length && !(await separates(columns.slice(0, enough)))) enough *= 2;
  return narrow([], false, columns.slice(0, enough));

  async function narrow(
    given: readonly Candidate[],
    isNew: boolean,
    open: readonly Candidate[],
  ): Promise<readonly Candidate[]> {
    if (isOpen) return open;
    if (isNew && (await separates(given))) return [];
    if (open.length <= 1 || isOpen) return open;
    const half = open.length >> 1;
    const [first, second] = [open.slice(0, half), open.slice(half)];
    const ofSecond = await narrow([...given, ...first], true, second);
    const ofFirst = await narrow([...given, ...ofSecond], ofSecond.length > 0, first);
    return [...ofFirst, ...ofSecond];
  }
}

/** A set of fewer than `size` columns that separates the pool and all rows; the first by size. */
async function smallerSet(
  search: Search,
  free: readonly Candidate[],
  columns: readonly Candidate[],
  size: number,
  extent: Extent,
): Promise<readonly Candidate[] | undefined> {
  let sets = 0;
  for (let k = 1; k < size; k++) {
    sets += binomial(columns.length, k);
    if (sets > MOST_SETS) return undefined;
    for (const set of subsets(columns, k)) {
      const all = [...set, ...free];
      if (search.whyNot(all) !== undefined) return undefined;
      if (!search.isPoolSeparable(all, extent)) continue;
      if ((await search.seek(all, extent)).kind === 'direction') return set;
    }
  }
  return undefined;
}

function binomial(n: number, k: number): number {
  let product = 1;
  for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
  return product;
}

function* subsets<T>(of: readonly T[], k: number, from = 0): Generator<T[]> {
  if (k === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= of.length - k; i++) {
    for (const rest of subsets(of, k - 1, i + 1)) yield [of[i]!, ...rest];
  }
}
