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
/** One block of so many tells the form of a column, as a rule. */
const SAMPLED: usize = 16;
/** In place of the bytes of a column: it does not have the form that its sample has. */
const UNKNOWN: u32 = 0;
/** 1.5 2^52: a double next to it is a whole number, which its low four bytes hold. */
const SHIFT: f64 = 6755399441055744;

/**
 * Writes the forms of a shard, and its columns in them; `to` may take as many bytes as the doubles.
 *
 * @param X doubles (blocks x d x 32)
 * @param ranges least values (d) and greatest values (d), as moments.ts has them
 * @param room overwritten (16 d)
 * @returns bytes written at `to`
 */
export function encode(X: usize, blocks: usize, d: usize, ranges: usize, forms: usize, to: usize, room: usize): usize {
  for (let j: usize = 0; j < d; j++) judge(X, blocks, d, j, SAMPLED, ranges, room);
  arrange(d, forms, room);
  if (!write(X, blocks, d, forms, to, room)) {
    for (let j: usize = 0; j < d; j++) {
      if (load<u32>(room + j * FORM_BYTES, 12) === UNKNOWN) judge(X, blocks, d, j, 1, ranges, room);
    }
    arrange(d, forms, room);
    write(X, blocks, d, forms, to, room);
  }
  return blocks * blockBytes(forms);
}

/** Notes the power of ten of column j, and its bytes, as every `step`-th block tells them. */
function judge(X: usize, blocks: usize, d: usize, j: usize, step: usize, ranges: usize, room: usize): void {
  const to = room + j * FORM_BYTES;
  const most = Math.max(Math.abs(load<f64>(ranges + 8 * j)), Math.abs(load<f64>(ranges + 8 * (d + j))));
  let digits = 0;
  let power = 1.0;
  store<f64>(to, 1);
  store<u32>(to, 8, 12);
  let x = X + j * COLUMN;
  for (let b: usize = 0; b < blocks; b += step, x += step * d * COLUMN) {
    for (let p: usize = 0; p < COLUMN; p += 16) {
      const v = v128.load(x + p);
      while (!i64x2.all_true(i64x2.eq(overPower(wholeNear(v, power), power), v))) {
        if (digits === MOST_DIGITS || !(most * power < LIMIT)) return;
        digits++;
        power *= 10;
      }
    }
  }
  const n = most * power;
  if (!(n < LIMIT)) return;
  store<f64>(to, power);
  store<u32>(to, n < 127.5 ? 1 : n < 32767.5 ? 2 : 4, 12);
}

/** Writes the forms that have been noted, wide ones first. */
function arrange(d: usize, forms: usize, room: usize): void {
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
}

/** Writes the columns in their forms; false where one does not give back every bit, which is noted then. */
function write(X: usize, blocks: usize, d: usize, forms: usize, to: usize, room: usize): bool {
  const end = forms + FORMS_HEAD_BYTES + d * FORM_BYTES;
  let isExact = true;
  for (let b: usize = 0; b < blocks; b++, X += d * COLUMN) {
    for (let form = forms + FORMS_HEAD_BYTES; form < end; form += FORM_BYTES) {
      const j = <usize>load<u32>(form, 8);
      const bytes = load<u32>(form, 12);
      if (!writeColumn(X + j * COLUMN, bytes, load<f64>(form), to)) {
        store<u32>(room + j * FORM_BYTES, UNKNOWN, 12);
        isExact = false;
      }
      to += bytes << 5;
    }
  }
  return isExact;
}

/** Writes 32 doubles in a form; false where it does not give back every bit. */
// @ts-expect-error: a decorator of the compiler
@inline
function writeColumn(x: usize, bytes: u32, power: f64, to: usize): bool {
  const end = x + COLUMN;
  if (bytes === 8) {
    for (; x < end; x += 64, to += 64) {
      v128.store(to, v128.load(x));
      v128.store(to, v128.load(x, 16), 16);
      v128.store(to, v128.load(x, 32), 32);
      v128.store(to, v128.load(x, 48), 48);
    }
    return true;
  }
  let same = i64x2.splat(-1);
  for (; x < end; x += 64) {
    const v0 = v128.load(x);
    const v1 = v128.load(x, 16);
    const v2 = v128.load(x, 32);
    const v3 = v128.load(x, 48);
    const n0 = wholeNear(v0, power);
    const n1 = wholeNear(v1, power);
    const n2 = wholeNear(v2, power);
    const n3 = wholeNear(v3, power);
    const same01 = v128.and(i64x2.eq(overPower(n0, power), v0), i64x2.eq(overPower(n1, power), v1));
    const same23 = v128.and(i64x2.eq(overPower(n2, power), v2), i64x2.eq(overPower(n3, power), v3));
    same = v128.and(same, v128.and(same01, same23));
    const low = v128.shuffle<i32>(n0, n1, 0, 2, 4, 6);
    const high = v128.shuffle<i32>(n2, n3, 0, 2, 4, 6);
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
  return i64x2.all_true(same);
}

/** The whole number next to v 10^k, plus `SHIFT`; some number for NaN. */
// @ts-expect-error: a decorator of the compiler
@inline
function wholeNear(v: v128, power: f64): v128 {
  const n = f64x2.add(f64x2.mul(v, f64x2.splat(power)), f64x2.splat(SHIFT));
  // the second where it is less, which NaN never is
  return f64x2.pmin(f64x2.splat(SHIFT + LIMIT), n);
}

/** The double that such a whole number over 10^k is: other bits than v where v is -0, NaN or none of them. */
// @ts-expect-error: a decorator of the compiler
@inline
function overPower(n: v128, power: f64): v128 {
  return f64x2.div(f64x2.sub(n, f64x2.splat(SHIFT)), f64x2.splat(power));
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
