/** The numbers of docs/math.md for one hidden layer, against differences of its loss. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkGradient } from '../../src/index.js';
import { ROOT } from '../support/support.js';

const X = [
  [1, 2],
  [3, -1],
];
const y = [1, 0];
/** W row after row, c, w, b. */
const AT = [0.5, -0.5, -0.25, 0.75, 0.1, -0.2, 0.8, -0.6, 0.25];

const sigmoid = (h: number) => 1 / (1 + Math.exp(-h));

/** J, forward alone. */
function J(p: ArrayLike<number>): number {
  const losses = X.map((x, i) => {
    const a = [0, 1].map((k) => sigmoid(p[4 + k]! + x[0]! * p[k]! + x[1]! * p[2 + k]!));
    const h = p[8]! + a[0]! * p[6]! + a[1]! * p[7]!;
    return Math.max(h, 0) - h * y[i]! + Math.log1p(Math.exp(-Math.abs(h)));
  });
  return (losses[0]! + losses[1]!) / 2;
}

/** The numbers behind a name in the section. */
function numbersOf(name: string): number[] {
  const text = readFileSync(join(ROOT, 'docs/math.md'), 'utf8');
  const section = text.slice(text.indexOf('## Back through a hidden layer'), text.indexOf('## By hand'));
  const line = section.split('\n').find((one) => new RegExp(`^${name} *=\\s+-?\\d`).test(one));
  assert.ok(line !== undefined, `no numbers of ${name}`);
  return line
    .slice(line.indexOf('=') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
}

describe('the hidden layer of docs/math.md', () => {
  it('has the loss that is told', () => {
    assert.ok(Math.abs(J(AT) - numbersOf('J')[0]!) < 1e-6);
  });

  it('has the gradient that is told, by differences', async () => {
    const told = ['dJ/dW', 'dJ/dc', 'dJ/dw', 'dJ/db'].flatMap(numbersOf);
    const { weights } = await checkGradient(J, () => told, AT, { tolerance: 1e-4 });
    for (const [j, { numeric, analytic }] of weights.entries()) {
      assert.ok(Math.abs(numeric - analytic) < 1e-6, `${j}: ${numeric}, told ${analytic}`);
    }
  });

  it('hands back what the layer before needs', () => {
    const e = 1e-5;
    // a hidden unit's input moves as its c does in one row: the rows' entries of dJ/dK sum to dJ/dc
    const K = numbersOf('dJ/dK');
    const c = [4, 5].map((j) => {
      const [up, down] = [AT.slice(), AT.slice()];
      up[j]! += e;
      down[j]! -= e;
      return (J(up) - J(down)) / (2 * e);
    });
    assert.ok(Math.abs(K[0]! + K[2]! - c[0]!) < 2e-6);
    assert.ok(Math.abs(K[1]! + K[3]! - c[1]!) < 2e-6);
  });
});
