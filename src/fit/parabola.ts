/**
 * The parabola that a problem is near given weights: its gradient and its second derivatives.
 *
 * Whatever is solved for, it is told in the weights u of the standardized columns, where neither the units nor the
 * offset of a column cost digits:
 *
 *   J(u + p) = J + g.p + 1/2 p.H p,   its minimum at p = -H^-1 g,   1/2 g.H^-1 g below
 */
import type { Dataset, Description } from '../dataset/dataset.js';
import { factorizeYielding } from '../math/cholesky.js';
import { add, type DoubleDouble, multiply } from '../math/doubleDouble.js';
import { type PreciseInverse, preciseInverse } from '../math/preciseCholesky.js';
import type { Factorization } from '../math/triangular.js';
import type { LossObjective, SampledLoss } from '../objective/objective.js';
import { preciseHessian } from '../objective/precise/hessian.js';
import { type PreciseLoss, preciseLoss } from '../objective/precise/loss.js';
import { fromBasePrecisely } from '../objective/precise/weights.js';
import { changeOfColumns } from '../objective/standardize.js';
import type { Table } from '../objective/table.js';
import { weightedTriangle } from '../objective/triangle.js';
import { takingOrder } from '../optimizer/newton.js';
import type { ProblemOptions } from './problemOptions.js';

/** H, factored. */
export interface Curvature {
  readonly factors: Factorization;
  /** The matrix itself, to what digits it has; undefined where only the rows were taken. */
  readonly H: Float64Array | undefined;
  /** Whether its digits suffice for what is not near 0: false where a table elsewhere tells no more than X^T D X. */
  readonly isTrusted: boolean;
  /** Whether it is made of the rows, since X^T D X left doubts. */
  readonly isOfRows: boolean;
}

export interface Parabola {
  /**
   * The second derivatives at weights v of what is solved for.
   *
   * @param order weights in the order in which they are taken, all (default) or some: what follows from others
   *   is the later one
   * @param isExact takes the rows where that is not much work, however little in doubt the cheap way is
   */
  curvature(v: Float64Array, order?: Int32Array, isExact?: boolean): Promise<Curvature>;
  /** The same by X^T D X over some of the rows alone. */
  curvatureOver(sample: SampledLoss, v: Float64Array, order?: Int32Array): Promise<Curvature>;
  /** The gradient in u for the gradient g in v. */
  toStandard(g: Float64Array): Float64Array;
  /** Writes H^-1 g, both in v, into `p`; returns g.H^-1 g. */
  newtonStep(factors: Factorization, g: Float64Array, p: Float64Array): number;
  /**
   * J and its gradient g in v, at v + low, with the digits that doubles lose; undefined where the rows are elsewhere.
   */
  readonly precisely: ((v: Float64Array, low: Float64Array, g: Float64Array) => Promise<number>) | undefined;
  /** Whether that is little work. */
  readonly isCheap: boolean;
  /**
   * The inverse of the second derivatives in u, at v + low, with the digits that doubles lose; undefined where that
   * is much work, the rows are elsewhere, or a weight follows from others.
   */
  inverse(v: Float64Array, low: Float64Array): Promise<PreciseInverse | undefined>;
}

/** 1 - R^2 below which Cholesky's half of the digits are too few. */
const DOUBTFUL = 1e-6;

/** What must be left of a column in X^T D X that others do not explain; rounding leaves less. */
const DEPENDENT = 1e-11;

/** Multiplications for a triangle of the rows, and for sums in two doubles, that are always worth while. */
const CHEAP_WORK = 1e8;
const CHEAP_CELLS = 1e6;
/** And for second derivatives in two doubles. */
const CHEAP_PRODUCTS = 1e7;

/** What exp costs a row, in columns. */
const ROW_COST = 10;

/**
 * @param factors 1 for each weight that the penalty is on, 0 for the others (size)
 * @param toStored weights of the columns as stored for those solved for
 */
export function parabolaOf(
  table: Table,
  options: ProblemOptions,
  factors: Float64Array,
  loss: LossObjective,
  toStored: (v: Float64Array) => Float64Array,
): Parabola {
  const { standardize, reduction, l2 } = options;
  const {
    scaling: { mean, scale, pivot },
    rows,
    weightSum,
    design: { terms, size, intercept },
    local,
  } = table;
  const mu = intercept ? mean : new Float64Array(terms);
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  // a penalty on the columns as they are is one on the standardized ones, less by the square of their scale
  const ridge =
    l2 > 0 ? Float64Array.from(scale, (s, j) => factors[j]! * (standardize ? l2 : l2 / s / s)) : undefined;
  const ofFile = fileColumns(table);
  const change = changeOfColumns(ofFile, scale, intercept);
  const whole = takingOrder(size, intercept);
  let precise: PreciseLoss | undefined;
  /** Both parts of the weights of the standardized columns. */
  const standardized = (v: Float64Array, low: Float64Array): readonly [Float64Array, Float64Array] => {
    const u = v.slice();
    const uLow = low.slice();
    if (!standardize) fromBasePrecisely(mu, pivot, scale, u, uLow, u, uLow);
    return [u, uLow];
  };

  const curvatureBy = async (
    of: Pick<LossObjective, 'hessian'>,
    v: Float64Array,
    order: Int32Array,
  ): Promise<Curvature & { readonly H: Float64Array }> => {
    const H = new Float64Array(size * size);
    await of.hessian(mu, scale, toStored(v), H);
    for (let j = 0; j < terms; j++) H[j * size + j]! += ridge?.[j] ?? 0;
    const factors = await factorizeYielding(H, order, DEPENDENT);
    const isTrusted = factors.dependent.length === 0 && factors.leastPivot >= DOUBTFUL;
    return { factors, H, isTrusted, isOfRows: false };
  };
  const toStandard = (g: Float64Array) => {
    const result = g.slice();
    if (!standardize) change.pullBack(result);
    return result;
  };

  return {
    async curvature(v, order = whole, isExact = false) {
      const ofRows = async (dataset: Dataset, H?: Float64Array): Promise<Curvature> => {
        const ridgeOfSum = ridge?.map((lambda) => lambda / unit);
        const triangle = await weightedTriangle(dataset, mu, scale, toStored(v), ridgeOfSum, order, unit);
        return { factors: triangle, H, isTrusted: true, isOfRows: true };
      };
      if (local !== undefined && isExact && rows * order.length ** 2 <= CHEAP_WORK) return ofRows(local);
      const cheap = await curvatureBy(loss, v, order);
      return cheap.isTrusted || local === undefined ? cheap : ofRows(local, cheap.H);
    },
    curvatureOver: (sample, v, order = whole) => curvatureBy(sample, v, order),
    toStandard,
    newtonStep(factors, g, p) {
      const slopes = toStandard(g);
      factors.solve(slopes, p);
      if (!standardize) change.toBase(p, p);
      return factors.quadratic(slopes);
    },
    precisely:
      local === undefined
        ? undefined
        : async (v, low, g) => {
            precise ??= preciseLoss(local, reduction, mu, scale);
            let J = await precise.evaluate(...standardized(v, low), g);
            if (!standardize) fromStandardGradient(ofFile, scale, intercept, g);
            for (let j = 0; j < terms && l2 > 0; j++) {
              J += (l2 / 2) * factors[j]! * v[j]! * v[j]!;
              g[j]! += l2 * factors[j]! * (v[j]! + low[j]!);
            }
            return J;
          },
    isCheap: rows * (terms + ROW_COST) <= CHEAP_CELLS,
    async inverse(v, low) {
      if (local === undefined || (rows + size) * size ** 2 > CHEAP_PRODUCTS) return undefined;
      const H = await preciseHessian(local, mu, scale, ...standardized(v, low));
      const all = H.map((line, j) => line.map((entry, k) => scaled(entry, j === k ? ridge?.[j] : 0)));
      return preciseInverse(all);
    },
  };

  /** An entry of the summed H as one of H. */
  function scaled(entry: DoubleDouble, lambda = 0): DoubleDouble {
    return add(multiply(entry, [unit, 0]), [lambda, 0]);
  }
}

/** Means of the columns of the file (terms); 0 where no intercept takes them up. */
function fileColumns({ design: { intercept }, scaling: { mean, pivot } }: Description): Float64Array {
  return mean.map((mu, j) => (intercept ? mu + pivot[j]! : 0));
}

/** dJ/dw_j = s_j dJ/du_j + mu_j dJ/db, the way back of `pullBack`; in place. */
function fromStandardGradient(mu: Float64Array, s: Float64Array, intercept: boolean, g: Float64Array): void {
  const gb = intercept ? g[mu.length]! : 0;
  for (let j = 0; j < mu.length; j++) g[j] = s[j]! * g[j]! + mu[j]! * gb;
}
