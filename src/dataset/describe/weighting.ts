/** How much each row counts. */
import { BceError } from '../../errors.js';
import type { Shard } from '../../storage/shards.js';
import { quoted } from '../../text.js';

/** What the weights of the rows with y = 0, and with y = 1, are multiplied by; or so that both sum to half. */
export type ClassWeight = 'balanced' | readonly [negative: number, positive: number];

export interface Weighting {
  /** Column of the weights, if they come from one. */
  readonly column: string | undefined;
  /** What they are multiplied by, if they are. */
  readonly classWeight: readonly [negative: number, positive: number] | undefined;
  /** Whether that is so that both classes weigh half of all. */
  readonly isBalanced?: boolean;
}

/** Sums of the weights of the rows with y = 0 and y = 1. */
export class ClassSums {
  #negative = 0;
  #positive = 0;

  /** Takes one more shard. */
  add({ y, c, rows }: Shard): void {
    // a sum a shard, then a sum of sums: short chains lose fewer digits
    let [zeros, ones] = [0, 0];
    if (c === undefined) {
      for (let i = 0; i < rows; i++) ones += y[i]!;
      zeros = rows - ones;
    }
    for (let i = 0; c !== undefined && i < rows; i++) {
      const weight = c[i]!;
      if (y[i] === 0) zeros += weight;
      else ones += weight;
    }
    this.#negative += zeros;
    this.#positive += ones;
  }

  get byClass(): readonly [negative: number, positive: number] {
    return [this.#negative, this.#positive];
  }

  get sum(): number {
    return this.#negative + this.#positive;
  }
}

/**
 * The factors that a class weight stands for.
 *
 *   balanced    c_k = W / (2 W_k),   W_k the weights of class k and W those of all rows
 *
 * Source of the name and the formula: scikit-learn.
 */
export function classFactors(
  classWeight: ClassWeight,
  [negative, positive]: readonly [number, number],
): readonly [number, number] {
  if (classWeight !== 'balanced') return classWeight;
  const half = (negative + positive) / 2;
  return [half / negative, half / positive];
}

/** Beyond, squares of sums leave the range of doubles. */
const LEAST_SUM = 1e-100;
const MOST_SUM = 1e100;

/** @throws BceError WEIGHTS_OUT_OF_RANGE when the sum of weights cannot be divided by */
export function requireUsable(weightSum: number, where: string, column: string | undefined): void {
  if (weightSum >= LEAST_SUM && weightSum <= MOST_SUM) return;
  const of = column === undefined ? '' : `column ${quoted(column)}: `;
  throw new BceError(
    'WEIGHTS_OUT_OF_RANGE',
    `${where}: ${of}expected weights whose sum is from ${LEAST_SUM} to ${MOST_SUM}, got ${weightSum}`,
    'only the ratios of the weights matter: multiply them all by a constant',
  );
}
