/** From collected rows to a dataset. */
import { BceError } from '../errors.js';
import { quoted, shellWord } from '../text.js';
import { createTurns } from '../turns.js';
import { type Collected, fillNumbers, recode } from './collect.js';
import type { CategoricalFeature, Dataset, FactorShape, Feature, NumericFeature } from './dataset.js';
import { type Moments, momentsOf } from './moments.js';
import type { Plan, ReadOptions } from './plan.js';
import { keepColumns } from './shards.js';
import { refuseSharedNames } from './terms.js';

/** Visits to a column. */
const PASSES = 4;

/**
 * Settles what only the last row could settle: levels in order, missing cells filled, moments, constant
 * columns taken out, and the place of every weight.
 *
 * @param name what messages call the source
 * @throws BceError NO_ROWS, SCALE_TOO_SMALL, CSV_COLUMN_NAMES
 * Cost: a few passes over the numbers; the shards are changed in place.
 */
export async function assemble(
  name: string,
  plan: Plan,
  collected: Collected,
  numbersInHeader: readonly string[],
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
): Promise<Dataset> {
  const { names, numerics, factors, pivots } = plan;
  const turns = createTurns();
  const describeAll = async <T>(columns: readonly number[], describe: (index: number) => T): Promise<T[]> => {
    const described: T[] = [];
    for (let i = 0; i < columns.length; i++) {
      described.push(describe(i));
      if (turns.isDue(collected.rows * PASSES)) await turns.take();
    }
    return described;
  };
  const numericFeatures = await describeAll(numerics, (j) =>
    describeNumeric(plan, j, collected, options, name),
  );
  const factorFeatures = await describeAll(factors, (f) => describeFactor(plan, f, collected, options, name));

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
  const pivot = new Float64Array(start);
  const mean = new Float64Array(start);
  const scale = new Float64Array(start);
  keptNumerics.forEach((j, term) => {
    const { stored } = numericFeatures[j]!;
    pivot[term] = pivots[j]!;
    mean[term] = stored.mean;
    scale[term] = scaleOf(stored);
  });
  for (const feature of features) {
    if (feature.kind === 'categorical') setLevelMoments(feature, collected.rows, mean, scale);
  }
  return {
    name,
    shards,
    rows: collected.rows,
    numerics: keptNumerics.length,
    factors: shapes,
    pivot,
    mean,
    scale,
    features,
    target: collected.target,
    reading: {
      rowsRead: collected.rowsRead,
      dropped: collected.dropped,
      missing: names.flatMap((column, c) => {
        const cells = collected.missing[c]!;
        return cells > 0 ? [[column, cells] as const] : [];
      }),
      numbersInHeader,
    },
  };
}

function indicesOfVarying(described: readonly { readonly isConstant: boolean }[]): number[] {
  return described.flatMap(({ isConstant }, i) => (isConstant ? [] : [i]));
}

function describeNumeric(
  plan: Plan,
  j: number,
  { shards, missing, rows }: Collected,
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
  source: string,
): { feature: Omit<NumericFeature, 'term'>; isConstant: boolean; stored: Moments } {
  const d = plan.numerics.length;
  const column = plan.numerics[j]!;
  const name = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, name, source);
  let stored = momentsOf(shards, d, j);
  if (filled > 0) {
    fillNumbers(shards, d, j, stored.mean);
    stored = momentsOf(shards, d, j);
  }
  const { sd } = stored;
  const isConstant = isRedundant(stored, options.intercept);
  if (!isConstant && !Number.isFinite(1 / scaleOf(stored))) {
    throw new BceError(
      'SCALE_TOO_SMALL',
      `${source}: column ${quoted(name)}: its spread of ${sd} is too small to divide by`,
      `leave the column out with --drop ${shellWord(name)}, or give it in other units`,
    );
  }
  const mean = stored.mean + plan.pivots[j]!;
  return { feature: { kind: 'numeric', name, mean, sd, filled }, isConstant, stored };
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
function scaleOf({ mean, sd }: Moments): number {
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

/** Mean and standard deviation of each level's column of zeros and ones; writes into `mean` and `scale`. */
function setLevelMoments(
  { term, levels, counts }: CategoricalFeature,
  rows: number,
  mean: Float64Array,
  scale: Float64Array,
): void {
  if (term < 0) return;
  for (let level = 1; level < levels.length; level++) {
    const share = counts[level]! / rows;
    mean[term + level - 1] = share;
    scale[term + level - 1] = Math.sqrt(share * (1 - share));
  }
}
