/** What the checker says of gradients that are wrong in ways of their own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FoundMistake, nameMistake, type Point } from '../../src/check/nameMistake.js';
import { verdict } from '../../src/report/text/check.js';

const ones = [-2, 1, 0.5, -1];
const zeros = [1, 2, -0.5, 3];
const penalty = [0.1, 0.2, -0.3, 0];
const right = ones.map((slope, j) => slope + zeros[j]! + penalty[j]!);

/** Evidence at one point for a claimed gradient. */
function evidence(analytic: readonly number[], interceptPenalty?: number): { points: Point[]; rows: number } {
  const isWrong = analytic.map((gj, j) => Math.abs(gj - right[j]!) > 1e-9);
  return { points: [{ analytic, whole: right, zeros, ones, isWrong, interceptPenalty }], rows: 20 };
}

/** a D_1 + b D_0 and the penalty */
function mixed(a: number, b: number): number[] {
  return ones.map((slope, j) => a * slope + b * zeros[j]! + penalty[j]!);
}

describe('diagnose', () => {
  const cases: [string, readonly number[], number | undefined, FoundMistake][] = [
    ['rows with y = 0 of the wrong sign', mixed(1, -1), undefined, { kind: 'lost-minus' }],
    ['rows with y = 1 of the wrong sign', mixed(-1, 1), undefined, { kind: 'lost-minus-of-ones' }],
    ['all of the wrong sign, but for the penalty', mixed(-1, -1), undefined, { kind: 'flipped' }],
    ['a sum', mixed(20, 20), undefined, { kind: 'sum-for-mean' }],
    ['a mean', mixed(1 / 20, 1 / 20), undefined, { kind: 'mean-for-sum' }],
    ['a penalised intercept', [...right.slice(0, 3), right[3]! + 0.7], 0.7, { kind: 'penalised-intercept' }],
    ['one weight', [...right.slice(0, 3), right[3]! + 0.7], undefined, { kind: 'some', wrong: [3] }],
    ['two of four weights', [0, 0, ...right.slice(2)], undefined, { kind: 'some', wrong: [0, 1] }],
    ['no known way', [9, -8, 7, -6], undefined, { kind: 'unknown' }],
    ['weights of the classes that are no mistake of sign', mixed(2, 3), undefined, { kind: 'unknown' }],
  ];
  for (const [what, analytic, interceptPenalty, expected] of cases) {
    it(`names ${what}`, () => assert.deepEqual(nameMistake(evidence(analytic, interceptPenalty)), expected));
  }

  it('names a multiple', () => {
    const diagnosis = nameMistake(evidence(mixed(2, 2)));
    assert.equal(diagnosis.kind, 'scaled');
    assert.ok(diagnosis.kind === 'scaled' && Math.abs(diagnosis.factor - 2) < 1e-12);
  });

  it('puts each in words', () => {
    const said = (diagnosis: FoundMistake) =>
      verdict({ names: ['a', 'b'], seed: 1, scales: [], passes: false, diagnosis }, 20);
    assert.match(said({ kind: 'scaled', factor: 2 }), /it is 2\.00000 times the right one$/);
    assert.match(said({ kind: 'some', wrong: [1] }), /only by "b"; the other weights agree$/);
    assert.match(said({ kind: 'unknown' }), /in a way that is none of the known mistakes$/);
    assert.match(said({ kind: 'mean-for-sum' }), /20 times too small/);
    assert.match(said({ kind: 'lost-minus-of-ones' }), /every row with y = 1 has the wrong sign/);
  });
});
