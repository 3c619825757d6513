/**
 * The sums of one block of 32 rows: h = X w + b, g += X^T r; what is between is in residuals.ts.
 *
 *   X (d x 32), codes (k x 32), y (32), c (32), h (32), column by column
 *
 * Sums over rows keep two lanes, of even and of odd rows, which are added at the end of a shard.
 */
import { COLUMN_BYTES } from '../../src/storage/narrowLayout';

/** Bytes of 32 doubles. */
export const COLUMN: usize = COLUMN_BYTES;
/** Bytes of half of them: products take 16 rows at a time, whose sums or residuals stay in registers. */
export const HALF: usize = COLUMN / 2;
/** Bytes of 32 codes. */
const CODES: usize = 128;

/** Writes h = b. */
export function fill(h: usize, b: f64): void {
  const both = f64x2.splat(b);
  for (const end = h + COLUMN; h < end; h += 16) v128.store(h, both);
}

/** h += X w: sixteen sums of two rows each, over columns that are read in the order of memory. */
export function product(X: usize, d: usize, w: usize, h: usize): void {
  const end = w + (d << 3);
  let h0 = v128.load(h);
  let h1 = v128.load(h, 16);
  let h2 = v128.load(h, 32);
  let h3 = v128.load(h, 48);
  let h4 = v128.load(h, 64);
  let h5 = v128.load(h, 80);
  let h6 = v128.load(h, 96);
  let h7 = v128.load(h, 112);
  let h8 = v128.load(h, 128);
  let h9 = v128.load(h, 144);
  let h10 = v128.load(h, 160);
  let h11 = v128.load(h, 176);
  let h12 = v128.load(h, 192);
  let h13 = v128.load(h, 208);
  let h14 = v128.load(h, 224);
  let h15 = v128.load(h, 240);
  for (let q = w; q < end; q += 8) {
    const wj = v128.load64_splat(q);
    h0 = f64x2.add(h0, f64x2.mul(v128.load(X), wj));
    h1 = f64x2.add(h1, f64x2.mul(v128.load(X, 16), wj));
    h2 = f64x2.add(h2, f64x2.mul(v128.load(X, 32), wj));
    h3 = f64x2.add(h3, f64x2.mul(v128.load(X, 48), wj));
    h4 = f64x2.add(h4, f64x2.mul(v128.load(X, 64), wj));
    h5 = f64x2.add(h5, f64x2.mul(v128.load(X, 80), wj));
    h6 = f64x2.add(h6, f64x2.mul(v128.load(X, 96), wj));
    h7 = f64x2.add(h7, f64x2.mul(v128.load(X, 112), wj));
    h8 = f64x2.add(h8, f64x2.mul(v128.load(X, 128), wj));
    h9 = f64x2.add(h9, f64x2.mul(v128.load(X, 144), wj));
    h10 = f64x2.add(h10, f64x2.mul(v128.load(X, 160), wj));
    h11 = f64x2.add(h11, f64x2.mul(v128.load(X, 176), wj));
    h12 = f64x2.add(h12, f64x2.mul(v128.load(X, 192), wj));
    h13 = f64x2.add(h13, f64x2.mul(v128.load(X, 208), wj));
    h14 = f64x2.add(h14, f64x2.mul(v128.load(X, 224), wj));
    h15 = f64x2.add(h15, f64x2.mul(v128.load(X, 240), wj));
    X += COLUMN;
  }
  v128.store(h, h0);
  v128.store(h, h1, 16);
  v128.store(h, h2, 32);
  v128.store(h, h3, 48);
  v128.store(h, h4, 64);
  v128.store(h, h5, 80);
  v128.store(h, h6, 96);
  v128.store(h, h7, 112);
  v128.store(h, h8, 128);
  v128.store(h, h9, 144);
  v128.store(h, h10, 160);
  v128.store(h, h11, 176);
  v128.store(h, h12, 192);
  v128.store(h, h13, 208);
  v128.store(h, h14, 224);
  v128.store(h, h15, 240);
}

/**
 * h_i += w[code_i] for each factor; level 0, the baseline, has a weight of 0.
 *
 * @param starts for each factor the place of level 0 in w (k), in bytes
 */
export function gather(codes: usize, k: usize, w: usize, starts: usize, h: usize): void {
  for (let f: usize = 0; f < k; f++) {
    const v = w + <usize>load<u32>(starts + (f << 2));
    for (let i: usize = 0; i < 32; i += 2) {
      const p = codes + (i << 2);
      const q = h + (i << 3);
      const a = v128.load64_zero(v + ((<usize>load<u32>(p)) << 3));
      const both = v128.load64_lane(v + ((<usize>load<u32>(p, 4)) << 3), a, 1);
      v128.store(q, f64x2.add(v128.load(q), both));
    }
    codes += CODES;
  }
}

/** g += X^T r, two lanes for each of d columns; writes into `lanes` (d x 2). */
export function transposedProduct(X: usize, d: usize, r: usize, lanes: usize): void {
  halfTransposed(X, d, r, lanes);
  halfTransposed(X + HALF, d, r + HALF, lanes);
}

function halfTransposed(X: usize, d: usize, r: usize, lanes: usize): void {
  const r0 = v128.load(r);
  const r1 = v128.load(r, 16);
  const r2 = v128.load(r, 32);
  const r3 = v128.load(r, 48);
  const r4 = v128.load(r, 64);
  const r5 = v128.load(r, 80);
  const r6 = v128.load(r, 96);
  const r7 = v128.load(r, 112);
  for (const end = lanes + (d << 4); lanes < end; lanes += 16) {
    let even = f64x2.mul(v128.load(X), r0);
    let odd = f64x2.mul(v128.load(X, 16), r1);
    even = f64x2.add(even, f64x2.mul(v128.load(X, 32), r2));
    odd = f64x2.add(odd, f64x2.mul(v128.load(X, 48), r3));
    even = f64x2.add(even, f64x2.mul(v128.load(X, 64), r4));
    odd = f64x2.add(odd, f64x2.mul(v128.load(X, 80), r5));
    even = f64x2.add(even, f64x2.mul(v128.load(X, 96), r6));
    odd = f64x2.add(odd, f64x2.mul(v128.load(X, 112), r7));
    addTo(lanes, f64x2.add(even, odd));
    X += COLUMN;
  }
}

/** Adds to the lanes of a column. */
// @ts-expect-error: a decorator of the compiler
@inline
export function addTo(lanes: usize, sum: v128): void {
  v128.store(lanes, f64x2.add(sum, v128.load(lanes)));
}

/** The sum of r, two lanes. */
export function sumOf(r: usize): v128 {
  let a = v128.load(r);
  let b = v128.load(r, 16);
  for (let p: usize = 32; p < COLUMN; p += 32) {
    a = f64x2.add(a, v128.load(r + p));
    b = f64x2.add(b, v128.load(r + p, 16));
  }
  return f64x2.add(a, b);
}

/** g[code_i] += r_i for each factor. */
export function scatter(codes: usize, k: usize, r: usize, starts: usize, g: usize): void {
  for (let f: usize = 0; f < k; f++) {
    const to = g + <usize>load<u32>(starts + (f << 2));
    for (let i: usize = 0; i < 32; i++) {
      const p = to + ((<usize>load<u32>(codes + (i << 2))) << 3);
      store<f64>(p, load<f64>(p) + load<f64>(r + (i << 3)));
    }
    codes += CODES;
  }
}

/**
 * Writes the weights of the rows of one block: those of the table times those of the classes, and 0 past the
 * last row.
 *
 * @param from weights of the table (32), or 0 for none
 * @param n rows of this block
 */
export function rowWeights(from: usize, y: usize, n: usize, c0: f64, c1: f64, c: usize): void {
  const ofZero = f64x2.splat(c0);
  const ofOne = f64x2.splat(c1);
  for (let at: usize = 0; at < COLUMN; at += 16) {
    const isZero = f64x2.eq(v128.load(y + at), f64x2.splat(0));
    let ci = v128.bitselect(ofZero, ofOne, isZero);
    if (from != 0) ci = f64x2.mul(ci, v128.load(from + at));
    v128.store(c + at, ci);
  }
  for (let at = n << 3; at < COLUMN; at += 8) store<f64>(c + at, 0);
}

/** Makes the weights of the rows of a fold 0; in place. */
export function leaveOut(folds: usize, held: u32, c: usize): void {
  for (const end = c + COLUMN; c < end; c += 8, folds += 4) {
    if (load<u32>(folds) === held) store<f64>(c, 0);
  }
}
