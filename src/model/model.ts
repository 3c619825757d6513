/** A trained model: its weights with all that is needed to use and to judge them. */

import type { CategoricalFeature, Description, Design, Feature, NumericFeature } from '../dataset/dataset.js';
import type { Weighting } from '../dataset/describe/weighting.js';
import type { Target } from '../dataset/schema/labels.js';
import { INTERCEPT, termName } from '../dataset/terms.js';
import type { Collinearity } from '../diagnostics/collinear.js';
import { type Diagnosis, type Optimum, type Status, statusOf } from '../diagnostics/diagnose.js';
import type { Separation } from '../diagnostics/separation/separation.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import type { Inference } from '../inference/infer.js';
import { ALIASED, type WeightStatistics } from '../inference/wald.js';
import type { FitMetrics } from '../metrics/ofDataset.js';
import { withJson } from './format.js';

/** JSON.stringify of it gives the document of the model file. */
export interface Model {
  readonly target: Target;
  /** b, in the units of the file; undefined when the model has none. */
  readonly intercept: number | undefined;
  /** In the order of the file. */
  readonly features: readonly ModelFeature[];
  /** Rows that it was trained on. */
  readonly rows: number;
  /** How much each of them counted, and the sum of that. */
  readonly weighting: Weighting & { readonly sum: number };
  readonly options: FitOptions & Pick<Design, 'intercept'>;
  readonly result: Result;
  /** Epochs from one entry of the histories to the next, where not every one is there. */
  readonly historyEvery?: number;
  /** Entry k is J after k updates. */
  readonly history: readonly number[];
  /** Rows that only told how well the training went; undefined without. */
  readonly validation: ValidationResult | undefined;
  /** How good it is on the training and the validation rows; undefined when that was not asked for. */
  readonly metrics?: FitMetrics | undefined;
  /** Terms whose weights are not unique. */
  readonly collinear: readonly Collinearity[];
  /** Why J has no minimum; undefined when it has one, as far as is known. */
  readonly separation: Separation | undefined;
  /** Why it is not known whether J has a minimum; undefined when it is, or was not asked. */
  readonly unjudged?: string | undefined;
  /** How precisely the data tell the weights; undefined when it was not asked for. */
  readonly inference?: ModelInference | undefined;
  /** The weights as they were solved for: where another run can go on, to the last bit. */
  readonly descent: Descent;
}

export interface ValidationResult {
  readonly rows: number;
  /** Mean cross-entropy on them at the weights of the model. */
  readonly loss: number;
  /** Entry k is that loss after k updates. */
  readonly history: readonly number[];
}

/**
 * Weights of the columns (x - pivot - mu)/s for each term's column x, in their order there, the intercept
 * last. Those in the units of the file follow from them, but only to rounding they from those.
 */
export interface Descent {
  readonly weights: readonly number[];
  readonly pivot: readonly number[];
  readonly mu: readonly number[];
  readonly s: readonly number[];
}

export type ModelFeature =
  | (Omit<NumericFeature, 'term'> & { readonly weight: number })
  /** Weights by level; the baseline's is 0. */
  | (Omit<CategoricalFeature, 'term'> & { readonly weights: readonly number[] });

export interface Result {
  /** Why training ended; `tolerance` where it was met, but the weights are not known to be at the optimum. */
  readonly status: Status;
  /** Whether the tolerance was met and the weights are at the optimum. */
  readonly converged: boolean;
  /** Whether the weights are at the optimum, and `none` where there is none. */
  readonly optimum: Optimum;
  /** Updates made. */
  readonly epochs: number;
  /** Visits to all of the data. */
  readonly passes: number;
  /** Updates after which the weights of the model stood; fewer than `epochs` when patience ended. */
  readonly weightsOfEpoch: number;
  /** alpha; undefined for an optimizer that finds its own. */
  readonly learningRate: number | undefined;
  readonly loss: number;
  readonly maxGradient: number;
  /** Estimate of J - J*; undefined where it is unknown. */
  readonly gap: number | undefined;
}

/** The statistics, those of the weights by name in the order of `namedWeights`. */
export type ModelInference = Omit<Inference, 'weights'> & { readonly weights: readonly NamedStatistics[] };

export interface NamedStatistics extends WeightStatistics {
  readonly feature: string;
}

/** What a model tells only when it is asked for. */
export interface Extras {
  readonly inference?: Inference | undefined;
  readonly metrics?: FitMetrics | undefined;
}

/** Puts the weights of a fit beside the features they belong to. */
export function modelOf(
  dataset: Description,
  validation: Description | undefined,
  { run, w, v, step, problem }: Fit,
  diagnosis: Diagnosis,
  options: FitOptions,
  { inference, metrics }: Extras = {},
): Model {
  const { gap, optimum, collinear, separation, unjudged } = diagnosis;
  const status = statusOf(run, diagnosis);
  const { intercept } = dataset.design;
  const { optimizer, learningRate, epochs, tolerance, standardize, ...objective } = options;
  // + 0 turns a negative zero, which text formats lose, into zero
  const weight = (index: number) => w[index]! + 0;
  const features = dataset.features.map(({ term, ...feature }): ModelFeature => {
    if (feature.kind === 'numeric') return { ...feature, weight: term < 0 ? 0 : weight(term) };
    const weights = feature.levels.map((_, level) => (level === 0 ? 0 : weight(term + level - 1)));
    return { ...feature, weights };
  });
  return withJson({
    target: dataset.target,
    intercept: intercept ? weight(w.length - 1) : undefined,
    features,
    rows: dataset.rows,
    weighting: { ...dataset.weighting, sum: dataset.weightSum },
    options: { optimizer, learningRate, epochs, tolerance, standardize, intercept, ...objective },
    result: {
      status,
      converged: status === 'converged',
      optimum,
      epochs: run.last.epoch,
      passes: run.last.passes + step.passes,
      weightsOfEpoch: run.chosen.epoch,
      learningRate: step.alpha,
      loss: run.chosen.loss,
      maxGradient: run.chosen.maxGradient,
      gap,
    },
    ...(run.history.every > 1 && { historyEvery: run.history.every }),
    history: run.history.losses,
    validation: validation && {
      rows: validation.rows,
      loss: run.chosen.validation!,
      history: run.history.validationLosses,
    },
    ...(metrics && { metrics }),
    collinear,
    separation,
    ...(unjudged !== undefined && { unjudged }),
    ...(inference && {
      inference: { ...inference, weights: namedStatistics(dataset, inference) },
    }),
    descent: {
      weights: [...v],
      pivot: [...dataset.scaling.pivot],
      mu: [...problem.columns.mu],
      s: [...problem.columns.s],
    },
  });
}

/** A column without a weight has a line, but nothing to say in it. */
function namedStatistics({ features, design }: Description, { weights }: Inference): NamedStatistics[] {
  const ofFeature = (feature: Feature): NamedStatistics[] => {
    if (feature.kind === 'numeric') return [{ feature: feature.name, ...(weights[feature.term] ?? ALIASED) }];
    return feature.levels
      .slice(1)
      .map((level, k) => ({ feature: termName(feature, level), ...weights[feature.term + k]! }));
  };
  const ofIntercept = design.intercept ? [{ feature: INTERCEPT, ...weights.at(-1)! }] : [];
  return [...ofIntercept, ...features.flatMap(ofFeature)];
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
        feature: termName(feature, feature.levels[level]!),
        weight: feature.weights[level]!,
      });
    }
  }
  return named;
}
