/**
 * The exports: loss, gradient and Hessian of a shard, and rough products with columns of f32.
 *
 * Every pointer is a byte offset into the imported memory, a multiple of 16.
 */
import { LANES_BYTES, SLOT_HEAD_BYTES } from '../../src/objective/simd/layout';
import { FORM_BYTES, FORMS_HEAD_BYTES } from '../../src/storage/narrowLayout';
import { COLUMN, fill, gather, product, rowWeights, scatter, sumOf, transposedProduct } from './block';
import { expOfMinus, log1p } from './logistic';
import { blockBytes } from './narrow';
import { narrowProduct, WIDE, wideProduct, wideTransposed } from './narrowProduct';

import { BLOCKS_A_LOGARITHM, residuals, takeLogarithm, weightedResiduals } from './residuals';

export { choleskyPanel } from './cholesky';
export { evaluateFolds } from './folds';
export { addBand, addLevels, addProducts, curvedBlocks, hessian } from './hessian';
export { writeTable } from './logistic';
export { deviations, ranges } from './moments';
export { decode, encode } from './narrow';
export { gatherPanels, panelNormal, panelProduct, panelTransposed, panelsTransposed } from './panels';
export { factorizeSingle, rowProducts, solveSingle } from './singleCholesky';

/**
 * Loss and gradient summed over one shard; writes into `slot`.
 *
 *   w      [numeric columns (d) | intercept | every level of each factor, the baseline included]
 *   slot   as src/objective/simd/layout.ts says, from an even place on
 *
 * @param size of w
 * @param forms of the columns of X, as narrow.ts says
 * @param c weights of the rows, or 0 for none
 * @param starts for each factor the place of its level 0 in w (k), in bytes
 * @param isWeighted 0 when c is 0 and c0 = c1 = 1
 * @param scratch of this thread: h (32), c (32), room (2 x 32), sums (64 bytes), weights in the order of the forms (d, up
 *   to 64 bytes), and a block of doubles
 */
export function evaluate(
  rows: usize,
  d: usize,
  k: usize,
  size: usize,
  forms: usize,
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
  scratch: usize,
): void {
  const g = slot + SLOT_HEAD_BYTES;
  const lanes = g + (((size + 1) & ~1) << 3);
  const h = scratch;
  const weighted = h + COLUMN;
  const room = weighted + COLUMN;
  const sums = room + 2 * COLUMN;
  const weights = sums + 64;
  memory.fill(slot, 0, lanes + (d + 1) * LANES_BYTES - slot);
  memory.fill(sums, 0, 32);
  const intercept = lanes + d * LANES_BYTES;
  const first = forms + FORMS_HEAD_BYTES;
  const decoded = weights + (((d + 7) & ~7) << 3);
  // w / 10^k: whole numbers are multiplied, and the sums divided once
  for (let p: usize = 0; p < d; p++) {
    const form = first + p * FORM_BYTES;
    store<f64>(weights + (p << 3), load<f64>(w + ((<usize>load<u32>(form, 8)) << 3)) / load<f64>(form));
  }
  const b = load<f64>(w + (d << 3));
  const ofDoubles = <usize>load<u32>(forms);
  const of32 = <usize>load<u32>(forms, 4);
  const of16 = <usize>load<u32>(forms, 8);
  const of8 = <usize>load<u32>(forms, 12);
  const narrow = d - ofDoubles;
  const isWide = of32 > WIDE;
  // columns that are decoded again
  const again = isWide ? of32 : 0;
  const bytes = blockBytes(forms);
  let logarithm = BLOCKS_A_LOGARITHM;
  for (let row: usize = 0; row < rows; row += 32) {
    fill(h, b);
    let x = X;
    let v = weights;
    let s = decoded;
    if (ofDoubles > 0) {
      product(x, ofDoubles, v, h);
      x += ofDoubles * COLUMN;
      v += ofDoubles << 3;
    }
    if (of32 > 0) {
      if (isWide) wideProduct(x, of32, v, h);
      else narrowProduct<i32>(x, of32, v, h, s);
      x += of32 * 128;
      v += of32 << 3;
      s += of32 * COLUMN;
    }
    if (of16 > 0) {
      narrowProduct<i16>(x, of16, v, h, s);
      x += of16 * 64;
      v += of16 << 3;
      s += of16 * COLUMN;
    }
    if (of8 > 0) narrowProduct<i8>(x, of8, v, h, s);
    gather(codes, k, w, starts, h);
    const n = rows - row;
    if (isWeighted || n < 32) {
      rowWeights(c, y, n, c0, c1, weighted);
      weightedResiduals(y, weighted, h, room, sums, table);
    } else {
      residuals(y, h, room, sums, table);
      if (--logarithm === 0) {
        takeLogarithm(sums, table);
        logarithm = BLOCKS_A_LOGARITHM;
      }
    }
    transposedProduct(X, ofDoubles, h, lanes);
    if (isWide) wideTransposed(X + ofDoubles * COLUMN, of32, h, lanes + ofDoubles * LANES_BYTES);
    transposedProduct(decoded + again * COLUMN, narrow - again, h, lanes + (ofDoubles + again) * LANES_BYTES);
    v128.store(intercept, f64x2.add(v128.load(intercept), sumOf(h)));
    scatter(codes, k, h, starts, g);
    X += bytes;
    codes += k * (COLUMN / 2);
    y += COLUMN;
    if (c != 0) c += COLUMN;
  }
  takeLogarithm(sums, table);
  store<f64>(slot, lanesAdded(v128.load(sums)));
  for (let p: usize = 0; p < d; p++) {
    const form = first + p * FORM_BYTES;
    const sum = lanesAdded(v128.load(lanes + (p << 4))) / load<f64>(form);
    store<f64>(g + ((<usize>load<u32>(form, 8)) << 3), sum);
  }
  store<f64>(g + (d << 3), lanesAdded(v128.load(intercept)));
}

// @ts-expect-error: a decorator of the compiler
@inline
function lanesAdded(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/**
 * total += the sum of `slots` runs of `count` numbers each, one after the other.
 *
 * @param first address of the first run; the others follow `slotBytes` apart
 * @param total writes into it; an odd count takes the number behind along
 */
export function addSlots(first: usize, slotBytes: usize, slots: usize, total: usize, count: usize): void {
  const bytes = ((count + 1) & ~1) << 3;
  for (let s: usize = 0; s < slots; s++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(total + at, f64x2.add(v128.load(total + at), v128.load(first + at)));
    }
    first += slotBytes;
  }
}

/** Puts e^-a in the place of `count` numbers a >= 0, an even count. */
export function expInPlace(a: usize, count: usize, table: usize): void {
  for (const end = a + (count << 3); a < end; a += 16) v128.store(a, expOfMinus(v128.load(a), table));
}

/** Puts log(1 + x) in the place of `count` numbers x >= 0, an even count. */
export function log1pInPlace(x: usize, count: usize, table: usize): void {
  for (const end = x + (count << 3); x < end; x += 16) v128.store(x, log1p(v128.load(x), table));
}
