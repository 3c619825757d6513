/** The triangle of a symmetric matrix, whatever the number of its rows leaves over when they are taken by fours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factorize } from '../../src/math/cholesky.js';
import { seeded } from '../support/support.js';

/** X^T X (n x n) for n columns of random numbers; those of `dependent` are the sum of the first two. */
function gram(n: number, dependent: readonly number[] = []): Float64Array {
  const random = seeded(n);
  const rows = Array.from({ length: n + 4 }, () => {
    const row = Array.from({ length: n }, random);
    for (const j of dependent) row[j] = row[0]! + row[1]!;
    return row;
  });
  return Float64Array.from({ length: n * n }, (_, p) =>
    rows.reduce((sum, row) => sum + row[Math.floor(p / n)]! * row[p % n]!, 0),
  );
}

describe('factorize', () => {
  it('solves systems of 1 to 13 rows', () => {
    for (let n = 1; n <= 13; n++) {
      const A = gram(n);
      const x = new Float64Array(n);
      const factors = factorize(
        A,
        Int32Array.from({ length: n }, (_, i) => n - 1 - i),
        1e-11,
      );
      factors.solve(new Float64Array(n).fill(1), x);
      assert.deepEqual(factors.dependent, []);
      for (let i = 0; i < n; i++) {
        const b = x.reduce((sum, xj, j) => sum + A[i * n + j]! * xj, 0);
        assert.ok(Math.abs(b - 1) < 1e-9, `${n} rows, row ${i}: ${b}`);
      }
    }
  });

  it('steps over rows that follow from others, wherever they are', () => {
    for (const dependent of [[2], [3], [4], [5, 8], [2, 3, 4, 5, 6], [9]]) {
      const factors = factorize(
        gram(10, dependent),
        Int32Array.from({ length: 10 }, (_, i) => i),
        1e-11,
      );
      assert.deepEqual(factors.dependent, dependent);
      for (const row of dependent) {
        const [a, b, ...others] = factors.combination(row);
        assert.ok(Math.abs(a! - 1) < 1e-9 && Math.abs(b! - 1) < 1e-9, `row ${row}: ${a}, ${b}`);
        assert.ok(others.every((other) => Math.abs(other) < 1e-9));
      }
    }
  });

  it('leaves out the rows that are not asked for', () => {
    const A = gram(7);
    const order = Int32Array.of(6, 0, 3, 5, 1);
    const x = new Float64Array(7);
    factorize(A, order, 1e-11).solve(new Float64Array(7).fill(1), x);
    assert.deepEqual([x[2], x[4]], [0, 0]);
    for (const i of order) {
      const b = order.reduce((sum, j) => sum + A[i * 7 + j]! * x[j]!, 0);
      assert.ok(Math.abs(b - 1) < 1e-9);
    }
  });
});
