/** The problem that the options pose on a dataset, and the units of its weights. */
import type { Description } from '../dataset/dataset.js';
import { curvatureBound } from '../objective/curvature.js';
import { type Mistake, withGradientOf } from '../objective/mistakes.js';
import type { CurvedObjective, LossObjective, NewtonOracle, Objective } from '../objective/objective.js';
import { type Box, NO_PENALTY, type Penalty, separable } from '../objective/penalty/penalty.js';
import { withRidge } from '../objective/penalty/ridge.js';
import { toBasePrecisely } from '../objective/precise/weights.js';
import type { ClassWeights } from '../objective/reference.js';
import { type ChangeOfColumns, changeOfColumns, inChangedColumns } from '../objective/standardize.js';
import type { Table } from '../objective/table.js';
import { type Parabola, parabolaOf } from './parabola.js';
import type { ProblemOptions, SpaceOptions } from './problemOptions.js';
import { boxOf, penaltyFactors } from './singled.js';

/** And what they depend on of a table. */
export type SpaceDescription = Pick<Description, 'design' | 'scaling' | 'features' | 'groups'>;

/** The variables that are solved for. */
export interface Space {
  readonly intercept: boolean;
  /** 1 for each weight that penalties are on, 0 for the others (size). */
  readonly factors: Float64Array;
  /** The columns that are solved for, (x - mu)/s for each term's column x as stored (terms). */
  readonly columns: { readonly mu: Float64Array; readonly s: Float64Array };
  readonly solved: ChangeOfColumns;
  /** Bounds of what is solved for; undefined for none. */
  readonly box: Box | undefined;
  /** Weights of the columns as stored for those solved for. */
  toStored(v: Float64Array): Float64Array;
  /**
   * Weights in the units of the file (terms, and the intercept last if there is one) for those solved for.
   *
   * @param low what v lacks, where more than doubles is known of it: then each is rounded once
   */
  toFileUnits(v: Float64Array, low?: Float64Array): Float64Array;
  /** The way back, to rounding. */
  fromFileUnits(w: Float64Array): Float64Array;
}

export interface Problem extends Space {
  /** Loss and L2 penalty, in the variables that are solved for. */
  readonly objective: CurvedObjective;
  /** The L1 penalty, and the bounds. */
  readonly penalty: Penalty;
  /** The same of another loss over the columns as stored, as that of some of the rows. */
  objectiveOf(loss: Objective): Objective;
  /** Its second derivatives, and its gradient with more digits. */
  readonly parabola: Parabola;
}

/** What a problem is made of besides the dataset. */
export interface Parts {
  /** How the gradient is to be wrong, if it is. */
  readonly mistake?: Mistake | undefined;
  /** What the weights of the rows are multiplied by; without a mistake only. */
  readonly classWeights?: ClassWeights | undefined;
  /** The loss over the columns as stored, in place of the reference; without either. */
  readonly loss?: LossObjective | undefined;
}

/**
 * Puts the objective together, innermost first: the loss over the columns as stored, the change to the
 * columns that are solved for, the penalty on those.
 */
export function composeProblem(
  dataset: Table,
  options: ProblemOptions,
  { mistake, classWeights, loss: given }: Parts = {},
): Problem {
  const { reduction, l2, l1 } = options;
  const loss = given ?? dataset.plainLoss(reduction, classWeights);
  const { terms } = dataset.design;
  const space = spaceOf(dataset, options);
  const { factors, solved, toStored } = space;
  const { mu, s } = space.columns;
  const plain = inChangedColumns(withMistake(loss, dataset, options, mistake), solved);
  const objective = penalised(plain, l2, factors, mistake);
  const stored = new Float64Array(objective.size);
  const parabola = parabolaOf(dataset, options, factors, loss, toStored);
  return {
    parabola,
    objective: {
      size: objective.size,
      evaluate: (v, g) => objective.evaluate(v, g),
      async hessian(v, H) {
        solved.toBase(v, stored);
        await loss.hessian(mu, s, stored, H);
        for (let j = 0; j < terms; j++) H[j * objective.size + j]! += l2 * factors[j]!;
      },
      newton: newtonOf(parabola),
    },
    penalty: penaltyOf(l1, factors, space.box),
    objectiveOf: (other) => penalised(inChangedColumns(other, solved), l2, factors),
    ...space,
  };
}

/**
 * The variables that are solved for: the columns (x - mu)/s, and the way to the stored columns and to the file.
 *
 * @throws BceError COLUMN_UNKNOWN, USAGE for what is asked of single weights
 */
export function spaceOf(dataset: SpaceDescription, options: SpaceOptions): Space {
  const { standardize, unpenalised, bounds } = options;
  const { pivot } = dataset.scaling;
  const { terms, intercept } = dataset.design;
  const factors = penaltyFactors(dataset, unpenalised);
  const box = boxOf(dataset, bounds);
  const { mu, s } = solvedColumns(dataset, options);
  const solved = changeOfColumns(mu, s, intercept);
  const file = changeOfColumns(pivot, new Float64Array(terms).fill(1), intercept);
  return {
    factors,
    box: box && inSolvedColumns(box, standardize ? s : undefined),
    intercept,
    columns: { mu, s },
    solved,
    toStored: (v) => mapped(v, solved.toBase),
    toFileUnits(v, low) {
      // without standardizing, the columns solved for are those of the file already
      if (!standardize) return v.slice();
      if (low === undefined) return within(box, mapped(v, solved.toBase, file.toBase));
      const w = v.slice();
      const rest = low.slice();
      toBasePrecisely(
        (j) => mu[j]!,
        (j) => s[j]!,
        terms,
        w,
        rest,
        w,
        rest,
      );
      toBasePrecisely(
        (j) => pivot[j]!,
        () => 1,
        terms,
        w,
        rest,
        w,
        rest,
      );
      return w;
    },
    fromFileUnits: (w) => (standardize ? mapped(w, file.fromBase, solved.fromBase) : w.slice()),
  };
}

/** Newton's step along the parabola, in the variables that are solved for. */
function newtonOf({ curvature, newtonStep, precisely, isCheap }: Parabola): NewtonOracle {
  return {
    async curvature(v) {
      const { factors, isOfRows } = await curvature(v);
      return { solve: (g, p) => newtonStep(factors, g, p), isPlain: !isOfRows };
    },
    precisely,
    isCheap,
  };
}

function mapped(weights: Float64Array, ...maps: readonly ChangeOfColumns['toBase'][]): Float64Array {
  const result = weights.slice();
  for (const map of maps) map(result, result);
  return result;
}

/** Shift and scale that lead from the columns as stored to those that are solved for (terms each). */
function solvedColumns(
  { design: { intercept }, scaling: { mean, scale, pivot } }: SpaceDescription,
  { standardize }: SpaceOptions,
): { mu: Float64Array; s: Float64Array } {
  // stored columns are those of the file less the pivots, which are 0 without an intercept
  if (!standardize) return { mu: pivot.map((offset) => -offset), s: new Float64Array(pivot.length).fill(1) };
  return { mu: intercept ? mean : new Float64Array(mean.length), s: scale };
}

/** The loss over the columns as stored, its gradient wrong where it is to be. */
function withMistake(
  loss: Objective,
  dataset: Table,
  { reduction }: ProblemOptions,
  mistake?: Mistake,
): Objective {
  switch (mistake) {
    case 'lost-minus':
      return withGradientOf(loss, dataset.plainLoss(reduction, [-1, 1]));
    case 'flipped':
      return withGradientOf(loss, dataset.plainLoss(reduction, [-1, -1]));
    case 'sum-for-mean':
      return withGradientOf(loss, dataset.plainLoss('sum'));
    default:
      return loss;
  }
}

function penalised(plain: Objective, l2: number, factors: Float64Array, mistake?: Mistake): Objective {
  if (l2 === 0) return plain;
  const objective = withRidge(plain, l2, factors);
  return mistake === 'penalised-intercept'
    ? withGradientOf(objective, withRidge(plain, l2, withIntercept(factors)))
    : objective;
}

/** The factors of a penalty that is on the intercept as well. */
function withIntercept(factors: Float64Array): Float64Array {
  return factors.map((factor, j) => (j === factors.length - 1 ? 1 : factor));
}

function penaltyOf(l1: number, factors: Float64Array, box: Box | undefined): Penalty {
  if (l1 === 0 && box === undefined) return NO_PENALTY;
  return separable(
    factors.map((factor) => l1 * factor),
    box,
  );
}

/** The bounds of the weights that are solved for. @param s scale of the columns (terms) */
function inSolvedColumns({ lower, upper }: Box, s: Float64Array | undefined): Box {
  const scaled = (bounds: Float64Array) => bounds.map((bound, j) => bound * (s?.[j] ?? 1));
  return { lower: scaled(lower), upper: scaled(upper) };
}

/** Puts weights that are on a bound there, which rounding may have moved; in place. */
function within(box: Box | undefined, w: Float64Array): Float64Array {
  for (let j = 0; j < w.length && box !== undefined; j++) {
    w[j] = Math.min(Math.max(w[j]!, box.lower[j]!), box.upper[j]!);
  }
  return w;
}

/** Means and standard deviations of the columns that are solved for (terms each). */
export function solvedMoments(
  { design: { intercept }, scaling: { mean, scale, pivot } }: SpaceDescription,
  { standardize }: Pick<ProblemOptions, 'standardize'>,
): { mean: Float64Array; sd: Float64Array } {
  if (!standardize) return { mean: mean.map((mu, j) => mu + pivot[j]!), sd: scale };
  return { mean: mean.map((mu, j) => (intercept ? 0 : mu / scale[j]!)), sd: scale.map(() => 1) };
}

/**
 * A bound on the curvature of the objective whatever the labels and weights, from the moments alone.
 *
 * @returns that of the loss alone, and with the penalty, in units of J
 */
export function boundOf(dataset: Description, options: ProblemOptions): { loss: number; whole: number } {
  const { mean, sd } = solvedMoments(dataset, options);
  const unit = options.reduction === 'sum' ? dataset.weightSum : 1;
  const loss = curvatureBound(mean, sd, dataset.design.intercept, 0) * unit;
  return { loss, whole: loss + options.l2 };
}
