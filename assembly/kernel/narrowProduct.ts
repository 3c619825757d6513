/**
 * h += X w of one block over columns in narrow forms (`narrow.ts`): decoded in registers as whole numbers, the power
 * of ten being in the weight already.
 *
 *   X (n x 32) whole numbers, w (n) weights over 10^k, h (32), added to
 *
 * One word of each line of the next block is loaded on the way, so that it is on its way when its turn comes; what
 * is returned keeps these loads from being left out.
 */
import { COLUMN } from './block';

/** h += X w for n columns of 4 bytes, which are written into `S` (n x 32) as doubles on the way. */
export function productOf32(X: usize, n: usize, w: usize, h: usize, S: usize, next: usize): i64 {
  const end = w + (n << 3);
  let touched: i64 = 0;
  // half of the rows at a time: eight sums stay in registers
  for (let half: usize = 0; half < 2; half++) {
    let x = X + half * 64;
    let s = S + half * 128;
    let ahead = next + half * 64;
    const to = h + half * 128;
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
      touched |= load<i64>(ahead);
      const a0 = f64x2.convert_low_i32x4_s(v128.load64_zero(x));
      const a1 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 8));
      v128.store(s, a0);
      h0 = f64x2.add(h0, f64x2.mul(a0, wj));
      v128.store(s, a1, 16);
      h1 = f64x2.add(h1, f64x2.mul(a1, wj));
      const a2 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 16));
      const a3 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 24));
      v128.store(s, a2, 32);
      h2 = f64x2.add(h2, f64x2.mul(a2, wj));
      v128.store(s, a3, 48);
      h3 = f64x2.add(h3, f64x2.mul(a3, wj));
      const a4 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 32));
      const a5 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 40));
      v128.store(s, a4, 64);
      h4 = f64x2.add(h4, f64x2.mul(a4, wj));
      v128.store(s, a5, 80);
      h5 = f64x2.add(h5, f64x2.mul(a5, wj));
      const a6 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 48));
      const a7 = f64x2.convert_low_i32x4_s(v128.load64_zero(x, 56));
      v128.store(s, a6, 96);
      h6 = f64x2.add(h6, f64x2.mul(a6, wj));
      v128.store(s, a7, 112);
      h7 = f64x2.add(h7, f64x2.mul(a7, wj));
      x += 128;
      ahead += 128;
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
  return touched;
}

/** The same for n columns of 2 bytes, which are written into `S` (n x 32) as doubles on the way. */
export function productOf16(X: usize, n: usize, w: usize, h: usize, S: usize, next: usize): i64 {
  const end = w + (n << 3);
  let touched: i64 = 0;
  // half of the rows at a time: eight sums stay in registers
  for (let half: usize = 0; half < 2; half++) {
    let x = X + half * 32;
    let s = S + half * 128;
    let ahead = next + half * 0;
    const to = h + half * 128;
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
      touched |= load<i64>(ahead);
      const n0 = v128.load16x4_s(x);
      const a0 = f64x2.convert_low_i32x4_s(n0);
      const a1 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n0, n0, 1, 0));
      v128.store(s, a0);
      h0 = f64x2.add(h0, f64x2.mul(a0, wj));
      v128.store(s, a1, 16);
      h1 = f64x2.add(h1, f64x2.mul(a1, wj));
      const n1 = v128.load16x4_s(x, 8);
      const a2 = f64x2.convert_low_i32x4_s(n1);
      const a3 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n1, n1, 1, 0));
      v128.store(s, a2, 32);
      h2 = f64x2.add(h2, f64x2.mul(a2, wj));
      v128.store(s, a3, 48);
      h3 = f64x2.add(h3, f64x2.mul(a3, wj));
      const n2 = v128.load16x4_s(x, 16);
      const a4 = f64x2.convert_low_i32x4_s(n2);
      const a5 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n2, n2, 1, 0));
      v128.store(s, a4, 64);
      h4 = f64x2.add(h4, f64x2.mul(a4, wj));
      v128.store(s, a5, 80);
      h5 = f64x2.add(h5, f64x2.mul(a5, wj));
      const n3 = v128.load16x4_s(x, 24);
      const a6 = f64x2.convert_low_i32x4_s(n3);
      const a7 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n3, n3, 1, 0));
      v128.store(s, a6, 96);
      h6 = f64x2.add(h6, f64x2.mul(a6, wj));
      v128.store(s, a7, 112);
      h7 = f64x2.add(h7, f64x2.mul(a7, wj));
      x += 64;
      ahead += 64;
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
  return touched;
}

/** The same for n columns of 1 byte, which are written into `S` (n x 32) as doubles on the way. */
export function productOf8(X: usize, n: usize, w: usize, h: usize, S: usize, next: usize): i64 {
  const end = w + (n << 3);
  let touched: i64 = 0;
  // half of the rows at a time: eight sums stay in registers
  for (let half: usize = 0; half < 2; half++) {
    let x = X + half * 16;
    let s = S + half * 128;
    let ahead = next + half * 0;
    const to = h + half * 128;
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
      touched |= load<i64>(ahead);
      const n0 = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(x)));
      const a0 = f64x2.convert_low_i32x4_s(n0);
      const a1 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n0, n0, 1, 0));
      v128.store(s, a0);
      h0 = f64x2.add(h0, f64x2.mul(a0, wj));
      v128.store(s, a1, 16);
      h1 = f64x2.add(h1, f64x2.mul(a1, wj));
      const n1 = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(x, 4)));
      const a2 = f64x2.convert_low_i32x4_s(n1);
      const a3 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n1, n1, 1, 0));
      v128.store(s, a2, 32);
      h2 = f64x2.add(h2, f64x2.mul(a2, wj));
      v128.store(s, a3, 48);
      h3 = f64x2.add(h3, f64x2.mul(a3, wj));
      const n2 = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(x, 8)));
      const a4 = f64x2.convert_low_i32x4_s(n2);
      const a5 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n2, n2, 1, 0));
      v128.store(s, a4, 64);
      h4 = f64x2.add(h4, f64x2.mul(a4, wj));
      v128.store(s, a5, 80);
      h5 = f64x2.add(h5, f64x2.mul(a5, wj));
      const n3 = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(x, 12)));
      const a6 = f64x2.convert_low_i32x4_s(n3);
      const a7 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n3, n3, 1, 0));
      v128.store(s, a6, 96);
      h6 = f64x2.add(h6, f64x2.mul(a6, wj));
      v128.store(s, a7, 112);
      h7 = f64x2.add(h7, f64x2.mul(a7, wj));
      x += 32;
      ahead += 32;
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
  return touched;
}
