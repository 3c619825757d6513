/** A path, and where that is asked for its cross-validation. */
import { requireRows, type Table } from '../objective/table.js';
import { type Choice, type CrossValidation, type CvMetric, crossValidate } from './crossValidation.js';
import { foldsOf } from './folds.js';
import { type PathHooks, type PathOptions, type PathPoint, solvePath } from './path.js';

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
  hooks: PathHooks & { readonly onPathDone?: () => void; readonly onFold?: (done: number) => void } = {},
): Promise<Selection> {
  // whether the folds can be made is known before anything is solved
  const dataset = cv && requireRows(table, '--cv');
  const folds = cv && (await foldsOf(dataset!, cv));
  let lambdas: readonly number[] = [];
  const points = await solvePath(table, options, {
    ...hooks,
    onLambdas: (all) => {
      lambdas = all;
      hooks.onLambdas?.(all);
    },
  });
  hooks.onPathDone?.();
  const asked = lambdas.length;
  if (cv === undefined || points.length < asked) return { points, asked, crossValidation: undefined };
  const crossValidation = await crossValidate(dataset!, { ...options, lambdas }, folds!, cv.folds, cv, hooks);
  return { points, asked, crossValidation };
}
