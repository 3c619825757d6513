/**
 * The rows of a table in an order that looks random, a new one in every pass.
 *
 * The shards are shuffled, and so are the rows of every 16 of them, which are in memory at a time: a file that is
 * larger than memory is still read a shard at a time. Of a stream the shards come as they do. The order depends on the seed
 * and on the data alone.
 */
import type { Dataset, Design } from '../../dataset/dataset.js';
import type { RowReading } from '../../dataset/read/rowStream.js';
import { type Random, seededRandom, shuffle } from '../../math/random.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';
import { rowCountsOf, shardsAt } from '../../storage/store.js';

/** Shards whose rows are mixed: some 16 MiB. */
export const WINDOW_SHARDS = 16;

/** Rows one after the other; the arrays are filled anew with the next ones. */
export interface RowWindow {
  readonly rows: number;
  /** Numeric columns (rows x d), row by row. */
  readonly X: Float64Array;
  /** Levels of the factors (rows x k), row by row. */
  readonly codes: Int32Array;
  readonly y: Float64Array;
  /** Weights of the rows; undefined where all are 1. */
  readonly c: Float64Array | undefined;
}

export interface RowShuffle {
  /** The next rows of a pass; undefined at its end, behind which the next pass begins. @throws BceError TEMP_FILE */
  next(): Promise<RowWindow | undefined>;
}

/** Shards that are mixed, one after the other, and how many rows they have. */
interface Group {
  readonly shards: Iterable<Shard> | AsyncIterable<Shard>;
  readonly rows: number;
}

/** The rows of a dataset, over and over. */
export function shuffledRows({ shards, design }: Dataset, seed: number): RowShuffle {
  const random = seededRandom(seed);
  const counts = rowCountsOf(shards);
  const order = Uint32Array.from(counts, (_, place) => place);
  let done = 0;
  return mixing(design, random, async () => {
    if (done === order.length) {
      done = 0;
      return undefined;
    }
    if (done === 0) shuffle(order, random);
    const places = order.slice(done, done + WINDOW_SHARDS);
    done += places.length;
    const rows = places.reduce((sum, place) => sum + counts[place]!, 0);
    return { shards: shardsAt(shards, places), rows };
  });
}

/** The rows of a stream, once, in windows as they come. */
export function mixedRows(design: Design, reading: RowReading, seed: number): RowShuffle {
  return mixing(design, seededRandom(seed), async () => {
    const shards = await reading.take(WINDOW_SHARDS);
    return shards.length === 0
      ? undefined
      : { shards, rows: shards.reduce((sum, { rows }) => sum + rows, 0) };
  });
}

function mixing(
  { numerics: d, factors }: Design,
  random: Random,
  next: () => Promise<Group | undefined>,
): RowShuffle {
  const k = factors.length;
  const yielder = createYielder();
  let arrays = arraysFor(0, d, k);
  return {
    async next() {
      const group = await next();
      if (group === undefined) return undefined;
      const { rows } = group;
      if (arrays.y.length < rows) arrays = arraysFor(rows, d, k);
      const { X, codes, y, c } = arrays;
      const to = Uint32Array.from({ length: rows }, (_, row) => row);
      shuffle(to, random);
      let first = 0;
      let isWeighted = false;
      for await (const shard of group.shards) {
        const { X: columns, codes: levels } = shard;
        isWeighted = shard.c !== undefined;
        for (let row = 0; row < shard.rows; row++) {
          const i = row % BLOCK_ROWS;
          const block = row - i;
          const at = to[first + row]!;
          for (let j = 0, p = block * d + i, q = at * d; j < d; j++, p += BLOCK_ROWS) X[q + j] = columns[p]!;
          for (let f = 0, p = block * k + i; f < k; f++, p += BLOCK_ROWS) codes[at * k + f] = levels[p]!;
          y[at] = shard.y[row]!;
          if (isWeighted) c[at] = shard.c![row]!;
        }
        first += shard.rows;
        if (yielder.isDue(shard.rows * (d + k + 1))) await yielder.yield();
      }
      return { rows, X, codes, y, c: isWeighted ? c : undefined };
    },
  };
}

function arraysFor(rows: number, d: number, k: number) {
  return {
    X: new Float64Array(rows * d),
    codes: new Int32Array(rows * k),
    y: new Float64Array(rows),
    c: new Float64Array(rows),
  };
}
