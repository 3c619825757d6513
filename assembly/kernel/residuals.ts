/** Of one block of 32 rows: residuals r = sigma(h) - y from the logits h, and the loss. */
import { COLUMN } from './block';
import {
  ABSOLUTE,
  EXPONENT,
  expOfMinus,
  fractions,
  LARGEST,
  log1p,
  MAGIC,
  ONE,
  Q,
  SCALE,
  SIGN,
  STEP_HIGH,
  STEP_LOW,
  sigmaFrom,
} from './logistic';

/**
 * Puts the residuals r = sigma(h) - y in the place of h, and returns the summed loss, two lanes.
 *
 *   u = h with its sign changed where y = 1: the loss of a row is max(u,0) + log1p(e^-|u|), r = +-sigma(u)
 *
 * The logarithms are taken once a lane: q runs through prod(1 + t) - 1, as q + t + q t, which keeps the digits
 * of the tiniest t since nothing cancels. 16 factors of at most 2 cannot overflow.
 *
 * `expOfMinus` and `sigmaFrom` to the same bits, written out for four rows at a time, which share the constants:
 * to load these takes as long as to compute with them.
 */
export function residuals(y: usize, h: usize, table: usize): v128 {
  let loss = f64x2.splat(0);
  let q = f64x2.splat(0);
  for (let end = h + COLUMN; h < end; h += 32) {
    const absolute = v128.load(table, ABSOLUTE);
    const largest = v128.load(table, LARGEST);
    const x0 = f64x2.pmin(v128.and(v128.load(h), absolute), largest);
    const x1 = f64x2.pmin(v128.and(v128.load(h, 16), absolute), largest);
    const magic = v128.load(table, MAGIC);
    const scale = v128.load(table, SCALE);
    const shifted0 = f64x2.sub(magic, f64x2.mul(x0, scale));
    const shifted1 = f64x2.sub(magic, f64x2.mul(x1, scale));
    const n0 = f64x2.sub(shifted0, magic);
    const n1 = f64x2.sub(shifted1, magic);
    const stepHigh = v128.load(table, STEP_HIGH);
    const stepLow = v128.load(table, STEP_LOW);
    const s0 = f64x2.add(f64x2.add(x0, f64x2.mul(n0, stepHigh)), f64x2.mul(n0, stepLow));
    const s1 = f64x2.add(f64x2.add(x1, f64x2.mul(n1, stepHigh)), f64x2.mul(n1, stepLow));
    const exponent = v128.load(table, EXPONENT);
    const power0 = i64x2.add(fractions(shifted0, table), v128.and(i64x2.shl(shifted0, 44), exponent));
    const power1 = i64x2.add(fractions(shifted1, table), v128.and(i64x2.shl(shifted1, 44), exponent));
    const qa = v128.load(table, Q);
    const qb = v128.load(table, Q + 16);
    const qc = v128.load(table, Q + 32);
    const z0 = f64x2.mul(s0, s0);
    const z1 = f64x2.mul(s1, s1);
    const p0 = f64x2.sub(f64x2.mul(z0, f64x2.add(f64x2.sub(qa, f64x2.mul(s0, qb)), f64x2.mul(z0, qc))), s0);
    const p1 = f64x2.sub(f64x2.mul(z1, f64x2.add(f64x2.sub(qa, f64x2.mul(s1, qb)), f64x2.mul(z1, qc))), s1);
    const t0 = f64x2.add(power0, f64x2.mul(power0, p0));
    const t1 = f64x2.add(power1, f64x2.mul(power1, p1));
    const sign = v128.load(table, SIGN);
    const flip0 = v128.and(i64x2.shl(v128.load(y), 2), sign);
    const flip1 = v128.and(i64x2.shl(v128.load(y, 16), 2), sign);
    const u0 = v128.xor(v128.load(h), flip0);
    const u1 = v128.xor(v128.load(h, 16), flip1);
    const one = v128.load(table, ONE);
    const zero = f64x2.splat(0);
    const r0 = f64x2.div(f64x2.pmax(t0, v128.and(f64x2.ge(u0, zero), one)), f64x2.add(t0, one));
    const r1 = f64x2.div(f64x2.pmax(t1, v128.and(f64x2.ge(u1, zero), one)), f64x2.add(t1, one));
    v128.store(h, v128.xor(r0, flip0));
    v128.store(h, v128.xor(r1, flip1), 16);
    loss = f64x2.add(f64x2.add(loss, f64x2.pmax(u0, zero)), f64x2.pmax(u1, zero));
    q = f64x2.add(q, f64x2.add(t0, f64x2.mul(q, t0)));
    q = f64x2.add(q, f64x2.add(t1, f64x2.mul(q, t1)));
    y += 32;
  }
  return f64x2.add(loss, log1p(q, table));
}

/** The same with a weight for each row: r = c (sigma(h) - y), loss c [max(u,0) + log1p(t)]. */
export function weightedResiduals(y: usize, c: usize, h: usize, table: usize): v128 {
  let loss = f64x2.splat(0);
  for (let end = h + COLUMN; h < end; h += 16) {
    const flip = flipOf(y, table);
    const t = expOfMinus(v128.and(v128.load(h), v128.load(table, ABSOLUTE)), table);
    const u = v128.xor(v128.load(h), flip);
    const ci = v128.load(c);
    v128.store(h, f64x2.mul(ci, v128.xor(sigmaFrom(u, t, table), flip)));
    loss = f64x2.add(loss, f64x2.mul(ci, f64x2.add(f64x2.pmax(u, f64x2.splat(0)), log1p(t, table))));
    c += 16;
    y += 16;
  }
  return loss;
}

/** The sign bit where y = 1: the exponent of 1.0 is all ones but for its highest bit. */
// @ts-expect-error: a decorator of the compiler
@inline
export function flipOf(y: usize, table: usize): v128 {
  return v128.and(i64x2.shl(v128.load(y), 2), v128.load(table, SIGN));
}
