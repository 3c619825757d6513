/** What only the last row settles, written into a shard in place: labels, class weights, levels, fills. */
import { BLOCK_ROWS, eachBlock, type Shard } from '../../storage/shards.js';

/** Code of a missing text cell until its level is known. */
export const MISSING_CODE = -1;

/** Puts 0 or 1 in the place of the codes of the labels. */
export function toLabels({ y, rows }: Shard, yOfCode: Float64Array): void {
  // the codes are the labels
  if (yOfCode.every((label, code) => label === code)) return;
  for (let i = 0; i < rows; i++) y[i] = yOfCode[y[i]!]!;
}

/** Multiplies the weights of the rows by those of their classes; the shard has weights. */
export function multiplyClasses({ y, c, rows }: Shard, factors: readonly [number, number]): void {
  for (let i = 0; i < rows; i++) c![i]! *= y[i] === 0 ? factors[0] : factors[1];
}

/** What becomes of the codes of a factor. */
export interface Recoding {
  /** By code of first appearance. */
  readonly finalCode: Int32Array;
  /** In place of missing ones. */
  readonly mostFrequent: number;
}

/** Final codes for those by first appearance, of all factors; block by block, as they lie in memory. */
export function recode({ rows, codes }: Shard, factors: readonly Recoding[]): void {
  const k = factors.length;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rows - row);
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const { finalCode, mostFrequent } = factors[f]!;
      for (let i = p; i < p + n; i++) {
        const code = codes[i]!;
        codes[i] = code === MISSING_CODE ? mostFrequent : finalCode[code]!;
      }
    }
  }
}

/** Puts `fill` where numeric column j of d is NaN. */
export function fillNumbers(shard: Shard, d: number, j: number, fill: number): void {
  eachBlock(shard, d, j, (start, rows) => {
    for (let i = start; i < start + rows; i++) {
      if (Number.isNaN(shard.X[i]!)) shard.X[i] = fill;
    }
  });
}
