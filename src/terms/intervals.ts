/** Intervals between breaks as terms. */
import type { Expression } from './expression.js';

/** 1 in the interval above a break and up to the next; up to the first break is the baseline. */
export function intervalsOf(of: Expression, breaks: readonly number[]): Expression[] {
  const is = (by: '>' | '<=', bound: number): Expression => ({ kind: 'comparison', of, by, bound });
  return breaks.map((low, i) =>
    i === breaks.length - 1
      ? is('>', low)
      : { kind: 'product', factors: [is('>', low), is('<=', breaks[i + 1]!)] },
  );
}
