/** What another program solved, in words and as JSON. */
import { type Cause, isDefaultC } from '../../check/theirs/causes.js';
import type { OnTheWay } from '../../check/theirs/diagnoseTheirs.js';
import type { Units } from '../../check/theirs/readings.js';
import type { Remaining } from '../../check/theirs/stopped.js';
import type { WeightsDiagnosis } from '../../diagnose.js';
import { asJson } from '../../json.js';
import { counted, grouped, listed, quoted } from '../../text.js';
import { VERSION } from '../../version.js';
import { prose } from './columns.js';

/**
 * @param positive text of the label with y = 1
 * @param columns of the terminal; undefined where there is none to fit
 */
export function theirsAsText(
  diagnosis: WeightsDiagnosis,
  where: string,
  positive: string,
  columns?: number,
): string {
  const { causes, loss, nullLoss, onTheWay, remaining, isStopped } = diagnosis;
  const lines = [
    `weights of ${where}: J = ${short(loss)} without a penalty; the shares of the classes alone give ${short(nullLoss)}`,
    ...namingLines(diagnosis),
    '',
  ];
  if (causes.length > 0) {
    lines.push(
      causes.length === 1
        ? 'what fits:'
        : `what fits, the best first, out of ${counted(causes.length, 'cause')}:`,
    );
    for (const cause of causes) lines.push(...causeLines(cause, diagnosis, positive));
  } else if (onTheWay !== undefined) lines.push(...wayLines(onTheWay, diagnosis, positive));
  else if (isStopped && remaining !== undefined) lines.push(...stoppedLines(remaining, diagnosis));
  else lines.push(...noneLines(diagnosis));
  return prose(lines, columns)
    .map((line) => `${line}\n`)
    .join('');
}

/** How their columns are named, where that is unlike here. */
function namingLines({ without, baselines }: WeightsDiagnosis): string[] {
  return [
    ...(without.length > 0
      ? [`they have no weight for ${listed(without.map(quoted))}: taken as left out`]
      : []),
    ...baselines.map(({ feature, theirs, ours }) =>
      theirs === undefined
        ? `they have a weight for every level of ${quoted(feature)}: only a penalty makes those unique`
        : `their baseline of ${quoted(feature)} is ${quoted(theirs)}, here ${quoted(ours)}: a penalty on its levels is another one here`,
    ),
  ];
}

/** Weights on the way of gradient descent. */
function wayLines(
  { units, isFlipped, isStandardized, time, rest }: OnTheWay,
  { remaining, loss }: WeightsDiagnosis,
  positive: string,
): string[] {
  if (time === 0) return ['not converged: all weights are 0, where a descent begins'];
  return [
    `not converged: on the way of gradient descent from zero weights on ${isStandardized ? 'the standardized columns' : 'the columns as they are'}, without a penalty`,
    `  alpha x epochs is about ${short(time)}; they are beside the way by ${rest.toExponential(1)} of the distance to the optimum`,
    ...(isFlipped ? [`  ${flippedNote(positive)}`] : []),
    ...(units !== 'file' ? [`  ${unitsNote(units)}`] : []),
    ...(remaining?.lambda === 0 && !isFlipped && units === 'file'
      ? [`  J may fall from ${short(loss)} by about ${short(remaining.gap)}`]
      : []),
    isStandardized
      ? '  more epochs get there; here --optimizer newton'
      : '  more epochs get there, sooner on standardized columns; here --optimizer newton',
  ];
}

/** Weights at which a solver stopped that looks at the gradient. */
function stoppedLines({ lambda, gap, slope }: Remaining, { loss, weightSum }: WeightsDiagnosis): string[] {
  const objective =
    lambda === 0
      ? 'J'
      : `J + lambda/2 |w|^2 with C = 1 (lambda = ${digits(lambda)}) on the columns as they are`;
  return [
    'not converged, as far as can be told: no penalty known here has its optimum at these weights',
    `  the gradient of ${objective} is ${slope.toExponential(1)} of that at zero weights, so small that a solver on the columns as they are may stop`,
    `  but it may fall by about ${short(gap)} (${short(2 * weightSum * gap)} in the deviance) yet, along directions in which it is flat; J is ${short(loss)} now`,
    '  as scikit-learn at its limit of iterations ("lbfgs failed to converge"): more of them (max_iter) or standardized columns settle it',
    '  which penalty it has, or whether one unknown here, they do not tell',
  ];
}

function noneLines({ loss, nullLoss, remaining, triedRows, weightSum, weights }: WeightsDiagnosis): string[] {
  const lines = ['none fits: the gradient of J at these weights is that of no penalty known here'];
  if (!(loss < nullLoss)) {
    return [
      ...lines,
      'they predict these rows worse than the shares of the classes do: other data, other units or other labels',
    ];
  }
  lines.push(
    triedRows
      ? 'nor over the first or last rows, distinct rows, or train_test_split with one of the usual seeds'
      : 'parts of the rows were not tried: the rows are elsewhere, or too many to be looked at one by one',
  );
  if (remaining !== undefined && 2 * weightSum * remaining.gap <= 3 * weights) {
    lines.push(
      `they are as near the optimum as those of other rows of the same kind would be (${short(2 * weightSum * remaining.gap)} in the deviance, for ${counted(weights, 'weight')}): part of the rows, a loose tolerance, or rounded weights`,
    );
  } else
    lines.push('they may be the weights of other rows, of a descent that ended early, or of another model');
  return lines;
}

function flippedNote(positive: string): string {
  return `the labels are flipped: y = 1 is not ${quoted(positive)} there; --positive settles it`;
}

function unitsNote(units: Units): string {
  return `the weights are of columns standardized with divisor ${units === 'sample' ? 'm - 1' : 'm'}, not in the units of the file`;
}

/** Which rows were used. */
function rowsNotes({ rows, rest }: Cause, { rows: all }: WeightsDiagnosis): string[] {
  // a solver that stopped short leaves the place of the cut to a few rows
  const about = rest > 0.01 && rows.kind !== 'distinct' ? 'about ' : '';
  const used = `${about}${grouped(rows.count)} of the ${grouped(all)} rows here`;
  switch (rows.kind) {
    case 'all':
      return [];
    case 'first':
      return [`rows were dropped: the first, ${used}, were used`];
    case 'last':
      return [`rows were dropped: the last, ${used}, were used`];
    case 'distinct':
      return [`rows were dropped: each row that is there more than once counts once, ${used}`];
    case 'split':
      return [
        `rows were dropped: ${used} were used, those that train_test_split of scikit-learn leaves to train with random_state = ${rows.seed}`,
      ];
    case 'sample':
      return [
        `rows were dropped: ${used} were used, those of DataFrame.sample with random_state = ${rows.seed}`,
      ];
    case 'complete':
      return [
        `rows with a missing cell were left out: ${grouped(rows.count)} rows were used; here --missing drop`,
      ];
    case 'filled':
      return [
        `missing cells were filled, by the mean or the most frequent level: ${grouped(rows.count)} rows were used; here --missing mean`,
      ];
  }
}

function causeLines(cause: Cause, diagnosis: WeightsDiagnosis, positive: string): string[] {
  const { rest, penalty } = cause;
  const left =
    penalty === 'none'
      ? `the gradient is ${rest.toExponential(1)} of that at zero weights`
      : `${rest.toExponential(1)} of the gradient is left${rest > 0.01 ? ': it stopped short of its optimum' : ''}`;
  const notes = [
    ...rowsNotes(cause, diagnosis),
    ...(cause.isFlipped ? [flippedNote(positive)] : []),
    ...(cause.units !== 'file' ? [unitsNote(cause.units)] : []),
    ...(cause.isBalanced ? ['both classes weigh the same: --class-weight balanced'] : []),
    ...likeLines(cause),
  ];
  return [`  ${causeInWords(cause)} (${left})`, ...notes.map((note) => `    ${note}`)];
}

/** The objective of a cause. */
function causeInWords({
  penalty,
  l1,
  l2,
  isStandardized,
  interceptPenalised,
  rows: { weight: rows },
}: Cause): string {
  if (penalty === 'none') return 'no penalty: the plain maximum of the likelihood';
  const scale = isStandardized ? 'the standardized columns' : 'the columns as they are';
  const intercept = interceptPenalised ? ', the intercept penalised as well' : '';
  if (penalty === 'l2')
    return `lambda/2 |w|^2 with lambda = ${short(l2)} (C = 1/(lambda m) = ${short(1 / (l2 * rows))}) on ${scale}${intercept}`;
  if (penalty === 'l1')
    return `lambda |w| with lambda = ${short(l1)} (C = 1/(lambda m) = ${short(1 / (l1 * rows))}) on ${scale}${intercept}`;
  const sum = l1 + l2;
  return `elastic net with lambda = ${short(sum)}, alpha = ${short(l1 / sum)} on ${scale}${intercept}`;
}

/** Who solves this, and the options that do so here. */
function likeLines(cause: Cause): string[] {
  const { penalty, isStandardized, interceptPenalised, l1, l2 } = cause;
  const rows = cause.rows.weight;
  if (penalty === 'none') return ['as R glm and statsmodels; here --optimizer newton'];
  const isC = penalty !== 'elastic-net' && isDefaultC(l1 + l2, rows);
  const isDefault = isC ? ' at its default C = 1' : '';
  // what a solver meant that stops short of it
  const meant = (lambda: number) => digits(isC ? 1 / rows : lambda);
  const who = interceptPenalised
    ? `as LIBLINEAR${isDefault}, alone or as solver="liblinear" of scikit-learn`
    : isStandardized
      ? `as glmnet, H2O and Spark, and scikit-learn${isDefault} behind a StandardScaler`
      : `as scikit-learn${isDefault}, and glmnet with standardize = FALSE`;
  if (interceptPenalised)
    return [who, 'a penalised intercept is no option here: it depends on where the columns have their zero'];
  const flags = [
    l2 > 0 ? `--l2 ${meant(l2)}` : '',
    l1 > 0 ? `--l1 ${meant(l1)}` : '',
    isStandardized ? '' : '--no-standardize',
  ].filter((flag) => flag !== '');
  return [who, `here ${flags.join(' ')}`];
}

function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function theirsAsJson({ verdict, causes, ...rest }: WeightsDiagnosis, where: string): string {
  return asJson({
    format: 'bce-train diagnosis',
    version: VERSION,
    source: where,
    verdict,
    fits: causes.length > 0,
    ...rest,
    causes: causes.map((cause) => ({ ...cause, inWords: causeInWords(cause) })),
  });
}
