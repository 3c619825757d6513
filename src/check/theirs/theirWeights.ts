/** Weights that another program made, and what each of its names means beside the columns of the data. */
import { parse } from 'csv-parse/sync';
import type { CategoricalFeature, Description, NumericFeature } from '../../dataset/dataset.js';
import { NO_BASELINE } from '../../dataset/schema/factor.js';
import { textsOf } from '../../dataset/terms.js';
import { BceError } from '../../errors.js';
import { parseNumber } from '../../source/csv/number.js';
import { listed, quoted } from '../../text.js';

/** One of their columns: a sum of ours, and of the column of ones. */
export interface TheirTerm {
  readonly name: string;
  readonly weight: number;
  /** Index of a term of ours, or of our intercept, and how often it is in their column. */
  readonly parts: readonly (readonly [index: number, times: number])[];
  /** Mean and population standard deviation of their column, in the units of the file. */
  readonly mean: number;
  readonly sd: number;
}

export interface TheirWeights {
  readonly terms: readonly TheirTerm[];
  /** Undefined where they have none. */
  readonly intercept: number | undefined;
  /** Columns of the data for which they have no weight. */
  readonly without: readonly string[];
  /** Text columns whose baseline is another level than here; none (undefined) where every level has a weight. */
  readonly baselines: readonly Baseline[];
}

export interface Baseline {
  readonly feature: string;
  readonly theirs: string | undefined;
  readonly ours: string;
}

const INTERCEPTS = new Set(['intercept', 'const', 'constant', 'cons', 'bias']);

/** Names and weights, in any order. */
export type Entries = readonly (readonly [name: string, weight: number])[];

/**
 * What names and weights mean beside a table.
 *
 * @param where what messages call them
 * @throws BceError WEIGHTS_UNREADABLE when a name is none of the data's
 */
export function readTheirs(entries: Entries, where: string, table: Description): TheirWeights {
  const meanings = meaningsOf(table);
  const terms: TheirTerm[] = [];
  const seen = new Set<string>();
  const unknown: string[] = [];
  let intercept: number | undefined;
  for (const [name, weight] of entries) {
    const meaning = lookUp(meanings, name);
    const isIntercept = meaning === undefined && INTERCEPTS.has(plain(name));
    const key = isIntercept ? '' : (meaning?.name ?? name);
    if (seen.has(key)) throw unreadable(where, `two weights mean ${quoted(isIntercept ? name : key)}`);
    seen.add(key);
    if (isIntercept) intercept = weight;
    else if (meaning === undefined) unknown.push(name);
    // a column that is the same in every row is the intercept's
    else if (meaning.sd > 0) terms.push({ ...meaning, weight });
    else if (weight !== 0)
      throw unreadable(where, `${quoted(name)} is the same in every row of these data, but has a weight`);
  }
  if (unknown.length > 0) throw unreadable(where, `the data have no ${listed(unknown.map(quoted))}`);
  const known = new Set(terms.flatMap(({ parts }) => parts.map(([index]) => index)));
  const without = table.features.filter(({ term }) => term >= 0 && !known.has(term)).map(({ name }) => name);
  return { terms, intercept, without, baselines: baselinesOf(table, terms) };
}

/** Text columns with weights for all levels but one that is not ours, or for all. */
function baselinesOf({ features }: Description, terms: readonly TheirTerm[]): Baseline[] {
  const names = new Set(terms.map(({ name }) => name));
  return features.flatMap((feature) => {
    if (feature.kind === 'numeric' || feature.term < 0) return [];
    const { name, levels } = feature;
    const others = levels.filter((level) => !names.has(`${name}=${level}`));
    const ours = levels[0]!;
    if (others.length > 1 || others[0] === ours || (others.length === 0 && names.has(name))) return [];
    return [{ feature: name, theirs: others[0], ours }];
  });
}

/**
 * Reads names and numbers of two columns, in any order of the rows.
 *
 * @param where name of the file
 * @throws BceError WEIGHTS_UNREADABLE when it is no such table
 */
export function entriesOf(text: string, where: string): Entries {
  const content = text.replace(/^\ufeff/, '');
  const first = content.slice(0, Math.max(0, content.search(/[\r\n]/)));
  const delimiter = ['\t', ';', ','].find((one) => first.includes(one)) ?? ',';
  let rows: string[][];
  try {
    rows = parse(content, {
      delimiter,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
    });
  } catch (error) {
    throw unreadable(where, (error as Error).message);
  }
  // the name is the last text before the first number: pandas may put an index before it
  const entries = rows.map((cells): [string, number] => {
    const numbers = cells.map((cell) => parseNumber(cell.trim()));
    const nameAt = cells.findIndex((cell, c) => cell.trim() !== '' && Number.isNaN(numbers[c]));
    const at = numbers.findIndex((value, c) => c > nameAt && Number.isFinite(value));
    return [nameAt < 0 ? '' : cells[nameAt]!.trim(), at < 0 || nameAt < 0 ? Number.NaN : numbers[at]!];
  });
  // a header has no number
  if (entries.length > 0 && Number.isNaN(entries[0]![1])) entries.shift();
  if (entries.length === 0) throw unreadable(where, 'expected a name and a weight in every line, found none');
  const broken = entries.findIndex(([name, weight]) => name === '' || !Number.isFinite(weight));
  if (broken >= 0) throw unreadable(where, `entry ${broken + 1}: expected a name and a number`);
  return entries;
}

type Meaning = Omit<TheirTerm, 'weight'>;

/** Meanings by the exact name, and by what is left of it without marks; undefined where that is not one. */
interface Meanings {
  readonly exact: ReadonlyMap<string, Meaning>;
  readonly plain: ReadonlyMap<string, Meaning | undefined>;
}

function meaningsOf(table: Description): Meanings {
  const exact = new Map<string, Meaning>();
  const byPlain = new Map<string, Meaning | undefined>();
  const add = (spellings: readonly string[], meaning: Meaning) => {
    for (const spelling of spellings) {
      exact.set(spelling, meaning);
      const key = plain(spelling);
      const other = byPlain.get(key);
      byPlain.set(key, byPlain.has(key) && other?.name !== meaning.name ? undefined : meaning);
    }
  };
  for (const feature of table.features) {
    if (feature.kind === 'numeric') add([feature.name], ofNumeric(feature));
    else {
      for (const [level, text] of feature.levels.entries()) {
        if (text === NO_BASELINE) continue;
        add(
          [`${feature.name}=${text}`, `${feature.name}_${text}`, feature.name + text],
          ofLevel(feature, level, table),
        );
      }
      add([feature.name], ofCodes(feature, table));
    }
  }
  return { exact, plain: byPlain };
}

function lookUp({ exact, plain: byPlain }: Meanings, name: string): Meaning | undefined {
  // ColumnTransformer puts the step before the name, patsy C() and T. around a level
  const bare = name.replace(/^[a-z_]+?__/i, '');
  const formula = name.replace(/^C\((.*?)\)/, '$1').replace('[T.', '[');
  for (const one of [name, bare, formula]) {
    const found = exact.get(one) ?? byPlain.get(plain(one));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A name without marks, blanks and case. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}<>+-]/gu, '');
}

function ofNumeric({ name, term, mean, sd }: NumericFeature): Meaning {
  return { name, parts: [[term, 1]], mean, sd: term < 0 ? 0 : sd };
}

function ofLevel(feature: CategoricalFeature, level: number, table: Description): Meaning {
  const name = `${feature.name}=${feature.levels[level]}`;
  const share = shareOf(feature, level, table);
  const sd = feature.term < 0 ? 0 : Math.sqrt(share * (1 - share));
  if (level > 0) return { name, parts: [[feature.term + level - 1, 1]], mean: share, sd };
  // the column of the baseline is 1 less those of the other levels
  const others = feature.levels.slice(1).map((_, k): [number, number] => [feature.term + k, -1]);
  return { name, parts: [[table.design.terms, 1], ...others], mean: share, sd };
}

/** Levels numbered 0, 1, 2, ... in their order, as one column. */
function ofCodes(feature: CategoricalFeature, table: Description): Meaning {
  const first = feature.levels.length - textsOf(feature).length;
  const shares = textsOf(feature).map((_, k) => shareOf(feature, first + k, table));
  const mean = shares.reduce((sum, share, k) => sum + k * share, 0);
  const square = shares.reduce((sum, share, k) => sum + (k - mean) ** 2 * share, 0);
  const parts = feature.levels.slice(1).map((_, k): [number, number] => [feature.term + k, k + 1 - first]);
  return { name: feature.name, parts, mean, sd: feature.term < 0 ? 0 : Math.sqrt(square) };
}

/** Share of the weights of the rows that have a level. */
function shareOf(
  { term, levels }: CategoricalFeature,
  level: number,
  { scaling: { mean } }: Description,
): number {
  if (term < 0) return 1;
  if (level > 0) return mean[term + level - 1]!;
  return levels.slice(1).reduce((rest, _, k) => rest - mean[term + k]!, 1);
}

function unreadable(where: string, what: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: ${what}`,
    'a line holds a name and a weight, as in age,0.2 or sex=male,-1.5; names are those of the columns, with a level behind it',
  );
}
