/** Second derivatives of the cross-entropy over the shards in memory, in plain TypeScript. */
import type { Design, Rows } from '../dataset/dataset.js';
import { addScaled } from '../math/vector.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';
import { blockLogits } from './block.js';
import type { Reduction } from './reference.js';

/**
 * The Hessian of the loss in the weights v of the columns (x - mu)/s; writes into `H`.
 *
 *   H = 1/m [C 1]^T diag(c z(1-z)) [C 1],   C = (X - mu)/s,   z(1-z) = t/(1+t)^2,   t = e^-|h|
 *
 * mu is taken off before anything is multiplied: the difference of two large sums would lose what a column
 * far from zero has to tell. What is left is multiplied by a power of two near 1/s, so that columns of any size stay
 * within the doubles when they are squared. Shards are summed one by one, as for the gradient.
 *
 * @param mu shift of each term's column as stored (terms); zeros without an intercept
 * @param s scale (terms)
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 * @param H (size x size), row after row, overwritten
 * Cost: O(m (d^2 + k d + k^2)) for d numeric columns and k factors; one more matrix of the size of H.
 */
export async function referenceHessian(
  dataset: Rows,
  reduction: Reduction,
  mu: Float64Array,
  s: Float64Array,
  w: Float64Array,
  H: Float64Array,
): Promise<void> {
  const { shards, design, weightSum } = dataset;
  const { numerics, factors, size } = design;
  const part = new Float64Array(size * size);
  const scratch = { h: new Float64Array(BLOCK_ROWS), C: block(numerics), sC: block(numerics) };
  const per = powersOver(s, numerics);
  const yielder = createYielder();
  H.fill(0);
  for await (const shard of shards) {
    part.fill(0);
    addShard(shard, design, mu, per, w, part, scratch);
    addScaled(1, part, H);
    if (yielder.isDue(shard.rows * (numerics + factors.length + 1) ** 2)) await yielder.yield();
  }
  completeHessian(H, design, mu, restOfScale(s, per), reduction === 'mean' ? 1 / weightSum : 1);
}

/** Beyond, 2^e or 2^-e is no normal double. */
const MOST_EXPONENT = 1020;

/** Powers of two near 1/s for the leading `d` columns: whatever is multiplied by them keeps its digits. */
export function powersOver(s: Float64Array, d: number): Float64Array {
  return s.subarray(0, d).map((sj) => {
    const exponent = Math.round(Math.log2(sj));
    return 2 ** -Math.min(MOST_EXPONENT, Math.max(-MOST_EXPONENT, exponent));
  });
}

/** What is still to be divided by where columns have been multiplied by `per`. */
export function restOfScale(s: Float64Array, per: Float64Array): Float64Array {
  return s.map((sj, j) => (j < per.length ? sj * per[j]! : sj));
}

/**
 * Scales the sums below the diagonal, mirrors them and takes mu off the levels; in place.
 *
 * @param H sums over the rows, numeric columns less mu, levels as they are
 * @param s what the columns of these sums are still to be divided by (terms)
 * @param unit multiplies every entry
 */
export function completeHessian(
  H: Float64Array,
  design: Design,
  mu: Float64Array,
  s: Float64Array,
  unit: number,
): void {
  const { size, terms, intercept } = design;
  const scaleOf = (j: number) => (j < terms ? s[j]! : 1);
  for (let j = 0; j < size; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (H[j * size + k]! * unit) / scaleOf(j) / scaleOf(k);
      H[j * size + k] = value;
      H[k * size + j] = value;
    }
  }
  if (intercept) centreLevels(H, design, mu, s);
}

/** Scratch for the centred columns of one block, and for the same times the weight of each row. */
interface Scratch {
  readonly h: Float64Array;
  readonly C: Float64Array;
  readonly sC: Float64Array;
}

function block(d: number): Float64Array {
  return new Float64Array(d * BLOCK_ROWS);
}

/** Adds the sums of one shard to the lower triangle of `H`, levels as columns of 0 and 1 not yet centred. */
function addShard(
  shard: Shard,
  design: Design,
  mu: Float64Array,
  per: Float64Array,
  w: Float64Array,
  H: Float64Array,
  { h, C, sC }: Scratch,
): void {
  const { X, codes, c, rows } = shard;
  const { numerics: d, factors, intercept, size } = design;
  const k = factors.length;
  const last = size - 1;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rows - row);

    // s = c z(1-z), in the place of h
    blockLogits(shard, row, n, design, w, h);
    for (let i = 0; i < n; i++) {
      const t = Math.exp(-Math.abs(h[i]!));
      h[i] = ((c === undefined ? 1 : c[row + i]!) * t) / ((1 + t) * (1 + t));
    }

    // H += C^T s C
    for (let j = 0, p = 0; j < d; j++) {
      const shift = mu[j]!;
      const perUnit = per[j]!;
      for (let i = 0; i < n; i++, p++) {
        C[p] = (X[row * d + p]! - shift) * perUnit;
        sC[p] = C[p]! * h[i]!;
      }
      p += BLOCK_ROWS - n;
      addProducts(sC, j * BLOCK_ROWS, C, j, n, H, j * size);
    }

    // the levels: s gathered where they are, against the numeric columns and the levels of factors before
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const before = factors[f]!.start - 1;
      for (let i = 0; i < n; i++) {
        const level = codes[p + i]!;
        if (level === 0) continue;
        const term = before + level;
        const at = term * size;
        for (let j = 0, q = i; j < d; j++, q += BLOCK_ROWS) H[at + j]! += sC[q]!;
        for (let e = 0, q = row * k + i; e < f; e++, q += BLOCK_ROWS) {
          const other = codes[q]!;
          if (other > 0) H[at + factors[e]!.start - 1 + other]! += h[i]!;
        }
        H[at + term]! += h[i]!;
        if (intercept) H[last * size + term]! += h[i]!;
      }
    }

    if (!intercept) continue;
    for (let j = 0; j < d; j++) {
      for (let i = 0, q = j * BLOCK_ROWS; i < n; i++, q++) H[last * size + j]! += sC[q]!;
    }
    for (let i = 0; i < n; i++) H[last * size + last]! += h[i]!;
  }
}

/** H[at + k] += sum_i a_i C_ki for k = 0 .. j, two columns sharing one visit to a. */
function addProducts(
  a: Float64Array,
  start: number,
  C: Float64Array,
  j: number,
  n: number,
  H: Float64Array,
  at: number,
): void {
  let k = 0;
  for (; k < j; k += 2) {
    let one = 0;
    let other = 0;
    for (let i = 0, p = start, q = k * BLOCK_ROWS; i < n; i++, p++, q++) {
      one += a[p]! * C[q]!;
      other += a[p]! * C[q + BLOCK_ROWS]!;
    }
    H[at + k]! += one;
    H[at + k + 1]! += other;
  }
  for (; k <= j; k++) {
    let one = 0;
    for (let i = 0, p = start, q = k * BLOCK_ROWS; i < n; i++, p++, q++) one += a[p]! * C[q]!;
    H[at + k]! += one;
  }
}

/**
 * Takes mu off the columns of the levels, which hold only 0 and 1, as a change of variables; in place.
 *
 *   H <- T^T H T,   T = I but for the entries -mu_l/s_l of the intercept's row
 */
function centreLevels(
  H: Float64Array,
  { size, numerics: d, terms }: Design,
  mu: Float64Array,
  s: Float64Array,
): void {
  const last = size - 1;
  for (let l = d; l < terms; l++) {
    const shift = mu[l]! / s[l]!;
    for (let j = 0; j < size; j++) H[l * size + j]! -= shift * H[last * size + j]!;
  }
  for (let l = d; l < terms; l++) {
    const shift = mu[l]! / s[l]!;
    for (let j = 0; j < size; j++) H[j * size + l]! -= shift * H[j * size + last]!;
  }
}
