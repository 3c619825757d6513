/** A trained model: its weights with all that is needed to use and to judge them. */

import type { Design } from '../dataset/dataset.js';
import type { Weighting } from '../dataset/describe/weighting.js';
import type { Target } from '../dataset/schema/labels.js';
import { hasFirstBaseline, termName } from '../dataset/terms.js';
import type { Collinearity } from '../diagnostics/collinear.js';
import type { Optimum, Status } from '../diagnostics/diagnose.js';
import type { Separation } from '../diagnostics/separation/verdict.js';
import type { FitOptions } from '../fit/fit.js';
import type { Inference } from '../inference/infer.js';
import type { WeightStatistics } from '../inference/wald.js';
import type { FitMetrics } from '../metrics/ofDataset.js';
import type { OutOfSample } from '../selection/outOfSample.js';
import type { RegularizationPath } from '../selection/regularizationPath.js';
import type { ModelFeature, TermNames } from './features.js';
import type { Provenance } from './provenance.js';

/** JSON.stringify of it gives the document of the model file. */
export interface Model {
  readonly target: Target;
  /** Every weight: that of the intercept first, if there is one, then those of the features in their order. */
  readonly terms: readonly ModelTerm[];
  /** What the terms are made of, in the order of the file. */
  readonly features: readonly ModelFeature[];
  /** Rows that it was trained on. */
  readonly rows: number;
  /** How much each of them counted, and the sum of that. */
  readonly weighting: Weighting & { readonly sum: number };
  readonly options: FitOptions & Pick<Design, 'intercept'>;
  readonly result: Result;
  /** Where it comes from; undefined of a file of an earlier layout. */
  readonly provenance?: Provenance | undefined;
  /** Epochs from one entry of the histories to the next, where not every one is there. */
  readonly historyEvery?: number;
  /** Entry k is J after k updates; of batches J at the start, and at the weights of the model. */
  readonly history: readonly number[];
  /** Entry k is the mean loss of the batches of epoch k as they came, entry 0 J at the start; absent without batches. */
  readonly batchHistory?: readonly number[];
  /** Rows that only told how well the training went; undefined without. */
  readonly validation: ValidationResult | undefined;
  /** How good it is on the training and the validation rows; undefined when that was not asked for. */
  readonly metrics?: FitMetrics | undefined;
  /** How good such a fit is on rows that it has not seen; undefined when that was not asked for. */
  readonly outOfSample?: OutOfSample | undefined;
  /** The path that its penalty was chosen on, and what the folds say of it; undefined where it was given. */
  readonly path?: RegularizationPath | undefined;
  /** Terms whose weights are not unique. */
  readonly collinear: readonly Collinearity[];
  /** Why J has no minimum; undefined when it has one, as far as is known. */
  readonly separation: Separation | undefined;
  /** Why it is not known whether J has a minimum; undefined when it is, or was not asked. */
  readonly unjudged?: string | undefined;
  /** What the statistics of the terms are worth, and of the fit; undefined when they were not asked for. */
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

/** A weight with its name. Its statistics are there when they were asked for. */
export interface ModelTerm extends Partial<TermNames>, Partial<WeightStatistics> {
  /** `(intercept)`, the name of a numeric column, or `column=level`. */
  readonly name: string;
  /** In the units of the file; 0 for a column that is the same in every row. */
  readonly weight: number;
}

export interface Result {
  /** Why training ended; `tolerance` where it was met, but the weights are not known to be at the optimum. */
  readonly status: Status;
  /** Whether the tolerance was met and the weights are at the optimum. */
  readonly converged: boolean;
  /** Whether the weights are at the optimum, and `none` where there is none. */
  readonly optimum: Optimum;
  /** Updates made, or passes in batches. */
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

/** Statistics of the fit; those of the weights are with the terms. */
export type ModelInference = Omit<Inference, 'weights' | 'quantile' | 'variance'>;

/**
 * The terms with a line of weight 0 for each baseline that is not the first of its levels, before the others of its
 * column: so a file of weights names it.
 */
export function withBaselines({ terms, features }: Pick<Model, 'terms' | 'features'>): ModelTerm[] {
  const baselines = new Map(
    features.flatMap((feature): [string, ModelTerm][] => {
      if (feature.kind === 'numeric' || feature.references !== undefined || hasFirstBaseline(feature))
        return [];
      const { name, levels } = feature;
      return [[name, { name: termName(feature, levels[0]!), feature: name, level: levels[0]!, weight: 0 }]];
    }),
  );
  return terms.flatMap((term) => {
    const baseline = term.feature === undefined ? undefined : baselines.get(term.feature);
    baselines.delete(term.feature ?? '');
    return baseline === undefined ? [term] : [baseline, term];
  });
}

/** A line of a file of weights. */
export interface NamedWeight {
  readonly feature: string;
  readonly weight: number;
}

/** The weights as the lines of a file of weights: the intercept first, then the terms in the order of the file. */
export function namedWeights({ terms }: Pick<Model, 'terms'>): NamedWeight[] {
  return terms.map(({ name, weight }) => ({ feature: name, weight }));
}
