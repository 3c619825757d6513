/**
 * The Hessian of the summed loss of one shard, its numeric columns less mu, in other units: A^T diag(c z(1-z)) A.
 *
 *   A (D x 32)   numeric columns less mu, times a power of two near 1/s; a column of ones; zeros up to D, a multiple of 4
 *   S (D x 32)   the same times c z(1-z)
 *   H            rows of `width` doubles: D of A, then every level of each factor
 */
import { CURVED_HEAD_BYTES } from '../../src/objective/simd/layout';
import { COLUMN, fill, gather, leaveOut, product, rowWeights } from './block';
import { ABSOLUTE, expOfMinus, ONE } from './logistic';
import { blockBytes, decodeBlock } from './narrow';

/** Columns of A for d numeric columns. */
// @ts-expect-error: a decorator of the compiler
@inline
function paddedColumns(d: usize): usize {
  return (d + 4) & ~3;
}

/**
 * Writes the Hessian into `H` (width x width); only what lies on or below the diagonal is right.
 *
 * @param w as in `evaluate`
 * @param mu shift of the numeric columns, and behind it what they are multiplied by (2 x d)
 * @param starts for each factor the place of its level 0 in w (k), in bytes
 * @param problem what the weights of both classes are multiplied by (f64 each), and the fold that is left out (u32)
 * @param folds fold of each row (u32), up to whole blocks; 0 for none
 * @param width padded columns and all levels
 * @param forms of the columns of X, as narrow.ts says
 * @param room for A, S, h (32), c (32) and a block of doubles, overwritten
 * Cost: O(rows (D^2 + D k + k^2)), no allocation.
 */
export function hessian(
  rows: usize,
  d: usize,
  k: usize,
  forms: usize,
  X: usize,
  codes: usize,
  y: usize,
  c: usize,
  w: usize,
  mu: usize,
  starts: usize,
  problem: usize,
  folds: usize,
  table: usize,
  width: usize,
  H: usize,
  room: usize,
): void {
  const D = paddedColumns(d);
  const A = room;
  const S = A + D * COLUMN;
  const bytes = blockBytes(forms);
  // levels follow the intercept in w, and the padded columns here
  const shift = (D - (d + 1)) << 3;
  memory.fill(H, 0, (width * width) << 3);
  for (let row: usize = 0; row < rows; row += 32) {
    const n = min<usize>(32, rows - row);
    curvedBlock(n, d, k, forms, X, codes, y, c, w, mu, starts, problem, folds, table, A, S + D * COLUMN);
    addNumeric(A, S, 0, D, width, H);
    for (let f: usize = 0; f < k; f++) addLevel(f, codes, S, D, S + d * COLUMN, starts, shift, width, H);
    X += bytes;
    codes += k * (COLUMN / 2);
    y += COLUMN;
    if (c != 0) c += COLUMN;
    if (folds != 0) folds += COLUMN / 2;
  }
}

/**
 * Writes A and S of all blocks of a shard into a slot:
 *
 *   slot   [blocks | address of the codes (u32) | for each block: A (D x 32), S (D x 32)]
 *
 * `addBand` and `addLevels` sum what lies in the slots of several shards.
 *
 * @param room of this thread
 */
export function curvedBlocks(
  rows: usize,
  d: usize,
  k: usize,
  forms: usize,
  X: usize,
  codes: usize,
  y: usize,
  c: usize,
  w: usize,
  mu: usize,
  starts: usize,
  problem: usize,
  folds: usize,
  table: usize,
  slot: usize,
  room: usize,
): void {
  const bytes = blockBytes(forms);
  store<u32>(slot, <u32>((rows + 31) >> 5));
  store<u32>(slot, <u32>codes, 4);
  let A = slot + CURVED_HEAD_BYTES;
  for (let row: usize = 0; row < rows; row += 32) {
    const n = min<usize>(32, rows - row);
    curvedBlock(n, d, k, forms, X, codes, y, c, w, mu, starts, problem, folds, table, A, room);
    A += 2 * paddedColumns(d) * COLUMN;
    X += bytes;
    codes += k * (COLUMN / 2);
    y += COLUMN;
    if (c != 0) c += COLUMN;
    if (folds != 0) folds += COLUMN / 2;
  }
}

/**
 * H += S^T A over the shards in `count` slots, on and below the diagonal, for rows `from` to `to`, even ones.
 *
 * @param D columns of A, a multiple of 4
 */
export function addBand(
  slot: usize,
  slotBytes: usize,
  count: usize,
  D: usize,
  from: usize,
  to: usize,
  width: usize,
  H: usize,
): void {
  for (const end = slot + count * slotBytes; slot < end; slot += slotBytes) {
    let A = slot + CURVED_HEAD_BYTES;
    for (let blocks = load<u32>(slot); blocks > 0; blocks--) {
      addNumeric(A, A + D * COLUMN, from, to, width, H);
      A += 2 * D * COLUMN;
    }
  }
}

/** Adds the rows of the levels of factor f over the shards in `count` slots. */
export function addLevels(
  f: usize,
  slot: usize,
  slotBytes: usize,
  count: usize,
  d: usize,
  k: usize,
  starts: usize,
  width: usize,
  H: usize,
): void {
  const D = paddedColumns(d);
  const shift = (D - (d + 1)) << 3;
  for (const end = slot + count * slotBytes; slot < end; slot += slotBytes) {
    let codes = <usize>load<u32>(slot, 4);
    let S = slot + CURVED_HEAD_BYTES + D * COLUMN;
    for (let blocks = load<u32>(slot); blocks > 0; blocks--) {
      addLevel(f, codes, S, D, S + d * COLUMN, starts, shift, width, H);
      codes += k * (COLUMN / 2);
      S += 2 * D * COLUMN;
    }
  }
}

/**
 * Writes A and S of a block, S behind A.
 *
 * @param n rows of the block
 * @param room for h (32), c (32) and a block of doubles, overwritten
 */
function curvedBlock(
  n: usize,
  d: usize,
  k: usize,
  forms: usize,
  X: usize,
  codes: usize,
  y: usize,
  c: usize,
  w: usize,
  mu: usize,
  starts: usize,
  problem: usize,
  folds: usize,
  table: usize,
  A: usize,
  room: usize,
): void {
  const D = paddedColumns(d);
  const h = room;
  const weights = h + COLUMN;
  const doubles = weights + COLUMN;
  decodeBlock(forms, X, d, doubles);
  fill(h, load<f64>(w + (d << 3)));
  product(doubles, d, w, h);
  gather(codes, k, w, starts, h);
  rowWeights(c, y, n, load<f64>(problem), load<f64>(problem, 8), weights);
  if (folds != 0) leaveOut(folds, load<u32>(problem, 16), weights);
  toCurvatures(h, weights, table);
  shifted(doubles, d, mu, A);
  const rest = A + d * COLUMN;
  for (let p: usize = 0; p < COLUMN; p += 16) v128.store(rest + p, f64x2.splat(1));
  memory.fill(rest + COLUMN, 0, (D - d - 1) * COLUMN);
  scaled(A, D, h, A + D * COLUMN);
}

/**
 * H += A^T diag(h) A of one block, on and below the diagonal.
 *
 * @param h weights of the rows (32)
 * @param A columns (D x 32), D a multiple of 4
 * @param S room (D x 32), overwritten
 * @param from rows of H (D x D) before it are left alone, but perhaps for one
 */
export function addProducts(h: usize, A: usize, S: usize, D: usize, from: usize, H: usize): void {
  const first = from & ~1;
  scaled(A + first * COLUMN, D - first, h, S + first * COLUMN);
  addNumeric(A, S, first, D, D, H);
}

/** Puts c z(1-z) = c t/(1+t)^2 in the place of h. */
function toCurvatures(h: usize, c: usize, table: usize): void {
  const one = v128.load(table, ONE);
  for (const end = h + COLUMN; h < end; h += 16) {
    const t = expOfMinus(v128.and(v128.load(h), v128.load(table, ABSOLUTE)), table);
    const u = f64x2.add(one, t);
    v128.store(h, f64x2.mul(v128.load(c), f64x2.div(t, f64x2.mul(u, u))));
    c += 16;
  }
}

/** Writes X - mu, in its units, into `A`. */
function shifted(X: usize, d: usize, mu: usize, A: usize): void {
  for (const end = X + d * COLUMN; X < end; X += COLUMN) {
    const shift = v128.load64_splat(mu);
    const per = v128.load64_splat(mu + (d << 3));
    for (let p: usize = 0; p < COLUMN; p += 16) {
      v128.store(A + p, f64x2.mul(f64x2.sub(v128.load(X + p), shift), per));
    }
    mu += 8;
    A += COLUMN;
  }
}

/** Writes A times s, row by row of the table, into `S`. */
function scaled(A: usize, D: usize, s: usize, S: usize): void {
  for (const end = A + D * COLUMN; A < end; A += COLUMN) {
    for (let p: usize = 0; p < COLUMN; p += 16) {
      v128.store(S + p, f64x2.mul(v128.load(A + p), v128.load(s + p)));
    }
    S += COLUMN;
  }
}

/** H += S^T A on and below the diagonal, in tiles of 2 x 4; writes into the rows of `H` from an even one on, up to an even one. */
function addNumeric(A: usize, S: usize, from: usize, to: usize, width: usize, H: usize): void {
  const stride = width << 3;
  for (let i = from; i < to; i += 2) {
    const s = S + i * COLUMN;
    for (let j: usize = 0; j <= i; j += 4) {
      const a = A + j * COLUMN;
      let h00 = f64x2.splat(0);
      let h01 = h00;
      let h02 = h00;
      let h03 = h00;
      let h10 = h00;
      let h11 = h00;
      let h12 = h00;
      let h13 = h00;
      for (let p: usize = 0; p < COLUMN; p += 16) {
        const s0 = v128.load(s + p);
        const s1 = v128.load(s + p, COLUMN);
        const a0 = v128.load(a + p);
        const a1 = v128.load(a + p, COLUMN);
        const a2 = v128.load(a + p, 2 * COLUMN);
        const a3 = v128.load(a + p, 3 * COLUMN);
        h00 = f64x2.add(h00, f64x2.mul(s0, a0));
        h01 = f64x2.add(h01, f64x2.mul(s0, a1));
        h02 = f64x2.add(h02, f64x2.mul(s0, a2));
        h03 = f64x2.add(h03, f64x2.mul(s0, a3));
        h10 = f64x2.add(h10, f64x2.mul(s1, a0));
        h11 = f64x2.add(h11, f64x2.mul(s1, a1));
        h12 = f64x2.add(h12, f64x2.mul(s1, a2));
        h13 = f64x2.add(h13, f64x2.mul(s1, a3));
      }
      const tile = H + i * stride + (j << 3);
      addPair(tile, h00, h01);
      addPair(tile + 16, h02, h03);
      addPair(tile + stride, h10, h11);
      addPair(tile + stride + 16, h12, h13);
    }
  }
}

/** Adds the sum of the lanes of a, and that of b, to two neighbours. */
// @ts-expect-error: a decorator of the compiler
@inline
function addPair(to: usize, a: v128, b: v128): void {
  const firsts = v128.shuffle<f64>(a, b, 0, 2);
  const seconds = v128.shuffle<f64>(a, b, 1, 3);
  v128.store(to, f64x2.add(v128.load(to), f64x2.add(firsts, seconds)));
}

/** Adds the rows of the levels of factor f: against the columns of A, and against the levels of factors up to their own. */
function addLevel(
  f: usize,
  codes: usize,
  S: usize,
  D: usize,
  s: usize,
  starts: usize,
  shift: usize,
  width: usize,
  H: usize,
): void {
  const first = <usize>load<u32>(starts + (f << 2)) + shift;
  for (let i: usize = 0; i < 32; i++) {
    const code = <usize>load<u32>(codes + f * (COLUMN / 2) + (i << 2));
    // the place of a level in a row, in bytes, is 8 times the number of its row
    const to = H + (first + (code << 3)) * width;
    let from = S + (i << 3);
    for (let j: usize = 0; j < D; j++) {
      const p = to + (j << 3);
      store<f64>(p, load<f64>(p) + load<f64>(from));
      from += COLUMN;
    }
    const si = load<f64>(s + (i << 3));
    for (let other: usize = 0; other <= f; other++) {
      const level = <usize>load<u32>(codes + other * (COLUMN / 2) + (i << 2));
      const p = to + <usize>load<u32>(starts + (other << 2)) + shift + (level << 3);
      store<f64>(p, load<f64>(p) + si);
    }
  }
}
