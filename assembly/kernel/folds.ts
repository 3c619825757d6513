/**
 * Several problems on one shard in one visit: each leaves out the rows of a fold, and has weights of its own.
 *
 *   problems   [count (u32, 16 bytes) | for each: c0, c1 (f64), held (u32), up to 32 bytes | w of each (size, even)]
 *   slot       for each problem [J of the rows kept | J of the rows held | 0 | 0 | g (size, even) | lanes (d + 1) x 2]
 *   room       [h of each (32) | c (32) | a tile of doubles | for each problem its products, and how many in each tile]
 *
 * A block is made doubles a tile of columns at a time, which stay in the first-level cache while all problems visit
 * them. Columns whose weight is 0 are left out of h.
 */
import {
  FOLD_HEAD_BYTES,
  FOLD_TILE,
  LANES_BYTES,
  PROBLEM_BYTES,
  PROBLEMS_HEAD_BYTES,
} from '../../src/objective/simd/layout';
import { FORM_BYTES, FORMS_HEAD_BYTES } from '../../src/storage/narrowLayout';
import { COLUMN, fill, gather, rowWeights, scatter, sumOf, transposedProduct } from './block';
import { ABSOLUTE, expOfMinus, log1p, sigmaFrom } from './logistic';
import { blockBytes, wholeBlock } from './narrow';
import { flipOf } from './residuals';

const HEAD: usize = FOLD_HEAD_BYTES;

/**
 * Losses and gradients summed over one shard; writes into `slot`.
 *
 * @param size of w, as in `evaluate`
 * @param folds fold of each row (u32), up to whole blocks
 * @param isWeighted 0 when c is 0 and all c0 = c1 = 1
 * @param stride bytes of the slot of one problem
 * Cost: O(rows d) for each problem, no allocation.
 */
export function evaluateFolds(
  rows: usize,
  d: usize,
  k: usize,
  size: usize,
  forms: usize,
  X: usize,
  codes: usize,
  y: usize,
  c: usize,
  folds: usize,
  problems: usize,
  starts: usize,
  isWeighted: bool,
  table: usize,
  slot: usize,
  stride: usize,
  room: usize,
): void {
  const count = <usize>load<u32>(problems);
  const first = problems + PROBLEMS_HEAD_BYTES;
  const even = ((size + 1) & ~1) << 3;
  const weights = first + count * PROBLEM_BYTES;
  const tiles = (d + FOLD_TILE - 1) / FOLD_TILE;
  const weighted = room + count * COLUMN;
  const tile = weighted + COLUMN;
  const products = tile + FOLD_TILE * COLUMN;
  const productBytes = (d << 4) + ((tiles + 3) & ~3) * 4;
  const bytes = blockBytes(forms);
  memory.fill(slot, 0, count * stride);
  for (let p: usize = 0; p < count; p++) {
    prepare(forms, d, weights + p * even, products + p * productBytes);
  }
  for (let row: usize = 0; row < rows; row += 32) {
    for (let p: usize = 0; p < count; p++) fill(room + p * COLUMN, load<f64>(weights + p * even + (d << 3)));
    let at: usize = 0;
    let x = X;
    for (let t: usize = 0; t < tiles; t++) {
      const columns = min<usize>(FOLD_TILE, d - at);
      // of a wide table most are 0 in all problems; of a narrow one the tile is needed below
      if (tiles === 1 || isNeeded(products, productBytes, count, d, t)) {
        wholeBlock(forms, at, x, columns, tile);
        for (let p: usize = 0; p < count; p++) {
          const own = products + p * productBytes;
          listedProduct(tile, own + (at << 4), <usize>load<u32>(own + (d << 4) + (t << 2)), room + p * COLUMN);
        }
      }
      x += formBytes(forms, at, columns);
      at += columns;
    }
    const n = rows - row;
    for (let p: usize = 0; p < count; p++) {
      const h = room + p * COLUMN;
      const w = weights + p * even;
      const problem = first + p * PROBLEM_BYTES;
      const held = load<u32>(problem, 16);
      const sums = slot + p * stride;
      gather(codes, k, w, starts, h);
      if (isWeighted || n < 32) {
        rowWeights(c, y, n, load<f64>(problem), load<f64>(problem, 8), weighted);
        weightedParts(y, weighted, folds, held, h, table, sums);
      } else {
        parts(y, folds, held, h, table, sums);
      }
      const g = sums + HEAD;
      const intercept = g + even + d * LANES_BYTES;
      v128.store(intercept, f64x2.add(v128.load(intercept), sumOf(h)));
      scatter(codes, k, h, starts, g);
    }
    at = 0;
    x = X;
    for (let t: usize = 0; t < tiles; t++) {
      const columns = min<usize>(FOLD_TILE, d - at);
      if (tiles > 1) wholeBlock(forms, at, x, columns, tile);
      for (let p: usize = 0; p < count; p++) {
        const lanes = slot + p * stride + HEAD + even + at * LANES_BYTES;
        transposedProduct(tile, columns, room + p * COLUMN, lanes);
      }
      x += formBytes(forms, at, columns);
      at += columns;
    }
    X += bytes;
    codes += k * (COLUMN / 2);
    y += COLUMN;
    folds += COLUMN / 2;
    if (c != 0) c += COLUMN;
  }
  for (let p: usize = 0; p < count; p++) finish(forms, d, even, slot + p * stride);
}

/** Adds the lanes of one problem up, in the places of the columns. */
function finish(forms: usize, d: usize, even: usize, slot: usize): void {
  store<f64>(slot, lanesAdded(v128.load(slot)));
  store<f64>(slot, lanesAdded(v128.load(slot, 16)), 8);
  const g = slot + HEAD;
  const lanes = g + even;
  const first = forms + FORMS_HEAD_BYTES;
  for (let j: usize = 0; j < d; j++) {
    const form = first + j * FORM_BYTES;
    const sum = lanesAdded(v128.load(lanes + (j << 4))) / load<f64>(form);
    store<f64>(g + ((<usize>load<u32>(form, 8)) << 3), sum);
  }
  store<f64>(g + (d << 3), lanesAdded(v128.load(lanes + d * LANES_BYTES)));
}

// @ts-expect-error: a decorator of the compiler
@inline
function lanesAdded(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Bytes of `columns` columns of a block from the `at`-th form on. */
function formBytes(forms: usize, at: usize, columns: usize): usize {
  let bytes: usize = 0;
  const first = forms + FORMS_HEAD_BYTES + at * FORM_BYTES;
  for (let form = first; form < first + columns * FORM_BYTES; form += FORM_BYTES) bytes += load<u32>(form, 12);
  return bytes << 5;
}

/**
 * Writes the weights that are not 0, over the powers of ten of their columns, tile by tile: the weight (f64) and where
 * in the tile its column is (u32), and how many there are in each tile.
 */
function prepare(forms: usize, d: usize, w: usize, to: usize): void {
  const counts = to + (d << 4);
  for (let at: usize = 0, t: usize = 0; at < d; at += FOLD_TILE, t++) {
    const end = min<usize>(d, at + FOLD_TILE);
    let n: u32 = 0;
    let entry = to + (at << 4);
    for (let j = at; j < end; j++) {
      const form = forms + FORMS_HEAD_BYTES + j * FORM_BYTES;
      const weight = load<f64>(w + ((<usize>load<u32>(form, 8)) << 3));
      if (weight === 0) continue;
      store<f64>(entry, weight / load<f64>(form));
      store<u32>(entry, <u32>((j - at) * COLUMN), 8);
      entry += 16;
      n++;
    }
    store<u32>(counts + (t << 2), n);
  }
}

function isNeeded(products: usize, productBytes: usize, count: usize, d: usize, t: usize): bool {
  for (let p: usize = 0; p < count; p++) {
    if (load<u32>(products + p * productBytes + (d << 4) + (t << 2)) > 0) return true;
  }
  return false;
}

/** h += X w over the columns listed. */
function listedProduct(X: usize, list: usize, n: usize, h: usize): void {
  const end = list + (n << 4);
  // half of the rows at a time: eight sums stay in registers
  for (let half: usize = 0; half < COLUMN; half += COLUMN / 2) {
    const to = h + half;
    const from = X + half;
    let h0 = v128.load(to);
    let h1 = v128.load(to, 16);
    let h2 = v128.load(to, 32);
    let h3 = v128.load(to, 48);
    let h4 = v128.load(to, 64);
    let h5 = v128.load(to, 80);
    let h6 = v128.load(to, 96);
    let h7 = v128.load(to, 112);
    for (let q = list; q < end; q += 16) {
      const wj = v128.load64_splat(q);
      const x = from + <usize>load<u32>(q, 8);
      h0 = f64x2.add(h0, f64x2.mul(v128.load(x), wj));
      h1 = f64x2.add(h1, f64x2.mul(v128.load(x, 16), wj));
      h2 = f64x2.add(h2, f64x2.mul(v128.load(x, 32), wj));
      h3 = f64x2.add(h3, f64x2.mul(v128.load(x, 48), wj));
      h4 = f64x2.add(h4, f64x2.mul(v128.load(x, 64), wj));
      h5 = f64x2.add(h5, f64x2.mul(v128.load(x, 80), wj));
      h6 = f64x2.add(h6, f64x2.mul(v128.load(x, 96), wj));
      h7 = f64x2.add(h7, f64x2.mul(v128.load(x, 112), wj));
    }
    v128.store(to, h0);
    v128.store(to, h1, 16);
    v128.store(to, h2, 32);
    v128.store(to, h3, 48);
    v128.store(to, h4, 64);
    v128.store(to, h5, 80);
    v128.store(to, h6, 96);
    v128.store(to, h7, 112);
  }
}

/** All ones in both words of the rows that are held. */
// @ts-expect-error: a decorator of the compiler
@inline
function isHeld(folds: usize, held: v128): v128 {
  return i64x2.eq(i64x2.extend_low_i32x4_u(v128.load64_zero(folds)), held);
}

/**
 * As `residuals`, but r = 0 of the rows held; adds the losses of the rows kept, and of those held, to `sums`, two lanes
 * each.
 */
function parts(y: usize, folds: usize, held: u32, h: usize, table: usize, sums: usize): void {
  const own = i64x2.splat(held);
  let kept = v128.load(sums);
  let out = v128.load(sums, 16);
  let q = f64x2.splat(0);
  let p = f64x2.splat(0);
  for (let end = h + COLUMN; h < end; h += 16) {
    const mask = isHeld(folds, own);
    const flip = flipOf(y, table);
    const t = expOfMinus(v128.and(v128.load(h), v128.load(table, ABSOLUTE)), table);
    const u = v128.xor(v128.load(h), flip);
    v128.store(h, v128.andnot(v128.xor(sigmaFrom(u, t, table), flip), mask));
    const rest = f64x2.pmax(u, f64x2.splat(0));
    kept = f64x2.add(kept, v128.andnot(rest, mask));
    out = f64x2.add(out, v128.and(rest, mask));
    const tk = v128.andnot(t, mask);
    const to = v128.and(t, mask);
    q = f64x2.add(q, f64x2.add(tk, f64x2.mul(q, tk)));
    p = f64x2.add(p, f64x2.add(to, f64x2.mul(p, to)));
    y += 16;
    folds += 8;
  }
  v128.store(sums, f64x2.add(kept, log1p(q, table)));
  v128.store(sums, f64x2.add(out, log1p(p, table)), 16);
}

/** The same with a weight for each row. */
function weightedParts(
  y: usize,
  c: usize,
  folds: usize,
  held: u32,
  h: usize,
  table: usize,
  sums: usize,
): void {
  const own = i64x2.splat(held);
  let kept = v128.load(sums);
  let out = v128.load(sums, 16);
  for (let end = h + COLUMN; h < end; h += 16) {
    const mask = isHeld(folds, own);
    const flip = flipOf(y, table);
    const t = expOfMinus(v128.and(v128.load(h), v128.load(table, ABSOLUTE)), table);
    const u = v128.xor(v128.load(h), flip);
    const ci = v128.load(c);
    v128.store(h, v128.andnot(f64x2.mul(ci, v128.xor(sigmaFrom(u, t, table), flip)), mask));
    const loss = f64x2.mul(ci, f64x2.add(f64x2.pmax(u, f64x2.splat(0)), log1p(t, table)));
    kept = f64x2.add(kept, v128.andnot(loss, mask));
    out = f64x2.add(out, v128.and(loss, mask));
    c += 16;
    y += 16;
    folds += 8;
  }
  v128.store(sums, kept);
  v128.store(sums, out, 16);
}
