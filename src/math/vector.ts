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
