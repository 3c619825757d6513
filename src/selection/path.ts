/** The regularization path: the weights at one lambda after the other, each begun at those before. */
import type { Dataset } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { composeProblem, type Problem, type ProblemOptions } from '../fit/problem.js';
import type { CurvedObjective, LossObjective } from '../objective/objective.js';
import { type Box, leastSlope, type Penalty, separable } from '../objective/penalty/penalty.js';
import { subsetHessian } from '../objective/subsetHessian.js';
import type { Table } from '../objective/table.js';
import { MOST_NEWTON_WEIGHTS } from '../optimizer/newton.js';
import { createProximalNewton, type ProximalNewton } from '../optimizer/proximalNewton.js';
import { counted, grouped } from '../text.js';
import { lambdasFrom, type NullModel, nullModel } from './lambdas.js';

export interface PathOptions extends Pick<ProblemOptions, 'unpenalised' | 'bounds'> {
  readonly standardize: boolean;
  /** Lambdas in descending order; undefined for a sequence of `count` down to `ratio` of the first. */
  readonly lambdas: readonly number[] | undefined;
  readonly count: number;
  /** Undefined for 1e-4, or 1e-2 with more terms than rows. */
  readonly ratio: number | undefined;
  /** A of lambda [A |v|_1 + (1 - A)/2 |v|_2^2]. */
  readonly l1Ratio: number;
  /** Largest violation of the optimality conditions of a solution that counts as converged. */
  readonly tolerance: number;
}

/** The solution at one lambda. */
export interface PathPoint {
  readonly lambda: number;
  /** Terms whose weight is not 0. */
  readonly nonzero: number;
  /** Mean cross-entropy, without the penalty. */
  readonly loss: number;
  /** The largest violation of the optimality conditions, over all terms and the intercept. */
  readonly violation: number;
  readonly isConverged: boolean;
  /** Visits to the data up to here. */
  readonly passes: number;
  /** Weights in the units of the file (terms, and the intercept last if there is one). */
  readonly w: Float64Array;
  /** The same of the columns as stored. */
  readonly stored: Float64Array;
}

export interface PathHooks {
  /** Threads at most; their number changes no bit. */
  readonly threads?: number | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
  /** Told how many there will be before the first. */
  readonly onLambdas?: ((lambdas: readonly number[]) => void) | undefined;
  readonly onPoint?: ((point: PathPoint) => void) | undefined;
  /** When aborted, the path ends with the solutions so far. */
  readonly signal?: AbortSignal | undefined;
}

/** Steps for one lambda at most. */
const MOST_STEPS = 200;

/** Weights up to which second derivatives are taken of all. */
const FEW_WEIGHTS = 256;

/**
 * Solves J(v) + lambda [A |v|_1 + (1 - A)/2 |v|_2^2] for descending lambdas, over the mean loss J.
 *
 * With many weights those that are solved for at lambda are the ones that are not 0 and those that the strong rule
 * does not discard, |dJ/dv_j| >= A (2 lambda - lambda before); whichever of the others violates its condition joins
 * them, until none does.
 *
 * Source: Tibshirani et al., Strong rules for discarding predictors in lasso-type problems, 2012.
 *
 * @throws BceError NO_FEATURES, OUT_OF_MEMORY, WORKER_FAILED, USAGE where too many weights are not 0
 */
export async function solvePath(
  table: Table,
  options: PathOptions,
  hooks: PathHooks = {},
): Promise<PathPoint[]> {
  const { standardize, l1Ratio, tolerance } = options;
  const { signal } = hooks;
  if (table.design.terms === 0) {
    throw new BceError(
      'NO_FEATURES',
      `${table.name}: --path: expected a column to penalise, found none that varies`,
      'a path is about weights other than the intercept',
    );
  }
  const loss = await table.loss('mean', hooks.threads);
  try {
    if (loss.note !== undefined) hooks.onNote?.(loss.note);
    const { unpenalised, bounds } = options;
    const problem = composeProblem(
      table,
      { standardize, reduction: 'mean', l1: 0, l2: 0, unpenalised, bounds },
      { loss },
    );
    if (!problem.factors.some((factor) => factor > 0)) {
      throw new BceError('USAGE', '--path: expected a column to penalise, found all in --unpenalised');
    }
    const start = await nullModel(problem.objective, problem.intercept);
    const solver = createPathSolver(table, problem, loss, start, l1Ratio);
    // without the penalised terms
    const g = await solver.begin(tolerance, signal);
    if (g === undefined) return [];
    const lambdas = options.lambdas ?? sequenceFrom(g, problem, table, options);
    hooks.onLambdas?.(lambdas);
    const points: PathPoint[] = [];
    for (const lambda of lambdas) {
      if (signal?.aborted === true) break;
      const point = await solver.solve(lambda, tolerance, signal);
      // the weights of a solution that was broken off are none
      if (point === undefined) break;
      points.push(point);
      hooks.onPoint?.(point);
    }
    return points;
  } finally {
    await loss.close();
  }
}

function sequenceFrom(
  g: Float64Array,
  { factors, penalty }: Problem,
  { design: { terms }, rows }: Table,
  options: PathOptions,
): number[] {
  const ratio = options.ratio ?? (rows < terms ? 1e-2 : 1e-4);
  const lambdas = lambdasFrom({ g }, factors, penalty, options.count, ratio, options.l1Ratio);
  if (lambdas[0]! > 0) return lambdas;
  throw new BceError(
    'USAGE',
    '--path: no penalised weight leaves 0 at any lambda, so no sequence begins',
    '--bounds may forbid all ways to a lower loss, or the columns tell nothing; --lambdas LIST names lambdas',
  );
}

interface PathSolver {
  /**
   * Solves for the weights without a penalty, while the others are 0.
   *
   * @returns the gradient of the loss there; undefined when it was aborted
   */
  begin(tolerance: number, signal?: AbortSignal): Promise<Float64Array | undefined>;
  /** @returns undefined when it was aborted */
  solve(lambda: number, tolerance: number, signal?: AbortSignal): Promise<PathPoint | undefined>;
}

function createPathSolver(
  table: Table,
  problem: Problem,
  loss: LossObjective,
  start: NullModel,
  l1Ratio: number,
): PathSolver {
  const { objective, intercept, factors, penalty: bounds } = problem;
  const { terms } = table.design;
  const n = objective.size;
  const { local } = table;
  const v = start.v.slice();
  const g = start.g.slice();
  let { passes, loss: J } = start;
  let before = Number.POSITIVE_INFINITY;
  let chosen = new Int32Array(0);
  let reduced: Reduced | undefined;
  const isSmall = n <= FEW_WEIGHTS || local === undefined;

  /** Takes up the weights that `isWanted` adds to those that are solved for; whether there are any. */
  const grow = (isWanted: (j: number) => boolean): boolean => {
    const isIn = new Uint8Array(n);
    for (const j of chosen) isIn[j] = 1;
    const next: number[] = [];
    for (let j = 0; j < n; j++) if (isIn[j] === 1 || isSmall || factors[j] === 0 || isWanted(j)) next.push(j);
    if (reduced !== undefined && next.length === chosen.length) return false;
    chosen = Int32Array.from(next);
    requireRoom(chosen.length);
    const hessian = hessianOf(table, problem, loss, isSmall ? undefined : chosen);
    reduced = createReduced(problem, hessian, chosen, v, g);
    return true;
  };

  return {
    async begin(tolerance, signal) {
      const free = Int32Array.from([...factors.keys()].filter((j) => factors[j] === 0));
      if (free.length === (intercept ? 1 : 0)) return g;
      const alone = createReduced(problem, hessianOf(table, problem, loss, free), free, v, g);
      const taken = await alone.minimize(J, 0, 0, tolerance, signal);
      passes += taken.passes;
      J = taken.loss;
      return taken.isAborted ? undefined : g;
    },
    async solve(lambda, tolerance, signal) {
      const l1 = lambda * l1Ratio;
      const l2 = lambda * (1 - l1Ratio);
      // g is that of the loss alone
      const slopeAt = (j: number) =>
        Math.abs(
          leastSlope(v[j]!, g[j]! + l2 * factors[j]! * v[j]!, 0, bounds.lowerOf(j), bounds.upperOf(j)),
        );
      const least = Number.isFinite(before) ? l1Ratio * (2 * lambda - before) : l1;
      grow((j) => v[j] !== 0 || slopeAt(j) >= least);
      const whole = separable(
        factors.map((factor) => l1 * factor),
        boxIn(bounds, n),
      );
      const slopes = new Float64Array(n);
      const violationOf = () => {
        for (let j = 0; j < n; j++) slopes[j] = g[j]! + l2 * factors[j]! * v[j]!;
        return whole.steepness(v, slopes);
      };
      let violation = Number.POSITIVE_INFINITY;
      do {
        const taken = await reduced!.minimize(J, l1, l2, tolerance, signal);
        passes += taken.passes;
        J = taken.loss;
        if (taken.isAborted) return undefined;
        violation = violationOf();
      } while (violation > tolerance && grow((j) => slopeAt(j) > l1));
      before = lambda;
      let nonzero = 0;
      for (let j = 0; j < terms; j++) if (v[j] !== 0) nonzero++;
      const isConverged = violation <= tolerance;
      return {
        lambda,
        nonzero,
        loss: J,
        violation,
        isConverged,
        passes,
        w: problem.toFileUnits(v),
        stored: problem.toStored(v),
      };
    },
  };
}

/** Writes the second derivatives of the loss, of all weights or those chosen, at stored weights. */
type HessianOf = (v: Float64Array, H: Float64Array) => Promise<void>;

function hessianOf(
  { local }: Table,
  { columns: { mu, s }, toStored }: Problem,
  loss: LossObjective,
  chosen: Int32Array | undefined,
): HessianOf {
  if (chosen === undefined) return (v, H) => loss.hessian(mu, s, toStored(v), H);
  if (local === undefined) {
    return async (v, H) => {
      const all = new Float64Array(v.length ** 2);
      await loss.hessian(mu, s, toStored(v), all);
      H.forEach((_, p) => {
        const [j, k] = [chosen[Math.floor(p / chosen.length)]!, chosen[p % chosen.length]!];
        H[p] = all[j * v.length + k]!;
      });
    };
  }
  const rows: Dataset = local;
  return (v, H) => subsetHessian(rows, 'mean', mu, s, toStored(v), chosen, H);
}

/** The problem in the chosen weights alone; the others stay at 0. */
interface Reduced {
  /**
   * Moves `v`, and `g` with it.
   *
   * @param loss that at v, whose gradient is g
   */
  minimize(loss: number, l1: number, l2: number, tolerance: number, signal?: AbortSignal): Promise<Taken>;
}

interface Taken {
  /** The loss without penalties. */
  readonly loss: number;
  readonly passes: number;
  readonly isAborted: boolean;
}

function createReduced(
  { objective, intercept, factors, penalty: bounds }: Problem,
  hessian: HessianOf,
  chosen: Int32Array,
  v: Float64Array,
  g: Float64Array,
): Reduced {
  const size = chosen.length;
  const own = Float64Array.from(chosen, (j) => factors[j]!);
  const box = bounds.isBounded ? boxOfSome(bounds, chosen) : undefined;
  const trial = v.slice();
  const trialG = new Float64Array(v.length);
  let l2 = 0;
  /** The loss of the weights that were tried last, without penalties, and whether they are v, where all is known. */
  let tried = Number.NaN;
  let isAtStart = false;
  const expand = (x: Float64Array) => {
    for (let k = 0; k < size; k++) trial[chosen[k]!] = x[k]!;
  };
  const penalised: CurvedObjective = {
    size,
    async evaluate(x, gx) {
      expand(x);
      if (isAtStart) trialG.set(g);
      else tried = await objective.evaluate(trial, trialG);
      isAtStart = false;
      let J = tried;
      for (let k = 0; k < size; k++) gx[k] = trialG[chosen[k]!]!;
      for (let k = 0; k < size; k++) {
        gx[k]! += l2 * own[k]! * x[k]!;
        J += (l2 / 2) * own[k]! * x[k]! * x[k]!;
      }
      return J;
    },
    async hessian(x, H) {
      expand(x);
      await hessian(trial, H);
      for (let k = 0; k < size; k++) H[k * size + k]! += l2 * own[k]!;
    },
  };
  const newton: ProximalNewton = createProximalNewton(penalised, intercept && chosen.at(-1) === v.length - 1);
  return {
    async minimize(loss, l1, nextL2, tolerance, signal) {
      newton.addRidge(nextL2 - l2, own);
      l2 = nextL2;
      const penalty = separable(
        own.map((factor) => l1 * factor),
        box,
      );
      const x = Float64Array.from(chosen, (j) => v[j]!);
      tried = loss;
      isAtStart = true;
      let passes = 0;
      let isAborted = false;
      let isTaken = false;
      for await (const step of newton.steps(x, penalty)) {
        // the first weights cost no visit
        passes = step.passes - 1;
        isTaken = true;
        if (step.maxGradient <= tolerance || step.epoch === MOST_STEPS) break;
        isAborted = signal?.aborted === true;
        if (isAborted) break;
        isTaken = false;
      }
      expand(x);
      // where no step was short enough, what was tried last is not what was taken
      if (isTaken) g.set(trialG);
      else {
        tried = await objective.evaluate(trial, g);
        passes++;
      }
      v.set(trial);
      return { loss: tried, passes, isAborted };
    },
  };
}

/** Bounds of some weights. */
function boxOfSome({ lowerOf, upperOf }: Penalty, chosen: Int32Array): Box {
  return { lower: Float64Array.from(chosen, lowerOf), upper: Float64Array.from(chosen, upperOf) };
}

function boxIn(bounds: Penalty, n: number): Box | undefined {
  return bounds.isBounded
    ? boxOfSome(
        bounds,
        Int32Array.from({ length: n }, (_, j) => j),
      )
    : undefined;
}

/** @throws BceError USAGE */
function requireRoom(size: number): void {
  if (size <= MOST_NEWTON_WEIGHTS) return;
  throw new BceError(
    'USAGE',
    `--path: expected at most ${grouped(MOST_NEWTON_WEIGHTS)} weights that are not 0, found ${counted(size, 'candidate')}`,
    'a larger --lambda-ratio or --l1-ratio leaves fewer',
  );
}
