/** Tests and intervals of single weights. */

/** Every figure is undefined where the data do not tell the weight, and one that is beyond the doubles. */
export interface WeightStatistics {
  readonly standardError: number | undefined;
  /** weight / standard error. */
  readonly z: number | undefined;
  /** Two-sided, of the hypothesis that the true weight is 0. */
  readonly p: number | undefined;
  /** Ends of the interval around the weight. */
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  /** e^w: by what the odds of y = 1 are multiplied when the column grows by 1. */
  readonly oddsRatio: number | undefined;
}

/** Of a weight that the data do not tell, or that has no column. */
export const ALIASED: WeightStatistics = {
  standardError: undefined,
  z: undefined,
  p: undefined,
  lower: undefined,
  upper: undefined,
  oddsRatio: undefined,
};

/**
 * Wald statistics of weights.
 *
 *   z = w / se,   p = 2 Phi(-|z|),   w -+ q se   with Phi(q) - Phi(-q) = confidence
 *
 * @param w weights
 * @param errors their standard errors; NaN where there is none, Infinity beyond the doubles
 * @param q of the intervals
 */
export async function waldStatistics(
  w: Float64Array,
  errors: Float64Array,
  q: number,
): Promise<WeightStatistics[]> {
  // most runs need no normal distribution
  const { twoSidedP } = await import('../math/normal.js');
  return Array.from(errors, (standardError, j) => {
    if (!Number.isFinite(standardError)) return ALIASED;
    const weight = w[j]! + 0;
    const z = weight / standardError;
    return {
      standardError,
      z: finite(z),
      p: twoSidedP(z),
      lower: finite(weight - q * standardError),
      upper: finite(weight + q * standardError),
      oddsRatio: finite(Math.exp(weight)),
    };
  });
}

function finite(x: number): number | undefined {
  return Number.isFinite(x) ? x : undefined;
}
