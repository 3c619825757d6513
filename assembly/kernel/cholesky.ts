/**
 * Cholesky's factorization A = L L^T in panels of columns, each of tiles of 4 x 4.
 *
 *   L_pq = (A_pq - sum_r L_pr L_qr) / L_qq,   r < q, one after the other
 *
 * Each entry has a lane of its own, and its products are taken off in the order of r, so the bits are those of the plain
 * loops (src/math/cholesky.ts), however the columns are cut.
 */
import * as layout from '../../src/math/choleskyLayout';

const TILE: usize = layout.TILE;
const PANEL: usize = layout.PANEL;
/** Bytes of a row of a packed tile. */
const ROW: usize = TILE << 3;
/** Bytes of four rows of a panel, packed. */
const PACKED: usize = PANEL * ROW;

/** Rows from 4 i on. */
// @ts-expect-error: a decorator of the compiler
@inline
function rowsFrom(L: usize, i: usize): usize {
  return L + ((8 * i * (i + 1)) << 3);
}

/**
 * Factors one panel: columns `first` to `first + PANEL` of all rows below; those before it are done.
 *
 * @param L as src/math/choleskyLayout.ts says; holds A where it is not done, overwritten
 * @param n rows, a multiple of 4
 * @param first a multiple of PANEL
 * @param tolerance share of a diagonal entry; a row of which no more is left gets 0 there and below
 * @param room diagonal of A, and room for a panel
 * Cost: O(n^2 PANEL), no allocation.
 */
export function choleskyPanel(L: usize, n: usize, first: usize, tolerance: f64, room: usize): void {
  const panel = room + (n << 3);
  const tiles = n / TILE;
  const from = first / TILE;
  const to = min<usize>(tiles, from + PANEL / TILE);
  for (let r: usize = 0; r < first; r += PANEL) {
    for (let j = from; j < to; j++) pack(rowsFrom(L, j), (j + 1) * ROW, r, PANEL, panel + (j - from) * PACKED);
    for (let i = from; i < tiles; i++) {
      const stride = (i + 1) * ROW;
      const rows = rowsFrom(L, i);
      const end = min<usize>(to, i + 1);
      for (let j = from; j < end; j++) {
        takeOff(rows + (r << 3), panel + (j - from) * PACKED, PANEL, stride, rows + j * ROW);
      }
    }
  }
  for (let i = from; i < tiles; i++) {
    const stride = (i + 1) * ROW;
    const rows = rowsFrom(L, i);
    const end = min<usize>(to, i);
    for (let j = from; j < end; j++) {
      const before = j * TILE - first;
      takeOff(rows + (first << 3), panel + (j - from) * PACKED, before, stride, rows + j * ROW);
      divide(rows + j * ROW, stride, rowsFrom(L, j) + j * ROW, (j + 1) * ROW);
    }
    if (i >= to) continue;
    const before = i * TILE - first;
    const own = panel + (i - from) * PACKED;
    pack(rows, stride, first, before, own);
    takeOff(rows + (first << 3), own, before, stride, rows + i * ROW);
    factorTile(rows + i * ROW, stride, room + i * ROW, tolerance);
  }
}

/** Writes columns `first` to `first + count` of four rows into `to`, four entries of a column together. */
function pack(rows: usize, stride: usize, first: usize, count: usize, to: usize): void {
  let row = rows + (first << 3);
  for (const end = row + (count << 3); row < end; row += 8) {
    store<f64>(to, load<f64>(row));
    store<f64>(to + 8, load<f64>(row + stride));
    store<f64>(to + 16, load<f64>(row + 2 * stride));
    store<f64>(to + 24, load<f64>(row + 3 * stride));
    to += ROW;
  }
}

/**
 * C_pq -= sum_r A_pr B_qr for a tile.
 *
 * @param A four rows, `stride` bytes apart, as those of C are
 * @param B four rows, packed
 * @param count columns of A and B
 */
function takeOff(A: usize, B: usize, count: usize, stride: usize, C: usize): void {
  let A1 = A + stride;
  let A2 = A1 + stride;
  let A3 = A2 + stride;
  const C1 = C + stride;
  const C2 = C1 + stride;
  const C3 = C2 + stride;
  let c00 = v128.load(C);
  let c01 = v128.load(C, 16);
  let c10 = v128.load(C1);
  let c11 = v128.load(C1, 16);
  let c20 = v128.load(C2);
  let c21 = v128.load(C2, 16);
  let c30 = v128.load(C3);
  let c31 = v128.load(C3, 16);
  for (const end = A + (count << 3); A < end; A += 8) {
    const b0 = v128.load(B);
    const b1 = v128.load(B, 16);
    const a0 = v128.load64_splat(A);
    c00 = f64x2.sub(c00, f64x2.mul(a0, b0));
    c01 = f64x2.sub(c01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(A1);
    c10 = f64x2.sub(c10, f64x2.mul(a1, b0));
    c11 = f64x2.sub(c11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(A2);
    c20 = f64x2.sub(c20, f64x2.mul(a2, b0));
    c21 = f64x2.sub(c21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(A3);
    c30 = f64x2.sub(c30, f64x2.mul(a3, b0));
    c31 = f64x2.sub(c31, f64x2.mul(a3, b1));
    A1 += 8;
    A2 += 8;
    A3 += 8;
    B += ROW;
  }
  v128.store(C, c00);
  v128.store(C, c01, 16);
  v128.store(C1, c10);
  v128.store(C1, c11, 16);
  v128.store(C2, c20);
  v128.store(C2, c21, 16);
  v128.store(C3, c30);
  v128.store(C3, c31, 16);
}

/** Finishes a tile below that of the diagonal `D`; 0 stays where a row of D is dependent. */
function divide(C: usize, stride: usize, D: usize, strideD: usize): void {
  for (const end = C + TILE * stride; C < end; C += stride) finishRow(C, TILE, D, strideD);
}

/** L_pq for the leading `count` columns q of a tile. */
// @ts-expect-error: a decorator of the compiler
@inline
function finishRow(row: usize, count: usize, D: usize, strideD: usize): void {
  for (let q: usize = 0; q < count; q++) {
    const other = D + q * strideD;
    const pivot = load<f64>(other + (q << 3));
    let sum = load<f64>(row + (q << 3));
    for (let r: usize = 0; r < q << 3; r += 8) sum -= load<f64>(row + r) * load<f64>(other + r);
    store<f64>(row + (q << 3), pivot == 0 ? 0 : sum / pivot);
  }
}

/** Factors a tile of the diagonal; `whole` are its entries of A on the diagonal (4). */
function factorTile(D: usize, stride: usize, whole: usize, tolerance: f64): void {
  for (let p: usize = 0; p < TILE; p++) {
    const row = D + p * stride;
    finishRow(row, p, D, stride);
    let rest = load<f64>(row + (p << 3));
    for (let r: usize = 0; r < p << 3; r += 8) rest -= load<f64>(row + r) * load<f64>(row + r);
    store<f64>(row + (p << 3), rest > tolerance * load<f64>(whole + (p << 3)) ? sqrt<f64>(rest) : 0);
  }
}
