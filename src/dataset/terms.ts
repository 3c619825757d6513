/** What the weights are called. */
import { BceError } from '../errors.js';
import { quoted } from '../text.js';
import type { Feature } from './dataset.js';

export const INTERCEPT = '(intercept)';

/** The term of one level of a factor. */
export function termName(column: string, level: string): string {
  return `${column}=${level}`;
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
    const names =
      feature.kind === 'numeric'
        ? [feature.name]
        : feature.levels.slice(1).map((level) => termName(feature.name, level));
    for (const name of names) {
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
