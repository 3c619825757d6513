/** The fewest columns that separate the classes. */
import type { Extent } from './cone.js';
import type { Candidate } from './pool.js';
import type { Search } from './search.js';

/** Sets of columns that are tried one by one for a smaller one. */
const MOST_SETS = 2000;

/**
 * A set of columns that separates the classes and no longer does when one is left out; the smallest there is,
 * where the sets of fewer columns can be gone through.
 *
 * The intercept takes part whatever it costs.
 *
 * @param candidates columns that do so together
 * @returns the columns, proved to separate on every row; undefined when that cannot be told
 */
export async function fewest(
  search: Search,
  candidates: readonly Candidate[],
  extent: Extent,
): Promise<readonly Candidate[] | undefined> {
  const free = candidates.filter(({ kind }) => kind === 'intercept');
  const columns = candidates.filter(({ kind }) => kind !== 'intercept');
  for (;;) {
    const chosen = await irreducible(search, free, columns, extent);
    if (chosen === undefined) return undefined;
    const smaller = await smallerSet(search, free, columns, chosen.length, extent);
    const set = [...(smaller ?? chosen), ...free];
    const found = await search.seek(set, extent);
    if (found.kind === 'unknown') return undefined;
    // rows that joined since have ruled it out
    if (found.kind === 'none') continue;
    const proof = await search.isProvedSeparated(set, found.v!, extent);
    if (proof === 'proved') return set;
    if (proof === 'unknown') return undefined;
  }
}

/**
 * Halves what is in question until every column that stays is needed.
 *
 * Source: Junker, QuickXplain, AAAI 2004.
 */
async function irreducible(
  search: Search,
  free: readonly Candidate[],
  columns: readonly Candidate[],
  extent: Extent,
): Promise<readonly Candidate[] | undefined> {
  const all = await search.seek([...columns, ...free], extent);
  if (all.kind !== 'direction') return undefined;
  const weight = new Map(columns.map((column, k) => [column, Math.abs(all.v![k]!)]));
  // the most important first: they are the last to be left out
  const ordered = [...columns].sort((a, b) => weight.get(b)! - weight.get(a)!);
  let isOpen = false;
  const chosen = await narrow([], false, ordered);
  return isOpen ? undefined : chosen;

  async function narrow(
    given: readonly Candidate[],
    isNew: boolean,
    open: readonly Candidate[],
  ): Promise<readonly Candidate[]> {
    if (isNew) {
      const found = await search.seek([...given, ...free], extent);
      if (found.kind === 'unknown') isOpen = true;
      if (found.kind !== 'none') return [];
    }
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
      if (!search.isAffordable(all)) return undefined;
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
  if (k === 0) yield [];
  for (let i = from; i <= of.length - k; i++) {
    if (k === 0) return;
    for (const rest of subsets(of, k - 1, i + 1)) yield [of[i]!, ...rest];
  }
}
