/**
 * Numbers as most files hold them, all at once in SIMD registers, without a loop.
 *
 * Up to 15 digits are an exact double, and so is a power of ten up to 10^15: one division rounds once. More of
 * them go the way of number.ts.
 *
 * Source: W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990; D. Lemire, Number Parsing at a
 * Gigabyte per Second, 2021, for digits in pairs of pairs.
 */
import { DOUBLES } from '../../src/source/scan/layout';
import { bitsOfProduct, MOST_DIGITS, UNDECIDED } from './number';

const MINUS: u32 = 0x2d;
// @ts-ignore: see number.ts
const POINT: i8 = i8(DECIMAL_MARK);
const ZERO: i8 = 0x30;

/** Bytes of a register. */
const WIDTH: u32 = 16;

/** The value of each byte as a digit; not that of others. */
// @ts-ignore: decorator
@inline
function valuesOf(bytes: v128): v128 {
  return i8x16.sub(bytes, i8x16.splat(ZERO));
}

/** All ones for each value that is no digit. */
// @ts-ignore: decorator
@inline
function othersIn(values: v128): v128 {
  return i8x16.gt_u(values, i8x16.splat(9));
}

/** The place of each byte from 0, less `shift`. */
// @ts-ignore: decorator
@inline
function places(shift: u32): v128 {
  return i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(i8(shift)));
}

/** The first `end` digits, but for one at `point`, moved together to the right end of a register of zeros. */
// @ts-ignore: decorator
@inline
function movedTogether(digits: v128, end: u32, hasPoint: u32, point: u32): v128 {
  const from = places(WIDTH + hasPoint - end);
  const isAfter = i8x16.ge_s(from, i8x16.splat(i8(point)));
  return i8x16.swizzle(digits, i8x16.sub(from, isAfter));
}

/** The number that 16 digits write. */
// @ts-ignore: decorator
@inline
function numberOfDigits(digits: v128): u64 {
  const tens = i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10));
  const pairs = i16x8.add(tens, i16x8.shr_u(digits, 8));
  const fours = i32x4.dot_i16x8_s(pairs, i32x4.splat(0x00010064));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), i32x4.splat(0x00012710));
  return u64(i32x4.extract_lane(eights, 0)) * 100000000 + u64(i32x4.extract_lane(eights, 1));
}

/**
 * Reads the decimal number [-] digits [. digits] at `p` if it ends within 16 bytes; what follows it is not
 * looked at.
 *
 * @param out where its double less the pivot is stored
 * @param tables those of number.ts
 * @returns the address after the number; 0 where it does not end in time, or there is none
 */
// @ts-ignore: decorator
@inline
export function readShort(p: usize, pivot: f64, out: usize, tables: usize): usize {
  const bytes = v128.load(p);
  const values = valuesOf(bytes);
  const isOther = othersIn(values);
  const isNegative = u32(u32(load<u8>(p)) === MINUS);
  // one bit for each byte that is no digit; the sign is passed over
  const others = u32(i8x16.bitmask(isOther)) & ~isNegative;
  const points = u32(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(POINT))));
  const mark = others & -others & points;
  const end = ctz((others ^ mark) | (1 << WIDTH));
  const hasPoint = u32(mark !== 0);
  if (end === WIDTH || end === isNegative + hasPoint) return 0;
  const point = ctz(mark | (1 << WIDTH));
  const m = numberOfDigits(movedTogether(v128.andnot(values, isOther), end, hasPoint, point));
  const decimals = (end - point - 1) * hasPoint;
  const value = f64(i64(m)) / load<f64>(tables + DOUBLES + 8 * usize(decimals));
  store<f64>(out, reinterpret<f64>(reinterpret<u64>(value) | (u64(isNegative) << 63)) - pivot);
  return p + usize(end);
}

/**
 * Reads [-] digits . digits of up to 19 digits, of which not more than 15 come before the point.
 *
 * Looks at 32 bytes.
 *
 * @param out where its double less the pivot is stored
 * @returns the address after the number; 0 where it is something else, or needs a closer look
 */
// @ts-ignore: decorator
@inline
export function readLong(p: usize, pivot: f64, out: usize, tables: usize): usize {
  const bytes = v128.load(p);
  const values = valuesOf(bytes);
  const isOther = othersIn(values);
  const isNegative = u32(u32(load<u8>(p)) === MINUS);
  const later = i8x16.bitmask(othersIn(valuesOf(v128.load(p, 16))));
  const others = (u32(i8x16.bitmask(isOther)) | (u32(later) << WIDTH)) & ~isNegative;
  const points = u32(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(POINT))));
  const mark = others & -others & points;
  const rest = others ^ mark;
  if (mark === 0 || rest === 0) return 0;
  const end = ctz(rest);
  const point = ctz(mark);
  if (end - isNegative - 1 > u32(MOST_DIGITS)) return 0;
  // the last 16 decimals, or all of them, and whatever digits come before
  const decimals = end - point - 1;
  const last = min(decimals, WIDTH);
  const m0 = numberOfDigits(movedTogether(v128.andnot(values, isOther), end - last, 1, point));
  const tail = valuesOf(v128.load(p + usize(end) - WIDTH));
  const isTail = i8x16.ge_s(places(WIDTH - last), i8x16.splat(0));
  const m = m0 * load<u64>(tables + 8 * usize(last)) + numberOfDigits(v128.and(tail, isTail));
  const bits = bitsOfProduct(m, -i32(decimals), tables);
  if (bits === UNDECIDED || end === isNegative + 1) return 0;
  store<f64>(out, reinterpret<f64>(bits | (u64(isNegative) << 63)) - pivot);
  return p + usize(end);
}
