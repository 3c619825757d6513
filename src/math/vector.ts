/** Plain operations on vectors. */

/** max_j |v_j|; NaN when any entry is NaN; 0 of an empty vector. */
export function maxAbs(v: Float64Array): number {
  let max = 0;
  for (let j = 0; j < v.length; j++) {
    const a = Math.abs(v[j]!);
    if (a > max) max = a;
    if (Number.isNaN(a)) return a;
  }
  return max;
}

/** y <- y + a x, both of one length; writes into `y`. */
export function addScaled(a: number, x: Float64Array, y: Float64Array): void {
  for (let j = 0; j < y.length; j++) y[j]! += a * x[j]!;
}

/** sum_j x_j y_j of two vectors of one length. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += x[j]! * y[j]!;
  return sum;
}
