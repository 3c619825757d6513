/**
 * The reference: mean or summed binary cross-entropy over the shards in memory, in plain TypeScript.
 *
 *   m rows, d numeric columns, X (m x d); y (m) labels; w weights, laid out as the dataset says
 *   h = X w + b, z = sigma(h), J = 1/m sum_i [ max(h_i,0) - h_i y_i + log1p(e^-|h_i|) ]
 *   dJ/dw = 1/m X^T (z - y), dJ/db = 1/m sum_i (z_i - y_i)
 *
 * Where the rows have weights c_i, they multiply what a row adds to a sum, and sum_i c_i stands for m.
 *
 * Every faster kernel must give what this one gives.
 */
import type { Design, Rows } from '../dataset/dataset.js';
import { addScaled } from '../math/vector.js';
import { createYielder } from '../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../storage/shards.js';
import { addTransposedProduct, blockLogits, toResiduals } from './block.js';
import type { Objective } from './objective.js';

export type Reduction = 'mean' | 'sum';

/** What the weights of the rows with y = 0, and of those with y = 1, are multiplied by. */
export type ClassWeights = readonly [c0: number, c1: number];

/**
 * Binary cross-entropy of a dataset in the units of the file.
 *
 * Shards are summed one by one and the sums added in their order, so the result depends on the data
 * alone. Between shards the event loop may turn, so that timers and signals are served in long epochs.
 *
 * @param reduction divide by the sum of weights, or not
 * @param classWeights multiply the weights of the rows; the division stays by the sum without them
 */
export function referenceObjective(
  dataset: Rows,
  reduction: Reduction,
  classWeights: ClassWeights = [1, 1],
): Objective {
  const { shards, weightSum, design } = dataset;
  const { numerics, factors, size } = design;
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  const part = new Float64Array(size);
  const h = new Float64Array(BLOCK_ROWS);
  const yielder = createYielder();
  return {
    size,
    async evaluate(w, g) {
      let J = 0;
      g.fill(0);
      for await (const shard of shards) {
        part.fill(0);
        J += addShard(shard, design, w, part, classWeights, h);
        addScaled(1, part, g);
        if (yielder.isDue(shard.rows * (numerics + factors.length + ROW_COST))) await yielder.yield();
      }
      for (let j = 0; j < size; j++) g[j]! *= unit;
      return J * unit;
    },
  };
}

/** What exp and log1p cost a row, in columns. */
const ROW_COST = 8;

/**
 * Adds the summed gradient of one shard to `g` and returns its summed loss.
 *
 * @param w weights (size)
 * @param g gradient (like w), added to
 * @param classWeights c_0 and c_1
 * @param h room for one block (32), overwritten
 * Cost: O(rows d), two visits to each block while it is in the first-level cache, no allocation.
 */
function addShard(
  shard: Shard,
  design: Design,
  w: Float64Array,
  g: Float64Array,
  [c0, c1]: ClassWeights,
  h: Float64Array,
): number {
  const { X, codes } = shard;
  const { numerics: d, factors, terms, intercept } = design;
  const k = factors.length;
  let J = 0;
  for (let row = 0; row < shard.rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, shard.rows - row);

    // h = X w + b
    blockLogits(shard, row, n, design, w, h);

    // r = c (z - y), in the place of h
    J += toResiduals(shard, row, n, c0, c1, h);

    // g += X^T r
    addTransposedProduct(X, row * d, d, n, h, g);
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const before = factors[f]!.start - 1;
      for (let i = 0; i < n; i++) {
        const level = codes[p + i]!;
        if (level > 0) g[before + level]! += h[i]!;
      }
    }
    if (intercept) for (let i = 0; i < n; i++) g[terms]! += h[i]!;
  }
  return J;
}
