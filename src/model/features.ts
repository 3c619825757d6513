/** What the terms of a model are made of. */
import type { CategoricalFeature, NumericFeature } from '../dataset/dataset.js';
import { termName } from '../dataset/terms.js';

/** A column without its weights, which are among the terms. */
export type ModelFeature = Omit<NumericFeature, 'term'> | Omit<CategoricalFeature, 'term'>;

/** What tells which term is which. */
export interface TermNames {
  readonly name: string;
  /** The feature that it belongs to. */
  readonly feature: string;
  /** The level of a feature of text; the baseline has no term. */
  readonly level?: string;
}

/** The names of the terms of a feature, in their order. */
export function namesOf(feature: ModelFeature): TermNames[] {
  const { name } = feature;
  if (feature.kind === 'numeric') return [{ name, feature: name }];
  return feature.levels.slice(1).map((level) => ({ name: termName(feature, level), feature: name, level }));
}

/** Whether what was read can be asked for the names of its terms. */
export function isFeature(item: unknown): item is ModelFeature {
  const { name, kind, levels } = (item ?? {}) as Partial<Record<string, unknown>>;
  if (typeof name !== 'string') return false;
  if (kind === 'numeric') return true;
  const isTexts = Array.isArray(levels) && levels.every((text) => typeof text === 'string');
  return kind === 'categorical' && isTexts;
}
