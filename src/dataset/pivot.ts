/** A constant that is taken off a column far from zero as it is stored, and put back into the intercept. */

/** Size over spread from which a column has a pivot. */
const FAR = 1000;

/**
 * The pivot c of a numeric column: its least sampled value where the sample lies far from zero for its
 * spread (epoch milliseconds), and 0 otherwise.
 *
 * The shards hold x - c. Values near c lose nothing by that: the difference of two doubles within a factor
 * of two is exact (Sterbenz). Without it, h = w x + b would be a small difference of huge numbers.
 *
 * @param sample values of the column, NaN where missing
 */
export function pivotOf(sample: Iterable<number>): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const x of sample) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const spread = max - min;
  return spread > 0 && Math.min(Math.abs(min), Math.abs(max)) > FAR * spread ? min : 0;
}
