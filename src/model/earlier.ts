/** Model files of earlier layouts, laid out as they are today. */
import { INTERCEPT } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { isFeature, namesOf } from './features.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Format 1 kept the intercept by itself, weights with the features, and statistics with the inference.
 *
 * @param where name of the file, for messages
 * @throws BceError WEIGHTS_UNREADABLE where weights and features do not go together
 */
export function upgraded(document: Json, where: string): Json {
  const { formatVersion = 1, intercept, features, inference, ...rest } = document;
  if (formatVersion !== 1 || !Array.isArray(features)) return document;
  const terms: Json[] = [];
  if (intercept !== undefined && intercept !== null) terms.push({ name: INTERCEPT, weight: intercept });
  const bare = features.map((feature: Json | null, k) => {
    const { weight, weights, ...column } = feature ?? {};
    // the baseline had a weight of 0
    const ofTerms = column.kind === 'numeric' ? [weight] : Array.isArray(weights) && weights.slice(1);
    const names = isFeature(column) && namesOf(column);
    if (!names || !ofTerms || ofTerms.length !== names.length) {
      throw new BceError(
        'WEIGHTS_UNREADABLE',
        `${where}: feature ${k + 1}: expected its name, kind and weights`,
        'bce-train -o model.json writes a model',
      );
    }
    names.forEach((name, t) => {
      terms.push({ ...name, weight: ofTerms[t] });
    });
    return column;
  });
  const { weights, ...ofFit } = (inference ?? {}) as { readonly weights?: unknown };
  const figures: readonly Json[] = Array.isArray(weights) ? weights : [];
  return {
    ...rest,
    terms: terms.map((term, k) => {
      const { feature: _, ...figure } = figures[k] ?? {};
      return { ...term, ...figure };
    }),
    features: bare,
    ...(figures.length > 0 && { inference: ofFit }),
  };
}
