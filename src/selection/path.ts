/** The regularization path: the weights at one lambda after the other, each begun at those before. */
import type { Dataset } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { spaceOf } from '../fit/problem.js';
import type { SpaceOptions } from '../fit/problemOptions.js';
import {
  createPanels,
  fitsPanels,
  type Panels,
  type PanelTable,
  panelsOver,
} from '../objective/simd/panels.js';
import { createProducts, type Products } from '../objective/simd/products.js';
import { subsetHessian } from '../objective/subsetHessian.js';
import type { Table } from '../objective/table.js';
import { FEW_WEIGHTS } from './choices.js';
import { lambdasFrom } from './lambdas.js';
import { createPanelSolver } from './panelSolver.js';
import type { PathPoint } from './solution.js';
import { createPathSolver, type PathSolver, type RowSums } from './solver.js';

export interface PathOptions extends SpaceOptions {
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

export interface PathHooks {
  /** Threads at most; their number changes no bit. */
  readonly threads?: number | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
  /** Told how many there will be before the first. */
  readonly onLambdas?: ((lambdas: readonly number[]) => void) | undefined;
  readonly onPoint?: ((point: PathPoint) => void) | undefined;
  /** What else is solved at a lambda, once all rows are; false when it was aborted. */
  readonly alongside?: ((lambda: number, solver: PathSolver) => Promise<boolean>) | undefined;
  /** The table in panels, where they are there already. */
  readonly panels?: Panels | undefined;
  /** Lambdas after which second derivatives are taken anew; undefined for only where that is needed. */
  readonly renewEvery?: number | undefined;
  /** When aborted, the path ends with the solutions so far. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Solves J(v) + lambda [A |v|_1 + (1 - A)/2 |v|_2^2] for descending lambdas, over the mean loss J.
 *
 * @throws BceError NO_FEATURES, OUT_OF_MEMORY, WORKER_FAILED, USAGE where too many weights are not 0
 */
export async function solvePath(
  table: Table,
  options: PathOptions,
  hooks: PathHooks = {},
): Promise<PathPoint[]> {
  const { signal } = hooks;
  if (table.design.terms === 0) {
    throw new BceError(
      'NO_FEATURES',
      `${table.name}: --path: expected a column to penalise, found none that varies`,
      'a path is about weights other than the intercept',
    );
  }
  const loss = await table.loss('sum', hooks.threads);
  try {
    if (loss.note !== undefined) hooks.onNote?.(loss.note);
    const { local } = table;
    let products: Products | undefined;
    const sums: RowSums = {
      evaluate: async (w, g) => loss.evaluate(w, g),
      hessian: (mu, s, w, H) => loss.hessian(mu, s, w, H),
      subset:
        local &&
        ((mu, s, w, chosen, from, H) => {
          products ??= createProducts();
          return subsetHessian(local, mu, s, w, chosen, from, products, H);
        }),
    };
    const panels = hooks.panels ?? (local && (await ownPanels(local, options)));
    const solver =
      panels === undefined
        ? createPathSolver(table, sums, options, options.tolerance, hooks.renewEvery)
        : createPanelSolver(
            table,
            sums,
            options,
            () => options.tolerance,
            panels,
            () => 1,
          );
    if (!solver.factors.some((factor) => factor > 0)) {
      throw new BceError('USAGE', '--path: expected a column to penalise, found all in --unpenalised');
    }
    if (!(await solver.begin(signal))) return [];
    const lambdas = options.lambdas ?? sequenceFrom(solver, table, options);
    hooks.onLambdas?.(lambdas);
    const points: PathPoint[] = [];
    for (const lambda of lambdas) {
      if (signal?.aborted === true) break;
      const point = await solver.solve(lambda, undefined, signal);
      // the weights of a solution that was broken off are none
      if (point === undefined) break;
      points.push(point);
      const isGoing = (await hooks.alongside?.(lambda, solver)) ?? true;
      hooks.onPoint?.(point);
      if (!isGoing) break;
    }
    return points;
  } finally {
    await loss.close();
  }
}

async function ownPanels(dataset: Dataset, options: SpaceOptions): Promise<Panels | undefined> {
  const table = await panelsOf(dataset, options, 1);
  return table && panelsOver(table, 0);
}

/** The table in panels where there are many weights, and it is of a kind for them, with rooms for some threads. */
export async function panelsOf(
  dataset: Dataset,
  options: SpaceOptions,
  threads: number,
): Promise<PanelTable | undefined> {
  if (dataset.design.size <= FEW_WEIGHTS || !fitsPanels(dataset)) return undefined;
  const { mu, s } = spaceOf(dataset, options).columns;
  return await createPanels(dataset, mu, s, threads);
}

function sequenceFrom(
  { g, factors, bounds }: PathSolver,
  { design: { terms }, rows }: Table,
  options: PathOptions,
): number[] {
  const ratio = options.ratio ?? (rows < terms ? 1e-2 : 1e-4);
  const lambdas = lambdasFrom(g, factors, bounds, options.count, ratio, options.l1Ratio);
  if (lambdas[0]! > 0) return lambdas;
  throw new BceError(
    'USAGE',
    '--path: no penalised weight leaves 0 at any lambda, so no sequence begins',
    '--bounds may forbid all ways to a lower loss, or the columns tell nothing; --lambdas LIST names lambdas',
  );
}
