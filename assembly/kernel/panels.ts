/**
 * Products with columns of f32, 32 rows of each behind each other: a panel.
 *
 *   X   (panels x columns x 32)
 *   q   a number for each column
 *   t   a number for each row (panels x 32)
 *
 * They serve the steps towards a solution, whose digits the doubles of the shards tell.
 */

/** Bytes of 32 rows of one column. */
const PIECE: usize = 128;

/** Copies the panels of the columns in `list` (u32, `count` of them) one behind the other. */
export function gatherPanels(X: usize, panels: usize, columns: usize, list: usize, count: usize, to: usize): void {
  const end = list + (count << 2);
  for (let p: usize = 0; p < panels; p++) {
    for (let l = list; l < end; l += 4) {
      const x = X + (<usize>load<u32>(l)) * PIECE;
      v128.store(to, v128.load(x));
      v128.store(to, v128.load(x, 16), 16);
      v128.store(to, v128.load(x, 32), 32);
      v128.store(to, v128.load(x, 48), 48);
      v128.store(to, v128.load(x, 64), 64);
      v128.store(to, v128.load(x, 80), 80);
      v128.store(to, v128.load(x, 96), 96);
      v128.store(to, v128.load(x, 112), 112);
      to += PIECE;
    }
    X += columns * PIECE;
  }
}

/** t = X q. */
export function panelProduct(X: usize, panels: usize, columns: usize, q: usize, t: usize): void {
  for (const end = t + panels * PIECE; t < end; t += PIECE) {
    product(X, columns, q, t);
    X += columns * PIECE;
  }
}

/** p = X^T t; the lanes of p (columns x 4) are room. */
export function panelTransposed(X: usize, panels: usize, columns: usize, t: usize, lanes: usize, p: usize): void {
  memory.fill(lanes, 0, columns << 4);
  for (const end = t + panels * PIECE; t < end; t += PIECE) {
    addTransposed(X, columns, t, lanes);
    X += columns * PIECE;
  }
  addLanes(lanes, columns, p);
}

/** Columns of a tile: a panel of them stays in the second-level cache. */
const TILE: usize = 512;

/**
 * p = X^T t for `count` vectors t (panels x 32 each), a tile of columns at a time for all of them, so that X is read once;
 * the lanes of p (count x TILE x 4) are room.
 */
export function panelsTransposed(
  X: usize,
  panels: usize,
  columns: usize,
  t: usize,
  count: usize,
  lanes: usize,
  p: usize,
): void {
  for (let from: usize = 0; from < columns; from += TILE) {
    const width = min(TILE, columns - from);
    const bytes = width << 4;
    memory.fill(lanes, 0, count * bytes);
    let x = X + from * PIECE;
    for (let panel: usize = 0; panel < panels; panel++) {
      for (let k: usize = 0; k < count; k++) {
        addTransposed(x, width, t + (k * panels + panel) * PIECE, lanes + k * bytes);
      }
      x += columns * PIECE;
    }
    for (let k: usize = 0; k < count; k++) {
      addLanes(lanes + k * bytes, width, p + ((k * columns + from) << 2));
    }
  }
}

/** p = X^T diag(h) X q over the first `count` columns; a panel is visited twice while it is near. t (32) is room. */
export function panelNormal(
  X: usize,
  panels: usize,
  columns: usize,
  count: usize,
  h: usize,
  q: usize,
  t: usize,
  lanes: usize,
  p: usize,
): void {
  memory.fill(lanes, 0, count << 4);
  for (const end = h + panels * PIECE; h < end; h += PIECE) {
    product(X, count, q, t);
    for (let i: usize = 0; i < PIECE; i += 16) {
      v128.store(t + i, f32x4.mul(v128.load(t + i), v128.load(h + i)));
    }
    addTransposed(X, count, t, lanes);
    X += columns * PIECE;
  }
  addLanes(lanes, count, p);
}

function product(X: usize, columns: usize, q: usize, t: usize): void {
  let t0 = f32x4.splat(0);
  let t1 = f32x4.splat(0);
  let t2 = f32x4.splat(0);
  let t3 = f32x4.splat(0);
  let t4 = f32x4.splat(0);
  let t5 = f32x4.splat(0);
  let t6 = f32x4.splat(0);
  let t7 = f32x4.splat(0);
  for (const end = q + (columns << 2); q < end; q += 4) {
    const a = v128.load32_splat(q);
    t0 = f32x4.add(t0, f32x4.mul(v128.load(X), a));
    t1 = f32x4.add(t1, f32x4.mul(v128.load(X, 16), a));
    t2 = f32x4.add(t2, f32x4.mul(v128.load(X, 32), a));
    t3 = f32x4.add(t3, f32x4.mul(v128.load(X, 48), a));
    t4 = f32x4.add(t4, f32x4.mul(v128.load(X, 64), a));
    t5 = f32x4.add(t5, f32x4.mul(v128.load(X, 80), a));
    t6 = f32x4.add(t6, f32x4.mul(v128.load(X, 96), a));
    t7 = f32x4.add(t7, f32x4.mul(v128.load(X, 112), a));
    X += PIECE;
  }
  v128.store(t, t0);
  v128.store(t, t1, 16);
  v128.store(t, t2, 32);
  v128.store(t, t3, 48);
  v128.store(t, t4, 64);
  v128.store(t, t5, 80);
  v128.store(t, t6, 96);
  v128.store(t, t7, 112);
}

/** Adds X^T t of one panel, four lanes a column. */
function addTransposed(X: usize, columns: usize, t: usize, lanes: usize): void {
  const t0 = v128.load(t);
  const t1 = v128.load(t, 16);
  const t2 = v128.load(t, 32);
  const t3 = v128.load(t, 48);
  const t4 = v128.load(t, 64);
  const t5 = v128.load(t, 80);
  const t6 = v128.load(t, 96);
  const t7 = v128.load(t, 112);
  for (const end = lanes + (columns << 4); lanes < end; lanes += 16) {
    const a = f32x4.add(f32x4.mul(v128.load(X), t0), f32x4.mul(v128.load(X, 16), t1));
    const b = f32x4.add(f32x4.mul(v128.load(X, 32), t2), f32x4.mul(v128.load(X, 48), t3));
    const c = f32x4.add(f32x4.mul(v128.load(X, 64), t4), f32x4.mul(v128.load(X, 80), t5));
    const d = f32x4.add(f32x4.mul(v128.load(X, 96), t6), f32x4.mul(v128.load(X, 112), t7));
    v128.store(lanes, f32x4.add(v128.load(lanes), f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
    X += PIECE;
  }
}

function addLanes(lanes: usize, columns: usize, p: usize): void {
  for (const end = p + (columns << 2); p < end; p += 4) {
    store<f32>(p, load<f32>(lanes) + load<f32>(lanes, 4) + (load<f32>(lanes, 8) + load<f32>(lanes, 12)));
    lanes += 16;
  }
}
