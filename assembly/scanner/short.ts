/**
 * Numbers as most files hold them, up to 15 digits: all at once in a SIMD register, without a loop.
 *
 * So many digits are an exact double, and so is a power of ten up to 10^15: one division rounds once.
 *
 * Source: W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990; D. Lemire, Number Parsing at a
 * Gigabyte per Second, 2021, for digits in pairs of pairs.
 */
import { DOUBLES } from './number';

const MINUS: u32 = 0x2d;
const POINT: i8 = 0x2e;
const ZERO: i8 = 0x30;

/** Bytes that are looked at. */
const WIDTH: u32 = 16;

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
  const values = i8x16.sub(bytes, i8x16.splat(ZERO));
  const isOther = i8x16.gt_u(values, i8x16.splat(9));
  const isNegative = u32(u32(load<u8>(p)) === MINUS);
  // one bit for each byte that is no digit; the sign is passed over
  const others = u32(i8x16.bitmask(isOther)) & ~isNegative;
  const points = u32(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(POINT))));
  const point = others & -others & points;
  const end = ctz((others ^ point) | (1 << WIDTH));
  const hasPoint = u32(point !== 0);
  if (end === WIDTH || end === isNegative + hasPoint) return 0;

  // the digits moved together to the right end of the register, zeros before them
  const pointAt = ctz(point | (1 << WIDTH));
  const from = i8x16.add(
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16.splat(i8(end - WIDTH - hasPoint)),
  );
  const isAfter = i8x16.ge_s(from, i8x16.splat(i8(pointAt)));
  const digits = i8x16.swizzle(v128.andnot(values, isOther), i8x16.sub(from, isAfter));
  // in pairs, in fours, in eights
  const tens = i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10));
  const pairs = i16x8.add(tens, i16x8.shr_u(digits, 8));
  const fours = i32x4.dot_i16x8_s(pairs, i32x4.splat(0x00010064));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), i32x4.splat(0x00012710));
  const m = i64(i32x4.extract_lane(eights, 0)) * 100000000 + i64(i32x4.extract_lane(eights, 1));
  const decimals = (end - pointAt - 1) * hasPoint;
  const value = f64(m) / load<f64>(tables + DOUBLES + 8 * usize(decimals));
  store<f64>(out, reinterpret<f64>(reinterpret<u64>(value) | (u64(isNegative) << 63)) - pivot);
  return p + usize(end);
}
