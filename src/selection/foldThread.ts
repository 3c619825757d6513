/** What a thread does that solves folds in panels: its own at one lambda after the other. */
import { type Panels, type PanelTable, type PanelVisit, panelsOver } from '../objective/simd/panels.js';
import { preconditionerOver, type SharedFactors } from '../objective/simd/preconditioner.js';
import type { Folds } from './folds.js';
import { slopeOf } from './lambdas.js';
import { createPanelSolver, type PanelDescription } from './panelSolver.js';
import type { PathOptions } from './path.js';
import { sharedVisits } from './sharedVisits.js';
import type { Lender } from './solver.js';

/** A fold is solved to this many times the tolerance of the path: all that counts of it is what it says of rows. */
export const FOLD_SHARE = 1000;

/** And in panels to this share of lambda, as a slope: the curve then belongs to lambdas that are as near. */
const FOLD_OF_LAMBDA = 1e-3;

/** What counts of the solution of a fold. */
export interface FoldPoint {
  /** Weights of the columns as stored. */
  readonly stored: Float64Array;
  /** Summed loss of the rows that were held out. */
  readonly heldLoss: number;
  /** The largest violation of its optimality conditions. */
  readonly violation: number;
  readonly isConverged: boolean;
}

/** The rows that a fold leaves. */
export interface PanelFold {
  readonly held: number;
  readonly classWeights: readonly [c0: number, c1: number];
  readonly description: PanelDescription;
}

/** Folds for one thread. */
export interface FoldWork {
  readonly options: Pick<PathOptions, 'standardize' | 'unpenalised' | 'bounds' | 'l1Ratio' | 'tolerance'>;
  /** The fold of each row. */
  readonly of: Folds;
  readonly folds: readonly PanelFold[];
}

/** All that a thread is told before its first task. */
export interface FoldStart extends FoldWork {
  /** From 1: 0 is the thread that solves for all rows. */
  readonly id: number;
  readonly panels: PanelTable;
}

/** The next lambda, and what is known of the second derivatives of all rows. */
export interface FoldTask {
  readonly lambda: number;
  readonly factors: SharedFactors | undefined;
}

export interface FoldSolvers {
  /** Goes on to the solutions at a lambda. @returns undefined when it was aborted */
  solve(lambda: number, lender: Lender, signal?: AbortSignal): Promise<FoldPoint[] | undefined>;
}

export function foldsOver(panels: Panels, { options, of, folds }: FoldWork): FoldSolvers {
  const { y, c } = panels;
  const toleranceAt = (lambda: number) =>
    Math.max(FOLD_SHARE * options.tolerance, FOLD_OF_LAMBDA * slopeOf(lambda, options.l1Ratio));
  const shared = sharedVisits<PanelVisit>({
    most: panels.most,
    visit: async (visits) => panels.transposedAll(visits),
  });
  const sums = { transposed: shared.visit };
  const solvers = folds.map(({ held, classWeights, description }) => {
    const weightOf = (i: number) => (of[i] === held ? 0 : classWeights[y[i] === 1 ? 1 : 0]);
    return createPanelSolver(description, sums, options, toleranceAt, panels, weightOf);
  });
  let hasBegun = false;

  function heldLossOf(h: Float64Array, held: number): number {
    let sum = 0;
    for (let i = 0; i < h.length; i++) if (of[i] === held) sum += c[i]! * lossOf(h[i]!, y[i]!);
    return sum;
  }

  return {
    async solve(lambda, lender, signal) {
      const found = await shared.together(
        solvers.map((solver) => async () => {
          if (!hasBegun && !(await solver.begin(signal))) return undefined;
          return await solver.solve(lambda, lender, signal);
        }),
      );
      hasBegun = true;
      const points: FoldPoint[] = [];
      for (const [k, point] of found.entries()) {
        if (point === undefined) return undefined;
        const { stored, violation, isConverged } = point;
        points.push({ stored, violation, isConverged, heldLoss: heldLossOf(solvers[k]!.h, folds[k]!.held) });
      }
      return points;
    },
  };
}

/** Cross-entropy of a row by its logit. */
function lossOf(h: number, y: number): number {
  return Math.max(y === 1 ? -h : h, 0) + Math.log1p(Math.exp(-Math.abs(h)));
}

/** In another thread: returns what does a task. */
export function startFolds({ id, panels, ...work }: FoldStart): (task: FoldTask) => Promise<FoldPoint[]> {
  const folds = foldsOver(panelsOver(panels, id), work);
  return async ({ lambda, factors }) => {
    const preconditioner = factors && preconditionerOver(factors, id);
    return (await folds.solve(lambda, { lend: () => ({ preconditioner }) }))!;
  };
}
