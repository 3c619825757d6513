/** A trained model: its weights with all that is needed to use and to judge them. */
import type { CategoricalFeature, Dataset, NumericFeature } from '../dataset/dataset.js';
import type { Target } from '../dataset/labels.js';
import { INTERCEPT, termName } from '../dataset/terms.js';
import type { Fit, FitOptions } from './fit.js';

export interface Model {
  readonly target: Target;
  /** b, in the units of the file; undefined when the model has none. */
  readonly intercept: number | undefined;
  /** In the order of the file. */
  readonly features: readonly ModelFeature[];
  /** Rows that it was trained on. */
  readonly rows: number;
  readonly options: FitOptions;
  readonly result: Result;
  /** Entry k is J after k updates. */
  readonly history: readonly number[];
}

export type ModelFeature =
  | (Omit<NumericFeature, 'term'> & { readonly weight: number })
  /** Weights by level; the baseline's is 0. */
  | (Omit<CategoricalFeature, 'term'> & { readonly weights: readonly number[] });

export interface Result {
  readonly status: 'converged' | 'epochs' | 'interrupted' | 'diverged';
  /** Updates made. */
  readonly epochs: number;
  readonly loss: number;
  readonly maxGradient: number;
}

/** Puts the weights of a fit beside the features they belong to. */
export function modelOf(dataset: Dataset, { run, w }: Fit, options: FitOptions): Model {
  // + 0 turns a negative zero, which text formats lose, into zero
  const weight = (index: number) => w[index]! + 0;
  const features = dataset.features.map(({ term, ...feature }): ModelFeature => {
    if (feature.kind === 'numeric') return { ...feature, weight: term < 0 ? 0 : weight(term) };
    const weights = feature.levels.map((_, level) => (level === 0 ? 0 : weight(term + level - 1)));
    return { ...feature, weights };
  });
  return {
    target: dataset.target,
    intercept: options.intercept ? weight(w.length - 1) : undefined,
    features,
    rows: dataset.rows,
    options,
    result: {
      status: run.ending.status,
      epochs: run.last.epoch,
      loss: run.last.loss,
      maxGradient: run.last.maxGradient,
    },
    history: run.losses,
  };
}

/** One line of the weights: the intercept, a numeric column, or a level that is not the baseline. */
export interface NamedWeight {
  readonly feature: string;
  readonly weight: number;
}

/** The weights by name: the intercept first, then the terms in the order of the file. */
export function namedWeights(model: Model): NamedWeight[] {
  const named: NamedWeight[] = [];
  if (model.intercept !== undefined) named.push({ feature: INTERCEPT, weight: model.intercept });
  for (const feature of model.features) {
    if (feature.kind === 'numeric') {
      named.push({ feature: feature.name, weight: feature.weight });
      continue;
    }
    for (let level = 1; level < feature.levels.length; level++) {
      named.push({
        feature: termName(feature.name, feature.levels[level]!),
        weight: feature.weights[level]!,
      });
    }
  }
  return named;
}
