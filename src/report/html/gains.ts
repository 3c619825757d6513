/** What the likeliest rows hold. */
import type { Curve, RowSetData } from './pageData.js';

/** Share of y = 1 that is found (y) by share of the rows that are taken (x), the likeliest first; empty without a y = 1. */
export function gainsOf({ thresholds: { truePositives, falsePositives } }: RowSetData): Curve {
  const [positives, rows] = [truePositives[0]!, truePositives[0]! + falsePositives[0]!];
  if (positives === 0) return { x: [], y: [] };
  const x = [0];
  const y = [0];
  for (let k = truePositives.length - 1; k >= 0; k--) {
    const share = (truePositives[k]! + falsePositives[k]!) / rows;
    // thresholds that no probability lies between take the same rows
    if (share === x.at(-1)) continue;
    x.push(share);
    y.push(truePositives[k]! / positives);
  }
  return { x, y };
}

/** How many times as many y = 1 are found as among rows at random; from the first rows that are taken on. */
export function liftOf(set: RowSetData): Curve {
  const { x, y } = gainsOf(set);
  return { x: x.slice(1), y: y.slice(1).map((found, k) => found / x[k + 1]!) };
}

/** The share that is found with a share of the rows, part of the rows of one threshold being taken at random. */
export function foundWith({ x, y }: Curve, share: number): number {
  const k = Math.max(
    1,
    x.findIndex((xk) => xk >= share),
  );
  const along = (share - x[k - 1]!) / (x[k]! - x[k - 1]! || 1);
  return y[k - 1]! + along * (y[k]! - y[k - 1]!);
}
