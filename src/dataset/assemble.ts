/** From collected rows to a dataset. */
import { BceError } from '../errors.js';
import { counted, quoted, shellWord } from '../text.js';
import { createTurns } from '../turns.js';
import type { Collected } from './collect.js';
import type {
  CategoricalFeature,
  Dataset,
  Datasets,
  FactorShape,
  Feature,
  NumericFeature,
} from './dataset.js';
import { type Moments, momentsOf } from './moments.js';
import type { Plan, ReadOptions } from './plan.js';
import { fillNumbers, MISSING_CODE, recode } from './settle.js';
import { eachBlock, keepColumns, type Shard } from './shards.js';
import { refuseSharedNames } from './terms.js';
import { classFactors, multiplyClasses, requireUsable, weightsByClass } from './weighting.js';

/** Visits to a column. */
const PASSES = 4;

/** Options that matter once the rows are collected. */
export type AssembleOptions = Pick<ReadOptions, 'missing' | 'intercept' | 'classWeight'>;

/**
 * Settles what only the last row could settle: weights of the classes, levels in order, missing cells
 * filled, moments, constant columns taken out, and the place of every weight. Rows held out take over what
 * the training rows settle.
 *
 * @param name what messages call the source
 * @returns the training rows, and those held out, if any
 * @throws BceError NO_ROWS, WEIGHTS_OUT_OF_RANGE, SCALE_TOO_SMALL, CSV_COLUMN_NAMES
 * Cost: a few passes over the numbers; the shards are changed in place.
 */
export async function assemble(
  name: string,
  plan: Plan,
  unweighted: Collected,
  numbersInHeader: readonly string[],
  options: AssembleOptions,
): Promise<Datasets> {
  const { names, numerics, factors, pivots } = plan;
  const column = plan.weight === undefined ? undefined : names[plan.weight]!;
  const classWeight =
    options.classWeight && classFactors(options.classWeight, weightsByClass(unweighted.shards));
  const collected = classWeight === undefined ? unweighted : weighted(unweighted, classWeight);
  const weightSum = sumOf(collected.shards);
  requireUsable(weightSum, name, column);
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
  const keep = (shards: readonly Shard[]) =>
    keepColumns(shards, numerics.length, factors.length, keptNumerics, keptFactors);

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
  for (const f of keptFactors) {
    const { term } = byColumn.get(factors[f]!)!;
    setLevelMoments(term, factorFeatures[f]!.weights, weightSum, mean, scale);
  }
  const training: Dataset = {
    name,
    shards: keep(collected.shards),
    rows: collected.rows,
    weightSum,
    weighting: { column, classWeight },
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
      zeroWeights: collected.zeroWeights,
      missing: names.flatMap((column, c) => {
        const cells = collected.missing[c]!;
        return cells > 0 ? [[column, cells] as const] : [];
      }),
      numbersInHeader,
      filled: features.reduce((sum, { filled }) => sum + filled, 0),
    },
  };
  if (collected.heldOut === undefined) return { training, heldOut: undefined };
  const { shards, rows, positives, missing } = collected.heldOut;
  if (rows === 0) {
    throw new BceError(
      'NO_ROWS',
      `${name}: no row is held out: each of ${counted(collected.rows, 'row')} is needed for training`,
      'a row stays where it is the first of its class or level; a larger share of --validation holds out others',
    );
  }
  const heldOutSum = sumOf(shards);
  requireUsable(heldOutSum, name, column);
  const heldOut: Dataset = {
    ...training,
    name: `held out of ${name}`,
    shards: keep(shards),
    rows,
    weightSum: heldOutSum,
    target: { ...collected.target, positives, negatives: rows - positives },
    reading: {
      rowsRead: rows,
      dropped: [],
      zeroWeights: 0,
      missing: [],
      numbersInHeader: [],
      filled: missing,
    },
  };
  return { training, heldOut };
}

/** The rows with their class weights, those held out too. */
function weighted(collected: Collected, factors: readonly [number, number]): Collected {
  const { shards, heldOut } = collected;
  return {
    ...collected,
    shards: multiplyClasses(shards, factors),
    heldOut: heldOut && { ...heldOut, shards: multiplyClasses(heldOut.shards, factors) },
  };
}

function sumOf(shards: readonly Shard[]): number {
  const [negative, positive] = weightsByClass(shards);
  return negative + positive;
}

function indicesOfVarying(described: readonly { readonly isConstant: boolean }[]): number[] {
  return described.flatMap(({ isConstant }, i) => (isConstant ? [] : [i]));
}

function describeNumeric(
  plan: Plan,
  j: number,
  { shards, missing, rows, heldOut }: Collected,
  options: AssembleOptions,
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
  if (heldOut !== undefined) fillNumbers(heldOut.shards, d, j, stored.mean);
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
  options: AssembleOptions,
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
  { shards, missing, coders, rows, heldOut }: Collected,
  options: AssembleOptions,
  source: string,
): { feature: Omit<CategoricalFeature, 'term'>; isConstant: boolean; weights: readonly number[] } {
  const k = plan.factors.length;
  const column = plan.factors[f]!;
  const name = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, name, source);
  const totals = weightsByCode(shards, k, f, coders[f]!.size);
  const { levels, counts, weights, mostFrequent, finalCode } = coders[f]!.settle(filled, totals);
  recode(shards, k, f, finalCode, mostFrequent);
  if (heldOut !== undefined) recode(heldOut.shards, k, f, finalCode, mostFrequent);
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
    weights,
  };
}

/** Weight of the rows by their code, that of the rows without one last; undefined where all weigh 1. */
function weightsByCode(
  shards: readonly Shard[],
  k: number,
  f: number,
  codes: number,
): Float64Array | undefined {
  if (shards[0]?.c === undefined) return undefined;
  const totals = new Float64Array(codes + 1);
  for (const shard of shards) {
    let row = 0;
    eachBlock(shard, k, f, (start, rows) => {
      for (let i = start; i < start + rows; i++, row++) {
        const code = shard.codes[i]!;
        totals[code === MISSING_CODE ? codes : code]! += shard.c![row]!;
      }
    });
  }
  return totals;
}

/** Mean and standard deviation of each level's column of zeros and ones; writes into `mean` and `scale`. */
function setLevelMoments(
  term: number,
  weights: readonly number[],
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
