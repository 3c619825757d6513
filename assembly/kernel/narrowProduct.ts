/**
 * h += X w of one block over columns in narrow forms (`narrow.ts`): decoded in registers as whole numbers, the power
 * of ten being in the weight already.
 *
 *   X (n x 32) whole numbers T, i8, i16 or i32; w (n) weights over 10^k; h (32), added to
 */
import { COLUMN } from './block';

/** Writes the columns into `S` (n x 32) as doubles on the way. */
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
