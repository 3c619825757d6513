/** From a dataset to weights: puts the objective together and runs the optimizer on it. */
import { type Dataset, termCount } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { curvatureBound } from '../objective/curvature.js';
import { type Mistake, withGradientOf } from '../objective/mistakes.js';
import type { Objective } from '../objective/objective.js';
import { type ClassWeights, type Reduction, referenceObjective } from '../objective/reference.js';
import { withRidge } from '../objective/ridge.js';
import { changeOfColumns, inChangedColumns } from '../objective/standardize.js';
import { gradientDescent } from '../optimizer/gradientDescent.js';
import { type Run, run } from '../optimizer/run.js';
import type { Step } from '../optimizer/step.js';

export interface FitOptions {
  /** Step length alpha; positive. */
  readonly learningRate: number;
  /** Updates at most. */
  readonly epochs: number;
  /** Converged when max |dJ/dw| of the problem being solved is at most this; 0 turns it off. */
  readonly tolerance: number;
  /** Descend in the weights of the standardized columns. */
  readonly standardize: boolean;
  readonly intercept: boolean;
  readonly reduction: Reduction;
  /** lambda of the penalty lambda/2 |w|^2 on the slopes being solved for; 0 for none. */
  readonly l2: number;
}

export interface Fit {
  readonly run: Run;
  /** Weights in the units of the file (terms, and the intercept last if there is one). */
  readonly w: Float64Array;
}

/**
 * Minimises J over the dataset by gradient descent from zero weights.
 *
 * @param onStep told every step as it comes, in the variables of the descent
 * @param signal when aborted, the run ends after the current epoch
 */
export async function fit(
  dataset: Dataset,
  options: FitOptions,
  onStep: (step: Step) => void,
  signal?: AbortSignal,
): Promise<Fit> {
  const { objective, toFileUnits } = composeObjective(dataset, options);
  const steps = gradientDescent(objective, new Float64Array(objective.size), options.learningRate);
  const result = await run(steps, options, onStep, signal);
  return { run: result, w: toFileUnits(result.last.w) };
}

/**
 * The objective that the options ask for, innermost first: the loss over the columns as stored, the change
 * to the columns that are solved for, the penalty on those.
 *
 * @param mistake how the gradient is to be wrong, if it is
 * @param classWeights what the loss of each row is multiplied by; without a mistake only
 * @returns the objective, and the map from its weights to those in the units of the file
 */
export function composeObjective(
  dataset: Dataset,
  options: FitOptions,
  mistake?: Mistake,
  classWeights?: ClassWeights,
): { objective: Objective; toFileUnits: (v: Float64Array) => Float64Array } {
  const { standardize, intercept, l2 } = options;
  const { mean, scale, pivot } = dataset;
  const ones = new Float64Array(pivot.length).fill(1);
  const stored = lossOver(dataset, options, mistake, classWeights);
  // stored columns are those of the file less the pivots
  const solved = standardize
    ? changeOfColumns(mean, scale, intercept)
    : changeOfColumns(
        pivot.map((c) => -c),
        ones,
        intercept,
      );
  const file = changeOfColumns(pivot, ones, intercept);
  const plain = inChangedColumns(stored, solved);
  const objective = penalised(plain, l2, termCount(dataset), mistake);
  const toFileUnits = (v: Float64Array) => {
    // the columns solved for are those of the file already
    if (!standardize) return v.slice();
    const w = new Float64Array(v.length);
    solved.toBase(v, w);
    file.toBase(w, w);
    return w;
  };
  return { objective, toFileUnits };
}

/** The loss over the columns as stored. */
function lossOver(
  dataset: Dataset,
  { reduction, intercept }: FitOptions,
  mistake?: Mistake,
  classWeights?: ClassWeights,
): Objective {
  const loss = referenceObjective(dataset, reduction, intercept, classWeights);
  switch (mistake) {
    case 'lost-minus':
      return withGradientOf(loss, referenceObjective(dataset, reduction, intercept, [-1, 1]));
    case 'flipped':
      return withGradientOf(loss, referenceObjective(dataset, reduction, intercept, [-1, -1]));
    case 'sum-for-mean':
      return withGradientOf(loss, referenceObjective(dataset, 'sum', intercept));
    default:
      return loss;
  }
}

function penalised(plain: Objective, l2: number, terms: number, mistake?: Mistake): Objective {
  if (l2 === 0) return plain;
  const objective = withRidge(plain, l2, terms);
  return mistake === 'penalised-intercept'
    ? withGradientOf(objective, withRidge(plain, l2, plain.size))
    : objective;
}

/** The failure of a run that diverged, with a step that would not have. */
export function divergence(dataset: Dataset, { run: { last, ending } }: Fit, options: FitOptions): BceError {
  const why = ending.status === 'diverged' ? ending.why : ending.status;
  const safe = safeLearningRate(dataset, options);
  const hints = [
    `--lr ${options.learningRate} is too large a step`,
    // columns near the end of the range of doubles leave no step
    safe > 0 ? `--lr ${safe} cannot diverge on these data` : '',
    options.standardize ? '' : 'without --no-standardize much larger steps are safe',
  ];
  return new BceError(
    'DIVERGED',
    `diverged at epoch ${last.epoch}: ${why}`,
    hints.filter((hint) => hint !== '').join('; '),
  );
}

/** The largest alpha with two digits that cannot diverge on this problem, whatever the labels. */
function safeLearningRate(dataset: Dataset, options: FitOptions): number {
  const { mean, sd } = solvedMoments(dataset, options);
  const loss =
    curvatureBound(mean, sd, options.intercept, 0) * (options.reduction === 'sum' ? dataset.rows : 1);
  return roundDown(2 / (loss + options.l2));
}

/** Means and standard deviations of the columns that are solved for (terms each). */
export function solvedMoments(
  { mean, scale, pivot }: Dataset,
  { standardize, intercept }: FitOptions,
): { mean: Float64Array; sd: Float64Array } {
  if (!standardize) return { mean: mean.map((mu, j) => mu + pivot[j]!), sd: scale };
  return { mean: mean.map((mu, j) => (intercept ? 0 : mu / scale[j]!)), sd: scale.map(() => 1) };
}

/** The largest number with two significant digits that is not above x. */
function roundDown(x: number): number {
  const rounded = Number(x.toPrecision(2));
  return rounded <= x ? rounded : Number((rounded - 10 ** (Math.floor(Math.log10(x)) - 1)).toPrecision(2));
}
