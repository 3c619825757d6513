/**
 * e^-a, sigma(u) and log(1 + x) on two doubles at once.
 *
 *   e^x      x = n ln(2)/256 + r, |r| <= ln(2)/512: e^x = 2^(n/256) (1 + r + r^2 q(r)), q of degree 2
 *   log1p    1 + x = 2^k m, m in [sqrt(1/2), sqrt(2)), s = (m-1)/(m+1): log m = 2 s + s^3 p(s^2), p of degree 6
 *
 * The 256 powers come from a table (Tang, Table-driven implementation of the exponential function in IEEE
 * floating-point arithmetic, 1989). Both polynomials are minimax for the relative error (below 2^-57), found
 * by the exchange algorithm (Remez, 1934) in 200 bits. ln(2)/256 is in two parts, the first short enough that
 * n times it is exact (Cody & Waite, Software Manual for the Elementary Functions, 1980).
 *
 * Constants lie in memory, since one in the code would be built anew at every use.
 */

// places in the table, in bytes; each constant is there twice, once for each lane
export const SCALE: usize = 0;
export const MAGIC: usize = 16;
export const STEP_HIGH: usize = 32;
export const STEP_LOW: usize = 48;
export const LARGEST: usize = 64;
export const Q: usize = 96;
export const ONE: usize = 144;
const TWO: usize = 160;
const P: usize = 176;
const HALF_BITS: usize = 288;
const ONE_LESS_HALF_BITS: usize = 304;
const MANTISSA: usize = 320;
const TWO52_BITS: usize = 336;
const TWO52_BIASED: usize = 352;
const LN2_HIGH: usize = 368;
const LN2_LOW: usize = 384;
/** All bits but the sign; and the sign alone. */
export const ABSOLUTE: usize = 400;
export const SIGN: usize = 416;
const POWERS: usize = 432;

/** Bits that n is shifted by, so that n/256 is added to an exponent. */
const TO_EXPONENT = 44;

/** Bytes of the table. */
const TABLE_BYTES: usize = POWERS + 256 * 8;

/** Writes the table. */
export function writeTable(table: usize): void {
  const ln2High = 0.6931471803691238;
  const ln2Low = 1.9082149292705877e-10;
  both(table + SCALE, 369.3299304675746);
  // 1.5 2^52: what is added to it is rounded to a whole number, which then lies in its lowest bits
  both(table + MAGIC, 6755399441055744.0);
  both(table + STEP_HIGH, ln2High / 256);
  both(table + STEP_LOW, ln2Low / 256);
  both(table + LARGEST, 708.0);
  both(table + Q, 0.5000000000000122);
  both(table + Q + 16, 0.1666666799470087);
  both(table + Q + 32, 0.0416666605662592);
  both(table + ONE, 1.0);
  both(table + TWO, 2.0);
  both(table + P, 0.6666666666666734);
  both(table + P + 16, 0.3999999999941468);
  both(table + P + 32, 0.28571428742387817);
  both(table + P + 48, 0.22222198573131782);
  both(table + P + 64, 0.18183564330207);
  both(table + P + 80, 0.15314050419639166);
  both(table + P + 96, 0.1479595125953564);
  // bits of sqrt(1/2), and of 1 less those
  const halfBits: i64 = 0x3fe6a09e667f3bcd;
  bothBits(table + HALF_BITS, halfBits);
  bothBits(table + ONE_LESS_HALF_BITS, 0x3ff0000000000000 - halfBits);
  bothBits(table + MANTISSA, 0x000fffffffffffff);
  bothBits(table + TWO52_BITS, 0x4330000000000000);
  both(table + TWO52_BIASED, 4503599627370496.0 + 1023.0);
  both(table + LN2_HIGH, ln2High);
  both(table + LN2_LOW, ln2Low);
  bothBits(table + ABSOLUTE, 0x7fffffffffffffff);
  bothBits(table + SIGN, 0x8000000000000000);
  writePowers(table + POWERS);
}

function both(place: usize, value: f64): void {
  v128.store(place, f64x2.splat(value));
}

function bothBits(place: usize, bits: i64): void {
  v128.store(place, i64x2.splat(bits));
}

/**
 * Writes 2^(i/256) for i = 0 to 255: a product of 256th roots in twice the digits, then rounded. What the lowest eight
 * bits of n add to the exponent, when n is shifted there whole, is taken off.
 */
function writePowers(to: usize): void {
  const root = 1.0027112750502025;
  const rootRest = -3.636615928692264e-17;
  let high = 1.0;
  let low = 0.0;
  for (let i: usize = 0; i < 256; i++) {
    store<i64>(to + (i << 3), reinterpret<i64>(high) - ((<i64>i) << TO_EXPONENT));
    const product = high * root;
    const rest = productError(high, root, product) + (high * rootRest + low * root);
    high = product + rest;
    low = rest - (high - product);
  }
}

/** a b - product, exact (Dekker, A floating-point technique for extending the available precision, 1971). */
function productError(a: f64, b: f64, product: f64): f64 {
  const a1 = upper(a);
  const b1 = upper(b);
  const a2 = a - a1;
  const b2 = b - b1;
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
}

/** The upper 26 bits of a. */
function upper(a: f64): f64 {
  const c = 134217729.0 * a;
  return c - (c - a);
}

/**
 * e^-a for a >= 0, relative error at most 2^-52 for a <= 708; beyond, the constant e^-708 < 3.4e-308 stands
 * for what is smaller still. NaN gives NaN.
 */
// @ts-expect-error: a decorator of the compiler
@inline
export function expOfMinus(a: v128, table: usize): v128 {
  const x = f64x2.pmin(a, v128.load(table, LARGEST));
  const shifted = f64x2.sub(v128.load(table, MAGIC), f64x2.mul(x, v128.load(table, SCALE)));
  const n = f64x2.sub(shifted, v128.load(table, MAGIC));
  // s = -r
  const s = f64x2.add(
    f64x2.add(x, f64x2.mul(n, v128.load(table, STEP_HIGH))),
    f64x2.mul(n, v128.load(table, STEP_LOW)),
  );
  const even = (<usize>i64x2.extract_lane(shifted, 0) & 255) << 3;
  const odd = (<usize>i64x2.extract_lane(shifted, 1) & 255) << 3;
  const fractions = v128.load64_lane(table + odd, v128.load64_zero(table + even, POWERS), 1, POWERS);
  const power = i64x2.add(fractions, i64x2.shl(shifted, TO_EXPONENT));
  const s2 = f64x2.mul(s, s);
  const q01 = f64x2.sub(v128.load(table, Q), f64x2.mul(s, v128.load(table, Q + 16)));
  const q = f64x2.add(q01, f64x2.mul(s2, v128.load(table, Q + 32)));
  const p = f64x2.sub(f64x2.mul(s2, q), s);
  return f64x2.add(power, f64x2.mul(power, p));
}

/**
 * Writes t = e^-|h| for 32 rows, to the bits of `expOfMinus`; what lies behind t (32) is room.
 *
 * First all the reductions, then all the powers: each takes dozens of steps that wait for one another, and a processor
 * looks ahead no farther than over a few short ones.
 */
export function decays(h: usize, t: usize, table: usize): void {
  reduce(h, t, table);
  raise(t, table);
}

/** Bytes of 32 doubles. */
const COLUMN: usize = 256;

/** Writes s = -r (32) and, behind, n (32), which lies in the lowest bits. */
function reduce(h: usize, s: usize, table: usize): void {
  const absolute = v128.load(table, ABSOLUTE);
  const largest = v128.load(table, LARGEST);
  const magic = v128.load(table, MAGIC);
  const scale = v128.load(table, SCALE);
  const stepHigh = v128.load(table, STEP_HIGH);
  const stepLow = v128.load(table, STEP_LOW);
  for (const end = h + COLUMN; h < end; h += 32, s += 32) {
    const x0 = f64x2.pmin(v128.and(v128.load(h), absolute), largest);
    const x1 = f64x2.pmin(v128.and(v128.load(h, 16), absolute), largest);
    const shifted0 = f64x2.sub(magic, f64x2.mul(x0, scale));
    const shifted1 = f64x2.sub(magic, f64x2.mul(x1, scale));
    v128.store(s, shifted0, COLUMN);
    v128.store(s, shifted1, COLUMN + 16);
    const n0 = f64x2.sub(shifted0, magic);
    const n1 = f64x2.sub(shifted1, magic);
    v128.store(s, f64x2.add(f64x2.add(x0, f64x2.mul(n0, stepHigh)), f64x2.mul(n0, stepLow)));
    v128.store(s, f64x2.add(f64x2.add(x1, f64x2.mul(n1, stepHigh)), f64x2.mul(n1, stepLow)), 16);
  }
}

/** Puts 2^(n/256) (1 + r + r^2 q(r)) in the place of s. */
function raise(s: usize, table: usize): void {
  const qa = v128.load(table, Q);
  const qb = v128.load(table, Q + 16);
  const qc = v128.load(table, Q + 32);
  for (const end = s + COLUMN; s < end; s += 32) {
    const s0 = v128.load(s);
    const s1 = v128.load(s, 16);
    const power0 = i64x2.add(fractionsOf(s, table), i64x2.shl(v128.load(s, COLUMN), TO_EXPONENT));
    const power1 = i64x2.add(fractionsOf(s + 16, table), i64x2.shl(v128.load(s, COLUMN + 16), TO_EXPONENT));
    const z0 = f64x2.mul(s0, s0);
    const z1 = f64x2.mul(s1, s1);
    const p0 = f64x2.sub(f64x2.mul(z0, f64x2.add(f64x2.sub(qa, f64x2.mul(s0, qb)), f64x2.mul(z0, qc))), s0);
    const p1 = f64x2.sub(f64x2.mul(z1, f64x2.add(f64x2.sub(qa, f64x2.mul(s1, qb)), f64x2.mul(z1, qc))), s1);
    v128.store(s, f64x2.add(power0, f64x2.mul(power0, p0)));
    v128.store(s, f64x2.add(power1, f64x2.mul(power1, p1)), 16);
  }
}

/** From the table, the powers of the fractions of n: their bytes are read where `reduce` has left them. */
// @ts-expect-error: a decorator of the compiler
@inline
function fractionsOf(s: usize, table: usize): v128 {
  const even = (<usize>load<u8>(s, COLUMN)) << 3;
  const odd = (<usize>load<u8>(s, COLUMN + 8)) << 3;
  return v128.load64_lane(table + odd, v128.load64_zero(table + even, POWERS), 1, POWERS);
}

/** sigma(u) from t = e^-|u|: (u >= 0 ? 1 : t) / (1 + t), relative error at most 2^-51. NaN gives NaN. */
// @ts-expect-error: a decorator of the compiler
@inline
export function sigmaFrom(u: v128, t: v128, table: usize): v128 {
  const one = v128.load(table, ONE);
  // t is at most 1
  const above = f64x2.pmax(t, v128.and(f64x2.ge(u, f64x2.splat(0)), one));
  return f64x2.div(above, f64x2.add(t, one));
}

/** log(1 + x) for x >= 0, relative error at most 2^-51, however small x is. */
// @ts-expect-error: a decorator of the compiler
@inline
export function log1p(x: v128, table: usize): v128 {
  const one = v128.load(table, ONE);
  const u = f64x2.add(x, one);
  // what rounding took off, exact
  const lost = f64x2.sub(x, f64x2.sub(u, one));
  const bits = i64x2.add(u, v128.load(table, ONE_LESS_HALF_BITS));
  const m = i64x2.add(v128.and(bits, v128.load(table, MANTISSA)), v128.load(table, HALF_BITS));
  const k = f64x2.sub(
    v128.or(i64x2.shr_u(bits, 52), v128.load(table, TWO52_BITS)),
    v128.load(table, TWO52_BIASED),
  );
  const f = f64x2.sub(m, one);
  const s = f64x2.div(f, f64x2.add(f, v128.load(table, TWO)));
  const z = f64x2.mul(s, s);
  let p = v128.load(table, P + 96);
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P + 80));
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P + 64));
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P + 48));
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P + 32));
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P + 16));
  p = f64x2.add(f64x2.mul(p, z), v128.load(table, P));
  const low = f64x2.add(f64x2.mul(k, v128.load(table, LN2_LOW)), f64x2.div(lost, u));
  const rest = f64x2.add(f64x2.mul(f64x2.mul(s, z), p), low);
  return f64x2.add(f64x2.mul(k, v128.load(table, LN2_HIGH)), f64x2.add(f64x2.add(s, s), rest));
}
