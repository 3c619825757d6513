/** Changes of columns for weights that are sums of two doubles. */
import {
  add,
  type DoubleDouble,
  divide,
  multiply,
  negate,
  powerOfTwo,
  twoSum,
} from '../../math/doubleDouble.js';

/**
 * The weights w of the columns x for weights v of the columns (x - mu)/s, all as sums of two doubles; writes into
 * `w` and `wLow`, which may be `v` and `low`.
 *
 *   w_j = v_j / s_j          b = v_b - sum_j mu_j v_j / s_j
 *
 * @param mu shift and `s` scale of each column, of which there are `terms`
 */
export function toBasePrecisely(
  mu: (j: number) => number,
  s: (j: number) => number,
  terms: number,
  v: Float64Array,
  low: Float64Array,
  w: Float64Array,
  wLow: Float64Array,
): void {
  const hasIntercept = v.length > terms;
  let b: DoubleDouble = hasIntercept ? twoSum(v[terms]!, low[terms]!) : [0, 0];
  for (let j = 0; j < terms; j++) {
    // the factors of a product must be of moderate size
    const perScale = 1 / powerOfTwo(s(j));
    const size = powerOfTwo(v[j]!);
    const wj = divide(twoSum(v[j]! / size, low[j]! / size), [s(j) * perScale, 0]);
    const shift = mu(j) * perScale * size;
    if (hasIntercept && shift !== 0) b = add(b, negate(multiply([shift, 0], wj)));
    w[j] = wj[0] * size * perScale;
    wLow[j] = wj[1] * size * perScale;
  }
  if (!hasIntercept) return;
  w[terms] = b[0];
  wLow[terms] = b[1];
}

/** The way back: v_j = w_j s_j, v_b = b + sum_j (mu_j + pivot_j) w_j; writes into `v` and `low`, which may be `w` and `wLow`. */
export function fromBasePrecisely(
  mu: Float64Array,
  pivot: Float64Array,
  s: Float64Array,
  w: Float64Array,
  wLow: Float64Array,
  v: Float64Array,
  low: Float64Array,
): void {
  const terms = s.length;
  const hasIntercept = w.length > terms;
  let b: DoubleDouble = hasIntercept ? twoSum(w[terms]!, wLow[terms]!) : [0, 0];
  for (let j = 0; j < terms; j++) {
    const size = powerOfTwo(w[j]!);
    const wj = twoSum(w[j]! / size, wLow[j]! / size);
    if (hasIntercept) b = add(b, multiply(twoSum(mu[j]! * size, pivot[j]! * size), wj));
    const vj = multiply(wj, [s[j]! * size, 0]);
    v[j] = vj[0];
    low[j] = vj[1];
  }
  if (!hasIntercept) return;
  v[terms] = b[0];
  low[terms] = b[1];
}
