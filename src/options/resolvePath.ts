/** The options of a path: from what was given to what its solver takes. */
import { BceError } from '../errors.js';
import { holdsZero } from '../fit/singled.js';
import type { PathOptions } from '../selection/path.js';
import type { CvOptions } from '../selection/select.js';
import { quoted } from '../text.js';
import { notAccepted } from './kinds.js';
import { LIBRARY, type TrainOptions } from './library.js';
import type { Option, ValuesOf } from './option.js';
import { PATH, PATH_LIBRARY, PATH_TOLERANCE } from './path.js';
import { refuseIdleOptions, singledOf } from './resolve.js';

/** Options of `regularizationPath` besides those of reading. */
export interface PathLibraryOptions extends ValuesOf<typeof PATH_LIBRARY> {
  /** Number of lambdas of the sequence; default 100. */
  lambdaCount?: number | undefined;
}

/** @throws BceError USAGE for bounds that leave out 0, where every path begins */
export function resolvePath(
  { lambdas, lambdaRatio, l1Ratio, lambdaCount }: PathLibraryOptions,
  train: TrainOptions,
): PathOptions {
  const { standardize, tolerance } = train;
  const singled = singledOf(train);
  const away = singled.bounds?.find((bound) => !holdsZero(bound));
  if (away !== undefined) {
    throw new BceError(
      'USAGE',
      `--path and bounds that leave out 0 cannot be used together: ${quoted(away.column)} from ${away.lower ?? '-Infinity'} to ${away.upper ?? 'Infinity'}`,
      'a path begins where all penalised weights are 0; --l1 and --l2 take such bounds',
    );
  }
  return {
    standardize: standardize ?? LIBRARY.standardize.default,
    // each once, from the largest to the smallest
    lambdas: lambdas && [...new Set(lambdas)].sort((a, b) => b - a),
    count: lambdaCount ?? PATH.path.default,
    ratio: lambdaRatio,
    l1Ratio: l1Ratio ?? PATH.l1Ratio.default,
    tolerance: tolerance ?? PATH_TOLERANCE,
    ...singled,
  };
}

/** The folds that are asked for; undefined for none. */
export function resolveCv(
  { cvMetric, choose }: PathLibraryOptions,
  { cv, seed }: TrainOptions,
): CvOptions | undefined {
  if (cv === undefined) return undefined;
  return {
    folds: cv,
    metric: cvMetric ?? PATH.cvMetric.default,
    choose: choose ?? PATH.choose.default,
    seed: seed ?? LIBRARY.seed.default,
  };
}

/** @throws BceError USAGE for values that are not valid, contradict each other, or mean nothing for a path */
export function requirePathOptions(path: PathLibraryOptions, train: TrainOptions): void {
  refuseIdleOptions(
    train,
    'path',
    'a path',
    PATH.path.excludes.map(([flag]) => flag),
  );
  const require = (name: string, { kind }: Pick<Option, 'kind'>, value: unknown) => {
    if (value === undefined || kind.accepts(value)) return;
    throw notAccepted(kind, name, value);
  };
  require('lambdaCount', PATH.path, path.lambdaCount);
  require('unpenalised', LIBRARY.unpenalised, train.unpenalised);
  for (const [name, row] of Object.entries(PATH_LIBRARY)) {
    require(name, row, path[name as keyof typeof PATH_LIBRARY]);
  }
  if (train.cv === undefined && (path.cvMetric ?? path.choose ?? train.seed) !== undefined) {
    throw new BceError('USAGE', 'cvMetric, choose and seed go with cv only');
  }
  if (path.lambdas !== undefined && (path.lambdaRatio ?? path.lambdaCount) !== undefined) {
    throw new BceError('USAGE', 'lambdas: a list needs no lambdaRatio and no lambdaCount');
  }
}
