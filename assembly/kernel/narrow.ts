/**
 * Columns in the narrowest form that gives back every double bit for bit: whole numbers of 1, 2 or 4 bytes over a
 * power of ten, or else the doubles as they are.
 *
 *   x = n / 10^k, rounded once, as a decimal in a text is; neither -0 nor NaN nor anything that is not n / 10^k
 *   forms   [columns of 8, 4, 2 and 1 bytes (4 x u32) | for each column: 10^k (f64), its place j (u32), bytes (u32)]
 *   X       blocks of 32 rows, column by column in the order of the forms: wide ones first
 *
 * What form a column has depends on its values in this shard alone.
 */
import { COLUMN_BYTES, FORM_BYTES, FORMS_HEAD_BYTES } from '../../src/storage/narrowLayout';

const COLUMN: usize = COLUMN_BYTES;

/** Powers of ten beyond are not tried. */
const MOST_DIGITS: i32 = 15;
/** Least bound on |n| that four bytes cannot hold. */
const LIMIT: f64 = 2147483647.5;

/**
 * Writes the forms of a shard, and its columns in them; `to` may take as many bytes as the doubles.
 *
 * @param X doubles (blocks x d x 32)
 * @param room overwritten (16 d)
 * @returns bytes written at `to`
 */
export function encode(X: usize, blocks: usize, d: usize, forms: usize, to: usize, room: usize): usize {
  const stride = d * COLUMN;
  for (let j: usize = 0; j < d; j++) judge(X + j * COLUMN, blocks, stride, room + j * FORM_BYTES);
  let form = forms + FORMS_HEAD_BYTES;
  for (let place = forms, bytes: u32 = 8; bytes > 0; bytes >>= 1, place += 4) {
    const first = form;
    for (let j: usize = 0; j < d; j++) {
      const judged = room + j * FORM_BYTES;
      if (load<u32>(judged, 12) !== bytes) continue;
      store<f64>(form, load<f64>(judged));
      store<u32>(form, <u32>j, 8);
      store<u32>(form, bytes, 12);
      form += FORM_BYTES;
    }
    store<u32>(place, <u32>((form - first) / FORM_BYTES));
  }
  const start = to;
  for (let b: usize = 0; b < blocks; b++) {
    for (let at = forms + FORMS_HEAD_BYTES; at < form; at += FORM_BYTES) {
      const bytes = load<u32>(at, 12);
      write(X + load<u32>(at, 8) * COLUMN, bytes, load<f64>(at), to);
      to += bytes << 5;
    }
    X += stride;
  }
  return to - start;
}

/** Writes the power of ten of one column, and its bytes. */
function judge(x: usize, blocks: usize, stride: usize, to: usize): void {
  let digits = 0;
  let power = 1.0;
  let scale = f64x2.splat(power);
  const minusZero = i64x2.splat(0x8000000000000000);
  let most = f64x2.splat(0);
  store<f64>(to, 1);
  store<u32>(to, 8, 12);
  for (let b: usize = 0; b < blocks; b++) {
    for (let p: usize = 0; p < COLUMN; p += 16) {
      const v = v128.load(x + p);
      most = f64x2.max(most, f64x2.abs(v));
      while (!i64x2.all_true(exactly(v, scale, minusZero))) {
        if (digits === MOST_DIGITS || !isBelow(f64x2.mul(most, scale))) return;
        digits++;
        power *= 10;
        scale = f64x2.splat(power);
      }
    }
    if (!isBelow(f64x2.mul(most, scale))) return;
    x += stride;
  }
  const n = power * Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
  store<f64>(to, power);
  store<u32>(to, n < 127.5 ? 1 : n < 32767.5 ? 2 : 4, 12);
}

/** All ones where v is a whole number over `scale`. */
// @ts-expect-error: a decorator of the compiler
@inline
function exactly(v: v128, scale: v128, minusZero: v128): v128 {
  const n = f64x2.nearest(f64x2.mul(v, scale));
  return v128.and(f64x2.eq(f64x2.div(n, scale), v), i64x2.ne(v, minusZero));
}

// @ts-expect-error: a decorator of the compiler
@inline
function isBelow(n: v128): bool {
  return i64x2.all_true(f64x2.lt(n, f64x2.splat(LIMIT)));
}

/** Writes 32 doubles in a form. */
function write(x: usize, bytes: u32, power: f64, to: usize): void {
  if (bytes === 8) {
    memory.copy(to, x, COLUMN);
    return;
  }
  const scale = f64x2.splat(power);
  for (const end = x + COLUMN; x < end; x += 64) {
    const low = whole(x, scale);
    const high = whole(x + 32, scale);
    if (bytes === 4) {
      v128.store(to, low);
      v128.store(to, high, 16);
      to += 32;
      continue;
    }
    const short = i16x8.narrow_i32x4_s(low, high);
    if (bytes === 2) {
      v128.store(to, short);
      to += 16;
    } else {
      v128.store64_lane(to, i8x16.narrow_i16x8_s(short, short), 0);
      to += 8;
    }
  }
}

/** Four whole numbers. */
// @ts-expect-error: a decorator of the compiler
@inline
function whole(x: usize, scale: v128): v128 {
  const a = i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.mul(v128.load(x), scale)));
  const b = i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.mul(v128.load(x, 16), scale)));
  return v128.shuffle<i64>(a, b, 0, 2);
}

/** Bytes of a block. */
export function blockBytes(forms: usize): usize {
  const wide = <usize>load<u32>(forms) * 8 + <usize>load<u32>(forms, 4) * 4;
  return (wide + <usize>load<u32>(forms, 8) * 2 + <usize>load<u32>(forms, 12)) << 5;
}

/** Writes the doubles of a shard (blocks x d x 32), the same bits as they were. */
export function decode(forms: usize, from: usize, blocks: usize, d: usize, X: usize): void {
  const bytes = blockBytes(forms);
  for (let b: usize = 0; b < blocks; b++) {
    decodeBlock(forms, from, d, X);
    from += bytes;
    X += d * COLUMN;
  }
}

/** The same for one block. */
export function decodeBlock(forms: usize, from: usize, d: usize, X: usize): void {
  const first = forms + FORMS_HEAD_BYTES;
  for (let form = first; form < first + d * FORM_BYTES; form += FORM_BYTES) {
    const bytes = load<u32>(form, 12);
    read(from, bytes, load<f64>(form), X + load<u32>(form, 8) * COLUMN);
    from += bytes << 5;
  }
}

/**
 * Writes the doubles of `columns` columns of a block from the `at`-th form on, in the order of the forms: those in
 * narrow forms as their whole numbers, which are still to be divided by their powers of ten.
 */
export function wholeBlock(forms: usize, at: usize, from: usize, columns: usize, X: usize): void {
  const first = forms + FORMS_HEAD_BYTES + at * FORM_BYTES;
  for (let form = first; form < first + columns * FORM_BYTES; form += FORM_BYTES) {
    const bytes = load<u32>(form, 12);
    if (bytes === 8) memory.copy(X, from, COLUMN);
    else {
      for (let p: usize = 0; p < 32; p += 4) {
        let n: v128;
        if (bytes === 4) n = v128.load(from + (p << 2));
        else if (bytes === 2) n = v128.load16x4_s(from + (p << 1));
        else n = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(from + p)));
        v128.store(X + (p << 3), f64x2.convert_low_i32x4_s(n));
        v128.store(X + (p << 3), f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n, n, 1, 0)), 16);
      }
    }
    from += bytes << 5;
    X += COLUMN;
  }
}

/** Writes 32 doubles of a form. */
function read(from: usize, bytes: u32, power: f64, x: usize): void {
  if (bytes === 8) {
    memory.copy(x, from, COLUMN);
    return;
  }
  const scale = f64x2.splat(power);
  for (const end = x + COLUMN; x < end; x += 32) {
    let n: v128;
    if (bytes === 4) n = v128.load(from);
    else if (bytes === 2) n = v128.load16x4_s(from);
    else n = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(from)));
    from += bytes << 2;
    const a = f64x2.convert_low_i32x4_s(n);
    const b = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(n, n, 1, 0));
    // whole numbers are divided by 1 as well: a branch would cost as much
    v128.store(x, f64x2.div(a, scale));
    v128.store(x, f64x2.div(b, scale), 16);
  }
}
