/** The Hessian of some of the weights against that of all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceHessian } from '../../src/objective/hessian.js';
import { createProducts, plainProducts } from '../../src/objective/simd/products.js';
import { subsetHessian } from '../../src/objective/subsetHessian.js';
import { error, seeded } from '../support/support.js';
import { tableOf } from '../support/tables.js';

describe('the second derivatives of some of the weights', () => {
  for (const [name, create] of [
    ['kernel', createProducts],
    ['arrays', plainProducts],
  ] as const) {
    it(`are those of all, at once or as weights join: ${name}`, async () => {
      const dataset = tableOf({ rows: 150, d: 9, levels: [4, 2], isWeighted: true, shardRows: 64 });
      const { size, terms } = dataset.design;
      const random = seeded(2);
      const mu = Float64Array.from({ length: terms }, random);
      const s = Float64Array.from({ length: terms }, () => 1.5 + random());
      const w = Float64Array.from({ length: size }, (_, j) => (j % 3 === 0 ? 0 : random()));
      const whole = new Float64Array(size * size);
      await referenceHessian(dataset, 'sum', mu, s, w, whole);
      const products = create();
      const chosen = Int32Array.of(size - 1, 3, 0, 10, 8, 12, 1, 9);
      for (const from of [0, 1, 4, 7]) {
        const a = chosen.length;
        const H = new Float64Array(a * a);
        await subsetHessian(dataset, mu, s, w, chosen, 0, products, H);
        // what is there stays as it is
        for (let p = 0; p < from; p++) for (let q = 0; q < from; q++) H[p * a + q] = 7;
        for (let p = 0; p < a; p++)
          for (let q = 0; q < a; q++) if (p >= from || q >= from) H[p * a + q] = Number.NaN;
        await subsetHessian(dataset, mu, s, w, chosen, from, products, H);
        H.forEach((value, at) => {
          const [p, q] = [Math.floor(at / a), at % a];
          const expected = p < from && q < from ? 7 : whole[chosen[p]! * size + chosen[q]!]!;
          assert.ok(error(value, expected) < 1e-11, `${p}, ${q} from ${from}: ${value} for ${expected}`);
        });
      }
    });
  }
});
