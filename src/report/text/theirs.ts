/** What another program solved, in words and as JSON. */
import { type Cause, isDefaultC, type TheirDiagnosis } from '../../check/theirs/diagnoseTheirs.js';
import type { TheirWeights } from '../../check/theirs/theirWeights.js';
import { asJson } from '../../json.js';
import { counted, listed, quoted } from '../../text.js';
import { VERSION } from '../../version.js';
import { prose } from './columns.js';

/**
 * @param positive text of the label with y = 1
 * @param columns of the terminal; undefined where there is none to fit
 */
export function theirsAsText(
  diagnosis: TheirDiagnosis,
  { without }: TheirWeights,
  where: string,
  positive: string,
  columns?: number,
): string {
  const { causes, loss, nullLoss, rows } = diagnosis;
  const lines = [
    `weights of ${where}: J = ${short(loss)} without a penalty; the shares of the classes alone give ${short(nullLoss)}`,
    ...(without.length > 0
      ? [`they have no weight for ${listed(without.map(quoted))}: taken as left out`]
      : []),
    '',
  ];
  if (causes.length === 0) {
    lines.push(
      'none fits: the gradient of J at these weights is that of no penalty known here',
      ...(loss < nullLoss
        ? ['they may be the weights of other rows, of a descent that ended early, or of another model']
        : [
            'they predict these rows worse than the shares of the classes do: other data, other units or other labels',
          ]),
    );
  } else {
    lines.push(
      causes.length === 1
        ? 'what fits:'
        : `what fits, the best first, out of ${counted(causes.length, 'cause')}:`,
    );
    for (const cause of causes) lines.push(...causeLines(cause, rows, positive));
  }
  return prose(lines, columns)
    .map((line) => `${line}\n`)
    .join('');
}

function causeLines(cause: Cause, rows: number, positive: string): string[] {
  const { rest, penalty } = cause;
  const left =
    penalty === 'none'
      ? `the gradient is ${rest.toExponential(1)} of that at zero weights`
      : `${rest.toExponential(1)} of the gradient is left${rest > 0.01 ? ': it stopped short of its optimum' : ''}`;
  const notes = [
    ...(cause.isFlipped
      ? [`the labels are flipped: y = 1 is not ${quoted(positive)} there; --positive settles it`]
      : []),
    ...(cause.units !== 'file'
      ? [
          `the weights are of columns standardized with divisor ${cause.units === 'sample' ? 'm - 1' : 'm'}, not in the units of the file`,
        ]
      : []),
    ...(cause.isBalanced ? ['both classes weigh the same: --class-weight balanced'] : []),
    ...likeLines(cause, rows),
  ];
  return [`  ${causeInWords(cause, rows)} (${left})`, ...notes.map((note) => `    ${note}`)];
}

/** The objective of a cause. */
export function causeInWords(
  { penalty, l1, l2, isStandardized, interceptPenalised }: Cause,
  rows: number,
): string {
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
function likeLines(cause: Cause, rows: number): string[] {
  const { penalty, isStandardized, interceptPenalised, l1, l2 } = cause;
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

export function theirsAsJson(diagnosis: TheirDiagnosis, { without }: TheirWeights, where: string): string {
  const { causes, loss, nullLoss, rows } = diagnosis;
  return asJson({
    format: 'bce-train diagnosis',
    version: VERSION,
    source: where,
    fits: causes.length > 0,
    loss,
    nullLoss,
    rows,
    without,
    causes: causes.map((cause) => ({ ...cause, inWords: causeInWords(cause, rows) })),
  });
}
