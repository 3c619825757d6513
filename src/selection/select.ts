/** A path, and where that is asked for its cross-validation. */
import { localTable } from '../objective/localTable.js';
import { requireRows, type Table } from '../objective/table.js';
import type { Choice, CvMetric } from './choices.js';
import { type CrossValidation, crossValidate } from './crossValidation.js';
import { foldsOf } from './folds.js';
import { type PathHooks, type PathOptions, solvePath } from './path.js';
import type { PathPoint } from './solution.js';
import { validateSplits } from './splitValidation.js';

export interface CvOptions {
  /** Number of folds, 2 or more. */
  readonly folds: number;
  readonly metric: CvMetric;
  readonly choose: Choice;
  /** Seed of the folds. */
  readonly seed: number;
}

export interface Selection {
  readonly points: readonly PathPoint[];
  /** Number of lambdas that were asked for. */
  readonly asked: number;
  readonly crossValidation: CrossValidation | undefined;
}

/** @throws BceError USAGE where there are too few rows for the folds, or they are elsewhere, and what `solvePath` throws */
export async function select(
  table: Table,
  options: PathOptions,
  cv: CvOptions | undefined,
  hooks: PathHooks & { readonly onFold?: (done: number) => void } = {},
): Promise<Selection> {
  if (cv !== undefined) {
    const dataset = requireRows(table, '--cv');
    const folds = await foldsOf(dataset, cv);
    if (dataset.filledCells !== undefined) {
      const { points, lambdas } = await pathOver(table, options, hooks);
      const asked = lambdas.length;
      if (points.length < asked) return { points, asked, crossValidation: undefined };
      const at = { ...options, lambdas };
      const crossValidation = await validateSplits(dataset, at, folds, cv.folds, cv, hooks);
      return { points, asked, crossValidation };
    }
    const { points, lambdas, crossValidation } = await crossValidate(
      localTable(dataset),
      options,
      folds,
      cv.folds,
      cv,
      hooks,
    );
    return { points, asked: lambdas.length, crossValidation };
  }
  const { points, lambdas } = await pathOver(table, options, hooks);
  return { points, asked: lambdas.length, crossValidation: undefined };
}

/** The path, with the lambdas that were asked for. */
async function pathOver(
  table: Table,
  options: PathOptions,
  hooks: PathHooks,
): Promise<{ readonly points: readonly PathPoint[]; readonly lambdas: readonly number[] }> {
  let lambdas: readonly number[] = [];
  const points = await solvePath(table, options, {
    ...hooks,
    onLambdas: (all) => {
      lambdas = all;
      hooks.onLambdas?.(all);
    },
  });
  return { points, lambdas };
}
