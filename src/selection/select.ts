/** A path, and where that is asked for its cross-validation. */
import { localTable } from '../objective/localTable.js';
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
  hooks: PathHooks & { readonly onFold?: (done: number) => void } = {},
): Promise<Selection> {
  if (cv !== undefined) {
    const dataset = requireRows(table, '--cv');
    const folds = await foldsOf(dataset, cv);
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
  let asked = 0;
  const points = await solvePath(table, options, {
    ...hooks,
    onLambdas: (all) => {
      asked = all.length;
      hooks.onLambdas?.(all);
    },
  });
  return { points, asked, crossValidation: undefined };
}
