/**
 * Which rows another program used, where its weights are no optimum over all.
 *
 * At an optimum over some rows their gradients add up to -lambda dP/dw, so the sums over the first k rows, and over those
 * from k on, are looked at for every k: in the order of the file, and in those that NumPy shuffles rows to.
 */
import type { Dataset } from '../../dataset/dataset.js';
import { factorize } from '../../math/cholesky.js';
import { sigma } from '../../math/logistic.js';
import { dot } from '../../math/vector.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { CHANCE } from './leastSquares.js';
import { numpyPermutation } from './numpyPermutation.js';
import { gradientOf, type Reading, scaleOf, weightsOfStandardized } from './readings.js';
import type { TheirWeights } from './theirWeights.js';

/** Rows that were used, `count` of them, `weight` their weights in sum. */
export type RowsUsed = RowKind & { readonly count: number; readonly weight: number };

export type RowKind =
  | { readonly kind: 'all' | 'first' | 'last' | 'distinct' }
  /** Missing cells were filled, or their rows left out, unlike here. */
  | { readonly kind: 'filled' | 'complete' }
  /** The training part of scikit-learn's train_test_split, or a sample of pandas, with that random_state. */
  | { readonly kind: 'split' | 'sample'; readonly seed: number };

/** Rows whose gradients add up to that of a penalty, or to nothing. */
export interface FittingRows {
  readonly rows: RowsUsed;
  /** The mean of their gradients, as `standardized` gives them, at their weights and at zero weights. */
  readonly a: readonly number[];
  readonly atZero: readonly number[];
}

/** Cells of a table whose rows are looked at one by one, and products that orders of the rows may take. */
const MOST_CELLS = 1e7;
const MOST_PRODUCTS = 4e7;
/** Seeds of `random_state` that people take. */
const SEEDS = [42, 0, ...Array.from({ length: 41 }, (_, k) => k + 1), 99, 100, 101, 123, 1234, 12345, 2023];
/** An optimum leaves at most this much of what rows at random leave, and of what is left over all rows. */
const MOST_OF_RANDOM = 0.01;
const MOST_OF_WHOLE = 0.1;
const LEAST_ROWS = 10;

/** The rows by their columns (m x n), standardized; the intercept last, if they have one. */
export interface TheirRows {
  readonly x: Float64Array;
  readonly n: number;
  readonly m: number;
  /** Labels and weights of the rows (m). */
  readonly y: Float64Array;
  readonly c: Float64Array;
  /** All weights in sum. */
  readonly weight: number;
  /** The first row of each kind (m), where there are rows that are alike. */
  readonly distinct: Uint8Array | undefined;
}

/** @returns undefined where there are too many cells to be looked at one by one */
export async function theirRows(dataset: Dataset, theirs: TheirWeights): Promise<TheirRows | undefined> {
  const { rows: m, shards, design, scaling } = dataset;
  const { terms, intercept } = theirs;
  const n = terms.length + (intercept === undefined ? 0 : 1);
  if (m * Math.max(n, design.size) > MOST_CELLS) return undefined;
  const x = new Float64Array(m * n).fill(1);
  const [y, c] = [new Float64Array(m), new Float64Array(m)];
  const own = new Float64Array(design.size).fill(1);
  const scale = terms.map((term) => scaleOf(theirs, term));
  const shift = terms.map(({ mean }) => (intercept === undefined ? 0 : mean));
  const seen = new Set<string>();
  const isFirst = new Uint8Array(m);
  let row = 0;
  for await (const shard of shards) {
    for (let i = 0; i < shard.rows; i++, row++) {
      const block = Math.floor(i / BLOCK_ROWS);
      const lane = i % BLOCK_ROWS;
      own.fill(0, 0, design.terms);
      for (let j = 0; j < design.numerics; j++) {
        own[j] = shard.X[(block * design.numerics + j) * BLOCK_ROWS + lane]! + scaling.pivot[j]!;
      }
      design.factors.forEach(({ start }, f) => {
        const level = shard.codes[(block * design.factors.length + f) * BLOCK_ROWS + lane]!;
        if (level > 0) own[start + level - 1] = 1;
      });
      y[row] = shard.y[i]!;
      c[row] = shard.c === undefined ? 1 : shard.c[i]!;
      terms.forEach(({ parts }, k) => {
        let value = 0;
        for (const [index, times] of parts) value += times * own[index]!;
        x[row * n + k] = (value - shift[k]!) / scale[k]!;
      });
      const key = `${Buffer.from(own.buffer).toString('latin1')}${y[row]}`;
      if (!seen.has(key)) isFirst[row] = 1;
      seen.add(key);
    }
  }
  return { x, n, m, y, c, weight: dataset.weightSum, distinct: seen.size < m ? isFirst : undefined };
}

/** The gradient of every row by its logit, c (z - y) (m). */
function residualsOf(
  { x, n, m, y, c }: TheirRows,
  theirs: TheirWeights,
  { theta, b }: Reading,
): Float64Array {
  const v = weightsOfStandardized(theirs, theta, b);
  const r = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    let h = 0;
    for (let k = 0; k < n; k++) h += x[i * n + k]! * v[k]!;
    r[i] = c[i]! * (sigma(h) - y[i]!);
  }
  return r;
}

/** What the gradients of rows, in one metric, may add up to: nothing, or a negative multiple of one of `p`. */
interface Targets {
  /** The columns of the rows in that metric (m x n). */
  readonly x: Float64Array;
  readonly n: number;
  /** Gradients of penalties (each n), all after each other, and their squares. */
  readonly p: Float64Array;
  readonly pp: readonly number[];
}

/**
 * Penalties in the metric of the second derivatives, in which solvers stop anywhere within a ball; those of |w| where a
 * weight is 0, so that its entry may be anything, over the other entries as they are.
 */
function targetsOf(
  rows: TheirRows,
  theirs: TheirWeights,
  reading: Reading,
  curvature?: Float64Array,
): Targets[] {
  const { x, n, m } = rows;
  const settings = [false, true].flatMap((isStandardized) =>
    (theirs.intercept === undefined ? [false] : [false, true]).map(
      (penalised) => [isStandardized, penalised] as const,
    ),
  );
  const penalties = (slope: (w: number) => number) =>
    settings.map(([isStandardized, penalised]) =>
      gradientOf(theirs, reading, slope, isStandardized, penalised),
    );
  const isSparse = reading.theta.includes(0);
  const dense = [...penalties((w) => w), ...(isSparse ? [] : penalties(Math.sign))];
  const all = Array.from({ length: n }, (_, k) => k);
  const whole = curvature === undefined ? picked(x, m, n, all) : whitened(rows, theirs, curvature);
  const targets = [together(whole, dense)];
  if (isSparse) {
    const kept = all.filter((k) => k >= theirs.terms.length || reading.theta[k] !== 0);
    targets.push(together(picked(x, m, n, kept), penalties(Math.sign)));
  }
  return targets;
}

interface Metric {
  readonly x: Float64Array;
  readonly n: number;
  readonly change: (v: readonly number[]) => Float64Array;
}

function picked(x: Float64Array, m: number, n: number, kept: readonly number[]): Metric {
  const change = (v: readonly number[]) => Float64Array.from(kept, (k) => v[k]!);
  if (kept.length === n) return { x, n, change };
  const own = new Float64Array(m * kept.length);
  for (let i = 0, at = 0; i < m; i++) for (const k of kept) own[at++] = x[i * n + k]!;
  return { x: own, n: kept.length, change };
}

function whitened({ x, n, m, weight }: TheirRows, { terms }: TheirWeights, curvature: Float64Array): Metric {
  // columns that go together are held apart by the penalty of C = 1
  const H = curvature.slice();
  terms.forEach(({ sd }, k) => {
    H[k * n + k]! += 1 / (weight * sd * sd);
  });
  const factors = factorize(
    H,
    Int32Array.from({ length: n }, (_, k) => k),
    1e-12,
  );
  const own = new Float64Array(m * n);
  for (let i = 0; i < m; i++) factors.half(x.subarray(i * n, (i + 1) * n), own.subarray(i * n, (i + 1) * n));
  const change = (v: readonly number[]) => {
    const y = new Float64Array(n);
    factors.half(Float64Array.from(v), y);
    return y;
  };
  return { x: own, n, change };
}

function together({ x, n, change }: Metric, penalties: readonly (readonly number[])[]): Targets {
  const changed = penalties.map(change);
  const squares = changed.map((p) => p.reduce((sum, pk) => sum + pk * pk, 0));
  const kept = changed.filter((_, t) => squares[t]! > 0);
  const p = new Float64Array(kept.length * n);
  kept.forEach((one, t) => {
    p.set(one, t * n);
  });
  return { x, n, p, pp: squares.filter((square) => square > 0) };
}

/**
 * @param reading one whose loss is below that of the shares of the classes
 * @param curvature second derivatives there, positive definite (n x n); undefined where they are not had
 */
export async function fittingRows(
  rows: TheirRows,
  theirs: TheirWeights,
  reading: Reading,
  curvature: Float64Array | undefined,
): Promise<FittingRows[]> {
  const { m, n, distinct, c, x, y } = rows;
  const r = residualsOf(rows, theirs, reading);
  const found: FittingRows[] = [];
  const add = (kind: RowKind, isUsed: (row: number) => boolean) => {
    const [a, atZero] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0)];
    let [count, weight] = [0, 0];
    for (let i = 0; i < m; i++) {
      if (!isUsed(i)) continue;
      count++;
      weight += c[i]!;
      for (let k = 0; k < n; k++) {
        a[k]! += r[i]! * x[i * n + k]!;
        atZero[k]! += c[i]! * (0.5 - y[i]!) * x[i * n + k]!;
      }
    }
    const mean = (sums: readonly number[]) => sums.map((sum) => sum / weight);
    found.push({ rows: { ...kind, count, weight }, a: mean(a), atZero: mean(atZero) });
  };
  if (distinct !== undefined) add({ kind: 'distinct' }, (row) => distinct[row] === 1);
  const groups = targetsOf(rows, theirs, reading, curvature);
  const products = groups.reduce((sum, group) => sum + m * group.n * (3 + group.pp.length), 0);
  const seeds = SEEDS.slice(0, Math.max(1, Math.floor(MOST_PRODUCTS / products)));
  const tests = 2 * m * (1 + seeds.length) * groups.reduce((sum, { pp }) => sum + 1 + pp.length, 0);
  const yielder = createYielder();
  for (const seed of [undefined, ...seeds]) {
    const order = seed === undefined ? undefined : numpyPermutation(m, seed);
    for (const { from, to } of groups.flatMap((group) => sweep(group, m, r, order, tests))) {
      const isIn = new Uint8Array(m);
      for (let i = from; i < to; i++) isIn[order?.[i] ?? i] = 1;
      const isFirst = from === 0;
      const kind: RowKind =
        seed === undefined
          ? { kind: isFirst ? 'first' : 'last' }
          : { kind: isFirst ? 'sample' : 'split', seed };
      add(kind, (row) => isIn[row] === 1);
    }
    if (yielder.isDue(products)) await yielder.yield();
  }
  return found;
}

/** The first k rows of an order, and the rows from k on, that come nearest to a target, where that is no chance. */
function sweep(
  { x, n, p, pp }: Targets,
  m: number,
  r: Float64Array,
  order: Int32Array | undefined,
  tests: number,
): { from: number; to: number }[] {
  const [sum, rest] = [new Float64Array(n), new Float64Array(n)];
  let restSquare = 0;
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const s = r[i]! * x[i * n + k]!;
      rest[k]! += s;
      restSquare += s * s;
    }
  }
  const atLeast = Math.max(LEAST_ROWS, n + 2);
  const ofWhole = MOST_OF_WHOLE * leftOf(rest, p, pp);
  const ofNone = (CHANCE / tests) ** (2 / n);
  const ofOne = n > 1 ? (CHANCE / tests) ** (2 / (n - 1)) : 0;
  const best = [
    { ratio: 1, from: 0, to: 0 },
    { ratio: 1, from: 0, to: 0 },
  ] as const;
  const look = (side: (typeof best)[number], g: Float64Array, squares: number, from: number, to: number) => {
    if (to - from < atLeast) return;
    let norm = 0;
    for (let k = 0; k < n; k++) norm += g[k]! * g[k]!;
    const consider = (left: number, ofChance: number) => {
      const ratio = left / Math.min(MOST_OF_RANDOM * squares, ofChance * squares, ofWhole);
      if (ratio < side.ratio) Object.assign(side, { ratio, from, to });
    };
    consider(norm, ofNone);
    for (let t = 0; t < pp.length; t++) {
      let along = 0;
      for (let k = 0, at = t * n; k < n; k++) along += g[k]! * p[at + k]!;
      if (along < 0) consider(Math.max(0, norm - (along * along) / pp[t]!), ofOne);
    }
  };
  let square = 0;
  for (let i = 0; i < m - 1; i++) {
    const at = order?.[i] ?? i;
    let own = 0;
    for (let k = 0; k < n; k++) {
      const s = r[at]! * x[at * n + k]!;
      sum[k]! += s;
      rest[k]! -= s;
      own += s * s;
    }
    square += own;
    restSquare -= own;
    look(best[0], sum, square, 0, i + 1);
    look(best[1], rest, restSquare, i + 1, m);
  }
  return best.filter(({ to }) => to > 0);
}

/** The least square that is left of g (n), alone or less a multiple of one of p. */
function leftOf(g: Float64Array, p: Float64Array, pp: readonly number[]): number {
  const norm = dot(g, g);
  const lefts = pp.map((square, t) => {
    const along = dot(g, p.subarray(t * g.length, (t + 1) * g.length));
    return along < 0 ? norm - along ** 2 / square : norm;
  });
  return Math.max(0, Math.min(norm, ...lefts));
}
