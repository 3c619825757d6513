/**
 * The exports: loss, gradient and Hessian of a shard.
 *
 * Every pointer is a byte offset into the imported memory, a multiple of 16.
 */
import { LANES_BYTES, SLOT_HEAD_BYTES } from '../../src/objective/simd/layout';
import {
  COLUMN,
  gather,
  product,
  residuals,
  rowWeights,
  scatter,
  sumOf,
  transposedProduct,
  weightedResiduals,
} from './block';
import { expOfMinus, log1p } from './logistic';

export { hessian } from './hessian';
export { writeTable } from './logistic';

/**
 * Loss and gradient summed over one shard; writes into `slot`.
 *
 *   w      [numeric columns (d) | intercept | every level of each factor, the baseline included]
 *   slot   as src/objective/simd/layout.ts says, from an even place on
 *
 * @param size of w
 * @param c weights of the rows, or 0 for none
 * @param starts for each factor the place of its level 0 in w (k), in bytes
 * @param isWeighted 0 when c is 0 and c0 = c1 = 1
 */
export function evaluate(
  rows: usize,
  d: usize,
  k: usize,
  size: usize,
  X: usize,
  codes: usize,
  y: usize,
  c: usize,
  w: usize,
  starts: usize,
  c0: f64,
  c1: f64,
  isWeighted: bool,
  table: usize,
  slot: usize,
): void {
  const g = slot + SLOT_HEAD_BYTES;
  const lanes = g + (((size + 1) & ~1) << 3);
  const h = lanes + (d + 1) * LANES_BYTES;
  const room = h + COLUMN;
  memory.fill(slot, 0, h - slot);
  const intercept = lanes + d * LANES_BYTES;
  let J = f64x2.splat(0);
  for (let row: usize = 0; row < rows; row += 32) {
    product(X, d, w, h);
    gather(codes, k, w, starts, h);
    const n = rows - row;
    if (isWeighted || n < 32) {
      rowWeights(c, y, n, c0, c1, room);
      J = f64x2.add(J, weightedResiduals(y, room, h, table));
    } else {
      J = f64x2.add(J, residuals(y, h, table));
    }
    transposedProduct(X, d, h, lanes);
    v128.store(intercept, f64x2.add(v128.load(intercept), sumOf(h)));
    scatter(codes, k, h, starts, g);
    X += d * COLUMN;
    codes += k * (COLUMN / 2);
    y += COLUMN;
    if (c != 0) c += COLUMN;
  }
  store<f64>(slot, lanesAdded(J));
  for (let j: usize = 0; j <= d; j++) store<f64>(g + (j << 3), lanesAdded(v128.load(lanes + (j << 4))));
}

// @ts-expect-error: a decorator of the compiler
@inline
function lanesAdded(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Puts e^-a in the place of `count` numbers a >= 0, an even count. */
export function expInPlace(a: usize, count: usize, table: usize): void {
  for (const end = a + (count << 3); a < end; a += 16) v128.store(a, expOfMinus(v128.load(a), table));
}

/** Puts log(1 + x) in the place of `count` numbers x >= 0, an even count. */
export function log1pInPlace(x: usize, count: usize, table: usize): void {
  for (const end = x + (count << 3); x < end; x += 16) v128.store(x, log1p(v128.load(x), table));
}
