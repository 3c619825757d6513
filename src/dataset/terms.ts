/** What the weights are called. */
import { BceError } from '../errors.js';
import { levelName } from '../terms/expression.js';
import { termOf } from '../terms/parse.js';
import { byteOrder, quoted } from '../text.js';
import type { CategoricalFeature, Feature } from './dataset.js';
import { NO_BASELINE, OTHER } from './schema/factor.js';

export const INTERCEPT = '(intercept)';

type Named = Pick<CategoricalFeature, 'name' | 'expression' | 'references' | 'merged'>;

/** Without one of these, no name and level can be read as a term of other columns. */
const SIGNS = /[:*+^()"`<>]/;

/** One of these, or a sign of equality. */
const NOT_APART = /[=:*+^()"`<>]/;

/**
 * The term of one level of a factor; a level of factors together is named whole already. Where it would be read as
 * another term, as the level `a:b` as a product, it stands in quotes.
 */
export function termName({ name, expression, references, merged }: Named, level: string): string {
  if (references !== undefined) return level;
  const plain = `${name}=${level}`;
  // a level that only looks like all others
  if (level === OTHER && merged === undefined) return levelName(name, level);
  if (expression !== undefined || !SIGNS.test(plain)) return plain;
  const tree = termOf(plain);
  const isRead = tree?.kind === 'level' && tree.name === name && tree.level === level;
  return tree === undefined || isRead ? plain : levelName(name, level);
}

/** The level that has no weight; undefined where each has one. */
export function baselineOf({ levels }: Pick<CategoricalFeature, 'levels'>): string | undefined {
  return levels[0] === NO_BASELINE ? undefined : levels[0];
}

/** The texts that are levels. */
export function textsOf({ levels }: Pick<CategoricalFeature, 'levels'>): readonly string[] {
  return levels[0] === NO_BASELINE ? levels.slice(1) : levels;
}

/**
 * Whether a factor has no baseline, or one that can be known by its being the level that comes first: not where another
 * was asked for, nor where texts that are no level are one.
 */
export function hasFirstBaseline({
  levels,
  expression,
  merged,
}: Pick<CategoricalFeature, 'levels' | 'expression' | 'merged'>): boolean {
  if (baselineOf({ levels }) === undefined) return true;
  if (merged !== undefined) return false;
  return levels.length < 2 || levelOrder(expression)(levels[0]!, levels[1]!) < 0;
}

/** The order of the levels of a column of text, and of those of a term, which are numbers. */
export function levelOrder(expression: string | undefined): (a: string, b: string) => number {
  return expression === undefined ? byteOrder : (a, b) => Number(a) - Number(b);
}

/** The names of the terms, in the order of the weights. */
export function termNames(features: readonly Feature[]): string[] {
  const names: string[] = [];
  for (const feature of features) {
    if (feature.term < 0) continue;
    namesOfFeature(feature).forEach((name, k) => {
      names[feature.term + k] = name;
    });
  }
  return names;
}

/** Indices of the terms in the order of the file. */
export function termsInFileOrder(features: readonly Feature[]): number[] {
  return features.flatMap((feature) =>
    feature.term < 0 ? [] : namesOfFeature(feature).map((_, k) => feature.term + k),
  );
}

/** The names of the weights of a feature. */
export function namesOfFeature(feature: Feature): string[] {
  if (feature.kind === 'numeric') return [feature.name];
  return feature.levels.slice(1).map((level) => termName(feature, level));
}

/**
 * Makes sure that every weight has a name of its own: a numeric column called `sex=male` beside a factor
 * `sex` would not.
 *
 * @throws BceError CSV_COLUMN_NAMES
 */
export function refuseSharedNames(features: readonly Feature[], where: string): void {
  if (features.every(isNamedApart)) return;
  const seen = new Set([INTERCEPT]);
  for (const feature of features) {
    for (const name of namesOfFeature(feature)) {
      if (seen.has(name)) {
        throw new BceError(
          'CSV_COLUMN_NAMES',
          `${where}: column ${quoted(feature.name)}: two weights would be called ${quoted(name)}`,
          'rename the column, or leave it out with --drop',
        );
      }
      seen.add(name);
    }
  }
}

/** Whether the names of its terms begin with its own and a `=` that no name of a column has: no other's are the same. */
function isNamedApart(feature: Feature): boolean {
  return !(
    NOT_APART.test(feature.name) ||
    (feature.kind === 'categorical' && feature.references !== undefined)
  );
}
