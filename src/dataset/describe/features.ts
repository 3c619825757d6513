/** What each feature is, from sums over the training rows. */
import { BceError } from '../../errors.js';
import { eachBlock, type Shard } from '../../storage/shards.js';
import { levelName, nameOf, partName, type TextPart } from '../../terms/expression.js';
import { cellOf, isReferenceCell, levelsOfCell, REFERENCE } from '../../terms/together.js';
import { quoted, shellWord } from '../../text.js';
import type { CategoricalFeature, NumericFeature } from '../dataset.js';
import type { Collected } from '../read/collect.js';
import { MISSING_CODE } from '../read/finalize.js';
import {
  type FactorCoder,
  type Levels,
  noLevel,
  OTHER,
  regrouped,
  withBaseline,
  withOther,
  withoutBaseline,
} from '../schema/factor.js';
import type { Target } from '../schema/labels.js';
import type { MissingByName } from '../schema/missingByName.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { textsOf } from '../terms.js';
import { ColumnMoments, type Moments } from './moments.js';
import { ClassSums } from './weighting.js';

/** What is known of the rows of a table once all have been seen, held-out ones not counted. */
export interface Counted {
  readonly isWeighted: boolean;
  readonly rows: number;
  readonly rowsRead: number;
  /** Rows left out, and how many of them had weight 0. */
  readonly dropped: number;
  readonly zeroWeights: number;
  readonly target: Target;
  readonly coders: readonly FactorCoder[];
  /** Missing values by column, those of rows that were dropped included. */
  readonly missing: Int32Array;
  readonly causes: MissingByName;
}

/** Sums over the rows, class weights in. */
export interface TableSums {
  readonly weightSum: number;
  /** Moments of numeric column j as stored, and the weight of its cells that are not missing. */
  readonly moments: Pick<ColumnMoments, 'of' | 'weightOf'>;
  /** Weights of factor f by code, that of the rows without one last; of no use where all rows weigh 1. */
  readonly byCode: readonly Float64Array[];
}

/** Sums over the rows, by column; the labels are 0 and 1, and the class weights are in, by now. */
export class ColumnSums implements TableSums {
  readonly classes = new ClassSums();
  readonly moments: ColumnMoments;
  /** Weights by code, that of the rows without one last (k); not summed where all rows weigh 1. */
  readonly byCode: readonly Float64Array[];

  readonly #hasMoments: boolean;

  constructor({ numerics }: Plan, { coders, moments }: Pick<Collected, 'coders' | 'moments'>) {
    this.#hasMoments = moments !== undefined;
    this.moments = moments ?? new ColumnMoments(numerics.length);
    this.byCode = coders.map(({ size }) => new Float64Array(size + 1));
  }

  get weightSum(): number {
    return this.classes.sum;
  }

  /** Takes one more shard. */
  add(shard: Shard): void {
    this.classes.add(shard);
    if (!this.#hasMoments) this.moments.add(shard);
    if (shard.c === undefined) return;
    this.byCode.forEach((totals, f) => {
      addByCode(shard, this.byCode.length, f, totals);
    });
  }
}

function addByCode({ codes, c, ...shard }: Shard, k: number, f: number, totals: Float64Array): void {
  const last = totals.length - 1;
  let row = 0;
  eachBlock({ codes, c, ...shard }, k, f, (start, rows) => {
    for (let i = start; i < start + rows; i++, row++) {
      const code = codes[i]!;
      totals[code === MISSING_CODE ? last : code]! += c![row]!;
    }
  });
}

export interface Numeric {
  readonly feature: Omit<NumericFeature, 'term'>;
  readonly isConstant: boolean;
  /** Of the column as stored. */
  readonly moments: Moments;
}

/**
 * @param name what messages call the source
 * @throws BceError NO_ROWS, SCALE_TOO_SMALL
 */
export function describeNumeric(
  plan: Plan,
  j: number,
  { moments, weightSum }: TableSums,
  { missing, rows }: Counted,
  options: Pick<ReadOptions, 'missing' | 'intercept'>,
  name: string,
): Numeric {
  const column = plan.numerics[j]!;
  const columnName = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, columnName, name);
  const stored = moments.of(j, filled > 0 ? weightSum - moments.weightOf(j) : 0);
  const isConstant = isRedundant(stored, options.intercept);
  if (!isConstant && !Number.isFinite(1 / scaleOf(stored))) {
    throw new BceError(
      'SCALE_TOO_SMALL',
      `${name}: column ${quoted(columnName)}: its spread of ${stored.sd} is too small to divide by`,
      `leave the column out with --drop ${shellWord(columnName)}, or give it in other units`,
    );
  }
  const mean = stored.mean + plan.pivots[j]!;
  return {
    feature: {
      kind: 'numeric',
      name: columnName,
      ...expressionOf(plan, column),
      mean,
      sd: stored.sd,
      filled,
    },
    isConstant,
    moments: stored,
  };
}

/** A constant column says what the intercept says; without an intercept only one of zeros says nothing. */
function isRedundant({ min, max }: Moments, intercept: boolean): boolean {
  return min === max && (intercept || min === 0);
}

/** What a column is divided by: its standard deviation, or its size where it does not vary. */
export function scaleOf({ mean, sd }: Moments): number {
  return sd > 0 ? sd : Math.abs(mean);
}

export interface Factor {
  readonly feature: Omit<CategoricalFeature, 'term'>;
  readonly isConstant: boolean;
  readonly finalized: Levels;
  /** Levels of few rows, which are one in `finalized`. */
  readonly rare: ReadonlySet<string>;
}

/**
 * @param name what messages call the source
 * @param others factors that are described already
 * @param isFull whether every level has a weight
 * @throws BceError NO_ROWS, USAGE, CSV_COLUMN_NAMES
 */
export function describeFactor(
  plan: Plan,
  f: number,
  { byCode }: TableSums,
  { missing, coders, rows, isWeighted }: Counted,
  options: Pick<ReadOptions, 'missing' | 'rare'>,
  name: string,
  others: ReadonlyMap<string, Factor>,
  isFull: boolean,
): Factor {
  const column = plan.factors[f]!;
  const columnName = plan.names[column]!;
  const filled = filledCells(missing[column]!, rows, options, columnName, name);
  const totals = isWeighted ? byCode[f] : undefined;
  const reference = plan.references?.get(columnName);
  const settled = coders[f]!.finalize(filled, totals, reference === OTHER ? undefined : reference);
  const derived = plan.derived?.[column - (plan.names.length - plan.derived.length)];
  const parts = derived?.kind === 'categorical' ? derived.parts : [];
  const together = parts.length > 1 ? parts.map((part) => others.get(partName(part))!) : undefined;
  const other =
    derived === undefined && options.rare !== undefined && column !== plan.fold
      ? withOther(settled, leastOf(options.rare, rows), reference, `column ${quoted(columnName)}`)
      : undefined;
  if (reference === OTHER && other === undefined && !settled.levels.includes(OTHER)) {
    throw noLevel(columnName, OTHER, settled.levels);
  }
  if (other !== undefined && plan.known?.has(column)) throw rareInProduct(columnName, other.rare);
  const own = together === undefined ? (other?.levels ?? settled) : finalCells(settled, parts, together);
  const finalized = isFull ? withoutBaseline(own) : own;
  const { levels, counts, mostFrequent } = finalized;
  return {
    feature: {
      kind: 'categorical',
      name: columnName,
      ...expressionOf(plan, column),
      ...(together && { references: together.map(({ feature }) => textsOf(feature)[0]!) }),
      ...(other && { merged: other.rare.size }),
      ...(together?.some(({ rare }) => rare.size > 0) && {
        kept: together.map(({ feature, rare }) => (rare.size > 0 ? textsOf(feature) : null)),
      }),
      levels,
      counts,
      mostFrequent: levels[mostFrequent]!,
      filled,
    },
    isConstant: levels.length < 2,
    finalized,
    rare: other?.rare ?? NONE,
  };
}

const NONE: ReadonlySet<string> = new Set();

/** The cells of factors together whose own levels are final: those of few rows in one, baselines in one. */
function finalCells(settled: Levels, parts: readonly TextPart[], together: readonly Factor[]): Levels {
  const isMerged = together.some(({ rare }) => rare.size > 0);
  const rename = (cell: string) => {
    const levels = levelsOfCell(cell).map(({ level }, i) => (together[i]!.rare.has(level) ? OTHER : level));
    return cellOf(parts, levels, undefined);
  };
  const cells = isMerged ? regrouped(settled, rename) : settled;
  const baselines = new Map(together.map(({ feature }) => [feature.name, textsOf(feature)[0]!] as const));
  return withBaseline(cells, REFERENCE, (cell) => isReferenceCell(cell, baselines));
}

/** Rows below which a level has few. */
function leastOf(rare: number, rows: number): number {
  return rare < 1 ? rare * rows : rare;
}

function rareInProduct(column: string, rare: ReadonlySet<string>): BceError {
  const level = levelName(column, [...rare][0]!);
  return new BceError(
    'USAGE',
    `--rare: column ${quoted(column)} is in a product with numbers, of which columns were made for its levels before their rows were counted, ${level} among them`,
    `name the levels that matter in the product, as in ${level}:x`,
  );
}

/** The term by which a column is computed, for the model; nothing of a column of the file. */
function expressionOf({ names, derived = [] }: Plan, column: number): { expression?: string } {
  const computed = derived[column - (names.length - derived.length)];
  return computed === undefined ? {} : { expression: nameOf(computed.expression) };
}

/** How many cells of a column are to be filled; only when missing cells are filled are any left. */
function filledCells(
  missing: number,
  rows: number,
  options: Pick<ReadOptions, 'missing'>,
  column: string,
  name: string,
): number {
  const filled = options.missing === 'mean' ? missing : 0;
  if (filled < rows) return filled;
  throw new BceError(
    'NO_ROWS',
    `${name}: column ${quoted(column)}: expected a value to fill the others with, found only missing cells`,
    `leave the column out with --drop ${shellWord(column)}`,
  );
}
