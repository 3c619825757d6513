/** Bounds that are proved: against exact arithmetic and what no bound may claim. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { leastEigenvalueBound } from '../../src/math/verified.js';

/** B^T B of whole numbers, exact in doubles. */
function gram(B: readonly (readonly number[])[], n: number): Float64Array {
  const H = new Float64Array(n * n);
  for (const row of B) {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) H[i * n + j]! += row[i]! * row[j]!;
  }
  return H;
}

describe('a bound below the least eigenvalue', () => {
  const rowsOf = (n: number) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }), {
      minLength: n,
      maxLength: 3 * n,
    });
  const tables = fc.integer({ min: 1, max: 6 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      B: rowsOf(n),
      x: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
    }),
  );

  it('is above 0 and below x.Hx / x.x for every x', () => {
    fc.assert(
      fc.property(tables, ({ n, B, x }) => {
        const H = gram(B, n);
        const bound = leastEigenvalueBound(H, n, 0);
        if (bound === undefined) return;
        assert.ok(bound > 0);
        let square = 0;
        let size = 0;
        for (let i = 0; i < n; i++) {
          size += x[i]! ** 2;
          for (let j = 0; j < n; j++) square += x[i]! * H[i * n + j]! * x[j]!;
        }
        assert.ok(square >= bound * size - 1e-9 * size);
      }),
      { numRuns: 500 },
    );
  });

  it('is within a factor of 20 of it, for a matrix of 2 x 2', () => {
    for (const [a, b, c] of [
      [2, 1, 3],
      [1, 0.999, 1],
      [1e6, 3, 1e-2],
    ] as const) {
      const least = (2 * (a * c - b * b)) / (a + c + Math.hypot(a - c, 2 * b));
      const bound = leastEigenvalueBound(Float64Array.of(a, b, b, c), 2, 0)!;
      assert.ok(bound <= least && bound > least / 20);
    }
  });

  it('is not had of a matrix that is singular, or may be', () => {
    for (const [H, error] of [
      [Float64Array.of(1, 2, 2, 4), 0],
      [Float64Array.of(1, 0, 0, 0), 0],
      [Float64Array.of(1, 2, 2, 1), 0],
      [Float64Array.of(1, 0.999_999, 0.999_999, 1), 1e-6],
    ] as const) {
      assert.equal(leastEigenvalueBound(H, 2, error), undefined);
    }
  });
});
