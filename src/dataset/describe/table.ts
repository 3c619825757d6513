/** From sums over the rows to a description of the table: what each feature is, and the place of every weight. */
import { type Description, designOf, type FactorShape, type Feature } from '../dataset.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { refuseSharedNames } from '../terms.js';
import {
  type Counted,
  describeFactor,
  describeNumeric,
  type Factor,
  type Numeric,
  scaleOf,
  type TableSums,
} from './features.js';
import type { Weighting } from './weighting.js';

export interface Described {
  readonly description: Description;
  /** By numeric column and by factor of the plan. */
  readonly numeric: readonly Numeric[];
  readonly categorical: readonly Factor[];
  /** Indices into them of those that have a weight. */
  readonly keptNumerics: readonly number[];
  readonly keptFactors: readonly number[];
}

/**
 * @param name what messages call the source
 * @throws BceError NO_ROWS, SCALE_TOO_SMALL, CSV_COLUMN_NAMES
 */
export function describeTable(
  name: string,
  plan: Plan,
  sums: TableSums,
  counted: Counted,
  weighting: Weighting,
  numbersInHeader: readonly string[],
  options: Pick<ReadOptions, 'missing' | 'intercept' | 'rare' | 'order'>,
): Described {
  const { names, numerics, factors, pivots } = plan;
  const { weightSum } = sums;
  const numeric = numerics.map((_, j) => describeNumeric(plan, j, sums, counted, options, name));
  const categorical: Factor[] = [];
  const described = new Map<string, Factor>();
  const partsOf = (f: number) =>
    plan.derived?.[factors[f]! - (names.length - plan.derived.length)]?.expression;
  // factors together come after each of them
  const isTogether = (f: number) => partsOf(f)?.kind === 'product';
  const order = [...factors.keys()].sort((a, b) => Number(isTogether(a)) - Number(isTogether(b)));
  const full = options.intercept ? undefined : firstFactor(plan, isTogether, options.order);
  for (const f of order) {
    const factor = describeFactor(plan, f, sums, counted, options, name, described, f === full);
    described.set(factor.feature.name, factor);
    categorical[f] = factor;
  }
  const { features, shapes, keptNumerics, keptFactors, terms } = layOut(plan, numeric, categorical);
  refuseSharedNames(features, name);

  const pivot = new Float64Array(terms);
  const mean = new Float64Array(terms);
  const scale = new Float64Array(terms);
  const least = new Float64Array(terms);
  const most = new Float64Array(terms).fill(1);
  keptNumerics.forEach((j, term) => {
    const { moments } = numeric[j]!;
    pivot[term] = pivots[j]!;
    mean[term] = moments.mean;
    scale[term] = scaleOf(moments);
    least[term] = moments.min;
    most[term] = moments.max;
  });
  keptFactors.forEach((f, i) => {
    setLevelMoments(shapes[i]!.start, categorical[f]!.finalized.weights, weightSum, mean, scale);
  });
  const { rows, rowsRead, zeroWeights, target, causes } = counted;
  // labels and weights are never filled
  const unfilled = [names[plan.target]!, plan.weight === undefined ? undefined : names[plan.weight]];
  const filled =
    options.missing === 'mean'
      ? causes.reduce((sum, [cause, cells]) => sum + (unfilled.includes(cause) ? 0 : cells), 0)
      : 0;
  const description: Description = {
    name,
    rows,
    weightSum,
    weighting,
    design: designOf(keptNumerics.length, shapes, options.intercept),
    scaling: { pivot, mean, scale, least, most },
    features,
    groups: plan.groups,
    target,
    reading: {
      rowsRead,
      dropped: counted.dropped,
      zeroWeights,
      missing: causes,
      numbersInHeader,
      filled,
      replaced: plan.replaced,
      margins: plan.margins,
    },
  };
  return { description, numeric, categorical, keptNumerics, keptFactors };
}

/** The factor that stands first, as a formula has them; as in R each of its levels has a weight without an intercept. */
function firstFactor(
  { names, factors, fold }: Plan,
  isTogether: (f: number) => boolean,
  named: readonly string[] = [],
): number | undefined {
  const features = [...factors.keys()].filter((f) => factors[f] !== fold && !isTogether(f));
  const placeOf = (f: number) => {
    const place = named.indexOf(names[factors[f]!]!);
    return place < 0 ? named.length : place;
  };
  return features.sort((a, b) => placeOf(a) - placeOf(b))[0];
}

/** The place of every weight: numeric columns first, then the levels of each factor. */
function layOut(
  { numerics, factors, fold }: Plan,
  numeric: readonly Numeric[],
  categorical: readonly Factor[],
) {
  const keptNumerics = indicesOfVarying(numeric);
  const keptFactors = indicesOfVarying(categorical).filter((f) => factors[f] !== fold);
  const termOf = new Map(keptNumerics.map((j, term) => [j, term]));
  const byColumn = new Map<number, Feature>();
  numerics.forEach((column, j) => {
    byColumn.set(column, { ...numeric[j]!.feature, term: termOf.get(j) ?? -1 });
  });
  const shapes: FactorShape[] = [];
  let terms = keptNumerics.length;
  factors.forEach((column, f) => {
    if (column === fold) return;
    const { feature, isConstant } = categorical[f]!;
    byColumn.set(column, { ...feature, term: isConstant ? -1 : terms });
    if (isConstant) return;
    shapes.push({ start: terms, levels: feature.levels.length });
    terms += feature.levels.length - 1;
  });
  const features = [...byColumn.keys()].sort((a, b) => a - b).map((column) => byColumn.get(column)!);
  return { features, shapes, keptNumerics, keptFactors, terms };
}

function indicesOfVarying(described: readonly { readonly isConstant: boolean }[]): number[] {
  return described.flatMap(({ isConstant }, i) => (isConstant ? [] : [i]));
}

/**
 * Mean and standard deviation of each level's column of zeros and ones; writes into `mean` and `scale`.
 *
 * @param weights of the rows of each level, the baseline's first
 */
export function setLevelMoments(
  term: number,
  weights: ArrayLike<number>,
  weightSum: number,
  mean: Float64Array,
  scale: Float64Array,
): void {
  for (let level = 1; level < weights.length; level++) {
    const share = weights[level]! / weightSum;
    mean[term + level - 1] = share;
    scale[term + level - 1] = Math.sqrt(share * (1 - share));
  }
}
