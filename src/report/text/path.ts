/** A regularization path as text: a line for each lambda, and one for each of its weights. */
import { asJson } from '../../json.js';
import type { CrossValidation } from '../../selection/crossValidation.js';
import type { PathOptions } from '../../selection/path.js';
import type { RegularizationPath } from '../../selection/regularizationPath.js';
import { counted, grouped, quotedCell } from '../../text.js';
import { VERSION } from '../../version.js';
import { CV_METRIC_NAMES } from '../pathCurves.js';
import { aligned } from './columns.js';
import { singledText } from './messages.js';

const HEADER = ['lambda', 'nonzero', 'loss', 'violation'] as const;

/** Doubles in their shortest round-trip form. */
export function pathAsCsv({ solutions }: RegularizationPath, delimiter: ',' | '\t'): string {
  const rows = solutions.map((solution) => HEADER.map((name) => solution[name]).join(delimiter));
  return `${[HEADER.join(delimiter), ...rows].join('\n')}\n`;
}

export function pathAsTable({ solutions }: RegularizationPath, columns?: number): string {
  const rows = solutions.map(({ lambda, nonzero, loss, violation }) => [
    lambda.toPrecision(6),
    grouped(nonzero),
    loss.toPrecision(9),
    violation.toExponential(1),
  ]);
  return `${aligned([HEADER, ...rows], columns).join('\n')}\n`;
}

export function pathAsJson(path: RegularizationPath): string {
  return asJson({ format: 'bce-train path', version: VERSION, ...path });
}

/** The long table of all weights. */
export function weightsOfPathAsCsv({ names, solutions }: RegularizationPath): string {
  const cells = names.map((name) => quotedCell(name, ','));
  const rows = solutions.flatMap(({ lambda, weights }) =>
    weights.map((weight, j) => `${lambda},${cells[j]},${weight}\n`),
  );
  return `lambda,feature,weight\n${rows.join('')}`;
}

/** How it ended, in a line. */
export function pathLine(path: RegularizationPath, asked: number, tolerance: number): string {
  const { solutions } = path;
  const last = solutions.at(-1);
  if (last === undefined) return 'interrupted before the first lambda was solved for';
  const worst = solutions.reduce((most, { violation }) => Math.max(most, violation), 0);
  const short = solutions.filter(({ isConverged }) => !isConverged).length;
  const what = path.isWhole
    ? counted(asked, 'lambda')
    : `interrupted after ${solutions.length} of ${asked} lambdas`;
  const missed = short === 0 ? '' : `, ${counted(short, 'solution')} above --tolerance ${tolerance}`;
  return `${what} in ${counted(last.passes, 'pass', 'passes')}: violations of the optimality conditions up to ${worst.toExponential(1)}${missed}`;
}

/** What is minimised. */
export function pathObjectiveText({ l1Ratio, standardize, ...singled }: PathOptions): string {
  const penalty =
    l1Ratio === 1
      ? 'lambda |w|_1'
      : l1Ratio === 0
        ? 'lambda/2 |w|_2^2'
        : `lambda [${l1Ratio} |w|_1 + ${Number((1 - l1Ratio).toPrecision(12))}/2 |w|_2^2]`;
  return `J = mean cross-entropy + ${penalty}${singledText(singled)}; proximal Newton's method on ${standardize ? 'standardized columns' : 'columns as they are'}`;
}

/** The path with the mean and standard error over the folds. */
export function curveAsCsv({ solutions, crossValidation }: RegularizationPath): string {
  const rows = solutions.map((solution, k) => {
    const { mean, se } = crossValidation!.points[k]!;
    return `${[...HEADER.map((name) => solution[name]), mean, se].join(',')}\n`;
  });
  return `${[...HEADER, 'mean', 'se'].join(',')}\n${rows.join('')}`;
}

/** What the folds say, and what is chosen. */
export function cvLines(found: CrossValidation): string[] {
  const { folds, metric, points, lambdaMin, lambda1se, choose, violation } = found;
  const at = (lambda: number) => {
    const { mean, se } = points.find((point) => point.lambda === lambda)!;
    return `${CV_METRIC_NAMES[metric]} ${mean.toPrecision(6)} +- ${se.toPrecision(2)} at lambda ${lambda.toPrecision(6)}`;
  };
  return [
    `${counted(folds, 'fold')}: best ${at(lambdaMin)}; within one standard error ${at(lambda1se)}; violations in the folds up to ${violation.toExponential(1)}`,
    `chosen: lambda ${(choose === 'min' ? lambdaMin : lambda1se).toPrecision(6)} (--choose ${choose})`,
  ];
}

export const UNCONVERGED_FOLDS = 'some solutions of the folds are above --tolerance';
export const NO_CHOICE =
  'interrupted before the folds were done: no lambda is chosen, and no weights are printed';
