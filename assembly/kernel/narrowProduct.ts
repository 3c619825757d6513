/**
 * Products of one block over columns in narrow forms (`narrow.ts`): decoded in registers as whole numbers, the powers of
 * ten being left to the caller.
 *
 *   X (n x 32) whole numbers T, i8, i16 or i32; w (n) weights over 10^k; h (32), added to
 */
import { addTo, COLUMN } from './block';

/**
 * Columns of i32 from which on they are decoded for both products: as doubles as well they would have no room in the
 * first-level cache. Shorter ones take longer to decode than to fetch.
 */
export const WIDE: usize = 64;

/** h += X w; writes the columns into `S` (n x 32) as doubles on the way. */
export function narrowProduct<T>(X: usize, n: usize, w: usize, h: usize, S: usize): void {
  const end = w + (n << 3);
  const half = sizeof<T>() << 4;
  // half of the rows at a time: eight sums stay in registers
  for (let rows: usize = 0; rows < 2; rows++) {
    let x = X + rows * half;
    let s = S + rows * (COLUMN / 2);
    const to = h + rows * (COLUMN / 2);
    let h0 = v128.load(to);
    let h1 = v128.load(to, 16);
    let h2 = v128.load(to, 32);
    let h3 = v128.load(to, 48);
    let h4 = v128.load(to, 64);
    let h5 = v128.load(to, 80);
    let h6 = v128.load(to, 96);
    let h7 = v128.load(to, 112);
    for (let q = w; q < end; q += 8) {
      const wj = v128.load64_splat(q);
      h0 = f64x2.add(h0, f64x2.mul(stored(two<T>(x), s), wj));
      h1 = f64x2.add(h1, f64x2.mul(stored(two<T>(x + 2 * sizeof<T>()), s + 16), wj));
      h2 = f64x2.add(h2, f64x2.mul(stored(two<T>(x + 4 * sizeof<T>()), s + 32), wj));
      h3 = f64x2.add(h3, f64x2.mul(stored(two<T>(x + 6 * sizeof<T>()), s + 48), wj));
      h4 = f64x2.add(h4, f64x2.mul(stored(two<T>(x + 8 * sizeof<T>()), s + 64), wj));
      h5 = f64x2.add(h5, f64x2.mul(stored(two<T>(x + 10 * sizeof<T>()), s + 80), wj));
      h6 = f64x2.add(h6, f64x2.mul(stored(two<T>(x + 12 * sizeof<T>()), s + 96), wj));
      h7 = f64x2.add(h7, f64x2.mul(stored(two<T>(x + 14 * sizeof<T>()), s + 112), wj));
      x += 2 * half;
      s += COLUMN;
    }
    v128.store(to, h0);
    v128.store(to, h1, 16);
    v128.store(to, h2, 32);
    v128.store(to, h3, 48);
    v128.store(to, h4, 64);
    v128.store(to, h5, 80);
    v128.store(to, h6, 96);
    v128.store(to, h7, 112);
  }
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
    h0 = f64x2.add(h0, f64x2.mul(two<i32>(X), wj));
    h1 = f64x2.add(h1, f64x2.mul(two<i32>(X + 8), wj));
    h2 = f64x2.add(h2, f64x2.mul(two<i32>(X + 16), wj));
    h3 = f64x2.add(h3, f64x2.mul(two<i32>(X + 24), wj));
    h4 = f64x2.add(h4, f64x2.mul(two<i32>(X + 32), wj));
    h5 = f64x2.add(h5, f64x2.mul(two<i32>(X + 40), wj));
    h6 = f64x2.add(h6, f64x2.mul(two<i32>(X + 48), wj));
    h7 = f64x2.add(h7, f64x2.mul(two<i32>(X + 56), wj));
    h8 = f64x2.add(h8, f64x2.mul(two<i32>(X + 64), wj));
    h9 = f64x2.add(h9, f64x2.mul(two<i32>(X + 72), wj));
    h10 = f64x2.add(h10, f64x2.mul(two<i32>(X + 80), wj));
    h11 = f64x2.add(h11, f64x2.mul(two<i32>(X + 88), wj));
    h12 = f64x2.add(h12, f64x2.mul(two<i32>(X + 96), wj));
    h13 = f64x2.add(h13, f64x2.mul(two<i32>(X + 104), wj));
    h14 = f64x2.add(h14, f64x2.mul(two<i32>(X + 112), wj));
    h15 = f64x2.add(h15, f64x2.mul(two<i32>(X + 120), wj));
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
  for (const end = lanes + (n << 4); lanes < end; lanes += 16) {
    let even = f64x2.splat(0);
    let odd = even;
    for (let i: usize = 0; i < 32; i += 4) {
      const x = X + (i << 2);
      const ri = r + (i << 3);
      even = f64x2.add(even, f64x2.mul(two<i32>(x), v128.load(ri)));
      odd = f64x2.add(odd, f64x2.mul(two<i32>(x + 8), v128.load(ri, 16)));
    }
    addTo(lanes, even, odd);
    X += COLUMN / 2;
  }
}

/** Two whole numbers, as doubles. */
// @ts-expect-error: a decorator of the compiler
@inline
function two<T>(x: usize): v128 {
  if (sizeof<T>() === 4) return f64x2.convert_low_i32x4_s(v128.load64_zero(x));
  if (sizeof<T>() === 2) return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(v128.load32_zero(x)));
  // two bytes more than are asked for, which the labels behind the columns leave room for
  const n = i16x8.extend_low_i8x16_s(v128.load32_zero(x));
  return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(n));
}

// @ts-expect-error: a decorator of the compiler
@inline
function stored(x: v128, at: usize): v128 {
  v128.store(at, x);
  return x;
}
