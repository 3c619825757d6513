/** Their weights read in one way or another, and gradients by them. */
import type { TheirWeights } from './theirWeights.js';

/** Columns that the weights are of: those of the file, or standardized with divisor m or m - 1. */
export type Units = 'file' | 'population' | 'sample';

/** A reading of their weights. */
export interface Reading {
  readonly units: Units;
  readonly isFlipped: boolean;
  /** Weights of their columns in the units of the file, and their intercept. */
  readonly theta: readonly number[];
  readonly b: number;
}

export function readingsOf({ terms, intercept = 0 }: TheirWeights, m: number): Reading[] {
  const readings: Reading[] = [];
  for (const units of ['file', 'population', 'sample'] as const) {
    const stretch = units === 'sample' ? Math.sqrt(m / (m - 1)) : 1;
    const file = terms.map(({ weight, sd }) => (units === 'file' ? weight : weight / (sd * stretch)));
    const shift = units === 'file' ? 0 : file.reduce((sum, w, k) => sum + w * terms[k]!.mean, 0);
    for (const isFlipped of [false, true]) {
      const sign = isFlipped ? -1 : 1;
      readings.push({ units, isFlipped, theta: file.map((w) => sign * w), b: sign * (intercept - shift) });
    }
  }
  return readings;
}

/** The weights of our columns that give their logits. */
export function ourWeights({ terms }: TheirWeights, { theta, b }: Reading, size: number): Float64Array {
  const w = new Float64Array(size);
  w[size - 1] = b;
  terms.forEach(({ parts }, k) => {
    for (const [index, times] of parts) w[index]! += times * theta[k]!;
  });
  return w;
}

/** The gradient by the weights of their columns, standardized, and by the intercept, if they have one. */
export function standardized(
  { terms, intercept }: TheirWeights,
  g0: Float64Array,
  g1: Float64Array,
  c0: number,
  c1: number,
): number[] {
  const g = g0.map((gj, j) => c0 * gj + c1 * g1[j]!);
  const gb = g.at(-1)!;
  const a = terms.map(({ parts, mean, sd }) => {
    const gk = parts.reduce((sum, [index, times]) => sum + times * g[index]!, 0);
    return intercept === undefined ? gk / Math.hypot(mean, sd) : (gk - mean * gb) / sd;
  });
  return intercept === undefined ? a : [...a, gb];
}

/** The gradient of a penalty by the weights that `standardized` goes by. */
export function gradientOf(
  { terms, intercept }: TheirWeights,
  { theta, b }: Reading,
  slope: (w: number) => number,
  isStandardized: boolean,
  interceptPenalised: boolean,
): number[] {
  if (intercept === undefined) {
    return terms.map(({ sd, mean }, k) =>
      isStandardized
        ? (slope(theta[k]! * sd) * sd) / Math.hypot(mean, sd)
        : slope(theta[k]!) / Math.hypot(mean, sd),
    );
  }
  if (isStandardized) {
    const vb = theta.reduce((sum, w, k) => sum + w * terms[k]!.mean, b);
    return [...theta.map((w, k) => slope(w * terms[k]!.sd)), interceptPenalised ? slope(vb) : 0];
  }
  const pb = interceptPenalised ? slope(b) : 0;
  return [...theta.map((w, k) => (slope(w) - terms[k]!.mean * pb) / terms[k]!.sd), pb];
}

/** What the column of a term is divided by. */
export function scaleOf(
  { intercept }: TheirWeights,
  { mean, sd }: { readonly mean: number; readonly sd: number },
): number {
  return intercept === undefined ? Math.hypot(mean, sd) : sd;
}

/** The weights of their columns, standardized, and of the intercept, if they have one (n). */
export function weightsOfStandardized(theirs: TheirWeights, theta: readonly number[], b: number): number[] {
  const v = theirs.terms.map((term, k) => theta[k]! * scaleOf(theirs, term));
  if (theirs.intercept === undefined) return v;
  return [...v, theirs.terms.reduce((sum, { mean }, k) => sum + theta[k]! * mean, b)];
}

/** The gradient by their columns as they are, from that by the standardized ones. */
export function gradientAsIs(theirs: TheirWeights, a: readonly number[]): number[] {
  const { terms, intercept } = theirs;
  if (intercept === undefined) return terms.map((term, k) => a[k]! * scaleOf(theirs, term));
  const gb = a.at(-1)!;
  return [...terms.map(({ mean, sd }, k) => a[k]! * sd + mean * gb), gb];
}

/** What a step along the negative gradient in the columns as they are is in the standardized ones: M of dv = -M a (n x n). */
export function metricAsIs(theirs: TheirWeights): Float64Array {
  const { terms, intercept } = theirs;
  const k = terms.length;
  const n = k + (intercept === undefined ? 0 : 1);
  const M = new Float64Array(n * n);
  terms.forEach((term, i) => {
    M[i * n + i] = scaleOf(theirs, term) ** 2;
    if (intercept !== undefined) M[i * n + k] = M[k * n + i] = term.sd * term.mean;
  });
  if (intercept !== undefined) M[n * n - 1] = terms.reduce((sum, { mean }) => sum + mean * mean, 1);
  return M;
}
