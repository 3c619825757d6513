/** Rows parted into folds. */
import type { Dataset, RowGroups } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { seededRandom, shuffle } from '../math/random.js';
import { counted, grouped, listed, quoted } from '../text.js';

/** The fold of each row (m), from 0, in the order of the rows that are used. */
export type Folds = Uint32Array;

/** How many folds there are to be, 2 or more, and the seed of how they are dealt. */
export interface FoldOptions {
  readonly folds: number;
  readonly seed: number;
}

/** The folds of a dataset: by its groups of rows, where it has any. @throws BceError USAGE */
export function foldsOf(dataset: Dataset, { folds, seed }: FoldOptions): Promise<Folds> {
  return dataset.rowGroups === undefined
    ? stratifiedFolds(dataset, folds, seed)
    : groupedFolds(dataset, dataset.rowGroups, folds, seed);
}

/**
 * Deals whole groups: the largest first, each into the fold with the fewest rows. With as many groups as folds each is one.
 *
 * @throws BceError USAGE where there are fewer groups than folds, or a fold has rows of one class only
 */
async function groupedFolds(
  { shards, rows, target }: Dataset,
  { column, names, ofRow }: RowGroups,
  count: number,
  seed: number,
): Promise<Folds> {
  const flag = `--fold-column: column ${quoted(column)}`;
  if (names.length < count) {
    throw new BceError(
      'USAGE',
      `${flag}: expected at least ${counted(count, 'different text')} for --cv ${count}, found ${names.length}: ${listed(names.map(quoted))}`,
      names.length < 2 ? 'another column has more' : `--cv ${names.length} makes a fold of each`,
    );
  }
  const sizes = new Float64Array(names.length);
  for (const group of ofRow) sizes[group]!++;
  const order = Uint32Array.from(names, (_, group) => group);
  shuffle(order, seededRandom(seed));
  // stable: those of one size stay shuffled
  const bySize = [...order].sort((a, b) => sizes[b]! - sizes[a]!);
  const foldRows = new Float64Array(count);
  const foldOf = new Uint32Array(names.length);
  for (const group of bySize) {
    const fold = foldRows.indexOf(foldRows.reduce((a, b) => Math.min(a, b)));
    foldOf[group] = fold;
    foldRows[fold]! += sizes[group]!;
  }
  const folds = ofRow.map((group) => foldOf[group]!);
  const positives = new Float64Array(count);
  let row = 0;
  for await (const shard of shards) {
    for (let i = 0; i < shard.rows; i++) positives[folds[row++]!]! += shard.y[i]!;
  }
  if (row !== rows) throw new Error('a row has no group');
  const lone = positives.findIndex((ones, fold) => ones === 0 || ones === foldRows[fold]);
  if (lone < 0) return folds;
  const label = positives[lone] === 0 ? target.negative : target.positive;
  const inFold = names.filter((_, group) => foldOf[group] === lone);
  throw new BceError(
    'USAGE',
    `${flag}: expected rows of each class in every fold, found only ${quoted(label)} in that of ${listed(inFold.map(quoted))}`,
    names.length === count
      ? 'fewer folds put several of them together'
      : 'fewer folds, or another --seed, put others together',
  );
}

/**
 * Deals the rows of each class into `count` folds of one size, as nearly as it goes, in an order shuffled by the seed.
 *
 * @throws BceError USAGE where a class has fewer rows than there are folds
 */
export async function stratifiedFolds(
  { shards, rows, target }: Dataset,
  count: number,
  seed: number,
): Promise<Folds> {
  for (const [label, found] of [
    [target.positive, target.positives],
    [target.negative, target.negatives],
  ] as const) {
    if (found >= count) continue;
    throw new BceError(
      'USAGE',
      `--cv ${count}: expected at least ${grouped(count)} rows of each class, found ${grouped(found)} with ${quoted(label)}`,
      found < 2
        ? 'a row of each class is held out, and one is left'
        : 'fewer folds have a row of each class in every one',
    );
  }
  const places: [number[], number[]] = [[], []];
  let row = 0;
  for await (const shard of shards) {
    for (let i = 0; i < shard.rows; i++) places[shard.y[i] === 1 ? 1 : 0].push(row++);
  }
  const random = seededRandom(seed);
  const folds = new Uint32Array(rows);
  let dealt = 0;
  for (const list of places) {
    shuffle(list, random);
    // one class goes on where the other ended, so that the folds differ by one row at most
    for (const place of list) folds[place] = dealt++ % count;
  }
  return folds;
}
