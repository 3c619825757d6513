/**
 * What one shard tells of its numeric columns, over the cells that are not NaN, with the weights c of the rows (1 where
 * they have none):
 *
 *   n = sum_i c_i,   offset = 1/n sum_i c_i (x_i - min),   square = sum_i c_i (x_i - min - offset)^2
 *
 * Told from the least value, so that a large mean costs no digits, and in units of a power of two 2^e, so that neither
 * 1e300 nor 1e-300 leaves the range of doubles when squared. Any thread may compute them: the kernel
 * (assembly/kernel/moments.ts) and the loops here give the same bits.
 */
import { type Codec, rangesBytes } from './codec.js';
import { BLOCK_ROWS, type Shard } from './shards.js';

/** All of d columns, 0 for n where every cell is missing. */
export interface ShardMoments {
  readonly n: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** e, an integer. */
  readonly exponent: Float64Array;
  /** In units. */
  readonly offset: Float64Array;
  /** In units squared. */
  readonly square: Float64Array;
}

/** Exponents are kept where 2^e and 2^-e are normal doubles. */
export const MOST_EXPONENT = 1020;

/** Numbers of one column. */
const FIELDS = 6;

/** Numbers of the moments of d columns. */
export function momentsLength(d: number): number {
  return FIELDS * d;
}

/** The moments in one array (6 d), which threads may share. */
export function momentsIn(values: Float64Array): ShardMoments {
  const d = values.length / FIELDS;
  const field = (i: number) => values.subarray(i * d, (i + 1) * d);
  return {
    n: field(0),
    min: field(1),
    max: field(2),
    exponent: field(3),
    offset: field(4),
    square: field(5),
  };
}

/** Room for the moments of d columns. */
function momentsRoom(d: number): Float64Array {
  return new Float64Array(momentsLength(d));
}

/** Sums over the columns of a shard. */
export interface ColumnLoops {
  /** Least values (d) and greatest values (d) in `out`. */
  ranges(out: Float64Array): void;
  /**
   * Sums of e and of e^2, e = x perUnit - from.
   *
   * @param scale perUnit (d) and from (d)
   * @param out overwritten (2 d)
   */
  deviations(scale: Float64Array, out: Float64Array): void;
}

/**
 * Two passes for the sums while the shard is in the cache, the second of which corrects the rounding of the first.
 *
 * Source: Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983.
 *
 * @param d columns of X
 * @param loops over X; default those here
 * @param values overwritten (6 d)
 */
export function momentsOf(
  shard: Shard,
  d: number,
  loops: ColumnLoops = plainLoops(shard, d),
  values = momentsRoom(d),
): ShardMoments {
  const moments = momentsIn(values);
  const { n, min, max, exponent, offset, square } = moments;
  const scale = new Float64Array(2 * d);
  const [perUnit, from] = [scale.subarray(0, d), scale.subarray(d)];
  const sums = new Float64Array(2 * d);
  const [first, second] = [sums.subarray(0, d), sums.subarray(d)];
  loops.ranges(sums);
  min.set(first);
  max.set(second);
  for (let j = 0; j < d; j++) {
    exponent[j] = exponentOf(Math.max(Math.abs(min[j]!), Math.abs(max[j]!)));
    perUnit[j] = 2 ** -exponent[j]!;
    from[j] = min[j]! * perUnit[j]!;
  }
  const sum = () => {
    loops.deviations(scale, sums);
    n.fill(shard.rows);
    for (let j = 0; j < d; j++) {
      // a missing cell leaves nothing else
      if (shard.c !== undefined || Number.isNaN(first[j])) sumWithCare(shard, d, j, scale, n, sums);
    }
  };
  sum();
  for (let j = 0; j < d; j++) {
    offset[j] = first[j]! / n[j]!;
    from[j]! += offset[j]!;
  }
  sum();
  for (let j = 0; j < d; j++) {
    const error = first[j]!;
    offset[j]! += error / n[j]!;
    square[j] = second[j]! - (error * error) / n[j]!;
  }
  return moments;
}

/** An exponent e with |x| <= 2^e; the least for what is not finite. */
function exponentOf(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return -MOST_EXPONENT;
  return Math.min(MOST_EXPONENT, Math.max(-MOST_EXPONENT, Math.ceil(Math.log2(x))));
}

/** One column with weights, or with missing cells. */
function sumWithCare(
  { X, c, rows }: Shard,
  d: number,
  j: number,
  scale: Float64Array,
  n: Float64Array,
  sums: Float64Array,
): void {
  const [perUnit, from] = [scale[j]!, scale[d + j]!];
  let [weights, first, second] = [0, 0, 0];
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const end = Math.min(BLOCK_ROWS, rows - row);
    const p = row * d + j * BLOCK_ROWS;
    for (let i = 0; i < end; i++) {
      const e = X[p + i]! * perUnit - from;
      if (Number.isNaN(e)) continue;
      const weight = c === undefined ? 1 : c[row + i]!;
      weights += weight;
      first += weight * e;
      second += weight * e * e;
    }
  }
  n[j] = weights;
  sums[j] = first;
  sums[d + j] = second;
}

/** The loops as the kernel has them, in its order. */
function plainLoops({ X, rows }: Shard, d: number): ColumnLoops {
  return {
    ranges(out) {
      out.fill(Number.POSITIVE_INFINITY, 0, d);
      out.fill(Number.NEGATIVE_INFINITY, d);
      for (let row = 0; row < rows; row += BLOCK_ROWS) {
        const n = Math.min(BLOCK_ROWS, rows - row);
        for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
          let least = out[j]!;
          let most = out[d + j]!;
          for (let i = p; i < p + n; i++) {
            const x = X[i]!;
            // no comparison with NaN holds
            if (x < least) least = x;
            if (x > most) most = x;
          }
          // + 0 leaves one kind of zero
          out[j] = least + 0;
          out[d + j] = most + 0;
        }
      }
    },
    deviations(scale, out) {
      out.fill(0);
      for (let row = 0; row < rows; row += BLOCK_ROWS) {
        const n = Math.min(BLOCK_ROWS, rows - row);
        for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
          const perUnit = scale[j]!;
          const from = scale[d + j]!;
          // four sums: an addition waits for the one before
          let s0 = 0;
          let s1 = 0;
          let s2 = 0;
          let s3 = 0;
          let q0 = 0;
          let q1 = 0;
          let q2 = 0;
          let q3 = 0;
          let i = p;
          for (const end = p + (n & ~3); i < end; i += 4) {
            const e0 = X[i]! * perUnit - from;
            const e1 = X[i + 1]! * perUnit - from;
            const e2 = X[i + 2]! * perUnit - from;
            const e3 = X[i + 3]! * perUnit - from;
            s0 += e0;
            s1 += e1;
            s2 += e2;
            s3 += e3;
            q0 += e0 * e0;
            q1 += e1 * e1;
            q2 += e2 * e2;
            q3 += e3 * e3;
          }
          let s = s0 + s2 + (s1 + s3);
          let q = q0 + q2 + (q1 + q3);
          for (; i < p + n; i++) {
            const e = X[i]! * perUnit - from;
            s += e;
            q += e * e;
          }
          out[j]! += s;
          out[d + j]! += q;
        }
      }
    },
  };
}

/** The loops of the kernel over doubles in its memory; ranges stay where `rangesIn` says. */
export function kernelLoops(
  codec: Codec,
  buffer: ArrayBufferLike,
  { X, rows }: Pick<Shard, 'X' | 'rows'>,
  room: number,
): ColumnLoops {
  const d = X.length / (BLOCK_ROWS * Math.ceil(rows / BLOCK_ROWS));
  const rangesAt = rangesIn(room);
  const scaleAt = room + rangesBytes(d);
  const outAt = scaleAt + 16 * d;
  const result = new Float64Array(buffer, outAt, 2 * d);
  return {
    ranges(out) {
      codec.ranges(X.byteOffset, rows, d, rangesAt);
      out.set(new Float64Array(buffer, rangesAt, 2 * d));
    },
    deviations(scale, out) {
      new Float64Array(buffer, scaleAt, 2 * d).set(scale);
      codec.deviations(X.byteOffset, rows, d, scaleAt, outAt);
      out.set(result);
    },
  };
}

/** Where in the room of the loops the ranges are that they have found. */
export function rangesIn(room: number): number {
  return room;
}

/** Bytes of the room that the loops of the kernel take. */
export function loopsBytes(d: number): number {
  return rangesBytes(d) + 32 * d;
}
