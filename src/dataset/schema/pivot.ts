/** A constant that is taken off a column far from zero as it is stored, and put back into the intercept. */

/** Size over spread from which a column has a pivot. */
const FAR = 1000;

/**
 * The pivot p of a numeric column: its least sampled value where the sample lies far from zero for its
 * spread (epoch milliseconds), and 0 otherwise.
 *
 * The shards hold x - p. Values near p lose nothing by that: the difference of two doubles within a factor
 * of two is exact (Sterbenz). Without it, h = w x + b would be a small difference of huge numbers.
 *
 * @param rows number of sampled rows
 * @param valueAt value of the column in a sampled row, NaN where missing
 */
export function pivotOf(rows: number, valueAt: (row: number) => number): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const x = valueAt(row);
    if (x < min) min = x;
    if (x > max) max = x;
    // more values only widen the spread: most columns are settled by two
    if (max > min && !isFar(min, max)) return 0;
  }
  return max > min ? min : 0;
}

function isFar(min: number, max: number): boolean {
  return Math.min(Math.abs(min), Math.abs(max)) > FAR * (max - min);
}
