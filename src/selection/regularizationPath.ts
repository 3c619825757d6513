/** A path with its meaning: names of the weights, and how it was made. */
import type { Description } from '../dataset/dataset.js';
import { INTERCEPT, termName } from '../dataset/terms.js';
import { type CrossValidation, chosenLambda } from './crossValidation.js';
import type { PathOptions } from './path.js';
import type { PathPoint } from './solution.js';

/** Solutions at descending lambdas; weights in the units of the data. */
export interface RegularizationPath {
  /** A of lambda [A |w|_1 + (1 - A)/2 |w|_2^2]. */
  readonly l1Ratio: number;
  readonly standardize: boolean;
  /** What carries no penalty, and bounds; undefined for none. */
  readonly unpenalised?: PathOptions['unpenalised'];
  readonly bounds?: PathOptions['bounds'];
  /** Names of the weights of a solution: the intercept first, if there is one. */
  readonly names: readonly string[];
  readonly solutions: readonly PathSolution[];
  /** Whether every lambda that was asked for is among them. */
  readonly isWhole: boolean;
  /** Undefined where it was not asked for, or was interrupted. */
  readonly crossValidation?: CrossValidation | undefined;
}

export interface PathSolution extends Omit<PathPoint, 'w' | 'stored'> {
  /** In the order of the names. */
  readonly weights: readonly number[];
}

/** @param asked number of lambdas that were asked for */
export function pathOf(
  { features, design: { intercept } }: Description,
  { l1Ratio, standardize, unpenalised, bounds }: PathOptions,
  points: readonly PathPoint[],
  asked: number,
  crossValidation?: CrossValidation,
): RegularizationPath {
  const named = features.flatMap((feature) =>
    feature.kind === 'numeric'
      ? [{ name: feature.name, term: feature.term }]
      : feature.levels.slice(1).map((level, k) => ({
          name: termName(feature, level),
          term: feature.term + k,
        })),
  );
  return {
    l1Ratio,
    standardize,
    ...(unpenalised && { unpenalised }),
    ...(bounds && { bounds }),
    names: [...(intercept ? [INTERCEPT] : []), ...named.map(({ name }) => name)],
    solutions: points.map(({ w, stored: _, ...point }) => ({
      ...point,
      // a constant column has no term
      weights: [...(intercept ? [w.at(-1)!] : []), ...named.map(({ term }) => (term < 0 ? 0 : w[term]!))],
    })),
    isWhole: points.length === asked,
    ...(crossValidation && { crossValidation }),
  };
}

/** The solution at the lambda that the cross-validation chooses; undefined without one. */
export function chosenSolution({ solutions, crossValidation }: RegularizationPath): PathSolution | undefined {
  if (crossValidation === undefined) return undefined;
  const chosen = chosenLambda(crossValidation);
  return solutions.find(({ lambda }) => lambda === chosen);
}
