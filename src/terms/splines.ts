/**
 * Splines as polynomials between knots: R's `splines::bs` and `splines::ns`, column for column, without an intercept.
 *
 * Source: de Boor, A Practical Guide to Splines, 1978; Hastie, chapter 7 of Statistical Models in S, 1992.
 */
import type { Spline } from './expression.js';

/** sum_r c_r (x - at)^r, up to and with x = `upTo`; the last one has no end. */
export interface Piece {
  readonly upTo: number;
  readonly at: number;
  readonly c: readonly number[];
}

/** Knots that are known. */
export type SettledSpline = Pick<Spline, 'basis' | 'degree' | 'column'> & {
  readonly knots: readonly number[];
  readonly boundary: readonly [low: number, high: number];
};

/** Columns of a spline with so many knots within its boundary. */
function columnsOfSpline({ basis, degree }: Pick<Spline, 'basis' | 'degree'>, knots: number): number {
  return basis === 'ns' ? knots + 1 : knots + degree;
}

/** Columns of a spline as it was asked for. */
export function widthOf(spline: Pick<Spline, 'basis' | 'degree' | 'df' | 'knots'>): number {
  return spline.df ?? columnsOfSpline(spline, spline.knots!.length);
}

/** One column, piece by piece: beyond the boundary a natural spline is a line, the other its last polynomial. */
export function piecesOf(spline: SettledSpline): Piece[] {
  const { basis, degree, knots, boundary, column } = spline;
  const [low, high] = boundary;
  const ends = [...knots, high];
  const starts = [low, ...knots];
  const splines = bSplines(starts, ends, degree);
  // the first of the B-splines is what an intercept stands for
  const weights =
    basis === 'bs'
      ? splines.map((_, i) => (i === column ? 1 : 0))
      : [0, ...naturalWeights(splines, high - starts.at(-1)!, column)];
  const pieces = starts.map((at, p): Piece => {
    const c = Array.from({ length: degree + 1 }, (_, r) =>
      splines.reduce((sum, polynomials, i) => sum + weights[i]! * polynomials[p]![r]!, 0),
    );
    return { upTo: ends[p]!, at, c };
  });
  const last = pieces.at(-1)!;
  if (basis === 'bs') return [...pieces.slice(0, -1), { ...last, upTo: Number.POSITIVE_INFINITY }];
  const width = high - last.at;
  const [first] = pieces;
  return [
    { upTo: low, at: low, c: first!.c.slice(0, 2) },
    ...pieces,
    {
      upTo: Number.POSITIVE_INFINITY,
      at: high,
      c: [polynomialAt(last.c, width), polynomialAt(slopes(last.c), width)],
    },
  ];
}

/** The value at x. */
export function splineAt(pieces: readonly Piece[], x: number): number {
  const { at, c } = pieces.find(({ upTo }) => x <= upTo) ?? pieces.at(-1)!;
  return polynomialAt(c, x - at);
}

/** The slope at x, NaN at a corner. */
export function slopeAt(pieces: readonly Piece[], x: number): number {
  const here = pieces.findIndex(({ upTo }) => x <= upTo);
  const slopeOf = ({ at, c }: Piece) => polynomialAt(slopes(c), x - at);
  const slope = slopeOf(pieces.at(here)!);
  const isCorner =
    pieces.at(here)!.upTo === x && pieces[here]!.c.length === 2 && slopeOf(pieces[here + 1]!) !== slope;
  return isCorner ? Number.NaN : slope;
}

/** Coefficients of the derivative. */
function slopes(c: readonly number[]): number[] {
  return c.slice(1).map((coefficient, r) => (r + 1) * coefficient);
}

/** By Horner's rule. */
function polynomialAt(c: readonly number[], u: number): number {
  return c.reduceRight((sum, coefficient) => sum * u + coefficient, 0);
}

/**
 * All B-splines of a degree, each as a polynomial of x - starts[p] on every interval p.
 *
 *   B_i,0 = 1 between knots i and i + 1;   B_i,k = (x - t_i) / (t_i+k - t_i) B_i,k-1 + (t_i+k+1 - x) / (t_i+k+1 - t_i+1) B_i+1,k-1
 */
function bSplines(starts: readonly number[], ends: readonly number[], degree: number): number[][][] {
  const t = [
    ...Array<number>(degree).fill(starts[0]!),
    ...starts,
    ...Array<number>(degree + 1).fill(ends.at(-1)!),
  ];
  let splines = Array.from({ length: t.length - 1 }, (_, i) =>
    starts.map((_at, p) => (i === p + degree ? [1] : [0])),
  );
  for (let k = 1; k <= degree; k++) {
    splines = Array.from({ length: t.length - 1 - k }, (_, i) =>
      starts.map((at, p) => {
        const rising = times(splines[i]![p]!, at - t[i]!, 1, t[i + k]! - t[i]!);
        const falling = times(splines[i + 1]![p]!, t[i + k + 1]! - at, -1, t[i + k + 1]! - t[i + 1]!);
        return rising.map((c, r) => c + falling[r]!);
      }),
    );
  }
  return splines;
}

/** (a + b u) / width times a polynomial of u; 0 where the knots coincide. */
function times(polynomial: readonly number[], a: number, b: number, width: number): number[] {
  const product = [...polynomial, 0].map((c, r) => a * c + (r > 0 ? b * polynomial[r - 1]! : 0));
  return product.map((c) => (width === 0 ? 0 : c / width));
}

/**
 * Weights of the B-splines but the first in column `column` of natural splines: those with no second derivative at
 * the ends, by the orthogonal basis that R takes, the rows of Q^T after the first two where Q R are the two derivatives.
 */
function naturalWeights(splines: readonly number[][][], lastWidth: number, column: number): number[] {
  const others = splines.slice(1);
  // of the others it is 0, and rounding must not give it a sign
  const first = others.map((polynomials, i) => (i < 2 ? 2 * polynomials[0]![2]! : 0));
  const last = others.map((polynomials, i) => {
    const [, , second, third] = polynomials.at(-1)!;
    return i < others.length - 3 ? 0 : 2 * second! + 6 * third! * lastWidth;
  });
  const v = reflector(first, 0);
  const w = reflector(reflected(last, v, 0), 1);
  // row column + 1 of H_w H_v is column by column what both make of the unit vectors
  return others.map((_, i) => {
    const unit = others.map((_other, j) => (i === j ? 1 : 0));
    return reflected(reflected(unit, v, 0), w, 1)[column + 1]!;
  });
}

/** The v of the reflection I - v v^T / v_k that leaves entry k alone of x_k, x_k+1, ..., signed as in LINPACK. */
function reflector(x: readonly number[], k: number): number[] {
  const norm = Math.hypot(...x.slice(k)) * (x[k]! < 0 ? -1 : 1);
  return x.map((value, i) => (i < k ? 0 : value / norm + (i === k ? 1 : 0)));
}

function reflected(x: readonly number[], v: readonly number[], k: number): number[] {
  const t = x.reduce((sum, value, i) => sum + value * v[i]!, 0) / v[k]!;
  return x.map((value, i) => value - t * v[i]!);
}
