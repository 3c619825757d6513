/**
 * Numbers as most files hold them, whose end is known, all digits at once in SIMD registers.
 *
 * Up to 15 digits are an exact double, and so is a power of ten up to 10^15: one division rounds once. More of
 * them go the way of number.ts.
 *
 * Source: W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990; D. Lemire, Number Parsing at a
 * Gigabyte per Second, 2021, for digits in pairs of pairs.
 */
import {
  DIVISORS,
  LAST_BYTES,
  NINES,
  POINT_SHUFFLES,
  TO_EIGHTS,
  TO_FOURS,
  TO_PAIRS,
  ZEROS,
} from '../../src/source/scan/layout';
import { bitsOfDecimal, MOST_DIGITS } from './number';

const MINUS: u32 = 0x2d;
const ZERO: i8 = 0x30;
// @ts-ignore: see number.ts
const POINT: i8 = i8(DECIMAL_MARK) - ZERO;

/** Bytes of a register. */
const WIDTH: u32 = 16;
/** Digits whose number is a double. */
const MOST_EXACT_DIGITS: u32 = 15;

/** The last `length` bytes before `end`, up to 16, each less the digit 0; zeros before them. */
// @ts-ignore: decorator
@inline
function valuesBefore(end: usize, length: u32, tables: usize): v128 {
  const values = i8x16.sub(v128.load(end - usize(WIDTH)), v128.load(tables, ZEROS));
  return v128.and(values, v128.load(tables + usize(length), LAST_BYTES));
}

/** The same as they are. */
// @ts-ignore: decorator
@inline
export function bytesBefore(end: usize, length: usize, tables: usize): v128 {
  return v128.and(v128.load(end - usize(WIDTH)), v128.load(tables + length, LAST_BYTES));
}

/** How many bytes come after the last point, 16 where there is none. */
// @ts-ignore: decorator
@inline
function decimalsOf(values: v128): usize {
  return usize(clz(i8x16.bitmask(i8x16.eq(values, i8x16.splat(POINT))))) - 16;
}

/** The same without that point, moved together. */
// @ts-ignore: decorator
@inline
function withoutPoint(values: v128, decimals: usize, tables: usize): v128 {
  return i8x16.swizzle(values, v128.load(tables + 16 * decimals, POINT_SHUFFLES));
}

/** Whether one of the values is no digit. */
// @ts-ignore: decorator
@inline
function hasOthers(digits: v128, tables: usize): bool {
  return v128.any_true(i8x16.sub_sat_u(digits, v128.load(tables, NINES)));
}

/** The numbers that the fours of 16 digits write: four lanes. */
// @ts-ignore: decorator
@inline
function fours(digits: v128, tables: usize): v128 {
  // 10 a + b of the bytes a, b: in the upper one of (a + 256 b) 2561, whose higher bits are lost
  const pairs = i16x8.shr_u(i16x8.mul(digits, v128.load(tables, TO_PAIRS)), 8);
  return i32x4.dot_i16x8_s(pairs, v128.load(tables, TO_FOURS));
}

/** The numbers that the first eight and the last eight of 16 digits write: lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function eights(digits: v128, tables: usize): v128 {
  const four = fours(digits, tables);
  return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(four, four), v128.load(tables, TO_EIGHTS));
}

/** The number that 16 digits write. */
// @ts-ignore: decorator
@inline
function numberOfDigits(digits: v128, tables: usize): u64 {
  const both = eights(digits, tables);
  return u64(i32x4.extract_lane(both, 0)) * 100000000 + u64(i32x4.extract_lane(both, 1));
}

/** The same as a double, of up to 15 digits. */
// @ts-ignore: decorator
@inline
function doubleOfDigits(digits: v128, tables: usize): f64 {
  const both = f64x2.convert_low_i32x4_s(eights(digits, tables));
  return f64x2.extract_lane(both, 0) * 1e8 + f64x2.extract_lane(both, 1);
}

/**
 * Reads the decimal number [-] digits [. digits] that is all of [start, end), if it has up to 15 digits.
 *
 * Looks at the 16 bytes before `end`.
 *
 * @param out where its double less the pivot is stored
 * @param tables those of number.ts
 * @returns false where it is something else
 */
// @ts-ignore: decorator
@inline
export function readShort(start: usize, end: usize, pivot: f64, out: usize, tables: usize): bool {
  const isNegative = u32(u32(load<u8>(start)) === MINUS);
  const length = u32(end - start) - isNegative;
  if (length > WIDTH) return false;
  const values = valuesBefore(end, length, tables);
  const decimals = decimalsOf(values);
  const digits = withoutPoint(values, decimals, tables);
  const count = length - u32(decimals !== usize(WIDTH));
  if (u32(count - 1 >= MOST_EXACT_DIGITS) | u32(hasOthers(digits, tables))) return false;
  // over a negative power of ten, so that -0 is one
  const divisor = load<f64>(tables + 16 * decimals + 8 * usize(isNegative), DIVISORS);
  store<f64>(out, doubleOfDigits(digits, tables) / divisor - pivot);
  return true;
}

/**
 * The same for up to 19 digits, and a point among or before them.
 *
 * Looks at the 32 bytes before `end`.
 */
// @ts-ignore: decorator
@inline
export function readLong(start: usize, end: usize, pivot: f64, out: usize, tables: usize): bool {
  const isNegative = u32(u32(load<u8>(start)) === MINUS);
  const length = u32(end - start) - isNegative;
  if (length <= WIDTH || length > u32(MOST_DIGITS) + 1) return false;
  const tail = valuesBefore(end, WIDTH, tables);
  const head = valuesBefore(end - usize(WIDTH), length - WIDTH, tables);
  const tailDecimals = decimalsOf(tail);
  const headDecimals = decimalsOf(head);
  const hasTailPoint = tailDecimals !== usize(WIDTH);
  const decimals = hasTailPoint ? tailDecimals : headDecimals + usize(WIDTH);
  // none at all, or one too many for the digits before it
  if (hasTailPoint === (headDecimals !== usize(WIDTH))) return false;
  const last = withoutPoint(tail, tailDecimals, tables);
  const first = withoutPoint(head, headDecimals, tables);
  if (hasOthers(i8x16.max_u(first, last), tables)) return false;
  // those before the last 16 are four at most
  const above = u64(i32x4.extract_lane(fours(first, tables), 3));
  const m =
    above * load<u64>(tables + 8 * usize(WIDTH - u32(hasTailPoint))) + numberOfDigits(last, tables);
  const bits = bitsOfDecimal(m, u32(decimals), tables);
  store<f64>(out, reinterpret<f64>(bits | (u64(isNegative) << 63)) - pivot);
  return true;
}
