/** The gradient check as text and as JSON. */
import type { LossKind, ObjectiveCheck, ScaleCheck } from '../../check/checkObjective.js';
import type { FoundMistake } from '../../check/nameMistake.js';
import { asJson } from '../../json.js';
import type { Mistake } from '../../objective/mistakes.js';
import { counted, grouped, listed, printable, quoted } from '../../text.js';
import { VERSION } from '../../version.js';
import { aligned, prose } from './columns.js';

/** Weights in the table; the worst come first. */
const MOST_SHOWN = 10;

/** The scale whose Taylor remainders are shown. */
const SHOWN_SCALE = 1;

/**
 * Tables and the verdict; every line says so when the gradient is wrong on purpose.
 *
 * @param width columns of the terminal; undefined where there is none to fit
 */
export function checkAsText(
  check: ObjectiveCheck,
  rows: number,
  mistake: Mistake | undefined,
  width?: number,
): string {
  const { names, scales, seed } = check;
  const label = mistake === undefined ? '' : labelOf(mistake, width);
  const columns = width && width - label.length;
  const shown = scales.find(({ scale }) => scale === SHOWN_SCALE)!;
  const lines = [
    ...prose([`gradient of ${counted(names.length, 'weight')} at random weights (seed ${seed})`], columns),
    '',
    ...aligned([['|h| about', 'J', 'wrong weights', 'Taylor order'], ...scales.map(scaleRow)], columns),
    '',
    ...worstWeights(check, columns),
    '',
    ...prose([`Taylor test at |h| about ${SHOWN_SCALE}: R(t) = |J(w + t p) - J(w) - t g.p|`], columns),
    ...aligned(
      [
        ['t', 'R(t)', 'order'],
        ...shown.taylor.map(({ t, remainder, order }) => [
          t.toExponential(2),
          remainder.toExponential(2),
          order?.toFixed(3) ?? '',
        ]),
      ],
      columns,
    ),
    '',
    ...prose([verdict(check, rows)], columns),
  ];
  return lines.map((line) => `${(label + line).trimEnd()}\n`).join('');
}

/** Room that the tables want. */
const LEAST_COLUMNS = 60;

/** What lines begin with that come from a gradient that is wrong on purpose. */
function labelOf(mistake: Mistake, width = Number.POSITIVE_INFINITY): string {
  const label = `[wrong gradient: ${mistake}] `;
  return width - label.length < LEAST_COLUMNS ? '[wrong] ' : label;
}

function scaleRow({ scale, loss, weights, order }: ScaleCheck): string[] {
  const wrong = weights.filter(({ isWrong }) => isWrong).length;
  return [String(scale), loss.toPrecision(6), String(wrong), order?.toFixed(3) ?? 'rounding'];
}

function worstWeights({ names, scales }: ObjectiveCheck, columns: number | undefined): string[] {
  const all = scales.flatMap(({ scale, weights }) =>
    weights.map((weight, j) => ({ ...weight, scale, name: names[j]! })),
  );
  all.sort((a, b) => Number(b.isWrong) - Number(a.isWrong) || b.relativeError - a.relativeError);
  const table = aligned(
    [
      ['weight', '|h| about', 'analytic', 'difference', 'relative error'],
      ...all
        .slice(0, MOST_SHOWN)
        .map(({ name, scale, analytic, numeric, relativeError, isWrong }) => [
          printable(name),
          String(scale),
          analytic.toPrecision(7),
          numeric.toPrecision(7),
          `${relativeError.toExponential(1)}${isWrong ? ' wrong' : ''}`,
        ]),
    ],
    columns,
  );
  const rest = all.length - MOST_SHOWN;
  return rest > 0 ? [...table, ...prose([`and ${grouped(rest)} more, with smaller errors`], columns)] : table;
}

/** The verdict in words. */
export function verdict({ names, passes, diagnosis }: ObjectiveCheck, rows: number): string {
  if (diagnosis === undefined || passes) {
    const agree = names.length === 1 ? 'the weight agrees' : `all ${grouped(names.length)} weights agree`;
    return `the gradient is right: ${agree} with differences of J, and no Taylor remainder falls like that of a wrong one`;
  }
  return `the gradient is wrong: ${inWords(diagnosis, names, rows)}`;
}

function inWords(diagnosis: FoundMistake, names: readonly string[], rows: number): string {
  switch (diagnosis.kind) {
    case 'lost-minus':
      return 'every row with y = 0 has the wrong sign: d log(1-z)/dz is -1/(1-z); the inner derivative -1 is missing';
    case 'lost-minus-of-ones':
      return 'every row with y = 1 has the wrong sign: d log(z)/dz is 1/z, and the loss has a minus before it';
    case 'flipped':
      return 'every row has the wrong sign: it is y - z in place of z - y';
    case 'sum-for-mean':
      return `it is ${manifold(rows)} times too large, the number of rows: a sum beside a loss that is a mean`;
    case 'mean-for-sum':
      return `it is ${manifold(rows)} times too small, the number of rows: a mean beside a loss that is a sum`;
    case 'penalised-intercept':
      return 'the derivative by the intercept is too large by lambda b: the penalty leaves the intercept free';
    case 'scaled':
      return `it is ${diagnosis.factor.toPrecision(6)} times the right one`;
    case 'some':
      return `only by ${listed(diagnosis.wrong.map((j) => quoted(names[j]!)))}; the other weights agree`;
    case 'unknown':
      return 'in a way that is none of the known mistakes';
  }
}

/** What the J of a program is at zero weights. */
export function lossInWords(loss: Exclude<LossKind, 'mean'>): string {
  return loss === 'sum'
    ? 'its J is the sum over the rows, not their mean'
    : 'its J at zero weights is not ln 2, nor that for every row: it is another loss, and only its own gradient is judged';
}

/** A number of rows, or a sum of weights. */
function manifold(rows: number): string {
  return Number.isInteger(rows) ? grouped(rows) : String(Number(rows.toPrecision(6)));
}

/** All weights at all scales, and the verdict. */
export function checkAsJson(check: ObjectiveCheck, rows: number, mistake: Mistake | undefined): string {
  const { names, seed, scales, passes, diagnosis } = check;
  return asJson({
    format: 'bce-train gradient check',
    version: VERSION,
    gradient: mistake ?? 'right',
    isWrongOnPurpose: mistake !== undefined,
    passes,
    diagnosis: diagnosis?.kind ?? null,
    verdict: verdict(check, rows),
    seed,
    scales: scales.map(({ scale, loss, order, weights, taylor }) => ({
      scale,
      loss,
      order: order ?? null,
      weights: weights.map((weight, j) => ({ name: names[j]!, ...weight })),
      taylor,
    })),
  });
}
