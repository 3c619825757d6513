/** The factorization in the kernel against the plain loops: the same bits, whatever the rows leave over in tiles and panels. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factorizeYielding, plainCholesky } from '../../src/math/cholesky.js';
import { memoryFor, panelCholesky } from '../../src/math/panelCholesky.js';
import { triangular } from '../../src/math/triangular.js';
import { seeded } from '../support/support.js';

const TOLERANCE = 1e-11;

/** X^T X for n columns of random numbers; those of `dependent` are the sum of the first two. */
function gram(n: number, dependent: readonly number[] = []): (p: number, q: number) => number {
  const random = seeded(n);
  const columns = Array.from({ length: n }, () => Float64Array.from({ length: n + 4 }, random));
  for (const j of dependent) columns[j] = columns[0]!.map((x, i) => x + columns[1]![i]!);
  return (p, q) => columns[p]!.reduce((sum, x, i) => sum + x * columns[q]![i]!, 0);
}

function plain(entry: (p: number, q: number) => number, k: number): Float64Array {
  const L = new Float64Array(k * k);
  for (const _ of plainCholesky(entry, k, TOLERANCE, L));
  return L;
}

function inPanels(entry: (p: number, q: number) => number, k: number) {
  const L = new Float64Array(k * k);
  const memory = memoryFor(k);
  assert.ok(memory !== undefined);
  return { L, steps: panelCholesky(entry, k, TOLERANCE, L, memory) };
}

describe('panelCholesky', () => {
  it('gives the bits of the plain loops', () => {
    for (const k of [128, 129, 130, 131, 192, 195, 197]) {
      const entry = gram(k);
      const { L, steps } = inPanels(entry, k);
      for (const _ of steps);
      assert.deepEqual(L, plain(entry, k), `${k} rows`);
    }
  });

  it('steps over the same rows', () => {
    const dependent = [2, 5, 63, 64, 65, 66, 67, 130, 149];
    const entry = gram(150, dependent);
    const { L, steps } = inPanels(entry, 150);
    for (const _ of steps);
    assert.deepEqual(L, plain(entry, 150));
    const order = Int32Array.from({ length: 150 }, (_, p) => p);
    assert.deepEqual(triangular(L, order, 150).dependent, dependent);
  });

  it('says as the plain loops that an entry is no number', () => {
    const regular = gram(140);
    const entry = (p: number, q: number) => (p === 80 && q === 70 ? Number.NaN : regular(p, q));
    const { L, steps } = inPanels(entry, 140);
    for (const _ of steps);
    assert.deepEqual(L, plain(entry, 140));
  });

  it('factors several matrices at a time, each in a memory of its own', () => {
    const sizes = [160, 140, 200];
    const all = sizes.map((k) => inPanels(gram(k), k));
    for (let isOver = false; !isOver; ) isOver = all.map(({ steps }) => steps.next().done).every(Boolean);
    for (const [i, { L }] of all.entries()) assert.deepEqual(L, plain(gram(sizes[i]!), sizes[i]!));
  });

  it('takes some rows of a matrix in any order', async () => {
    const n = 300;
    const entry = gram(n);
    const A = Float64Array.from({ length: n * n }, (_, p) => entry(Math.floor(p / n), p % n));
    const order = Int32Array.from({ length: 200 }, (_, p) => (7 * p) % n);
    const factors = await factorizeYielding(A, order, TOLERANCE);
    const x = new Float64Array(n);
    factors.solve(new Float64Array(n).fill(1), x);
    for (const i of order) {
      const b = order.reduce((sum, j) => sum + A[i * n + j]! * x[j]!, 0);
      assert.ok(Math.abs(b - 1) < 1e-7, `row ${i}: ${b}`);
    }
  });
});
