/**
 * Decimal texts as the double nearest to them, to the last bit.
 *
 * A number is m 10^e with m its digits. Small m and e take Clinger's fast path: both are exact doubles, so
 * one multiplication or division rounds once. The others take Eisel and Lemire's: the top 128 bits of
 * m 5^e nearly always decide, and where they do not, `Number(text)` is asked.
 *
 * Source: W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990; D. Lemire, Number Parsing at a
 * Gigabyte per Second, 2021; N. Mushtak and D. Lemire, Fast Number Parsing Without Fallback, 2023.
 */
import { DIGITS_BYTES, DOUBLES, GREATEST_POWER, LEAST_POWER, POWERS } from '../../src/source/scan/layout';
import { firstOf, HIGHS } from './words';

const PLUS: u32 = 0x2b;
const MINUS: u32 = 0x2d;
/** The decimal mark, which the build says: there is a scanner for points and one for commas. */
// @ts-ignore: known to the compiler
const POINT: u32 = u32(DECIMAL_MARK);
const ZERO: u32 = 0x30;
const LETTER_E: u32 = 0x65;

const ZEROS: u64 = 0x3030303030303030;
/** Carries every byte above 9 into its high bit. */
const ABOVE_NINE: u64 = 0x7676767676767676;

/** Digits that any u64 has room for. */
export const MOST_DIGITS: usize = 19;
/** Integers up to here are doubles. */
const MOST_EXACT: u64 = 1 << 53;
const MOST_EXACT_POWER: i32 = 22;
/** An exponent that no digits can bring back into range; the sum with their count stays an i32. */
const HUGE_EXPONENT: i32 = 1 << 29;

/** In place of the bits of a double, all of which are non-negative here. */
export const UNDECIDED: u64 = u64.MAX_VALUE;
const INFINITE: u64 = 0x7ff0000000000000;

/** `Number` of the bytes [start, end), which are ASCII. */
export declare function numberOf(start: usize, end: usize): f64;

/** A digit as its value; anything else as more than 9. */
function digitAt(p: usize): u32 {
  return u32(load<u8>(p)) - ZERO;
}

/** Eight digits, each as its value, the first in the lowest byte. */
function valueOfEight(digits: u64): u64 {
  const pairs = digits * 10 + (digits >> 8);
  const mask: u64 = 0x000000ff000000ff;
  const even = (pairs & mask) * 0x000f424000000064;
  const odd = ((pairs >> 16) & mask) * 0x0000271000000001;
  return (even + odd) >> 32;
}

/**
 * Reads the decimal number that begins at `start`: [+-] digits [. digits] [e [+-] digits].
 *
 * Reads up to 8 bytes past its end. Blanks are not skipped, and what follows the number is not looked at.
 *
 * @param out where its double is stored
 * @returns the address after the number; 0 where there is none, or where no finite double holds it
 */
export function readNumber(start: usize, out: usize, tables: usize): usize {
  const first = u32(load<u8>(start));
  const isNegative = first === MINUS;
  let p = start + usize(u32(isNegative) | u32(first === PLUS));
  const digitsStart = p;
  let m: u64 = 0;
  let digit = digitAt(p);
  while (digit < 10) {
    m = m * 10 + u64(digit);
    digit = digitAt(++p);
  }
  let digits = p - digitsStart;
  let exponent: i32 = 0;
  if (digit === POINT - ZERO) {
    const fraction = ++p;
    while (true) {
      const bytes = load<u64>(p) ^ ZEROS;
      const others = ((bytes + ABOVE_NINE) | bytes) & HIGHS;
      if (others !== 0) {
        const n = firstOf(others);
        // zeros in front of the digits leave their value as it is
        if (n > 0) m = m * load<u64>(tables + 8 * n) + valueOfEight(bytes << u64(64 - 8 * n));
        p += n;
        break;
      }
      m = m * 100000000 + valueOfEight(bytes);
      p += 8;
    }
    digits += p - fraction;
    exponent = -i32(p - fraction);
  }
  if (digits === 0) return 0;
  const digitsEnd = p;
  if ((u32(load<u8>(p)) | 0x20) === LETTER_E) {
    const sign = u32(load<u8>(++p));
    p += usize(u32(sign === MINUS) | u32(sign === PLUS));
    digit = digitAt(p);
    if (digit >= 10) return 0;
    let power: i32 = 0;
    while (digit < 10) {
      if (power < HUGE_EXPONENT / 10) power = power * 10 + i32(digit);
      digit = digitAt(++p);
    }
    exponent += sign === MINUS ? -power : power;
  }
  let bits: u64;
  if (digits > MOST_DIGITS) {
    bits = bitsOfMany(digitsStart, digitsEnd, p, m, exponent, tables);
  } else {
    bits = bitsOf(m, exponent, tables);
    if (bits === UNDECIDED) bits = reinterpret<u64>(numberOf(digitsStart, p));
  }
  store<u64>(out, bits | (u64(isNegative) << 63));
  return bits < INFINITE ? p : 0;
}

/**
 * Reads the number that is all of [start, stop), with or without a separator between groups of digits.
 *
 * @param digits where it is written without them
 * @param separator 0 for none
 */
export function isNumber(
  start: usize,
  stop: usize,
  out: usize,
  tables: usize,
  digits: usize,
  separator: u32,
): bool {
  if (readNumber(start, out, tables) === stop) return true;
  if (separator === 0) return false;
  const end = withoutGroups(start, stop, digits, separator);
  return end !== 0 && readNumber(digits, out, tables) === end;
}

/** Copies a number without its separators; returns the address after it, 0 where they are not in order. */
function withoutGroups(start: usize, stop: usize, to: usize, separator: u32): usize {
  if (stop - start > usize(DIGITS_BYTES) - 16) return 0;
  let p = start;
  const sign = u32(load<u8>(p));
  if (sign === MINUS || sign === PLUS) store<u8>(to++, u8(load<u8>(p++)));
  if (load<u8>(p) === ZERO) return 0;
  let groups: u32 = 0;
  let length: u32 = 0;
  // those between the first and the last have three digits each, or two where the first has no more
  let canBeThrees = true;
  let canBeTwos = true;
  for (; p < stop; p++) {
    const byte = u32(load<u8>(p));
    if (byte === separator) {
      if (length === 0 || length > 3) return 0;
      if (groups > 0 && length !== 3) canBeThrees = false;
      if (length > 2 || (groups > 0 && length !== 2)) canBeTwos = false;
      groups++;
      length = 0;
    } else if (byte - ZERO < 10) {
      store<u8>(to++, byte);
      length++;
    } else {
      break;
    }
  }
  if (groups === 0 || length !== 3 || !(canBeThrees || canBeTwos)) return 0;
  for (; p < stop; p++) store<u8>(to++, load<u8>(p));
  store<u64>(to, 0);
  return to;
}

/** Bits of the double nearest to m 10^e. */
function bitsOf(m: u64, e: i32, tables: usize): u64 {
  if (m <= MOST_EXACT) {
    const exact = f64(i64(m));
    if (e <= 0 && e >= -MOST_EXACT_POWER) {
      return reinterpret<u64>(exact / load<f64>(tables + DOUBLES + 8 * usize(-e)));
    }
    if (e > 0 && e <= MOST_EXACT_POWER) {
      return reinterpret<u64>(exact * load<f64>(tables + DOUBLES + 8 * usize(e)));
    }
  }
  return bitsOfProduct(m, e, tables);
}

/**
 * The same for more digits than a u64 holds, unless the first of them are zeros.
 *
 * @param m the digits [start, end) as one number, whatever was carried out of it
 */
function bitsOfMany(start: usize, end: usize, textEnd: usize, m: u64, e: i32, tables: usize): u64 {
  let p = start;
  while (p < end && (load<u8>(p) === ZERO || load<u8>(p) === POINT)) p++;
  // a point counts for a digit here: at worst a number takes the longer way
  if (end - p <= MOST_DIGITS) {
    const bits = bitsOf(m, e, tables);
    return bits === UNDECIDED ? reinterpret<u64>(numberOf(start, textEnd)) : bits;
  }
  let head: u64 = 0;
  let taken: usize = 0;
  for (; p < end && taken < MOST_DIGITS; p++) {
    const digit = digitAt(p);
    if (digit >= 10) continue;
    head = head * 10 + u64(digit);
    taken++;
  }
  let power = e;
  for (; p < end; p++) {
    if (digitAt(p) < 10) power++;
  }
  // the digits left out are worth less than one of the last taken
  const below = bitsOf(head, power, tables);
  if (below !== UNDECIDED && below === bitsOf(head + 1, power, tables)) return below;
  return reinterpret<u64>(numberOf(start, textEnd));
}

/** High half of a product. */
function highOf(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  return aHigh * bHigh + (cross >> 32) + ((aLow * bHigh + (cross & 0xffffffff)) >> 32);
}

/** Eisel and Lemire's way: bits of the double nearest to m 10^e, or UNDECIDED. */
export function bitsOfProduct(m: u64, e: i32, tables: usize): u64 {
  if (m === 0 || e < LEAST_POWER) return 0;
  if (e > GREATEST_POWER) return INFINITE;
  const leading = clz(m);
  const w = m << leading;
  const power = tables + POWERS + 16 * usize(e - LEAST_POWER);
  const factor = load<u64>(power, 8);
  let high = highOf(w, factor);
  let low = w * factor;
  // 52 bits, one to round by, and two for what a shift may take: only all ones below them can still carry
  if ((high & 0x1ff) === 0x1ff) {
    low += highOf(w, load<u64>(power));
    if (low < highOf(w, load<u64>(power))) high++;
  }
  if (low === u64.MAX_VALUE && (e < -27 || e > 55)) return UNDECIDED;
  const top = high >> 63;
  const shift = top + 9;
  let mantissa = high >> shift;
  // floor(log2(10^e)) without a logarithm, right for all e of the table
  let biased = i32((217706 * e) >> 16) + 63 + i32(top) - i32(leading) + 1023;
  if (biased <= 0) {
    if (biased < -62) return 0;
    mantissa >>= u64(1 - biased);
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    // rounding up may have made it the least normal double, whose bits come out right by themselves
    return mantissa;
  }
  // halfway between two doubles only where 5^e is exact: then to the even one
  if (low <= 1 && e >= -4 && e <= 23 && (mantissa & 3) === 1 && mantissa << shift === high) mantissa &= ~1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >= 1 << 53) {
    mantissa = 1 << 52;
    biased++;
  }
  if (biased >= 0x7ff) return INFINITE;
  return (mantissa & 0xfffffffffffff) | (u64(biased) << 52);
}

/**
 * The same for m / 10^decimals, up to 20 of them, which is decided at once and is a normal double: inlined where whole
 * columns are read.
 */
// @ts-ignore: decorator
@inline
export function bitsOfDecimal(m: u64, decimals: u32, tables: usize): u64 {
  if (m === 0) return 0;
  const e = -i32(decimals);
  const leading = clz(m);
  const w = m << leading;
  const power = tables + POWERS + 16 * usize(e - LEAST_POWER);
  const factor = load<u64>(power, 8);
  let high = highOf(w, factor);
  let low = w * factor;
  if ((high & 0x1ff) === 0x1ff) {
    const below = highOf(w, load<u64>(power));
    low += below;
    if (low < below) high++;
  }
  const top = high >> 63;
  const shift = top + 9;
  let mantissa = high >> shift;
  if (low <= 1) mantissa = toEven(mantissa, mantissa << shift === high && e >= -4);
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  const biased = ((217706 * e) >> 16) + 63 + i32(top) - i32(leading) + 1023;
  // its highest bit counts for one more in the exponent, and where it was rounded up for two
  return mantissa + (u64(biased - 1) << 52);
}

/** A mantissa with one bit to round by, cut off where it lies halfway between two doubles and above the even one. */
function toEven(mantissa: u64, isHalfway: bool): u64 {
  return isHalfway && (mantissa & 3) === 1 ? mantissa & ~1 : mantissa;
}
