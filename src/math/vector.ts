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

/** Entries from which on four sums run beside each other, where one would wait for its own last product. */
const LONG = 1 << 12;

/** sum_j x_j y_j of two vectors of one length. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  let j = 0;
  if (x.length >= LONG) {
    let [a, b, c] = [0, 0, 0];
    for (const end = x.length - 3; j < end; j += 4) {
      sum += x[j]! * y[j]!;
      a += x[j + 1]! * y[j + 1]!;
      b += x[j + 2]! * y[j + 2]!;
      c += x[j + 3]! * y[j + 3]!;
    }
    sum = sum + a + (b + c);
  }
  for (; j < x.length; j++) sum += x[j]! * y[j]!;
  return sum;
}

/** y <- y + a x, and the sum of z_j y_j after that, in one pass over three vectors of one length; writes into `y`. */
export function addScaledDot(a: number, x: Float64Array, y: Float64Array, z: Float64Array): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  let j = 0;
  for (const end = y.length - 3; j < end; j += 4) {
    const y0 = y[j]! + a * x[j]!;
    const y1 = y[j + 1]! + a * x[j + 1]!;
    const y2 = y[j + 2]! + a * x[j + 2]!;
    const y3 = y[j + 3]! + a * x[j + 3]!;
    y[j] = y0;
    y[j + 1] = y1;
    y[j + 2] = y2;
    y[j + 3] = y3;
    sum0 += z[j]! * y0;
    sum1 += z[j + 1]! * y1;
    sum2 += z[j + 2]! * y2;
    sum3 += z[j + 3]! * y3;
  }
  let sum = sum0 + sum1 + (sum2 + sum3);
  for (; j < y.length; j++) {
    y[j]! += a * x[j]!;
    sum += z[j]! * y[j]!;
  }
  return sum;
}
