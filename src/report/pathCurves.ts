/** A path as curves over log10 lambda, for the page and for the terminal. */
import type { Description } from '../dataset/dataset.js';
import { INTERCEPT, termName } from '../dataset/terms.js';
import type { CvMetric } from '../selection/choices.js';
import { type CrossValidation, chosenLambda } from '../selection/crossValidation.js';
import type { RegularizationPath } from '../selection/regularizationPath.js';
import type { FoldCurve, PathData, TermPath } from './pathData.js';

/** What each metric of the folds is called. */
export const CV_METRIC_NAMES: Readonly<Record<CvMetric, string>> = {
  loss: 'log loss',
  auc: 'ROC AUC',
  brier: 'Brier score',
  error: 'share of errors',
};

/** @param most terms at most */
export function pathCurves(path: RegularizationPath, dataset: Description, most: number): PathData {
  const solutions = [...path.solutions].reverse();
  const scales = scalesByName(dataset);
  const all = path.names
    .map((name, k) => ({ name, y: solutions.map(({ weights }) => weights[k]! * (scales.get(name) ?? 0)) }))
    .filter(({ name, y }) => name !== INTERCEPT && y.some((weight) => weight !== 0));
  const sizeOf = ({ y }: TermPath) => y.reduce((size, weight) => Math.max(size, Math.abs(weight)), 0);
  const terms = all.toSorted((a, b) => sizeOf(b) - sizeOf(a)).slice(0, most);
  return {
    x: solutions.map(({ lambda }) => Math.log10(lambda)),
    nonzero: solutions.map(({ nonzero }) => nonzero),
    terms,
    others: all.length - terms.length,
    folds: path.crossValidation && foldCurve(path.crossValidation),
  };
}

function foldCurve(found: CrossValidation): FoldCurve {
  const points = [...found.points].reverse();
  const place = (lambda: number) => points.findIndex((point) => point.lambda === lambda);
  return {
    count: found.folds,
    metric: CV_METRIC_NAMES[found.metric],
    mean: points.map(({ mean }) => mean),
    low: points.map(({ mean, se }) => mean - se),
    high: points.map(({ mean, se }) => mean + se),
    min: place(found.lambdaMin),
    oneSe: place(found.lambda1se),
    chosen: place(chosenLambda(found)),
  };
}

/** Standard deviation of the column of each term. */
function scalesByName({ features, scaling: { scale } }: Description): Map<string, number> {
  return new Map(
    features.flatMap((feature): [string, number][] => {
      if (feature.term < 0) return [];
      if (feature.kind === 'numeric') return [[feature.name, scale[feature.term]!]];
      return feature.levels.slice(1).map((level, k) => [termName(feature, level), scale[feature.term + k]!]);
    }),
  );
}
