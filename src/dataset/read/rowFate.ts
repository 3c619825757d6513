/** What becomes of a row. */

/** What a missing cell does. */
export type MissingPolicy = 'error' | 'drop' | 'mean' | 'empty';

export type Fate =
  /** It weighs 0 and is no row. */
  | 'weightless'
  | 'keep'
  /** Its missing cells take the mean or the commonest level. */
  | 'fill'
  /** It has no prediction. */
  | 'empty'
  | 'drop'
  /** The file is refused for it. */
  | 'refuse';

/**
 * @param label empty where it is missing; undefined where none is read
 * @param weight NaN where it is missing; neither can be filled
 * @param missing missing cells among the features
 */
export function fateOf(
  label: string | undefined,
  weight: number,
  missing: number,
  policy: MissingPolicy,
): Fate {
  if (weight === 0) return 'weightless';
  const isWhole = label !== '' && !Number.isNaN(weight);
  if (isWhole && missing === 0) return 'keep';
  if (policy === 'drop' || policy === 'empty') return policy;
  return isWhole && policy === 'mean' ? 'fill' : 'refuse';
}
