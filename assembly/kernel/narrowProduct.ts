/**
 * Products of one block over columns in narrow forms (`narrow.ts`): decoded in registers as whole numbers, the powers of
 * ten being left to the caller.
 *
 *   X (n x 32) whole numbers T, i8, i16 or i32; w (n) weights over 10^k; h (32), added to
 */
import { addTo, COLUMN, HALF } from './block';

/**
 * Columns of i32 from which on they are decoded for both products: as doubles as well they would have no room in the
 * first-level cache. Shorter ones take longer to decode than to fetch.
 */
export const WIDE: usize = 64;

/** h += X w; writes the columns into `S` (n x 32) as doubles on the way. */
export function narrowProduct<T>(X: usize, n: usize, w: usize, h: usize, S: usize): void {
  const second = X + 16 * sizeof<T>();
  if (sizeof<T>() === 4) {
    halfProduct(X, n, w, h, S);
    halfProduct(second, n, w, h + HALF, S + HALF);
  } else {
    halfShortProduct<T>(X, n, w, h, S);
    halfShortProduct<T>(second, n, w, h + HALF, S + HALF);
  }
}

function halfProduct(X: usize, n: usize, w: usize, h: usize, S: usize): void {
  let h0 = v128.load(h);
  let h1 = v128.load(h, 16);
  let h2 = v128.load(h, 32);
  let h3 = v128.load(h, 48);
  let h4 = v128.load(h, 64);
  let h5 = v128.load(h, 80);
  let h6 = v128.load(h, 96);
  let h7 = v128.load(h, 112);
  for (const end = w + (n << 3); w < end; w += 8) {
    const wj = v128.load64_splat(w);
    h0 = f64x2.add(h0, f64x2.mul(stored(two(v128.load64_zero(X)), S), wj));
    h1 = f64x2.add(h1, f64x2.mul(stored(two(v128.load64_zero(X, 8)), S + 16), wj));
    h2 = f64x2.add(h2, f64x2.mul(stored(two(v128.load64_zero(X, 16)), S + 32), wj));
    h3 = f64x2.add(h3, f64x2.mul(stored(two(v128.load64_zero(X, 24)), S + 48), wj));
    h4 = f64x2.add(h4, f64x2.mul(stored(two(v128.load64_zero(X, 32)), S + 64), wj));
    h5 = f64x2.add(h5, f64x2.mul(stored(two(v128.load64_zero(X, 40)), S + 80), wj));
    h6 = f64x2.add(h6, f64x2.mul(stored(two(v128.load64_zero(X, 48)), S + 96), wj));
    h7 = f64x2.add(h7, f64x2.mul(stored(two(v128.load64_zero(X, 56)), S + 112), wj));
    X += 128;
    S += COLUMN;
  }
  v128.store(h, h0);
  v128.store(h, h1, 16);
  v128.store(h, h2, 32);
  v128.store(h, h3, 48);
  v128.store(h, h4, 64);
  v128.store(h, h5, 80);
  v128.store(h, h6, 96);
  v128.store(h, h7, 112);
}

/** The same of i8 and i16, four at a time, since each is widened first. */
function halfShortProduct<T>(X: usize, n: usize, w: usize, h: usize, S: usize): void {
  let h0 = v128.load(h);
  let h1 = v128.load(h, 16);
  let h2 = v128.load(h, 32);
  let h3 = v128.load(h, 48);
  let h4 = v128.load(h, 64);
  let h5 = v128.load(h, 80);
  let h6 = v128.load(h, 96);
  let h7 = v128.load(h, 112);
  for (const end = w + (n << 3); w < end; w += 8) {
    const wj = v128.load64_splat(w);
    const n0 = sizeof<T>() === 2 ? v128.load16x4_s(X) : widened(v128.load32_zero(X));
    h0 = f64x2.add(h0, f64x2.mul(stored(two(n0), S), wj));
    h1 = f64x2.add(h1, f64x2.mul(stored(two(upper(n0)), S + 16), wj));
    const n1 = sizeof<T>() === 2 ? v128.load16x4_s(X, 4 * sizeof<T>()) : widened(v128.load32_zero(X, 4 * sizeof<T>()));
    h2 = f64x2.add(h2, f64x2.mul(stored(two(n1), S + 32), wj));
    h3 = f64x2.add(h3, f64x2.mul(stored(two(upper(n1)), S + 48), wj));
    const n2 = sizeof<T>() === 2 ? v128.load16x4_s(X, 8 * sizeof<T>()) : widened(v128.load32_zero(X, 8 * sizeof<T>()));
    h4 = f64x2.add(h4, f64x2.mul(stored(two(n2), S + 64), wj));
    h5 = f64x2.add(h5, f64x2.mul(stored(two(upper(n2)), S + 80), wj));
    const n3 = sizeof<T>() === 2 ? v128.load16x4_s(X, 12 * sizeof<T>()) : widened(v128.load32_zero(X, 12 * sizeof<T>()));
    h6 = f64x2.add(h6, f64x2.mul(stored(two(n3), S + 96), wj));
    h7 = f64x2.add(h7, f64x2.mul(stored(two(upper(n3)), S + 112), wj));
    X += 32 * sizeof<T>();
    S += COLUMN;
  }
  v128.store(h, h0);
  v128.store(h, h1, 16);
  v128.store(h, h2, 32);
  v128.store(h, h3, 48);
  v128.store(h, h4, 64);
  v128.store(h, h5, 80);
  v128.store(h, h6, 96);
  v128.store(h, h7, 112);
}

/** h += X w of many columns: sixteen sums, over columns that are read in the order of memory. */
export function wideProduct(X: usize, n: usize, w: usize, h: usize): void {
  const end = w + (n << 3);
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
    h0 = f64x2.add(h0, f64x2.mul(two(v128.load64_zero(X)), wj));
    h1 = f64x2.add(h1, f64x2.mul(two(v128.load64_zero(X, 8)), wj));
    h2 = f64x2.add(h2, f64x2.mul(two(v128.load64_zero(X, 16)), wj));
    h3 = f64x2.add(h3, f64x2.mul(two(v128.load64_zero(X, 24)), wj));
    h4 = f64x2.add(h4, f64x2.mul(two(v128.load64_zero(X, 32)), wj));
    h5 = f64x2.add(h5, f64x2.mul(two(v128.load64_zero(X, 40)), wj));
    h6 = f64x2.add(h6, f64x2.mul(two(v128.load64_zero(X, 48)), wj));
    h7 = f64x2.add(h7, f64x2.mul(two(v128.load64_zero(X, 56)), wj));
    h8 = f64x2.add(h8, f64x2.mul(two(v128.load64_zero(X, 64)), wj));
    h9 = f64x2.add(h9, f64x2.mul(two(v128.load64_zero(X, 72)), wj));
    h10 = f64x2.add(h10, f64x2.mul(two(v128.load64_zero(X, 80)), wj));
    h11 = f64x2.add(h11, f64x2.mul(two(v128.load64_zero(X, 88)), wj));
    h12 = f64x2.add(h12, f64x2.mul(two(v128.load64_zero(X, 96)), wj));
    h13 = f64x2.add(h13, f64x2.mul(two(v128.load64_zero(X, 104)), wj));
    h14 = f64x2.add(h14, f64x2.mul(two(v128.load64_zero(X, 112)), wj));
    h15 = f64x2.add(h15, f64x2.mul(two(v128.load64_zero(X, 120)), wj));
    X += COLUMN / 2;
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

/** g += X^T r of them, times the powers of ten, two lanes for each; writes into `lanes` (n x 2). */
export function wideTransposed(X: usize, n: usize, r: usize, lanes: usize): void {
  halfWideTransposed(X, n, r, lanes);
  halfWideTransposed(X + 64, n, r + HALF, lanes);
}

function halfWideTransposed(X: usize, n: usize, r: usize, lanes: usize): void {
  const r0 = v128.load(r);
  const r1 = v128.load(r, 16);
  const r2 = v128.load(r, 32);
  const r3 = v128.load(r, 48);
  const r4 = v128.load(r, 64);
  const r5 = v128.load(r, 80);
  const r6 = v128.load(r, 96);
  const r7 = v128.load(r, 112);
  for (const end = lanes + (n << 4); lanes < end; lanes += 16) {
    let even = f64x2.mul(two(v128.load64_zero(X)), r0);
    let odd = f64x2.mul(two(v128.load64_zero(X, 8)), r1);
    even = f64x2.add(even, f64x2.mul(two(v128.load64_zero(X, 16)), r2));
    odd = f64x2.add(odd, f64x2.mul(two(v128.load64_zero(X, 24)), r3));
    even = f64x2.add(even, f64x2.mul(two(v128.load64_zero(X, 32)), r4));
    odd = f64x2.add(odd, f64x2.mul(two(v128.load64_zero(X, 40)), r5));
    even = f64x2.add(even, f64x2.mul(two(v128.load64_zero(X, 48)), r6));
    odd = f64x2.add(odd, f64x2.mul(two(v128.load64_zero(X, 56)), r7));
    addTo(lanes, f64x2.add(even, odd));
    X += 128;
  }
}

/** The first two whole numbers, as doubles. */
// @ts-expect-error: a decorator of the compiler
@inline
function two(n: v128): v128 {
  return f64x2.convert_low_i32x4_s(n);
}

/** The last two come first. */
// @ts-expect-error: a decorator of the compiler
@inline
function upper(n: v128): v128 {
  return v128.shuffle<i64>(n, n, 1, 0);
}

/** The first four of bytes. */
// @ts-expect-error: a decorator of the compiler
@inline
function widened(n: v128): v128 {
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(n));
}

// @ts-expect-error: a decorator of the compiler
@inline
function stored(x: v128, at: usize): v128 {
  v128.store(at, x);
  return x;
}
