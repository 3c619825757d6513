/** Names the mistake behind a wrong gradient, from numbers alone. */
import type { Mistake } from '../objective/mistakes.js';

/** What the differences found at some points. */
export interface Evidence {
  readonly points: readonly Point[];
  /** Rows of the data, m. */
  readonly rows: number;
}

/** Slopes at one point; every vector has an entry a weight. */
export interface Point {
  /** The gradient in question. */
  readonly analytic: readonly number[];
  /** Slopes of the whole objective, penalty included. */
  readonly whole: readonly number[];
  /** Slopes of the loss of the rows with y = 0, and of those with y = 1. */
  readonly zeros: readonly number[];
  readonly ones: readonly number[];
  readonly isWrong: readonly boolean[];
  /** What a penalty on the intercept would add to its derivative; undefined where there is no such thing. */
  readonly interceptPenalty: number | undefined;
}

export type FoundMistake =
  | { readonly kind: Mistake | 'mean-for-sum' | 'lost-minus-of-ones' | 'unknown' }
  /** The whole gradient is a multiple of the right one. */
  | { readonly kind: 'scaled'; readonly factor: number }
  /** Only these weights are wrong. */
  | { readonly kind: 'some'; readonly wrong: readonly number[] };

/** Agreement of a ratio with what a mistake would give, and of a fit with the gradient. */
const CLOSE = 1e-3;

/**
 * Without the penalty, a gradient of this loss is a D_1 + b D_0, with D_1 and D_0 the slopes of the rows with
 * y = 1 and y = 0: a = b = 1 when it is right. Least squares over all points give a and b, and these the
 * mistake.
 */
export function nameMistake({ points, rows }: Evidence): FoundMistake {
  const data = points.flatMap(({ analytic, whole, zeros, ones }) =>
    analytic.map((gj, j) => gj - (whole[j]! - zeros[j]! - ones[j]!)),
  );
  const ones = points.flatMap((point) => point.ones);
  const zeros = points.flatMap((point) => point.zeros);
  const [a, b, misfit] = fitOf(data, ones, zeros);
  if (misfit < CLOSE) {
    const is = (x: number, y: number) => isClose(a, x) && isClose(b, y);
    if (is(1, -1)) return { kind: 'lost-minus' };
    if (is(-1, 1)) return { kind: 'lost-minus-of-ones' };
    if (is(-1, -1)) return { kind: 'flipped' };
    if (is(rows, rows)) return { kind: 'sum-for-mean' };
    if (is(1 / rows, 1 / rows)) return { kind: 'mean-for-sum' };
    if (isClose(a, b) && !isClose(a, 1)) return { kind: 'scaled', factor: a };
  }
  const size = points[0]!.analytic.length;
  const wrong = [...Array(size).keys()].filter((j) => points.some(({ isWrong }) => isWrong[j]));
  if (wrong.length === 1 && wrong[0] === size - 1 && points.every(penalisesIntercept)) {
    return { kind: 'penalised-intercept' };
  }
  return wrong.length > 0 && 2 * wrong.length <= size ? { kind: 'some', wrong } : { kind: 'unknown' };
}

function penalisesIntercept({ analytic, whole, interceptPenalty }: Point): boolean {
  const excess = analytic.at(-1)! - whole.at(-1)!;
  return interceptPenalty !== undefined && isClose(excess, interceptPenalty);
}

function isClose(found: number, expected: number): boolean {
  return Math.abs(found - expected) < CLOSE * Math.abs(expected);
}

/** Least squares of y on two vectors: both coefficients, and the misfit relative to y. */
function fitOf(
  y: readonly number[],
  p: readonly number[],
  q: readonly number[],
): [a: number, b: number, misfit: number] {
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, uj, j) => sum + uj * v[j]!, 0);
  const [pp, pq, qq, py, qy] = [dot(p, p), dot(p, q), dot(q, q), dot(p, y), dot(q, y)];
  const determinant = pp * qq - pq * pq;
  const a = (py * qq - qy * pq) / determinant;
  const b = (qy * pp - py * pq) / determinant;
  const rest = y.map((yj, j) => yj - a * p[j]! - b * q[j]!);
  return [a, b, Math.sqrt(dot(rest, rest) / dot(y, y))];
}
