/** A model made of a fit. */
import type { Description } from '../dataset/dataset.js';
import { INTERCEPT } from '../dataset/terms.js';
import { type Diagnosis, statusOf } from '../diagnostics/diagnose.js';
import type { Fit, FitOptions } from '../fit/fit.js';
import type { Inference } from '../inference/infer.js';
import { ALIASED } from '../inference/wald.js';
import type { FitMetrics } from '../metrics/ofDataset.js';
import type { OutOfSample } from '../selection/outOfSample.js';
import type { RegularizationPath } from '../selection/regularizationPath.js';
import { namesOf, type TermNames } from './features.js';
import { withJson } from './format.js';
import type { Model, ModelInference, ModelTerm } from './model.js';
import { type Origin, provenanceOf } from './provenance.js';

/** What a model tells only when it is asked for. */
export interface Extras {
  readonly inference?: Inference | undefined;
  readonly metrics?: FitMetrics | undefined;
  readonly outOfSample?: OutOfSample | undefined;
  readonly path?: RegularizationPath | undefined;
}

/** Puts the weights of a fit beside the features they belong to. */
export function modelOf(
  dataset: Description,
  validation: Description | undefined,
  { run, w, v, step, problem }: Fit,
  diagnosis: Diagnosis,
  options: FitOptions,
  origin: Origin,
  { inference, metrics, outOfSample, path }: Extras = {},
): Model {
  const { gap, optimum, collinear, separation, unjudged } = diagnosis;
  const status = statusOf(run, diagnosis);
  const { intercept } = dataset.design;
  const { optimizer, learningRate, epochs, tolerance, standardize, ...objective } = options;
  const { weights: _, quantile: __, variance: ___, ...ofFit } = inference ?? {};
  return withJson({
    target: dataset.target,
    terms: termsOf(dataset, w, inference),
    features: dataset.features.map(({ term: _, ...feature }) => feature),
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
    provenance: provenanceOf(dataset, origin),
    ...(run.history.every > 1 && { historyEvery: run.history.every }),
    history: run.history.losses,
    ...(options.batch && { batchHistory: run.history.batchLosses }),
    validation: validation && {
      rows: validation.rows,
      loss: run.chosen.validation!,
      history: run.history.validationLosses,
    },
    ...(metrics && { metrics }),
    ...(outOfSample && { outOfSample }),
    ...(path && { path }),
    collinear,
    separation,
    ...(unjudged !== undefined && { unjudged }),
    ...(inference && { inference: ofFit as ModelInference }),
    descent: {
      weights: [...v],
      pivot: [...dataset.scaling.pivot],
      mu: [...problem.columns.mu],
      s: [...problem.columns.s],
    },
  });
}

/** The weights by name, with their statistics if there are any. */
function termsOf(
  { features, design }: Description,
  w: Float64Array,
  inference: Inference | undefined,
): ModelTerm[] {
  const term = (names: Pick<ModelTerm, keyof TermNames>, index: number): ModelTerm => ({
    ...names,
    // a constant column has no weight; + 0 turns a negative zero, which text formats lose, into zero
    weight: index < 0 ? 0 : w[index]! + 0,
    ...(inference && (inference.weights[index] ?? ALIASED)),
  });
  const ofFeatures = features.flatMap((feature) =>
    namesOf(feature).map((names, k) => term(names, feature.term < 0 ? -1 : feature.term + k)),
  );
  return design.intercept ? [term({ name: INTERCEPT }, w.length - 1), ...ofFeatures] : ofFeatures;
}
