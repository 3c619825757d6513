/** What is asked of single weights: which carry no penalty, and between which bounds they lie. */
import type { Description, Feature } from '../dataset/dataset.js';
import { nearestOf } from '../dataset/schema/columns.js';
import { termName, textsOf } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import type { Box } from '../objective/penalty/penalty.js';
import { listed, partsOfList, quoted } from '../text.js';

/** Bounds on the weights of a column, or on one weight, in the units of the data. */
export interface Bound {
  /** Name of a column, all of whose levels are meant, or of one weight, as `sex=male`; `*` is every one that is not named. */
  readonly column: string;
  /** Undefined for none. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** Every column that no other bound names. */
export const EVERY = '*';

/** What weights go by. */
type Named = Pick<Description, 'features' | 'groups'>;

/**
 * 1 for each weight that penalties are on, 0 for those they leave free: the intercept, and what is named (size).
 *
 * @param names of columns, or of single weights
 * @throws BceError COLUMN_UNKNOWN
 */
export function penaltyFactors(
  { features, groups, design: { terms, size } }: Pick<Description, 'features' | 'groups' | 'design'>,
  names: readonly string[] = [],
): Float64Array {
  const factors = new Float64Array(size).fill(1, 0, terms);
  const named = { features, groups };
  for (const name of namesIn(named, names)) {
    for (const term of termsOf(named, name, '--unpenalised')) factors[term] = 0;
  }
  return factors;
}

/**
 * The bounds of all weights in the units of the data (size each); undefined where none has any.
 *
 * @throws BceError COLUMN_UNKNOWN, USAGE for bounds that two say of one weight, or that a column without a weight cannot meet
 */
export function boxOf(
  { features, groups, design: { size } }: Pick<Description, 'features' | 'groups' | 'design'>,
  bounds: readonly Bound[] = [],
): Box | undefined {
  if (bounds.length === 0) return undefined;
  const lower = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const isSet = new Uint8Array(size);
  const isColumn = features.some(({ name }) => name === EVERY);
  const isEvery = ({ column }: Bound) => column === EVERY && !isColumn;
  for (const bound of bounds.filter((one) => !isEvery(one))) {
    const terms = termsOf({ features, groups }, bound.column, '--bounds');
    if (terms.length === 0 && !holdsZero(bound)) {
      throw new BceError(
        'USAGE',
        `--bounds: ${quoted(bound.column)} is the same in all rows and has weight 0, which its bounds leave out`,
      );
    }
    for (const term of terms) {
      if (isSet[term] === 1) {
        throw new BceError(
          'USAGE',
          `--bounds: two bounds say of ${quoted(bound.column)} what its weight may be`,
        );
      }
      set(term, bound);
    }
  }
  for (const bound of bounds.filter(isEvery)) {
    for (const { term, ...feature } of features) {
      const count = feature.kind === 'numeric' ? 1 : feature.levels.length - 1;
      for (let k = 0; k < count && term >= 0; k++) if (isSet[term + k] === 0) set(term + k, bound);
    }
  }
  return { lower, upper };

  function set(term: number, bound: Bound): void {
    isSet[term] = 1;
    lower[term] = bound.lower ?? Number.NEGATIVE_INFINITY;
    upper[term] = bound.upper ?? Number.POSITIVE_INFINITY;
  }
}

export function holdsZero({ lower = 0, upper = 0 }: Bound): boolean {
  return lower <= 0 && upper >= 0;
}

/** The names of a list, each alone or several with commas between; one that is itself a name stays whole. */
function namesIn({ features, groups = [] }: Named, values: readonly string[]): string[] {
  // all names of many levels take a while
  if (values.length === 0) return [];
  const known = new Set([
    ...features.flatMap((feature) => [feature.name, ...levelNames(feature)]),
    ...groups.map(({ name }) => name),
  ]);
  return values.flatMap((value) =>
    known.has(value) ? [value] : partsOfList(value).map((part) => part.trim()),
  );
}

/**
 * The terms of a column, of one of its levels, or of what was asked for as one term; none where it is the same in all
 * rows.
 *
 * @throws BceError COLUMN_UNKNOWN
 */
function termsOf(named: Named, name: string, flag: string): readonly number[] {
  const { features, groups = [] } = named;
  const column = features.find((feature) => feature.name === name);
  if (column !== undefined) {
    if (column.term < 0) return [];
    return column.kind === 'numeric' ? [column.term] : column.levels.slice(1).map((_, k) => column.term + k);
  }
  const group = groups.find((one) => one.name === name);
  if (group !== undefined) {
    return [...new Set(group.features.flatMap((feature) => termsOf(named, feature, flag)))];
  }
  for (const feature of features) {
    const level = levelNames(feature).indexOf(name);
    if (level === 0 && feature.kind === 'categorical') {
      throw new BceError(
        'COLUMN_UNKNOWN',
        `${flag}: ${quoted(name)} is the baseline of ${quoted(feature.name)} and has no weight`,
        `${quoted(feature.name)} means all weights of the column`,
      );
    }
    if (level > 0) return feature.term < 0 ? [] : [feature.term + level - 1];
  }
  const names = features.map((feature) => feature.name);
  const nearest = nearestOf(
    [...names, ...groups.map((one) => one.name), ...features.flatMap(levelNames)],
    name,
  );
  throw new BceError(
    'COLUMN_UNKNOWN',
    `${flag}: no column ${quoted(name)} with a weight`,
    nearest === undefined
      ? `the columns are ${listed(names.map(quoted))}`
      : `did you mean ${quoted(nearest)}?`,
  );
}

/** Names of the levels, the baseline first. */
function levelNames(feature: Feature): string[] {
  return feature.kind === 'numeric' ? [] : textsOf(feature).map((level) => termName(feature, level));
}
