/** Sums over the columns of a shard, as src/storage/shardMoments.ts defines them, to the last bit. */
import { COLUMN } from './block';

/**
 * The least and the greatest value of each column, NaN aside.
 *
 * @param X doubles (blocks x d x 32)
 * @param out overwritten: least values (d), greatest values (d)
 */
export function ranges(X: usize, rows: usize, d: usize, out: usize): void {
  const stride = d * COLUMN;
  for (let j: usize = 0; j < d; j++) {
    // two of each: one waits for the value before
    let least0 = f64x2.splat(Infinity);
    let least1 = least0;
    let most0 = f64x2.splat(-Infinity);
    let most1 = most0;
    let x = X + j * COLUMN;
    for (let row: usize = 0; row < rows; row += 32, x += stride) {
      const n = min(rows - row, 32);
      let at = x;
      // the second where it is beyond, which NaN never is
      for (const end = x + ((n & ~3) << 3); at < end; at += 32) {
        const v0 = v128.load(at);
        const v1 = v128.load(at, 16);
        least0 = f64x2.pmin(least0, v0);
        least1 = f64x2.pmin(least1, v1);
        most0 = f64x2.pmax(most0, v0);
        most1 = f64x2.pmax(most1, v1);
      }
      for (const end = x + (n << 3); at < end; at += 8) {
        const v = v128.load64_splat(at);
        least0 = f64x2.pmin(least0, v);
        most0 = f64x2.pmax(most0, v);
      }
    }
    const least = f64x2.pmin(least0, least1);
    const most = f64x2.pmax(most0, most1);
    // + 0 leaves one kind of zero
    const to = out + (j << 3);
    store<f64>(to, Math.min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)) + 0);
    store<f64>(to + (d << 3), Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)) + 0);
  }
}

/**
 * For each column the sums of e and of e^2, e = x perUnit - from.
 *
 * @param X doubles (blocks x d x 32)
 * @param perUnit (d), and after them `from` (d)
 * @param out overwritten: sums (d), sums of squares (d)
 */
export function deviations(X: usize, rows: usize, d: usize, perUnit: usize, out: usize): void {
  memory.fill(out, 0, d << 4);
  const stride = d << 3;
  for (let row: usize = 0; row < rows; row += 32) {
    const n = min(rows - row, 32);
    for (let j: usize = 0; j < stride; j += 8, X += COLUMN) {
      const unit = v128.load64_splat(perUnit + j);
      const from = v128.load64_splat(perUnit + stride + j);
      // four sums: an addition waits for the one before
      let s0 = f64x2.splat(0);
      let s1 = f64x2.splat(0);
      let q0 = f64x2.splat(0);
      let q1 = f64x2.splat(0);
      let at = X;
      for (const end = X + ((n & ~3) << 3); at < end; at += 32) {
        const e0 = f64x2.sub(f64x2.mul(v128.load(at), unit), from);
        const e1 = f64x2.sub(f64x2.mul(v128.load(at, 16), unit), from);
        s0 = f64x2.add(s0, e0);
        s1 = f64x2.add(s1, e1);
        q0 = f64x2.add(q0, f64x2.mul(e0, e0));
        q1 = f64x2.add(q1, f64x2.mul(e1, e1));
      }
      s0 = f64x2.add(s0, s1);
      q0 = f64x2.add(q0, q1);
      let s = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
      let q = f64x2.extract_lane(q0, 0) + f64x2.extract_lane(q0, 1);
      for (const end = X + (n << 3); at < end; at += 8) {
        const e = load<f64>(at) * load<f64>(perUnit + j) - load<f64>(perUnit + stride + j);
        s += e;
        q += e * e;
      }
      store<f64>(out + j, load<f64>(out + j) + s);
      store<f64>(out + stride + j, load<f64>(out + stride + j) + q);
    }
  }
}
