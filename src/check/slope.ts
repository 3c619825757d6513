/** The derivative by one weight from values of the function alone. */

/** A function of n weights. */
export type Loss = (w: Float64Array) => number | Promise<number>;

export interface Estimate {
  readonly value: number;
  /** How far off the value may be: what truncation and rounding leave. */
  readonly uncertainty: number;
}

/** First step, as a fraction of the unit of the weight. */
const FIRST_STEP = 1e-2;

/** Halvings of the step at most. */
const MOST_HALVINGS = 6;

/** Rounding of a loss summed over many rows, in units of its size. */
const LOSS_ROUNDING = 8 * Number.EPSILON;

/**
 * Central differences with halved steps, extrapolated to step 0:
 *
 *   D(e) = [ f(w + e) - f(w - e) ] / 2e = f' + c_2 e^2 + c_4 e^4 + ...
 *   D_k(e) = [ 4^k D_{k-1}(e) - D_{k-1}(2e) ] / (4^k - 1)
 *
 * Of all D_k the one is taken that its neighbours agree with best.
 *
 * @param w point (n); entry j is changed and put back
 * @param unit size of weight j over which f changes by much, positive
 * @param magnitude size below which values of f are only rounding, such as that of sums that cancel in it
 * Source: Ridders, Accurate computation of F'(x) and F'(x) F''(x), 1982.
 * Cost: up to 14 evaluations of f.
 */
export async function slopeAt(
  f: Loss,
  w: Float64Array,
  j: number,
  unit: number,
  magnitude: number,
): Promise<Estimate> {
  const centre = w[j]!;
  let step = FIRST_STEP * unit;
  let size = magnitude;
  const centralDifference = async (e: number) => {
    const [right, left] = [centre + e, centre - e];
    w[j] = right;
    const above = await f(w);
    w[j] = left;
    const below = await f(w);
    w[j] = centre;
    size = Math.max(size, Math.abs(above), Math.abs(below));
    // the step that was really made, whatever w + e was rounded to
    return (above - below) / (right - left);
  };

  let previous = [await centralDifference(step)];
  let value = previous[0]!;
  let truncation = Number.POSITIVE_INFINITY;
  let rounding = 0;
  for (let halving = 1; halving <= MOST_HALVINGS; halving++) {
    step /= 2;
    const row = [await centralDifference(step)];
    for (let k = 1; k <= halving; k++) {
      const power = 4 ** k;
      const finer = row[k - 1]!;
      const coarser = previous[k - 1]!;
      const extrapolated = (power * finer - coarser) / (power - 1);
      row.push(extrapolated);
      const spread = Math.max(Math.abs(extrapolated - finer), Math.abs(extrapolated - coarser));
      if (spread <= truncation) {
        truncation = spread;
        rounding = (LOSS_ROUNDING * size) / step;
        value = extrapolated;
      }
    }
    // rounding has taken over
    if (Math.abs(row.at(-1)! - previous.at(-1)!) >= 2 * truncation) break;
    previous = row;
  }
  return { value, uncertainty: truncation + rounding };
}
