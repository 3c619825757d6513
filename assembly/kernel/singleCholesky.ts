/**
 * The Cholesky factorization of a matrix of products in f32, for systems that are solved roughly.
 *
 *   A   (D x n)   rows of f32, n and D multiples of 4
 *   H   (D x D)   A A^T, then L with L L^T = H; only what lies on or below the diagonal is right
 */

/** Rows of A, and numbers of each, that are multiplied while they are near. */
const ROWS: usize = 64;
const NUMBERS: usize = 1024;

/** Rows of H = A A^T from one to another, even numbers. */
export function rowProducts(A: usize, D: usize, n: usize, H: usize, from: usize, to: usize): void {
  const row = n << 2;
  memory.fill(H + ((from * D) << 2), 0, ((to - from) * D) << 2);
  for (let at: usize = 0; at < n; at += NUMBERS) {
    const count = min<usize>(NUMBERS, n - at);
    const first = A + (at << 2);
    for (let P = from; P < to; P += ROWS) {
      const end = min<usize>(to, P + ROWS);
      for (let q: usize = 0; q < end; q += 4) {
        // a tile of two rows and four columns at least touches the lower triangle
        for (let p = max<usize>(P, q); p < end; p += 2) {
          addTile(first + p * row, first + q * row, row, count, 1, H + ((p * D + q) << 2), D << 2);
        }
      }
    }
  }
}

/**
 * L in the place of H.
 *
 * @param diagonal that of H (D): a pivot is at least `least` of it, so that L is never singular
 */
export function factorizeSingle(H: usize, D: usize, diagonal: usize, least: f32): void {
  const row = D << 2;
  for (let j: usize = 0; j < D; j += 4) {
    const at = H + j * row;
    for (let i = j; i < D; i += 2) addTile(H + i * row, at, row, j, -1, H + i * row + (j << 2), row);
    for (let k: usize = 0; k < 4; k++) {
      const own = at + k * row + (j << 2);
      let rest = load<f32>(own + (k << 2));
      for (let l: usize = 0; l < k; l++) rest -= load<f32>(own + (l << 2)) * load<f32>(own + (l << 2));
      const pivot = sqrt<f32>(max<f32>(rest, least * load<f32>(diagonal + ((j + k) << 2))));
      store<f32>(own + (k << 2), pivot);
      for (let i = j + k + 1; i < D; i++) {
        const other = H + i * row + (j << 2);
        let sum = load<f32>(other + (k << 2));
        for (let l: usize = 0; l < k; l++) sum -= load<f32>(other + (l << 2)) * load<f32>(own + (l << 2));
        store<f32>(other + (k << 2), sum / pivot);
      }
    }
  }
}

/** z <- (L L^T)^-1 z, in place (D), four rows of L at a time. */
export function solveSingle(L: usize, D: usize, z: usize): void {
  const row = D << 2;
  const end = z + row;
  let own = L;
  for (let at = z; at < end; at += 16, own += row << 2) {
    const own1 = own + row;
    const own2 = own1 + row;
    const own3 = own2 + row;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    const bytes = at - z;
    for (let k: usize = 0; k < bytes; k += 16) {
      const zk = v128.load(z + k);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(own + k), zk));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(own1 + k), zk));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(own2 + k), zk));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(own3 + k), zk));
    }
    addTo(at, -1, s0, s1, s2, s3);
    const d = own + bytes;
    const d1 = own1 + bytes;
    const d2 = own2 + bytes;
    const d3 = own3 + bytes;
    const z0 = load<f32>(at) / load<f32>(d);
    const z1 = (load<f32>(at, 4) - load<f32>(d1) * z0) / load<f32>(d1, 4);
    const z2 = (load<f32>(at, 8) - load<f32>(d2) * z0 - load<f32>(d2, 4) * z1) / load<f32>(d2, 8);
    const z3 =
      (load<f32>(at, 12) - load<f32>(d3) * z0 - load<f32>(d3, 4) * z1 - load<f32>(d3, 8) * z2) / load<f32>(d3, 12);
    store<f32>(at, z0);
    store<f32>(at, z1, 4);
    store<f32>(at, z2, 8);
    store<f32>(at, z3, 12);
  }
  for (let at = end; at > z; ) {
    at -= 16;
    own -= row << 2;
    const own1 = own + row;
    const own2 = own1 + row;
    const own3 = own2 + row;
    const bytes = at - z;
    const d = own + bytes;
    const d1 = own1 + bytes;
    const d2 = own2 + bytes;
    const d3 = own3 + bytes;
    const z3 = load<f32>(at, 12) / load<f32>(d3, 12);
    const z2 = (load<f32>(at, 8) - load<f32>(d3, 8) * z3) / load<f32>(d2, 8);
    const z1 = (load<f32>(at, 4) - load<f32>(d3, 4) * z3 - load<f32>(d2, 4) * z2) / load<f32>(d1, 4);
    const z0 =
      (load<f32>(at) - load<f32>(d3) * z3 - load<f32>(d2) * z2 - load<f32>(d1) * z1) / load<f32>(d);
    store<f32>(at, z0);
    store<f32>(at, z1, 4);
    store<f32>(at, z2, 8);
    store<f32>(at, z3, 12);
    const all0 = f32x4.splat(z0);
    const all1 = f32x4.splat(z1);
    const all2 = f32x4.splat(z2);
    const all3 = f32x4.splat(z3);
    for (let k: usize = 0; k < bytes; k += 16) {
      const a = f32x4.add(f32x4.mul(all0, v128.load(own + k)), f32x4.mul(all1, v128.load(own1 + k)));
      const b = f32x4.add(f32x4.mul(all2, v128.load(own2 + k)), f32x4.mul(all3, v128.load(own3 + k)));
      v128.store(z + k, f32x4.sub(v128.load(z + k), f32x4.add(a, b)));
    }
  }
}

/** Adds `sign` times the products of two rows from `a` on with four from `b` on, of n numbers, to a tile of H. */
function addTile(a: usize, b: usize, row: usize, n: usize, sign: f32, H: usize, rowOfH: usize): void {
  const a1 = a + row;
  const b1 = b + row;
  const b2 = b1 + row;
  const b3 = b2 + row;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s02 = f32x4.splat(0);
  let s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  for (let k: usize = 0, end = n << 2; k < end; k += 16) {
    const x0 = v128.load(a + k);
    const x1 = v128.load(a1 + k);
    const y0 = v128.load(b + k);
    const y1 = v128.load(b1 + k);
    const y2 = v128.load(b2 + k);
    const y3 = v128.load(b3 + k);
    s00 = f32x4.add(s00, f32x4.mul(x0, y0));
    s01 = f32x4.add(s01, f32x4.mul(x0, y1));
    s02 = f32x4.add(s02, f32x4.mul(x0, y2));
    s03 = f32x4.add(s03, f32x4.mul(x0, y3));
    s10 = f32x4.add(s10, f32x4.mul(x1, y0));
    s11 = f32x4.add(s11, f32x4.mul(x1, y1));
    s12 = f32x4.add(s12, f32x4.mul(x1, y2));
    s13 = f32x4.add(s13, f32x4.mul(x1, y3));
  }
  addTo(H, sign, s00, s01, s02, s03);
  addTo(H + rowOfH, sign, s10, s11, s12, s13);
}

// @ts-expect-error: a decorator of the compiler
@inline
function addTo(H: usize, sign: f32, s0: v128, s1: v128, s2: v128, s3: v128): void {
  // the sums of the lanes of each, side by side
  const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  const even = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
  const odd = v128.shuffle<f32>(low, high, 2, 3, 6, 7);
  v128.store(H, f32x4.add(v128.load(H), f32x4.mul(f32x4.splat(sign), f32x4.add(even, odd))));
}
