/** Cross-validation along a path: how good each lambda is on rows that were not trained on. */
import type { Dataset } from '../dataset/dataset.js';
import { type Metrics, metricsOf } from '../metrics/metrics.js';
import { THRESHOLD } from '../metrics/ofDataset.js';
import { foldedLoss, rowsOf } from '../objective/folded.js';
import type { FoldedLoss, FoldVisit } from '../objective/objective.js';
import { panelsOver } from '../objective/simd/panels.js';
import { createProducts, type Products } from '../objective/simd/products.js';
import { subsetHessian } from '../objective/subsetHessian.js';
import type { Table } from '../objective/table.js';
import type { Choice, CvMetric } from './choices.js';
import type { Folds } from './folds.js';
import { FOLD_SHARE, type FoldPoint, type FoldWork, type PanelFold } from './foldThread.js';
import { type FoldGroup, type Solving, startFoldGroup, threadsFor } from './foldThreads.js';
import { heldScores } from './heldScores.js';
import { type Kept, keptOf } from './kept.js';
import { type PathHooks, type PathOptions, panelsOf, solvePath } from './path.js';
import { sharedVisits } from './sharedVisits.js';
import type { PathPoint } from './solution.js';
import { createPathSolver, type Lender, type RowSums } from './solver.js';

/** The metric at one lambda over the folds. */
export interface CvPoint {
  readonly lambda: number;
  /** Mean over the folds, by the weights of their rows. */
  readonly mean: number;
  /** Standard error of it. */
  readonly se: number;
}

export interface CrossValidation {
  readonly folds: number;
  readonly metric: CvMetric;
  readonly points: readonly CvPoint[];
  /** The lambda of the best mean, and the largest within one standard error of it. */
  readonly lambdaMin: number;
  readonly lambda1se: number;
  readonly choose: Choice;
  /** The largest violation of the optimality conditions by a solution of a fold. */
  readonly violation: number;
  /** Whether every solution of every fold met its tolerance. */
  readonly isConverged: boolean;
}

/** The metric of the rows of a fold. */
export const OF: Readonly<Record<CvMetric, (metrics: Metrics) => number>> = {
  loss: ({ logLoss }) => logLoss,
  auc: ({ rocAuc }) => rocAuc ?? Number.NaN,
  brier: ({ brier }) => brier,
  error: ({ accuracy }) => 1 - accuracy,
};

/** How folds are judged, and how lambda is chosen by that. */
export interface Judgement {
  readonly metric: CvMetric;
  readonly choose: Choice;
}

/**
 * Second derivatives cost about n/4 visits. Where that is less than the folds they spare a step each, they are taken anew
 * at every third lambda.
 */
const renewalOf = (weights: number, folds: number) => (weights <= 4 * folds ? 3 : undefined);

/** Entries of matrices that are held at once: a GiB. */
const MOST_ENTRIES = 2 ** 27;

/** The path of all rows, and what its folds say; undefined where it was aborted before they did. */
export interface CrossValidated {
  readonly points: readonly PathPoint[];
  readonly lambdas: readonly number[];
  readonly crossValidation: CrossValidation | undefined;
}

/**
 * Solves the path over all rows, and beside it, at every lambda, once for each fold without its rows, on columns
 * standardized without them; measures on the rows of the fold.
 *
 *   mean = sum_k W_k x_k / W     se = sqrt( sum_k W_k (x_k - mean)^2 / W / (K - 1) )
 *
 * The folds are K weightings of the same rows, so one visit serves all that are not yet solved, and they begin with
 * the second derivatives of all rows.
 *
 * Source: Friedman, Hastie & Tibshirani, 2010 (cv.glmnet).
 *
 * @param table that of the dataset
 * @param count number of folds, K
 * @param hooks `onFold` is told how many folds are done, where not all were solved beside the path
 */
export async function crossValidate(
  table: Table & Dataset,
  options: PathOptions,
  folds: Folds,
  count: number,
  { metric, choose }: Judgement,
  hooks: PathHooks & { readonly onFold?: ((done: number) => void) | undefined } = {},
): Promise<CrossValidated> {
  const { signal, threads } = hooks;
  const kept = await keptOf(table, folds, count);
  const isFactored = table.weighting.isBalanced === true;
  const cells = table.rows * table.design.size;
  const inPanels = await panelsOf(table, options, threadsFor(cells, count, threads));
  const panels = inPanels && panelsOver(inPanels, 0);
  const most = panels === undefined ? Math.floor(MOST_ENTRIES / table.design.size ** 2) : count;
  const size = Math.min(count, Math.max(1, most));
  const loss =
    panels === undefined ? await foldedLoss(table, folds, size, isFactored, { threads }) : undefined;
  const groups: FoldGroup[] = [];
  try {
    let lambdas: readonly number[] = [];
    const values = kept.map(() => new Float64Array(0));
    const weights = await weightsOf(table, folds, count);
    let violation = 0;
    let isConverged = true;
    const groupAt = async (first: number) => {
      const some = kept.slice(first, first + size);
      const group =
        inPanels === undefined || panels === undefined
          ? createGroup(table, folds, some, options, loss!)
          : await startFoldGroup(inPanels, panels, {
              options: plainly(options),
              of: folds,
              folds: some.map(foldOf),
            });
      groups.push(group);
      let l = 0;
      let solving: Solving | undefined;
      /** Measures what the folds came to at the last lambda. */
      const settle = async () => {
        const points = await solving?.points;
        if (points === undefined) return;
        violation = points.reduce((most, point) => Math.max(most, point.violation), violation);
        isConverged &&= points.every((point) => point.isConverged);
        const found = await measured(table, folds, some, points, metric, weights);
        found.forEach((value, k) => {
          if (l === 0) values[first + k] = new Float64Array(lambdas.length);
          values[first + k]![l] = value;
        });
        l++;
      };
      return {
        settle,
        /** @returns false when it was aborted */
        async solve(lambda: number, lender?: Lender): Promise<boolean> {
          await settle();
          solving = await group.solve(lambda, lender, signal);
          return solving !== undefined;
        },
      };
    };
    const beside = await groupAt(0);
    const points = await solvePath(table, options, {
      ...hooks,
      onLambdas: (all) => {
        lambdas = all;
        hooks.onLambdas?.(all);
      },
      panels,
      renewEvery: renewalOf(table.design.size, count),
      alongside: beside.solve,
    });
    if (points.length < lambdas.length || signal?.aborted === true) {
      return { points, lambdas, crossValidation: undefined };
    }
    await beside.settle();
    for (let first = size; first < count; first += size) {
      hooks.onFold?.(first);
      const { solve, settle } = await groupAt(first);
      for (const lambda of lambdas) {
        if (!(await solve(lambda))) return { points, lambdas, crossValidation: undefined };
      }
      await settle();
    }
    const curve = lambdas.map((lambda, l) => ({
      lambda,
      ...summaryOf(
        values.map((found) => found[l]!),
        weights,
      ),
    }));
    const crossValidation = {
      folds: count,
      metric,
      points: curve,
      ...chosenOf(curve, metric),
      choose,
      violation,
      isConverged,
    };
    return { points, lambdas, crossValidation };
  } finally {
    for (const group of groups) await group.close();
    await loss?.close();
  }
}

/** What other threads may be sent. */
function plainly({ standardize, unpenalised, bounds, l1Ratio, tolerance }: PathOptions): FoldWork['options'] {
  return { standardize, unpenalised, bounds, l1Ratio, tolerance };
}

function foldOf({ problem, description }: Kept): PanelFold {
  const { weightSum, design, scaling, features, groups } = description;
  return { ...problem, description: { weightSum, design, scaling, features, groups } };
}

/** Sums of the weights of the rows of each fold, those of the classes taken out. */
async function weightsOf({ shards, weighting }: Dataset, folds: Folds, count: number): Promise<number[]> {
  const { column, classWeight = [1, 1] } = weighting;
  const weights = new Array<number>(count).fill(0);
  let row = 0;
  for await (const { y, c, rows } of shards) {
    for (let i = 0; i < rows; i++) {
      weights[folds[row++]!]! += column === undefined ? 1 : c![i]! / classWeight[y[i] === 1 ? 1 : 0];
    }
  }
  return weights;
}

/** The metric of each fold on its rows; the log loss, where it is known, as the summed losses are. */
async function measured(
  dataset: Dataset,
  folds: Folds,
  kept: readonly Kept[],
  points: readonly FoldPoint[],
  metric: CvMetric,
  all: readonly number[],
): Promise<number[]> {
  const heldBy = (k: number) => kept[k]!.problem.held;
  // class weights are a matter of training
  if (metric === 'loss' && dataset.weighting.classWeight === undefined) {
    return points.map(({ heldLoss }, k) => heldLoss / all[heldBy(k)]!);
  }
  const byFold: (Float64Array | undefined)[] = all.map(() => undefined);
  points.forEach(({ stored }, k) => {
    byFold[heldBy(k)] = stored;
  });
  const scored = await heldScores(dataset, folds, byFold);
  return points.map((_, k) => OF[metric](metricsOf(scored[heldBy(k)]!, THRESHOLD)));
}

function createGroup(
  dataset: Dataset,
  folds: Folds,
  kept: readonly Kept[],
  options: PathOptions,
  loss: FoldedLoss,
): FoldGroup {
  const shared = sharedVisits<FoldVisit>(loss);
  // one for all folds, which take turns
  let products: Products | undefined;
  const held = new Float64Array(kept.length);
  const solvers = kept.map(({ problem, description }, k) => {
    const rows = rowsOf(dataset, folds, problem);
    let told = 0;
    const sums: RowSums = {
      async evaluate(w, g) {
        const visit: FoldVisit = { problem, w, g, kept: 0, held: 0 };
        await shared.visit(visit);
        told = visit.held;
        return visit.kept;
      },
      hessian: (mu, s, w, H) => shared.alone(() => loss.hessian(problem, mu, s, w, H)),
      subset: (mu, s, w, chosen, from, H) =>
        shared.alone(() => {
          products ??= createProducts();
          return subsetHessian(rows, mu, s, w, chosen, from, products, H);
        }),
      accepted() {
        held[k] = told;
      },
    };
    const tolerance = FOLD_SHARE * options.tolerance;
    const renewEvery = renewalOf(dataset.design.size, kept.length);
    return createPathSolver(description, sums, options, tolerance, renewEvery);
  });
  let hasBegun = false;
  return {
    async solve(lambda, lender, signal) {
      if (!hasBegun) {
        const begun = await shared.together(solvers.map((solver) => () => solver.begin(signal)));
        if (!begun.every((isDone) => isDone)) return undefined;
        hasBegun = true;
      }
      const found = await shared.together(
        solvers.map((solver) => () => solver.solve(lambda, lender, signal)),
      );
      const points: FoldPoint[] = [];
      for (const [k, point] of found.entries()) {
        if (point === undefined) return undefined;
        const { stored, violation, isConverged } = point;
        points.push({ stored, violation, isConverged, heldLoss: held[k]! });
      }
      return { points: Promise.resolve(points) };
    },
    async close() {},
  };
}

/** Mean over the folds by their weights, and its standard error. */
export function summaryOf(
  values: readonly number[],
  weights: readonly number[],
): { mean: number; se: number } {
  const W = weights.reduce((sum, w) => sum + w, 0);
  const mean = values.reduce((sum, x, k) => sum + weights[k]! * x, 0) / W;
  const variance = values.reduce((sum, x, k) => sum + weights[k]! * (x - mean) ** 2, 0) / W;
  return { mean, se: Math.sqrt(variance / (values.length - 1)) };
}

/** Among equals the larger lambda is the better. */
export function chosenOf(
  points: readonly CvPoint[],
  metric: CvMetric,
): Pick<CrossValidation, 'lambdaMin' | 'lambda1se'> {
  const sign = metric === 'auc' ? -1 : 1;
  const best = points.reduce((least, point) => (sign * point.mean < sign * least.mean ? point : least));
  const most = sign * best.mean + best.se;
  const within = points.find(({ mean }) => sign * mean <= most) ?? best;
  return { lambdaMin: best.lambda, lambda1se: within.lambda };
}

export function chosenLambda({ choose, lambdaMin, lambda1se }: CrossValidation): number {
  return choose === 'min' ? lambdaMin : lambda1se;
}
