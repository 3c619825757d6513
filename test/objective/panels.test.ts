/** Products in panels of f32, and systems solved with them, against doubles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPanels, panelsOver } from '../../src/objective/simd/panels.js';
import { ADDED, createPreconditioner } from '../../src/objective/simd/preconditioner.js';
import { datasetOfArrays, seeded } from '../support/support.js';

const ROWS = 77;
// more than a tile
const COLUMNS = 523;
const random = seeded(3);
const X = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => 3 + random()));
const y = X.map((_, i) => i % 2);

async function panelsOfX() {
  const dataset = await datasetOfArrays({ X, y });
  const { mean, scale, pivot } = dataset.scaling;
  const panels = panelsOver((await createPanels(dataset, mean, scale))!, 0);
  const standard = X.map((x) => [...x.map((value, j) => (value - pivot[j]! - mean[j]!) / scale[j]!), 1]);
  return { panels, standard };
}

function near(found: ArrayLike<number>, expected: readonly number[], within = 1e-4): void {
  expected.forEach((value, k) => {
    assert.ok(Math.abs(found[k]! - value) < within * (1 + Math.abs(value)), `${k}: ${found[k]} for ${value}`);
  });
}

describe('panels', () => {
  it('multiply the columns that are chosen, of all rows', async () => {
    const { panels, standard } = await panelsOfX();
    const chosen = Int32Array.of(50, COLUMNS, 0, 17, 3);
    const h = Float64Array.from({ length: ROWS }, random);
    const q = Float64Array.from(chosen, () => random() - 0.5);
    panels.choose(chosen);
    const Xq = standard.map((x) => q.reduce((sum, qk, k) => sum + qk * x[chosen[k]!]!, 0));
    near(panels.product(q), Xq);
    const transposed = (t: ArrayLike<number>, of: readonly number[]) =>
      of.map((j) => standard.reduce((sum, x, i) => sum + t[i]! * x[j]!, 0));
    near(panels.transposed(h), transposed(h, [...chosen]));
    const visits = [h, h.map((hi) => 1 - hi)].map((t) => ({ t, g: new Float32Array(COLUMNS + 1) }));
    panels.transposedAll(visits);
    for (const { t, g } of visits) {
      near(
        g,
        transposed(
          t,
          standard[0]!.map((_, j) => j),
        ),
      );
    }
    panels.weigh(h);
    const count = 3;
    const first = standard.map((x) =>
      q.subarray(0, count).reduce((sum, qk, k) => sum + qk * x[chosen[k]!]!, 0),
    );
    near(
      panels.normal(q, count),
      transposed(
        first.map((value, i) => value * h[i]!),
        [...chosen.subarray(0, count)],
      ),
    );
  });

  it('precondition by the second derivatives of the columns that are known', async () => {
    const { panels, standard } = await panelsOfX();
    const known = Int32Array.of(1, 2, 30, 40, 41, 42, COLUMNS);
    const h = Float64Array.from({ length: ROWS }, () => 1.5 + random());
    const preconditioner = createPreconditioner(panels, COLUMNS + 1);
    await preconditioner.renew(known, h, (j) => (j === COLUMNS ? 0 : 0.25));
    assert.equal(preconditioner.size, known.length);
    assert.deepEqual(
      [...known].map((j) => preconditioner.places[j]),
      [0, 1, 2, 3, 4, 5, 6],
    );
    assert.equal(preconditioner.places[0], -1);
    const b = Array.from(known, (_, k) => k - 2);
    preconditioner.vector().set(b);
    const z = preconditioner.solve();
    const H = (j: number, k: number) => standard.reduce((sum, x, i) => sum + h[i]! * x[j]! * x[k]!, 0);
    const Hz = Array.from(known, (j, p) => {
      const diagonal = ADDED * H(j, j) + (j === COLUMNS ? 0 : 0.25);
      return known.reduce((sum, other, q) => sum + z[q]! * H(j, other), diagonal * z[p]!);
    });
    near(Hz, b, 1e-3);
  });
});
