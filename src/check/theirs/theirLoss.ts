/** The plain loss over a table by weights of another program's columns. */
import { composeProblem } from '../../fit/problem.js';
import type { ProblemOptions } from '../../fit/problemOptions.js';
import type { Table } from '../../objective/table.js';
import type { PlainLoss } from './descent.js';
import { ourWeights, scaleOf, standardized } from './readings.js';
import type { TheirWeights } from './theirWeights.js';

/** Loss and gradients of the two classes apart, by our weights, so that classes can be weighed afterwards. */
export interface ByClasses {
  readonly J: number;
  readonly J0: number;
  readonly J1: number;
  readonly g0: Float64Array;
  readonly g1: Float64Array;
}

export interface TheirLoss {
  /** @param w weights of ours (size) */
  at(w: Float64Array): Promise<ByClasses>;
  /** Second derivatives by what `standardized` goes by (n x n); undefined where that is much work. */
  hessian(w: Float64Array): Promise<Float64Array | undefined>;
}

/** Weights up to which second derivatives are asked for. */
const MOST_CURVED = 500;

export function theirLoss(table: Table, options: ProblemOptions, theirs: TheirWeights): TheirLoss {
  const plain = { ...options, standardize: false, reduction: 'mean', l1: 0, l2: 0 } as const;
  const [zeros, ones] = [
    composeProblem(table, plain, { classWeights: [1, 0] }).objective,
    composeProblem(table, plain, { classWeights: [0, 1] }).objective,
  ];
  const whole = composeProblem(table, plain).objective;
  return {
    async at(w) {
      const [g0, g1] = [new Float64Array(w.length), new Float64Array(w.length)];
      const [J0, J1] = [await zeros.evaluate(w, g0), await ones.evaluate(w, g1)];
      return { J: J0 + J1, J0, J1, g0, g1 };
    },
    async hessian(w) {
      const size = w.length;
      if (size > MOST_CURVED || size > table.mostCurved) return undefined;
      const H = new Float64Array(size * size);
      await whole.hessian(w, H);
      return H.every(Number.isFinite) ? byTheirColumns(H, size, theirs) : undefined;
    },
  };
}

/** T^t H T of the change to their columns, standardized. */
function byTheirColumns(H: Float64Array, size: number, theirs: TheirWeights): Float64Array {
  const none = new Float64Array(size);
  const rows = Array.from({ length: size }, (_, i) =>
    standardized(theirs, H.subarray(i * size, (i + 1) * size), none, 1, 0),
  );
  const n = rows[0]!.length;
  const column = new Float64Array(size);
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    rows.forEach((row, i) => {
      column[i] = row[k]!;
    });
    result.set(standardized(theirs, column, none, 1, 0), k * n);
  }
  return result;
}

/** The plain loss by the weights of their columns, standardized, as a way down it is followed by. */
export function plainLossOf(loss: TheirLoss, theirs: TheirWeights, size: number): PlainLoss {
  const { terms, intercept } = theirs;
  const weightsAt = (v: readonly number[]) => {
    const theta = terms.map((term, k) => v[k]! / scaleOf(theirs, term));
    const shift = intercept === undefined ? 0 : theta.reduce((sum, w, k) => sum + w * terms[k]!.mean, 0);
    const b = intercept === undefined ? 0 : v.at(-1)! - shift;
    return ourWeights(theirs, { units: 'file', isFlipped: false, theta, b }, size);
  };
  return {
    n: terms.length + (intercept === undefined ? 0 : 1),
    async evaluate(v) {
      const { J, g0, g1 } = await loss.at(weightsAt(v));
      return { J, a: standardized(theirs, g0, g1, 1, 1) };
    },
    async hessian(v) {
      const H = await loss.hessian(weightsAt(v));
      if (H === undefined) throw new RangeError('second derivatives were had before');
      return H;
    },
  };
}
