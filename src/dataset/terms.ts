/** What the weights are called. */
import { BceError } from '../errors.js';
import { quoted } from '../text.js';
import type { CategoricalFeature, Feature } from './dataset.js';

export const INTERCEPT = '(intercept)';

/** The term of one level of a factor; a level of factors together is named whole already. */
export function termName(
  { name, expression }: Pick<CategoricalFeature, 'name' | 'expression'>,
  level: string,
): string {
  return expression === undefined ? `${name}=${level}` : level;
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

function namesOfFeature(feature: Feature): string[] {
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
