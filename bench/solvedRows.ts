/** The rows as the weights that are solved for see them. */
import type { Dataset } from '../src/dataset/dataset.js';
import type { Problem } from '../src/fit/problem.js';
import { BLOCK_ROWS } from '../src/storage/shards.js';

/**
 * Calls `visit` with each row's columns as they are solved for (terms, and a 1 last if there is an
 * intercept), in one buffer that is overwritten by the next row.
 */
export async function eachRow(
  { shards, design: { numerics: d, factors, intercept, size, terms } }: Dataset,
  { columns: { mu, s } }: Problem,
  visit: (x: Float64Array) => void,
): Promise<void> {
  const x = new Float64Array(size);
  for await (const { X, codes, rows } of shards) {
    for (let row = 0; row < rows; row++) {
      const i = row % BLOCK_ROWS;
      const block = row - i;
      for (let j = 0; j < d; j++) x[j] = (X[block * d + j * BLOCK_ROWS + i]! - mu[j]!) / s[j]!;
      for (let l = d; l < terms; l++) x[l] = -mu[l]! / s[l]!;
      for (let f = 0; f < factors.length; f++) {
        const level = codes[block * factors.length + f * BLOCK_ROWS + i]!;
        if (level === 0) continue;
        const l = factors[f]!.start - 1 + level;
        x[l] = (1 - mu[l]!) / s[l]!;
      }
      if (intercept) x[terms] = 1;
      visit(x);
    }
  }
}
