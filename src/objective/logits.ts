/** The logits of all rows, block by block. */
import type { Dataset } from '../dataset/dataset.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';
import { blockLogits } from './block.js';

/**
 * Calls `visit` for each block of up to 32 rows with its logits h = X w + b.
 *
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 * @param visit takes the shard, the first row of the block, its number of rows, and their logits, which
 *   are overwritten by those of the next block
 */
export async function eachLogits(
  { shards, design }: Dataset,
  w: Float64Array,
  visit: (shard: Shard, row: number, n: number, h: Float64Array) => void,
): Promise<void> {
  const h = new Float64Array(BLOCK_ROWS);
  const yielder = createYielder();
  for await (const shard of shards) {
    for (let row = 0; row < shard.rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, shard.rows - row);
      blockLogits(shard, row, n, design, w, h);
      visit(shard, row, n, h);
    }
    if (yielder.isDue(shard.rows * (design.numerics + design.factors.length))) await yielder.yield();
  }
}
