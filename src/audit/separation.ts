/**
 * Is there an optimum at all? When the classes can be separated, J falls for ever as the weights grow.
 *
 * Separated means that some weights u, not all of them idle, have (2y - 1) x.u >= 0 in every row.
 *
 * Source: Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression models,
 * 1984.
 */
import { type Dataset, type Description, termCount } from '../dataset/dataset.js';
import { BLOCK_ROWS, type Shard } from '../dataset/shards.js';
import { termNames } from '../dataset/terms.js';
import { composeProblem, type Problem } from '../fit/problem.js';
import { factorize } from '../math/cholesky.js';
import type { Factorization } from '../math/triangular.js';
import { addScaled, dot } from '../math/vector.js';
import { parallelObjective } from '../objective/parallel.js';
import { isRemote, type Table } from '../objective/table.js';
import { takingOrder } from '../optimizer/newton.js';

const DEPENDENT = 1e-11;

import { type ColumnRule, columnRules } from './columnSeparation.js';
import { eachRow, marginsOf } from './rows.js';

/** How the classes are separated. */
export type Separation =
  /** By columns that do so each on its own. */
  | { readonly kind: 'columns'; readonly rules: readonly ColumnRule[] }
  /** By several together, in every row, or in part of them with the others on the border. */
  | { readonly kind: 'combination'; readonly isComplete: boolean; readonly terms: readonly string[] };

export type SeparationVerdict =
  | { readonly kind: 'separated'; readonly separation: Separation }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };

export async function judgeSeparation(
  table: Table,
  intercept: boolean,
  u: Float64Array,
  _gap?: number,
  signal?: AbortSignal,
): Promise<SeparationVerdict> {
  const separation = await findSeparation(table, intercept, u, 0, signal);
  return separation === undefined ? { kind: 'none' } : { kind: 'separated', separation };
}

/** Rows of the first sample for each weight, and at least; the next ones are as many times larger. */
const SAMPLE_ROWS = 10;
const LEAST_ROWS = 256;
const ENLARGEMENT = 4;

/** The problem whose optimum is in question, but for the intercept. */
const PLAIN = { standardize: true, reduction: 'mean', l2: 0, l1: 0 } as const;

/** Multiplications for one matrix of second derivatives, beyond which the question is left open. */
const MOST_WORK = 2e8;

/** Newton steps on one sample: the margins of separated rows grow by about 1 a step. */
const MOST_STEPS = 60;

/** Share of a Newton step below which it is not halved any further. */
const SHORTEST = 1e-6;

/** Growth of h in a Newton step, below which nothing grows for ever. */
const GROWING = 0.5;

/** A margin falls when it does by more than this share of the fastest growth. */
const FALLING = 1e-6;

/** Weights below this share of the largest take no part. */
const IDLE = 0.01;

/**
 * Looks for separation: by single columns exactly, then by combinations.
 *
 * For combinations Newton's method runs on a sample of the rows until it is sure. Rows that cannot be
 * separated settle the question for all; those that can call for a larger sample.
 *
 * @param v weights near the end of training, of the standardized columns
 * @param dependent how many of them are superfluous, since their columns follow from others
 * @returns undefined when there is an optimum, or when it would take too long to tell
 */
async function findSeparation(
  dataset: Table,
  intercept: boolean,
  v: Float64Array,
  dependent: number,
  signal?: AbortSignal,
): Promise<Separation | undefined> {
  const rules = await columnRules(dataset, intercept);
  if (rules.length > 0) return { kind: 'columns', rules };
  // rows elsewhere are not sampled: it stays open whether other weights would separate them
  if (isRemote(dataset)) {
    const { min } = await marginsOf(dataset, composeProblem(dataset, { ...PLAIN, intercept }), v);
    return min > 0 ? combination(dataset, v, true) : undefined;
  }

  const cost = v.length ** 2;
  for (let rows = Math.max(LEAST_ROWS, SAMPLE_ROWS * v.length); ; rows *= ENLARGEMENT) {
    const sample = await sampleOf(dataset, rows);
    if (sample.rows * cost > MOST_WORK) return undefined;
    const found = await separationOf(sample, intercept, v, dependent, signal);
    if (found === 'none' || signal?.aborted === true) return undefined;
    if (sample.rows === dataset.rows) return found === 'unsure' ? undefined : found;
  }
}

/** Every k-th block, so that about `rows` rows are left; a file may be sorted by its labels. */
async function sampleOf(dataset: Dataset, rows: number): Promise<Dataset> {
  const every = Math.floor(dataset.rows / rows);
  if (every < 2) return dataset;
  const { numerics: d, factors } = dataset;
  const k = factors.length;
  let block = 0;
  const shards: Shard[] = [];
  for await (const { rows: all, X, codes, y, c } of dataset.shards) {
    const starts: number[] = [];
    // the last block may not be full
    for (let row = 0; row + BLOCK_ROWS <= all; row += BLOCK_ROWS) if (block++ % every === 0) starts.push(row);
    shards.push({
      rows: BLOCK_ROWS * starts.length,
      X: picked(X, starts, d),
      codes: picked(codes, starts, k),
      y: picked(y, starts, 1),
      c: c && picked(c, starts, 1),
    });
  }
  return { ...dataset, shards, rows: shards.reduce((sum, shard) => sum + shard.rows, 0) };
}

/** The blocks of `columns` columns that begin at these rows. */
function picked<T extends Float64Array | Int32Array>(
  values: T,
  starts: readonly number[],
  columns: number,
): T {
  const size = BLOCK_ROWS * columns;
  const blocks = values.slice(0, starts.length * size) as T;
  starts.forEach((row, b) => {
    blocks.set(values.subarray(row * columns, row * columns + size), b * size);
  });
  return blocks;
}

/** 'none' is certain for all rows when no more weights are superfluous in the sample than in all of them. */
async function separationOf(
  sample: Dataset,
  intercept: boolean,
  start: Float64Array,
  dependent: number,
  signal?: AbortSignal,
): Promise<Separation | 'none' | 'unsure'> {
  const loss = await parallelObjective(sample, 'mean', intercept, { threads: 1 });
  const problem = composeProblem(sample, { ...PLAIN, intercept }, { loss });
  const { objective } = problem;
  const n = objective.size;
  const order = takingOrder(n, intercept);
  const w = start.slice();
  const next = new Float64Array(n);
  const g = new Float64Array(n);
  const p = new Float64Array(n);
  const H = new Float64Array(n * n);
  let J = await objective.evaluate(w, g);
  for (let step = 0; step < MOST_STEPS && signal?.aborted !== true; step++) {
    const margins = await marginsOf(sample, problem, w);
    if (margins.min > 0) return combination(sample, w, true);
    await objective.hessian(w, H);
    const factors = factorize(H, order, DEPENDENT);
    factors.solve(g, p);
    const decrement = Math.sqrt(Math.max(dot(g, p), 0));
    if (decrement === 0 || (await hasOptimum(sample, problem, factors, decrement))) {
      return factors.dependent.length <= dependent ? 'none' : 'unsure';
    }
    for (let j = 0; j < n; j++) p[j] = -p[j]!;
    const growth = await marginsOf(sample, problem, p);
    // rows on the border keep still while those on the right side move away
    if (growth.max > GROWING && growth.min >= -FALLING * growth.max) {
      return combination(sample, p, growth.min > 0);
    }
    // Newton's step, halved until J falls
    const before = J;
    for (let t = 1; t > SHORTEST && !(J < before); t /= 2) {
      next.set(w);
      addScaled(t, p, next);
      J = await objective.evaluate(next, g);
    }
    w.set(next);
  }
  return 'unsure';
}

function combination(dataset: Description, u: Float64Array, isComplete: boolean): Separation {
  const names = termNames(dataset.features);
  const sizes = u.subarray(0, termCount(dataset)).map(Math.abs);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const terms = [...sizes.keys()]
    .filter((j) => sizes[j]! > IDLE * largest)
    .sort((a, b) => sizes[b]! - sizes[a]!)
    .map((j) => names[j]!);
  return { kind: 'combination', isComplete, terms };
}

/**
 * Proves that J has a minimum: the slope along every direction u turns positive in the end when
 *
 *   lambda max_i sqrt(x_i . H^-1 x_i) < 1,   lambda^2 = g . H^-1 g
 *
 * since by e^-|x.u| at most can the curvature along u have fallen away, |x_i.u| <= |u|_H sqrt(x_i . H^-1 x_i),
 * and so the slope gains more than the lambda |u|_H that it starts with.
 *
 * Source: the bound on the curvature is that of Bach, Self-concordant analysis for logistic regression, 2010.
 */
async function hasOptimum(
  dataset: Dataset,
  problem: Problem,
  factors: Factorization,
  lambda: number,
): Promise<boolean> {
  // the mean of c z(1-z) x.H^-1 x over the rows is the rank of H, and z(1-z) at most 1/4: most fail unvisited
  const most = 1 / lambda ** 2;
  const rank = problem.objective.size - factors.dependent.length;
  if (4 * rank >= most) return false;
  let isBelow = true;
  await eachRow(dataset, problem, (x) => {
    isBelow = factors.quadratic(x) < most;
    return isBelow;
  });
  return isBelow;
}
