/** Of one block of 32 rows: residuals r = sigma(h) - y from the logits h, and the loss. */
import { COLUMN } from './block';
import { decays, log1p, ONE, SIGN, sigmaFrom } from './logistic';

/**
 * Puts the residuals r = sigma(h) - y in the place of h, and adds the loss to `sums`, which `lossOf` reads.
 *
 *   u = h with its sign changed where y = 1: the loss of a row is max(u,0) + log1p(e^-|u|), r = +-sigma(u)
 *   sums   [sum of max(u,0) | q = prod(1 + t) - 1], two lanes each
 *
 * q runs through the product as q + t + q t, which keeps the digits of the tiniest t since nothing cancels; a lane of a
 * block gives it 16 factors of at most 2.
 *
 * @param t room (2 x 32)
 */
export function residuals(y: usize, h: usize, t: usize, sums: usize, table: usize): void {
  decays(h, t, table);
  let loss = v128.load(sums);
  let q = v128.load(sums, 16);
  const sign = v128.load(table, SIGN);
  const one = v128.load(table, ONE);
  const zero = f64x2.splat(0);
  for (const end = h + COLUMN; h < end; h += 32, y += 32, t += 32) {
    const t0 = v128.load(t);
    const t1 = v128.load(t, 16);
    const flip0 = v128.and(i64x2.shl(v128.load(y), 2), sign);
    const flip1 = v128.and(i64x2.shl(v128.load(y, 16), 2), sign);
    const u0 = v128.xor(v128.load(h), flip0);
    const u1 = v128.xor(v128.load(h, 16), flip1);
    // `sigmaFrom`
    const r0 = f64x2.div(f64x2.pmax(t0, v128.and(f64x2.ge(u0, zero), one)), f64x2.add(t0, one));
    const r1 = f64x2.div(f64x2.pmax(t1, v128.and(f64x2.ge(u1, zero), one)), f64x2.add(t1, one));
    v128.store(h, v128.xor(r0, flip0));
    v128.store(h, v128.xor(r1, flip1), 16);
    loss = f64x2.add(loss, f64x2.add(f64x2.pmax(u0, zero), f64x2.pmax(u1, zero)));
    const both = f64x2.add(f64x2.add(t0, t1), f64x2.mul(t0, t1));
    q = f64x2.add(f64x2.add(q, both), f64x2.mul(q, both));
  }
  v128.store(sums, loss);
  v128.store(sums, q, 16);
}

/** Blocks after which `takeLogarithm` is due, at most: products stay below 2^512. */
export const BLOCKS_A_LOGARITHM: usize = 32;

/** Puts log(1 + q) among the losses, and begins a new product. */
export function takeLogarithm(sums: usize, table: usize): void {
  v128.store(sums, f64x2.add(v128.load(sums), log1p(v128.load(sums, 16), table)));
  v128.store(sums, f64x2.splat(0), 16);
}

/** The same as `residuals` with a weight for each row: r = c (sigma(h) - y), loss c [max(u,0) + log1p(t)]. */
export function weightedResiduals(y: usize, c: usize, h: usize, t: usize, sums: usize, table: usize): void {
  decays(h, t, table);
  let loss = v128.load(sums);
  for (const end = h + COLUMN; h < end; h += 16, y += 16, c += 16, t += 16) {
    const flip = flipOf(y, table);
    const ti = v128.load(t);
    const u = v128.xor(v128.load(h), flip);
    const ci = v128.load(c);
    v128.store(h, f64x2.mul(ci, v128.xor(sigmaFrom(u, ti, table), flip)));
    loss = f64x2.add(loss, f64x2.mul(ci, f64x2.add(f64x2.pmax(u, f64x2.splat(0)), log1p(ti, table))));
  }
  v128.store(sums, loss);
}

/** The sign bit where y = 1: the exponent of 1.0 is all ones but for its highest bit. */
// @ts-expect-error: a decorator of the compiler
@inline
export function flipOf(y: usize, table: usize): v128 {
  return v128.and(i64x2.shl(v128.load(y), 2), v128.load(table, SIGN));
}
