/** From collected rows to a dataset. */
import { BceError } from '../errors.js';
import { quoted, shellWord } from '../text.js';
import { type Collected, fillNumbers, recode } from './collect.js';
import type { CategoricalFeature, Dataset, FactorShape, Feature, NumericFeature } from './dataset.js';
import { type Moments, momentsOf } from './moments.js';
import type { Plan, ReadOptions } from './plan.js';
import { keepColumns } from './shards.js';
import { refuseSharedNames } from './terms.js';

/** A numeric column or a factor with all that is known of it, its place among the weights still open. */
type Described =
  | { readonly feature: Omit<NumericFeature, 'term'>; readonly isConstant: boolean }
  | { readonly feature: Omit<CategoricalFeature, 'term'>; readonly isConstant: boolean };

/**
 * Settles what only the last row could settle: levels in order, missing cells filled, moments, constant
 * columns taken out, and the place of every weight.
 *
 * @param name what messages call the source
 * @throws BceError NO_ROWS, SCALE_TOO_SMALL, CSV_COLUMN_NAMES
 * Cost: a few passes over the numbers; the shards are changed in place.
 */
export function assemble(
  name: string,
  plan: Plan,
  collected: Collected,
  numbersInHeader: readonly string[],
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
): Dataset {
  const { names, numerics, factors } = plan;
  const numericFeatures = numerics.map((_, j) => describeNumeric(plan, j, collected, options, name));
  const factorFeatures = factors.map((_, f) => describeFactor(plan, f, collected, options, name));

  const keptNumerics = indicesOfVarying(numericFeatures);
  const keptFactors = indicesOfVarying(factorFeatures);
  const shards = keepColumns(collected.shards, numerics.length, factors.length, keptNumerics, keptFactors);

  // lay out the weights: numeric columns first, then the levels of each factor
  const byColumn = new Map<number, Feature>();
  numerics.forEach((column, j) => {
    byColumn.set(column, { ...numericFeatures[j]!.feature, term: keptNumerics.indexOf(j) });
  });
  const shapes: FactorShape[] = [];
  let start = keptNumerics.length;
  factors.forEach((column, f) => {
    const { feature, isConstant } = factorFeatures[f]!;
    byColumn.set(column, { ...feature, term: isConstant ? -1 : start });
    if (isConstant) return;
    shapes.push({ start, levels: feature.levels.length });
    start += feature.levels.length - 1;
  });
  const features = [...byColumn.keys()].sort((a, b) => a - b).map((column) => byColumn.get(column)!);
  refuseSharedNames(features, name);
  const { mean, scale } = termMoments(features, start, collected.rows);
  return {
    name,
    shards,
    rows: collected.rows,
    numerics: keptNumerics.length,
    factors: shapes,
    mean,
    scale,
    features,
    target: collected.target,
    reading: {
      rowsRead: collected.rowsRead,
      rowsDropped: collected.rowsRead - collected.rows,
      missing: names.flatMap((column, c) => {
        const cells = collected.missing[c]!;
        return cells > 0 ? [[column, cells] as const] : [];
      }),
      numbersInHeader,
    },
  };
}

function indicesOfVarying(described: readonly Described[]): number[] {
  return described.flatMap(({ isConstant }, i) => (isConstant ? [] : [i]));
}

function describeNumeric(
  plan: Plan,
  j: number,
  { shards, missing, rows }: Collected,
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
  source: string,
): { feature: Omit<NumericFeature, 'term'>; isConstant: boolean } {
  const d = plan.numerics.length;
  const column = plan.numerics[j]!;
  const name = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, name, source);
  let moments = momentsOf(shards, d, j);
  if (filled > 0) {
    fillNumbers(shards, d, j, moments.mean);
    moments = momentsOf(shards, d, j);
  }
  const { mean, sd } = moments;
  const isConstant = isRedundant(moments, options.intercept);
  if (!isConstant && !Number.isFinite(1 / scaleOf(mean, sd))) {
    throw new BceError(
      'SCALE_TOO_SMALL',
      `${source}: column ${quoted(name)}: its spread of ${sd} is too small to divide by`,
      `leave the column out with --drop ${shellWord(name)}, or give it in other units`,
    );
  }
  return { feature: { kind: 'numeric', name, mean, sd, filled }, isConstant };
}

/** How many cells of a column are to be filled; only when missing cells are filled are any left. */
function filledCells(
  missing: number,
  rows: number,
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
  name: string,
  source: string,
): number {
  const filled = options.missing === 'mean' ? missing : 0;
  if (filled < rows) return filled;
  throw new BceError(
    'NO_ROWS',
    `${source}: column ${quoted(name)}: expected a value to fill the others with, found only missing cells`,
    `leave the column out with --drop ${shellWord(name)}`,
  );
}

/** A constant column says what the intercept says; without an intercept only one of zeros says nothing. */
function isRedundant({ min, max }: Moments, intercept: boolean): boolean {
  return min === max && (intercept || min === 0);
}

/** What a column is divided by: its standard deviation, or its size where it does not vary. */
function scaleOf(mean: number, sd: number): number {
  return sd > 0 ? sd : Math.abs(mean);
}

function describeFactor(
  plan: Plan,
  f: number,
  { shards, missing, coders, rows }: Collected,
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
  source: string,
): { feature: Omit<CategoricalFeature, 'term'>; isConstant: boolean } {
  const column = plan.factors[f]!;
  const name = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, name, source);
  const { levels, counts, mostFrequent, finalCode } = coders[f]!.settle(filled);
  recode(shards, plan.factors.length, f, finalCode, mostFrequent);
  return {
    feature: {
      kind: 'categorical',
      name,
      levels,
      counts,
      mostFrequent: levels[mostFrequent]!,
      filled,
    },
    isConstant: levels.length < 2,
  };
}

/** Mean and standard deviation of each term's column of X; a level is a column of zeros and ones. */
function termMoments(
  features: readonly Feature[],
  terms: number,
  rows: number,
): { mean: Float64Array; scale: Float64Array } {
  const mean = new Float64Array(terms);
  const scale = new Float64Array(terms);
  for (const feature of features) {
    if (feature.term < 0) continue;
    if (feature.kind === 'numeric') {
      mean[feature.term] = feature.mean;
      scale[feature.term] = scaleOf(feature.mean, feature.sd);
      continue;
    }
    for (let level = 1; level < feature.levels.length; level++) {
      const share = feature.counts[level]! / rows;
      mean[feature.term + level - 1] = share;
      scale[feature.term + level - 1] = Math.sqrt(share * (1 - share));
    }
  }
  return { mean, scale };
}
