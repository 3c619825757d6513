/** The proof that J has a minimum by some of the rows, of a small table by all: where no direction suits these, none suits more. */
import type { Dataset } from '../../dataset/dataset.js';
import { composeProblem, spaceOf } from '../../fit/problem.js';
import { addScaled } from '../../math/vector.js';
import { blockLogits } from '../../objective/block.js';
import { localTable } from '../../objective/localTable.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';
import { ShardWriter } from '../../storage/shardWriter.js';
import { ArrayStore, rowCountsOf, shardsAt } from '../../storage/store.js';
import { areBalanced, newtonStep } from './balance.js';
import { longestRow, PLAIN, ROUNDING } from './minimum.js';
import { pooled } from './pool.js';

/** Rows of a sample, for each weight, and at least. */
const SAMPLE_ROWS = 6;
const LEAST_SAMPLE = 512;
/** Rows that they are chosen from, for each of them. */
const POOL = 6;
/** And for so many of them one more, sure or not. */
const SURE = 8;
/** Rows of a table for each of a sample up to which choosing costs more than it spares. */
const WHOLE = 2;
/** Shards that these come from, at least. */
const SAMPLE_SHARDS = 8;
/** Multiplications for a matrix of second derivatives of the sample that are always worth while: some milliseconds. */
const CHEAP_WORK = 1e8;
/** Mean loss of a sample that is most likely separated, though the whole table may not be. */
const LITTLE_LOSS = 0.05;
/** Steps towards its minimum; where there is none, the weights grow for ever. */
const MOST_STEPS = 12;

/**
 * Proves that J has a minimum by rows that balance, found by Newton's method from u. What is not proved here may be so
 * all the same.
 *
 * @param u weights of the standardized columns
 * @param mostWork multiplications for a matrix of second derivatives, at most, where it is not cheap
 */
export async function hasMinimumOnSample(dataset: Dataset, u: Float64Array, mostWork = 0): Promise<boolean> {
  const n = u.length;
  const most = Math.max(LEAST_SAMPLE, SAMPLE_ROWS * n);
  if (most * n * n > Math.max(CHEAP_WORK, mostWork)) return false;
  const { intercept } = dataset.design;
  const { toStored } = spaceOf(dataset, PLAIN);
  const longestOfAll = longestRow(dataset);
  const isWhole = longestOfAll !== undefined && dataset.rows <= WHOLE * most;
  const sample = isWhole ? dataset : await sampleOf(dataset, toStored(u), most);
  const table = localTable(sample);
  const loss = await table.loss('mean', 1);
  try {
    const { objective } = composeProblem(table, PLAIN, { loss });
    const longest = longestOfAll ?? longestRowOf(sample);
    const v = u.slice();
    const g = new Float64Array(n);
    const H = new Float64Array(n * n);
    let last = Number.POSITIVE_INFINITY;
    for (let step = 0; step < MOST_STEPS; step++) {
      const J = await objective.evaluate(v, g);
      if (!(J < last && J > LITTLE_LOSS)) return false;
      last = J;
      await objective.hessian(v, H);
      const p = newtonStep({ g, H }, intercept);
      if (p === undefined) return false;
      if (await areBalanced(sample, v, { g, H }, p, toStored, longest)) return true;
      addScaled(-1, p, v);
    }
    return false;
  } finally {
    await loss.close();
  }
}

/**
 * So many rows, or all where there are no more; each weighs 1. They are those of a pool which w is least sure of, where
 * the labels are most mixed, and some more from all over it, so that no level is missing.
 */
async function sampleOf(dataset: Dataset, w: Float64Array, most: number): Promise<Dataset> {
  const { design } = dataset;
  const { numerics: d, factors } = design;
  const parts = partsOf(rowCountsOf(dataset.shards), POOL * most);
  const size = parts.reduce((sum, { rows }) => sum + rows, 0);
  const logits = new Float64Array(size);
  const h = new Float64Array(BLOCK_ROWS);
  await eachBlock(dataset, parts, (shard, row, n, first) => {
    blockLogits(shard, row, n, design, w, h);
    for (let i = 0; i < n; i++) logits[first + i] = Math.abs(h[i]!);
  });
  const unsure = size <= most ? Number.POSITIVE_INFINITY : logits.slice().sort()[most]!;
  const every = Math.ceil((SURE * size) / most);
  const store = new ArrayStore();
  const writer = new ShardWriter(store, d, factors.length);
  let rows = 0;
  await eachBlock(dataset, parts, (shard, row, n, first) => {
    for (let i = 0; i < n; i++) {
      // rows of no weight say nothing
      if (shard.c?.[row + i] === 0) continue;
      if (!(logits[first + i]! <= unsure) && (first + i) % every !== 0) continue;
      const { x, codes } = pooled(shard, row + i, d, factors.length);
      writer.push(x, codes, shard.y[row + i]!);
      rows++;
    }
  });
  writer.finish();
  const weighting = { column: undefined, classWeight: undefined };
  return { ...dataset, shards: store.shards, rows, weightSum: rows, weighting };
}

/** The first rows of a shard. */
interface SamplePart {
  readonly shard: number;
  readonly rows: number;
}

/** So many rows, the first ones of shards all over the table, as few as that takes but `SAMPLE_SHARDS`; or all rows. */
function partsOf(rowCounts: readonly number[], most: number): SamplePart[] {
  const count = rowCounts.length;
  const needed = Math.ceil(most / Math.max(...rowCounts));
  const taken = Math.min(count, Math.max(SAMPLE_SHARDS, needed));
  const rows = BLOCK_ROWS * Math.ceil(most / taken / BLOCK_ROWS);
  return Array.from({ length: taken }, (_, i) => {
    const shard = Math.floor((count * i) / taken);
    return { shard, rows: Math.min(rows, rowCounts[shard]!) };
  });
}

/** Calls `visit` for each block of the parts with the number of its first row among all of theirs. */
async function eachBlock(
  { shards }: Dataset,
  parts: readonly SamplePart[],
  visit: (shard: Shard, row: number, n: number, first: number) => void,
): Promise<void> {
  const places = Uint32Array.from(parts, ({ shard }) => shard);
  let next = 0;
  let first = 0;
  for await (const shard of shardsAt(shards, places)) {
    const { rows } = parts[next++]!;
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, rows - row);
      visit(shard, row, n, first);
      first += n;
    }
  }
}

/** The greatest |x_i| of the rows, the columns standardized. */
function longestRowOf({ shards, design, scaling: { mean, scale } }: Dataset): number {
  const { numerics: d, factors, intercept } = design;
  const shift = (j: number) => (intercept ? mean[j]! : 0);
  // a row of the baseline, and what another level changes
  const base = factors.map(({ start, levels }) => {
    let sum = 0;
    for (let j = start; j < start + levels - 1; j++) sum += (shift(j) / scale[j]!) ** 2;
    return sum;
  });
  let longest = 0;
  for (const { rows, X, codes } of shards as readonly Shard[]) {
    for (let row = 0; row < rows; row++) {
      const i = row % BLOCK_ROWS;
      const block = row - i;
      let square = intercept ? 1 : 0;
      for (let j = 0, p = block * d + i; j < d; j++, p += BLOCK_ROWS) {
        square += ((X[p]! - shift(j)) / scale[j]!) ** 2;
      }
      factors.forEach(({ start }, f) => {
        square += base[f]!;
        const code = codes[block * factors.length + f * BLOCK_ROWS + i]!;
        if (code === 0) return;
        const j = start + code - 1;
        square += ((1 - shift(j)) / scale[j]!) ** 2 - (shift(j) / scale[j]!) ** 2;
      });
      longest = Math.max(longest, square);
    }
  }
  return Math.sqrt(longest) * (1 + ROUNDING);
}
