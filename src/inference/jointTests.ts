/** Tests of all weights of a term together. */
import type { Description, TermGroup } from '../dataset/dataset.js';
import { RowTriangle } from '../math/householder.js';
import type { Factorization } from '../math/triangular.js';

/** Of the hypothesis that all weights of a term are 0. Undefined where the data do not tell one of them. */
export interface JointTest {
  readonly term: string;
  /** w_T . Cov(w_T)^-1 w_T */
  readonly chiSquare: number | undefined;
  /** Weights of the term. */
  readonly degreesOfFreedom: number;
  readonly p: number | undefined;
}

/**
 * Wald's test of every term that has several weights: text columns by their levels, then what was asked for as one
 * term.
 *
 *   w_T . Cov(w_T)^-1 w_T = |R^-T u_T|^2,   R^T R = B^T B,   B = L^-1 E_T,   L L^T = H
 *
 * of the weights u of the standardized columns, whose units cancel. B is factored by reflections and never squared.
 *
 * @param factors of the Hessian H in the weights u, of the mean loss
 * @param u those weights
 * @param errors standard errors of the weights; NaN where the data do not tell one
 * @param unit H times it is that of the summed loss
 * Cost: O(n^2 g) for n weights and terms of g.
 */
export async function jointTests(
  dataset: Pick<Description, 'features' | 'groups'>,
  factors: Factorization,
  u: Float64Array,
  errors: Float64Array,
  unit: number,
): Promise<JointTest[]> {
  // most runs need no distribution
  const { upperChiSquare } = await import('../math/chiSquare.js');
  return termsOfSeveral(dataset).map(({ term, weights }) => {
    const isTold = weights.every((j) => Number.isFinite(errors[j]!));
    const square = isTold ? squareOf(factors, u, weights) : undefined;
    const chiSquare = square === undefined ? undefined : unit * square;
    const degreesOfFreedom = weights.length;
    const p = chiSquare === undefined ? undefined : upperChiSquare(chiSquare, degreesOfFreedom);
    return { term, chiSquare, degreesOfFreedom, p };
  });
}

/** u_T . ((H^-1)_TT)^-1 u_T; undefined where rounding leaves no such matrix. */
function squareOf(factors: Factorization, u: Float64Array, weights: readonly number[]): number | undefined {
  const n = u.length;
  const g = weights.length;
  const B = new Float64Array(g * n);
  weights.forEach((j, p) => {
    const unitVector = new Float64Array(n);
    unitVector[j] = 1;
    factors.half(unitVector, B.subarray(p * n, (p + 1) * n));
  });
  const triangle = new RowTriangle(g);
  triangle.add(B, n, n);
  const inverse = triangle.factorization(Int32Array.from(weights.keys()), g, 1);
  if (inverse.dependent.length > 0) return undefined;
  const square = inverse.quadratic(Float64Array.from(weights, (j) => u[j]!));
  return Number.isFinite(square) ? square : undefined;
}

interface TermWeights {
  readonly term: string;
  /** Indices of the weights. */
  readonly weights: readonly number[];
}

/** Terms of more than one weight. */
function termsOfSeveral({ features, groups }: Pick<Description, 'features' | 'groups'>): TermWeights[] {
  const weightsOf = new Map(
    features.map((feature): [string, number[]] => {
      const { name, term } = feature;
      if (term < 0) return [name, []];
      const count = feature.kind === 'numeric' ? 1 : feature.levels.length - 1;
      return [name, Array.from({ length: count }, (_, k) => term + k)];
    }),
  );
  const ofGroup = (group: TermGroup) => ({
    term: group.name,
    weights: [...new Set(group.features.flatMap((name) => weightsOf.get(name) ?? []))],
  });
  const all = [
    ...[...weightsOf].map(([term, weights]) => ({ term, weights })),
    ...(groups ?? []).map(ofGroup),
  ];
  return all.filter(({ weights }) => weights.length > 1);
}
