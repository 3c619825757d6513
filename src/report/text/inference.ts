/** The fit as a whole in numbers, and what a careful reader must know of the figures. */
import type { Caution, Inference } from '../../inference/infer.js';
import { grouped, printable } from '../../text.js';

/** The figures of a fit that statisticians compare. */
type Summary = Omit<Inference, 'weights' | 'quantile' | 'variance'>;

/** Deviances, AIC and BIC in one line. */
export function devianceLine(inference: Summary): string {
  const { nullDeviance, nullDegreesOfFreedom, deviance, degreesOfFreedom, aic, bic } = inference;
  return [
    `null deviance ${short(nullDeviance)} on ${grouped(nullDegreesOfFreedom)} degrees of freedom`,
    `residual deviance ${short(deviance)} on ${grouped(degreesOfFreedom)}`,
    `AIC ${short(aic)}`,
    `BIC ${short(bic)}`,
  ].join(', ');
}

/** Terms whose tests are told; the model has all. */
const MOST_TESTS = 50;

/** One line for each term of several weights. */
export function termTestLines({ tests }: Summary): string[] {
  const lines = tests.slice(0, MOST_TESTS).map(({ term, chiSquare, degreesOfFreedom, p }) => {
    const name = printable(term);
    if (chiSquare === undefined) return `${name}: its weights are not unique, so they have no test`;
    // beyond the least of the doubles it is none of them
    const shown = p === 0 ? 'below 1e-300' : Number(p!.toPrecision(3));
    return `${name}: chi-square ${Number(chiSquare.toPrecision(5))} on ${grouped(degreesOfFreedom)} degrees of freedom, p ${shown}`;
  });
  const left = tests.length - MOST_TESTS;
  return left > 0 ? [...lines, `and the tests of ${grouped(left)} more terms, in the JSON model`] : lines;
}

function short(x: number): string {
  return String(Number(x.toPrecision(8)));
}

/** What a weight of a row means to the statistics. */
export const WEIGHTS_ARE_COUNTS = 'the statistics take a row of weight 3 for three rows';

/** One warning for each reason to read the figures with care. */
export function cautionLines({ cautions, distance }: Summary): string[] {
  return cautions.map((caution) => TEXTS[caution](distance));
}

const TEXTS: Readonly<Record<Caution, (distance: number) => string>> = {
  l2: () =>
    '--stats: --l2 shrinks the weights: standard errors are those of the penalised objective and say nothing of the bias, so z, p and the intervals are no tests',
  'class-weight': () =>
    '--stats: --class-weight counts rows more or less often than they are there, and the standard errors believe it; leave it out to test weights',
  collinear: () => '--stats: weights that are not unique have no standard error, and their cells are empty',
  separated: () =>
    '--stats: the classes are separated: weights grow for ever and their standard errors with them, so z and p mean nothing',
  'not-converged': (distance) =>
    `--stats: not at the optimum: weights may be off by ${offBy(distance)}; --optimizer newton or a smaller --tolerance comes closer`,
};

function offBy(distance: number): string {
  return Number.isFinite(distance) ? `${distance.toPrecision(1)} of their standard errors` : 'any distance';
}
