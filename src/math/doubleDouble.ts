/**
 * Arithmetic on sums of two doubles, which hold 106 bits: for what would cancel in one.
 *
 * A number is high + low, |low| at most half a unit in the last place of high. Inner loops write these steps out;
 * what is here is for everything around them.
 *
 * Source: Dekker, A floating-point technique for extending the available precision, 1971; Knuth, TAOCP 2, 4.2.2.
 */
import { lazily } from '../lazily.js';

/** high + low. */
export type DoubleDouble = readonly [high: number, low: number];

/** 2^27 + 1: x less (x SPLITTER - (x SPLITTER - x)) has the lower half of the bits of x. */
export const SPLITTER = 134217729;

/** a + b exactly. */
export function twoSum(a: number, b: number): DoubleDouble {
  const s = a + b;
  const t = s - a;
  return [s, a - (s - t) + (b - t)];
}

/** a b exactly, |a| and |b| below 2^996 and the product well within the range of doubles. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const p = a * b;
  const ta = a * SPLITTER;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = b * SPLITTER;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return [p, al * bl - (p - ah * bh - al * bh - ah * bl)];
}

export function add([ah, al]: DoubleDouble, [bh, bl]: DoubleDouble): DoubleDouble {
  const [s, e] = twoSum(ah, bh);
  const [t, f] = twoSum(al, bl);
  const [u, g] = twoSum(s, e + t);
  return twoSum(u, g + f);
}

export function negate([h, l]: DoubleDouble): DoubleDouble {
  return [-h, -l];
}

export function multiply([ah, al]: DoubleDouble, [bh, bl]: DoubleDouble): DoubleDouble {
  const [p, e] = twoProduct(ah, bh);
  return twoSum(p, e + (ah * bl + al * bh));
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const q = a[0] / b[0];
  const r = add(a, negate(multiply([q, 0], b)));
  const q2 = r[0] / b[0];
  const r2 = add(r, negate(multiply([q2, 0], b)));
  return add(twoSum(q, q2), [r2[0] / b[0], 0]);
}

/** The root of a positive number: one step of Newton's from that of its high part. */
export function squareRoot(a: DoubleDouble): DoubleDouble {
  const root = Math.sqrt(a[0]);
  const rest = add(a, negate(twoProduct(root, root)));
  return twoSum(root, rest[0] / (2 * root));
}

/** Of the order of x, and within the powers whose inverse is a double too; 1 for 0. */
export function powerOfTwo(x: number): number {
  return x === 0 ? 1 : 2 ** Math.min(1000, Math.max(-1000, Math.round(Math.log2(Math.abs(x)))));
}

const LN2: DoubleDouble = [Math.LN2, 2.3190468138462996e-17];

/** 1/k! for k = 0, 1, ... */
const inverseFactorials = lazily((): readonly DoubleDouble[] => {
  const terms: DoubleDouble[] = [[1, 0]];
  for (let k = 1; k <= 13; k++) terms.push(divide(terms[k - 1]!, [k, 0]));
  return terms;
});

/** Halvings of the argument before the series is summed, undone by as many squares. */
const HALVINGS = 6;

/** e^x for x of moderate size, to some 100 bits; 0 below about -745. */
export function exponential(x: DoubleDouble): DoubleDouble {
  if (!(x[0] > -745)) return [0, 0];
  const k = Math.round(x[0] / LN2[0]);
  const r = add(x, negate(multiply([k, 0], LN2)));
  const scale = 2 ** -HALVINGS;
  const s: DoubleDouble = [r[0] * scale, r[1] * scale];
  // |s| < 0.0055: 2^-7.5 to the 12th over 12! is below 2^-110; e^s - 1 is squared, so that nothing cancels
  const inverse = inverseFactorials();
  let sum = inverse[13]!;
  for (let i = 12; i >= 1; i--) sum = add(multiply(sum, s), inverse[i]!);
  let m = multiply(sum, s);
  for (let i = 0; i < HALVINGS; i++) m = add([2 * m[0], 2 * m[1]], multiply(m, m));
  const e = add([1, 0], m);
  // in two steps: 2^k alone may be below the least double where e 2^k is not
  const [half, rest] = [2 ** Math.trunc(k / 2), 2 ** (k - Math.trunc(k / 2))];
  return [e[0] * half * rest, e[1] * half * rest];
}
