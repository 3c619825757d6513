/**
 * The rows of a dataset in an order that looks random, a new one in every pass.
 *
 * The shards are shuffled, and so are the rows of every 16 of them, which are in memory at a time: a file that is
 * larger than memory is still read a shard at a time. The order depends on the seed and on the data alone.
 */
import type { Dataset } from '../../dataset/dataset.js';
import { seededRandom, shuffle } from '../../math/random.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
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
  /** The next rows of a pass; after its last ones those of the next pass. @throws BceError TEMP_FILE */
  next(): Promise<RowWindow>;
}

export function createRowShuffle({ shards, design, rows: m }: Dataset, seed: number): RowShuffle {
  const { numerics: d, factors } = design;
  const k = factors.length;
  const random = seededRandom(seed);
  const counts = rowCountsOf(shards);
  const order = Uint32Array.from(counts, (_, place) => place);
  const most = Math.min(m, WINDOW_SHARDS * counts.reduce((a, b) => Math.max(a, b), 0));
  const X = new Float64Array(most * d);
  const codes = new Int32Array(most * k);
  const y = new Float64Array(most);
  const c = new Float64Array(most);
  const yielder = createYielder();
  let done = order.length;

  return {
    async next() {
      if (done === order.length) {
        shuffle(order, random);
        done = 0;
      }
      const places = order.slice(done, done + WINDOW_SHARDS);
      done += places.length;
      const rows = places.reduce((sum, place) => sum + counts[place]!, 0);
      const to = Uint32Array.from({ length: rows }, (_, row) => row);
      shuffle(to, random);
      let first = 0;
      let isWeighted = false;
      for await (const shard of shardsAt(shards, places)) {
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
