/** What only the last row settles, written into the shards in place: labels, levels, fills. */
import { eachBlock, type Shard } from './shards.js';

/** Code of a missing text cell until its level is known. */
export const MISSING_CODE = -1;

/** Puts 0 or 1 in the place of the codes of the labels; returns the number of ones. */
export function toLabels(shards: readonly Shard[], yOfCode: Float64Array): number {
  let positives = 0;
  for (const { y, rows } of shards) {
    for (let i = 0; i < rows; i++) {
      y[i] = yOfCode[y[i]!]!;
      positives += y[i]!;
    }
  }
  return positives;
}

/** Final codes for those by first appearance in factor f of k; missing ones become `fill`. */
export function recode(
  shards: readonly Shard[],
  k: number,
  f: number,
  finalCode: Int32Array,
  fill: number,
): void {
  for (const shard of shards) {
    eachBlock(shard, k, f, (start, rows) => {
      for (let i = start; i < start + rows; i++) {
        const code = shard.codes[i]!;
        shard.codes[i] = code === MISSING_CODE ? fill : finalCode[code]!;
      }
    });
  }
}

/** Puts `fill` where numeric column j of d is NaN. */
export function fillNumbers(shards: readonly Shard[], d: number, j: number, fill: number): void {
  for (const shard of shards) {
    eachBlock(shard, d, j, (start, rows) => {
      for (let i = start; i < start + rows; i++) {
        if (Number.isNaN(shard.X[i]!)) shard.X[i] = fill;
      }
    });
  }
}
