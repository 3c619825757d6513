/** From collected rows to a dataset. */
import { BceError } from '../../errors.js';
import { keepColumns, type Shard } from '../../storage/shards.js';
import type { Shards } from '../../storage/store.js';
import { counted, quoted } from '../../text.js';
import type { Dataset, Datasets } from '../dataset.js';
import { ColumnSums, type Factor, type Numeric } from '../describe/features.js';
import { type Described, describeTable } from '../describe/table.js';
import { ClassSums, classFactors, requireUsable } from '../describe/weighting.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import type { Collected } from './collect.js';
import { fillNumbers, multiplyClasses, recode, toLabels } from './finalize.js';
import { createRowNotes, type RowNotes } from './rowNotes.js';
import { settleTerms } from './settleTerms.js';

/** Options that matter once the rows are collected. */
export type AssembleOptions = Pick<
  ReadOptions,
  'missing' | 'intercept' | 'classWeight' | 'notesFills' | 'rare' | 'order'
>;

/**
 * Settles what only the last row could settle: terms, weights of the classes, levels in order, missing cells
 * filled, moments, constant columns taken out, and the place of every weight. Rows held out take over what
 * the training rows settle.
 *
 * @param name what messages call the source
 * @returns the training rows, and those held out, if any
 * @throws BceError NO_ROWS, WEIGHTS_OUT_OF_RANGE, SCALE_TOO_SMALL, CSV_COLUMN_NAMES, TERM_UNSETTLED
 * Cost: one pass over the shards, and a second where there are factors, missing cells or constant columns;
 *   they are changed in place.
 */
export async function assemble(
  name: string,
  planned: Plan,
  collected: Collected,
  numbersInHeader: readonly string[],
  options: AssembleOptions,
): Promise<Datasets> {
  const { store, heldOut, yOfCode } = collected;
  const terms = await settleTerms(planned, store, name);
  const plan = terms?.plan ?? planned;
  const { names } = plan;
  const column = plan.weight === undefined ? undefined : names[plan.weight]!;
  const classWeight =
    options.classWeight && classFactors(options.classWeight, await sumsByClass(store, yOfCode));
  const label = (sums: { add(shard: Shard): void }) => (collectedShard: Shard) => {
    const shard = terms?.change(collectedShard) ?? collectedShard;
    toLabels(shard, yOfCode);
    if (classWeight !== undefined) multiplyClasses(shard, classWeight);
    sums.add(shard);
    return shard;
  };
  const sums = new ColumnSums(plan, collected);
  await store.update(label(sums));
  const weightSum = sums.classes.sum;
  requireUsable(weightSum, name, column);

  const { description, numeric, categorical, keptNumerics, keptFactors } = describeTable(
    name,
    plan,
    sums,
    { ...collected, dropped: collected.dropped.length },
    { column, classWeight, ...(options.classWeight === 'balanced' && { isBalanced: true }) },
    numbersInHeader,
    options,
  );
  const notes = notesOf(name, plan, collected, { numeric, categorical, keptNumerics, keptFactors }, options);
  const heldOutSums = new ClassSums();
  await heldOut?.store.update(label(heldOutSums));
  const finalize = finalizing(numeric, categorical, keptNumerics, keptFactors, collected);
  if (finalize !== undefined) {
    await store.update((shard) => {
      notes?.add(shard);
      return finalize(shard);
    });
    await heldOut?.store.update(finalize);
  }

  const training: Dataset = {
    ...description,
    shards: store,
    leftOut: collected.dropped,
    ...(notes && { rowGroups: notes.rowGroups, filledCells: notes.filledCells }),
  };
  if (heldOut === undefined) return { training, heldOut };
  const { rows, positives, missing } = heldOut;
  if (rows === 0) {
    throw new BceError(
      'NO_ROWS',
      `${name}: no row is held out: each of ${counted(collected.rows, 'row')} is needed for training`,
      'a row stays where it is the first of its class or level; a larger share of --validation holds out others',
    );
  }
  requireUsable(heldOutSums.sum, name, column);
  return {
    training,
    heldOut: {
      ...training,
      name: `held out of ${name}`,
      shards: heldOut.store,
      leftOut: [],
      rows,
      weightSum: heldOutSums.sum,
      target: { ...collected.target, positives, negatives: rows - positives },
      reading: {
        rowsRead: rows,
        dropped: 0,
        zeroWeights: 0,
        missing: [],
        numbersInHeader: [],
        filled: missing,
      },
    },
  };
}

/**
 * What is to be noted of the rows; undefined for nothing.
 *
 * @throws BceError CELLS_MISSING where a row is in no group
 */
function notesOf(
  name: string,
  { names, factors, fold }: Plan,
  { rows, missing }: Collected,
  described: Omit<Described, 'description'>,
  { missing: policy, notesFills = false }: AssembleOptions,
): RowNotes | undefined {
  const { numeric, categorical } = described;
  const isFilled =
    policy === 'mean' && [...numeric, ...categorical].some(({ feature }) => feature.filled > 0);
  if (fold === undefined && !(notesFills && isFilled)) return undefined;
  const column = fold === undefined ? '' : names[fold]!;
  if (policy === 'mean' && fold !== undefined && missing[fold]! > 0) {
    throw new BceError(
      'CELLS_MISSING',
      `${name}: column ${quoted(column)}: expected a fold in every row, found ${counted(missing[fold]!, 'missing cell')}`,
      'a fold cannot be filled; --missing drop leaves such rows out',
    );
  }
  const f = fold === undefined ? -1 : factors.indexOf(fold);
  const shape = { d: numeric.length, k: categorical.length, ...described };
  const groups =
    f < 0
      ? undefined
      : {
          f,
          column,
          names: categorical[f]!.finalized.levels,
          finalCode: categorical[f]!.finalized.finalCode,
        };
  return createRowNotes(shape, rows, groups, notesFills && isFilled);
}

/** The weights of the classes before they are multiplied; the labels are still codes. */
async function sumsByClass(
  shards: Shards,
  yOfCode: Float64Array,
): Promise<readonly [negative: number, positive: number]> {
  const sums = new ClassSums();
  for await (const shard of shards) sums.add({ ...shard, y: shard.y.map((code) => yOfCode[code]!) });
  return sums.byClass;
}

/** What is to be done to each shard once the features are known; undefined for nothing. */
function finalizing(
  numeric: readonly Numeric[],
  categorical: readonly Factor[],
  keptNumerics: readonly number[],
  keptFactors: readonly number[],
  { heldOut }: Collected,
): ((shard: Shard) => Shard) | undefined {
  const d = numeric.length;
  const k = categorical.length;
  const isFilled = (heldOut?.missing ?? 0) > 0 || numeric.some(({ feature }) => feature.filled > 0);
  if (k === 0 && !isFilled && keptNumerics.length === d) return undefined;
  const recodings = categorical.map(({ finalized }) => finalized);
  return (shard) => {
    if (isFilled) {
      for (let j = 0; j < d; j++) fillNumbers(shard, d, j, numeric[j]!.moments.mean);
    }
    recode(shard, recodings);
    return keepColumns(shard, d, k, keptNumerics, keptFactors);
  };
}
