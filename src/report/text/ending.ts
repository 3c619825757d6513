/** How a run ended, and what a careful reader must know of its weights. */

import type { Feature } from '../../dataset/dataset.js';
import { namesOfFeature } from '../../dataset/terms.js';
import { MOST_CONFIRMED } from '../../diagnostics/collinear.js';
import { type Diagnosis, statusOf } from '../../diagnostics/diagnose.js';
import type { ColumnRule } from '../../diagnostics/separation/columns.js';
import type { Separation } from '../../diagnostics/separation/verdict.js';
import { type FitOptions, needsProximal } from '../../fit/fit.js';
import { quickest } from '../../optimizer/optimizers.js';
import type { Epoch, Run } from '../../optimizer/run.js';
import { counted, grouped, listed, quoted, shellWord } from '../../text.js';
import { gradientText } from './messages.js';

/** The last line: whether it converged, at what loss and gradient, how far from the optimum, what would help. */
export function endingLine(run: Run, diagnosis: Diagnosis, options: FitOptions): string {
  const { ending, last, chosen } = run;
  const at = stateText(chosen, diagnosis, options);
  const epochs = counted(last.epoch, 'epoch');
  const source =
    chosen.epoch === last.epoch
      ? ''
      : `; the weights are those of epoch ${grouped(chosen.epoch)}, with the lowest validation loss`;
  if (diagnosis.separation !== undefined && ending.status !== 'interrupted') {
    return `no optimum after ${epochs}: ${at}: the weights would grow for ever${source}`;
  }
  switch (statusOf(run, diagnosis)) {
    case 'converged':
      return `converged after ${epochs}: ${at}${source}`;
    case 'tolerance':
      if (diagnosis.optimum === 'not-reached' && diagnosis.rounding > diagnosis.gap! / 2) {
        return `as near the optimum as doubles can tell after ${epochs}: ${at}: rounding the weights moves J by as much; subtract a constant from columns far from zero${source}`;
      }
      return diagnosis.optimum === 'not-reached'
        ? `not at the optimum after ${epochs}: ${at}: the gradient is within --tolerance, J - J* is not; ${closer(diagnosis, options)}${source}`
        : `not known to be at the optimum after ${epochs}: ${at}: ${diagnosis.whyUnknown}${source}`;
    case 'interrupted':
      return `interrupted after ${epochs}: ${at}${source === '' ? '; the weights are those of this epoch' : source}`;
    case 'lost':
      return `lost after ${epochs}: ${at}; the weights are those of this epoch`;
    case 'diverged':
      return `diverged after ${epochs}: ${ending.status === 'diverged' ? ending.why : ''}`;
    case 'patience':
      return ending.status === 'patience'
        ? `stopped after ${epochs}: no lower validation loss in ${counted(options.patience!, 'epoch')}: ${at}${source}`
        : `stopped after ${epochs}, where the gradient is within --tolerance: ${at}${source}`;
    case 'precision':
      return options.tolerance === 0
        ? `done after ${epochs}, at the limit of double precision: ${at}${source}`
        : `not converged after ${epochs}: ${at}: no step lowers J at double precision; ${
            diagnosis.optimum === 'reached' ? 'a larger --tolerance is met' : closer(diagnosis, options)
          }${source}`;
    case 'epochs':
      return options.tolerance === 0
        ? `done after ${epochs}: ${at}${source}`
        : `not converged after ${epochs}: ${at}; ${advice(run, diagnosis, options)}${source}`;
  }
}

/** Whether the end is what was asked for: no news for a person who wants none. */
export function isGoodEnd(run: Run, diagnosis: Diagnosis, { tolerance }: FitOptions): boolean {
  const status = statusOf(run, diagnosis);
  const isAsFarAsAsked = tolerance === 0 && (status === 'epochs' || status === 'precision');
  return (
    diagnosis.separation === undefined && (isAsFarAsAsked || status === 'converged' || status === 'patience')
  );
}

function stateText(
  { loss, batchLoss, maxGradient, validation }: Epoch,
  { gap, optimum }: Diagnosis,
  options: FitOptions,
): string {
  const unknown = optimum === 'none' ? '' : 'J - J* unknown';
  return [
    Number.isNaN(loss) && batchLoss !== undefined
      ? `mean of batches ${batchLoss.toPrecision(12)}, J over all rows unknown`
      : `J ${loss.toPrecision(12)}${batchLoss === undefined ? '' : ' over all rows'}`,
    validation === undefined ? '' : `validation ${validation.toPrecision(6)}`,
    Number.isNaN(maxGradient) ? '' : `${gradientText(options)} ${maxGradient.toExponential(2)}`,
    gap === undefined ? unknown : `J - J* about ${gap.toExponential(0)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What comes closer to the optimum than a run that ended before it. */
export function wayOn(run: Run, diagnosis: Diagnosis, options: FitOptions): string {
  return run.ending.status === 'epochs' ? advice(run, diagnosis, options) : closer(diagnosis, options);
}

/** What comes closer where the gradient is small already. */
function closer({ isNearlyCollinear }: Diagnosis, options: FitOptions): string {
  const { optimizer } = options;
  if (isNearlyCollinear && !needsProximal(options) && optimizer !== 'newton') return NEWTON;
  return optimizer === 'newton' ? 'this is what doubles can tell' : 'a smaller --tolerance comes closer';
}

const NEWTON = 'columns nearly follow from each other: --optimizer newton tells them apart';

/** What comes closer to the optimum. */
function advice(run: Run, diagnosis: Diagnosis, options: FitOptions): string {
  const { remaining, isNearlyCollinear } = diagnosis;
  const { optimizer, learningRate, batch } = options;
  const isProximal = needsProximal(options);
  const other = `--optimizer ${quickest(isProximal, run.chosen.w.length)}`;
  if (batch !== undefined) {
    if (run.chosen.loss > run.history.losses[0]!) {
      return 'J is above its start: the noise of the batches calls for a smaller --lr or a larger --batch';
    }
    const calmer = batch.schedule === 'constant' ? ', --lr-schedule inverse or cosine' : '';
    const more = batch.isOnePass ? 'more --epochs without --stream' : 'more --epochs';
    return `${more}${calmer} or a larger --batch may come closer; ${other} without ${batch.isOnePass ? '--stream and ' : ''}--batch finds the optimum`;
  }
  if (isNearlyCollinear && !isProximal && optimizer !== 'newton') return NEWTON;
  switch (optimizer) {
    case 'gd': {
      const faster = `${learningRate === 'auto' ? '' : '--lr auto or '}${other}`;
      if (standsStill(run.history.losses)) return `J stands still; ${faster} takes longer steps`;
      if (!stillFalls(run.history.losses)) return `J no longer falls: try a smaller --lr, or ${faster}`;
      const more =
        remaining === undefined ? 'more --epochs' : `about ${approximately(remaining)} more --epochs`;
      return `${more} are needed; ${faster} needs fewer`;
    }
    case 'nesterov':
      return other === '--optimizer nesterov'
        ? 'more --epochs come closer'
        : `more --epochs come closer; ${other} needs fewer`;
    case 'adam':
      return `more --epochs and a smaller --lr come closer; ${other} needs fewer`;
    case 'lbfgs':
    case 'newton':
    case 'proximal-newton':
      return 'more --epochs come closer';
  }
}

/** True when J fell in each of the last ten epochs: the steps are not too long. */
function stillFalls(losses: readonly number[]): boolean {
  return losses.slice(-10).every((loss, i, recent) => i === 0 || loss < recent[i - 1]!);
}

/** True when no step of the last ten moved J by as much as rounding shows. */
function standsStill(losses: readonly number[]): boolean {
  const recent = losses.slice(-10);
  return recent.length > 1 && recent.every((loss) => loss === recent[0]);
}

/** 2347 -> `2,300`: an estimate has two digits. */
function approximately(count: number): string {
  return grouped(Number(count.toPrecision(2)));
}

/** What makes the weights other than they look: no optimum, or more than one. */
export function diagnosisWarnings(
  { separation, collinear, unjudged }: Diagnosis,
  features: readonly Feature[],
): string[] {
  const warnings = collinearLines(collinear, features);
  if (separation !== undefined) warnings.push(separationLine(separation));
  // weights that are not unique have been told to have no one optimum
  else if (unjudged !== undefined && collinear.length === 0) {
    warnings.push(
      `it is not known whether the classes are separated, and J without a minimum: ${unjudged}; --l2 LAMBDA gives an answer in any case`,
    );
  }
  return warnings;
}

/** Collinear terms one by one, or in one line where there are many. */
function collinearLines(collinear: Diagnosis['collinear'], features: readonly Feature[]): string[] {
  if (collinear.length === 0) return [];
  const owners = ownersOf(features);
  const isComputed = ({ term }: { readonly term: string }) => owners.get(term)?.expression !== undefined;
  const columnOf = (term: string) => shellWord(owners.get(term)?.name ?? term);
  const columns = [...new Set(collinear.map(({ term }) => columnOf(term)))];
  if (collinear.length > FEW) {
    const names = collinear.map(({ term }) => quoted(term));
    const count = `${collinear.length < MOST_CONFIRMED ? '' : 'at least '}${collinear.length}`;
    // where there are many, there may be more: the weights that are left would not be unique either
    const isDropped = columns.length <= MANY && !collinear.some(isComputed);
    const dropping = isDropped ? `--drop ${columns.join(',')} leaves them out, ` : '';
    return [
      `${count} weights are not unique, since their columns follow from others${collinear.every(({ isExact }) => isExact) ? '' : ' as far as doubles tell'}: ${listed(names)}; ${dropping}--l2 LAMBDA makes the weights unique`,
    ];
  }
  return collinear.map((one) => {
    const { term, others, isExact } = one;
    const remedy = isComputed(one)
      ? `without the term ${quoted(owners.get(term)!.name)}, or with --l2 LAMBDA, the weights are`
      : `--drop ${columnOf(term)} leaves it out, --l2 LAMBDA makes the weights unique`;
    return `${quoted(term)} follows from ${listed(others.map(quoted))}${isExact ? '' : ' as far as doubles tell'}: its weight is not unique; ${remedy}`;
  });
}

/** The feature of each weight, by the name of the weight. */
function ownersOf(features: readonly Feature[]): Map<string, Feature> {
  return new Map(features.flatMap((feature) => namesOfFeature(feature).map((name) => [name, feature])));
}

/** Collinear terms that are told one by one. */
const FEW = 3;
/** Columns that one may be asked to drop. */
const MANY = 10;

const REMEDY = 'J has no minimum and weights grow for ever; --l2 LAMBDA gives an answer';

/** How the classes are separated, in a line. */
function separationLine(separation: Separation): string {
  const isComplete =
    separation.kind === 'combination'
      ? separation.isComplete
      : separation.isComplete === true ||
        separation.rules.some((rule) => rule.kind === 'threshold' && rule.isExact);
  const what =
    separation.kind === 'combination' ? byTerms(separation.terms) : listed(separation.rules.map(ruleText), 3);
  return `the classes are separated${isComplete ? '' : ' in part'}: ${what}: ${REMEDY}`;
}

/** Columns and levels that do it together. */
function byTerms(terms: readonly string[]): string {
  const names = listed(terms.map(quoted));
  return terms.length === 1 ? `by ${names}` : `by ${counted(terms.length, 'column')} together: ${names}`;
}

/** A rule as in `y is 1 exactly when "x" >= 1`. */
function ruleText(rule: ColumnRule): string {
  const column = quoted(rule.column);
  if (rule.kind === 'level') {
    return `y is ${rule.label} in every row with ${column} = ${quoted(rule.level)} (${counted(rule.rows, 'row')})`;
  }
  const { threshold, above, isExact, hasBelow, hasAbove } = rule;
  if (isExact) return `y is ${above} exactly when ${column} >= ${threshold}`;
  return [
    hasAbove ? `y is ${above} whenever ${column} > ${threshold}` : '',
    hasBelow ? `y is ${1 - above} whenever ${column} < ${threshold}` : '',
  ]
    .filter((part) => part !== '')
    .join(', and ');
}
