/** Where weights that are known already stand in a problem. */
import type { Description, Feature } from '../dataset/dataset.js';
import { isComputed } from '../dataset/schema/derived.js';
import { baselineOf, INTERCEPT, termName, termNames } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import type { Problem } from '../fit/problem.js';
import { listed, quoted, shellWord } from '../text.js';
import type { Descent } from './model.js';

/** Weights to begin with. */
export interface InitialWeights {
  /** Where they are from, for messages. */
  readonly where: string;
  readonly byName: ReadonlyMap<string, number>;
  /** The same as they were solved for, when the file tells. */
  readonly descent: Descent | undefined;
  /** Digest of the file, where they are to begin with. */
  readonly sha256?: string;
}

function baselineName(feature: Feature): string | undefined {
  if (feature.kind === 'numeric' || feature.references !== undefined) return undefined;
  const baseline = baselineOf(feature);
  return baseline === undefined ? undefined : termName(feature, baseline);
}

/** Terms that a hint writes out. */
const MOST_TERMS = 10;

/**
 * The weights in the layout of a dataset (terms, and the intercept last if there is one).
 *
 * @throws BceError WEIGHTS_UNREADABLE when names are missing, or are not those of the dataset
 */
export function layOut({ byName: weights, where }: InitialWeights, dataset: Description): Float64Array {
  const names = [...termNames(dataset.features), ...(dataset.design.intercept ? [INTERCEPT] : [])];
  const absent = names.filter((name) => !weights.has(name));
  if (absent.length > 0) throw unreadableWeights(where, `no weight for ${listed(absent.map(quoted))}`);
  // a constant column has a weight of 0 in the file and none here
  const constant = dataset.features.filter(({ term }) => term < 0).map(({ name }) => name);
  const known = new Set([...names, ...constant]);
  // a baseline is named with a weight of 0
  const baselines = new Set(dataset.features.flatMap((feature) => baselineName(feature) ?? []));
  const isForeign = ([name, weight]: readonly [string, number]) =>
    !known.has(name) && !(weight === 0 && baselines.has(name));
  const foreign = [...weights].filter(isForeign).map(([name]) => name);
  if (foreign.length > 0) {
    const computed = foreign.filter(isComputed);
    const terms = computed.length > MOST_TERMS ? 'TERMS' : shellWord(computed.join(' + '));
    const hint =
      computed.length > 0 ? `columns are computed as in training only when asked: --add ${terms}` : undefined;
    throw unreadableWeights(where, `the data have no ${listed(foreign.map(quoted))}`, hint);
  }
  const kept = constant.filter((name) => (weights.get(name) ?? 0) !== 0);
  if (kept.length > 0) {
    throw unreadableWeights(
      where,
      `${listed(kept.map(quoted))} is the same in every row of these data, but has a weight`,
    );
  }
  const w = Float64Array.from(names, (name) => weights.get(name)!);
  return w.subarray(0, dataset.design.size);
}

/**
 * The weights in the variables that are solved for. When the file holds them as they were solved for, in the
 * same columns to the last bit, they are taken as they are, so that training goes on as if it had not ended.
 *
 * @throws BceError WEIGHTS_UNREADABLE when names are missing, or are not those of the dataset
 */
export function startAt(initial: InitialWeights, dataset: Description, problem: Problem): Float64Array {
  const w = layOut(initial, dataset);
  const { descent } = initial;
  if (descent === undefined) return problem.fromFileUnits(w);
  const { mu, s } = problem.columns;
  const isSame = (a: readonly number[], b: Float64Array) =>
    a.length === b.length && a.every((value, j) => value === b[j]);
  const isSameProblem =
    isSame(descent.pivot, dataset.scaling.pivot) && isSame(descent.mu, mu) && isSame(descent.s, s);
  if (!isSameProblem || descent.weights.length !== w.length) return problem.fromFileUnits(w);
  const v = Float64Array.from(descent.weights);
  // weights that were changed by hand count as they are
  return isSame([...problem.toFileUnits(v)], w) ? v : problem.fromFileUnits(w);
}

export function unreadableWeights(where: string, what: string, hint?: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: ${what}`,
    hint ?? 'the weights must come from a run on the same columns with the same options for reading',
  );
}
