/** Single columns that separate the classes, exactly: no rounding, no tolerance. */
import type { CategoricalFeature, Dataset } from '../../dataset/dataset.js';
import { type ByClass, isRemote, type Range, type Table } from '../../objective/table.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS, eachBlock, type Shard } from '../../storage/shards.js';

/** What one column says of y without exception. */
export type ColumnRule =
  /** y is `above` wherever x > threshold (x >= threshold when `isExact`), and the other label below it. */
  | {
      readonly kind: 'threshold';
      readonly column: string;
      /** In the units of the file. */
      readonly threshold: number;
      readonly above: 0 | 1;
      /** True when the column alone tells the classes apart, in every row. */
      readonly isExact: boolean;
      /** Whether rows lie below the threshold, and above it. */
      readonly hasBelow: boolean;
      readonly hasAbove: boolean;
    }
  /** y is `label` in every row of the level. */
  | {
      readonly kind: 'level';
      readonly column: string;
      readonly level: string;
      readonly label: 0 | 1;
      readonly rows: number;
    };

/** Every column with a rule, in the order of the file. */
export async function columnRules(table: Table): Promise<ColumnRule[]> {
  const {
    features,
    design: { factors, intercept },
    scaling: { pivot },
  } = table;
  const { ranges, counts } = isRemote(table) ? await table.byClass() : await byClassOf(table);
  return features.flatMap((feature): ColumnRule[] => {
    const { term } = feature;
    if (term < 0) return [];
    if (feature.kind === 'numeric')
      return thresholdRule(feature.name, ranges[term]!, pivot[term]!, intercept);
    return levelRules(feature, counts[factors.findIndex(({ start }) => start === term)]!, intercept);
  });
}

/**
 * Cost: one pass over the rows at most; a column is not looked at any more once its rows rule a rule out.
 */
async function byClassOf({ design: { numerics: d, factors }, shards }: Dataset): Promise<ByClass> {
  const ranges = Array.from({ length: d }, (): [Range, Range] => [emptyRange(), emptyRange()]);
  const counts = factors.map(({ levels }) => Array.from({ length: levels }, (): [number, number] => [0, 0]));
  const yielder = createYielder();
  let numerics = [...ranges.keys()];
  let categorical = [...counts.keys()];
  for await (const shard of shards) {
    for (const j of numerics) widen(ranges[j]!, shard, d, j);
    for (const f of categorical) count(counts[f]!, shard, factors.length, f);
    numerics = numerics.filter((j) => !areMixed(ranges[j]!));
    categorical = categorical.filter((f) => counts[f]!.some(([zeros, ones]) => zeros === 0 || ones === 0));
    if (numerics.length === 0 && categorical.length === 0) break;
    if (yielder.isDue(shard.X.length + shard.codes.length)) await yielder.yield();
  }
  return { ranges, counts };
}

/** Whether neither class is all on one side of the other. */
function areMixed([zeros, ones]: readonly [Range, Range]): boolean {
  return zeros.max > ones.min && ones.max > zeros.min;
}

/**
 * With an intercept the threshold may lie anywhere, without one only at 0. A rule needs the values of one
 * class nowhere above those of the other.
 */
function thresholdRule(
  column: string,
  ranges: readonly [Range, Range],
  pivot: number,
  intercept: boolean,
): ColumnRule[] {
  for (const above of [1, 0] as const) {
    const [lower, upper] = above === 1 ? ranges : [ranges[1], ranges[0]];
    const threshold = intercept ? upper.min : 0;
    if (!(lower.max <= threshold && threshold <= upper.min)) continue;
    const hasBelow = lower.min < threshold;
    const hasAbove = upper.max > threshold;
    if (!hasBelow && !hasAbove) continue;
    // without an intercept rows on the threshold stay on the border for ever
    const isExact = lower.max < threshold && (intercept || threshold < upper.min);
    return [{ kind: 'threshold', column, threshold: threshold + pivot, above, isExact, hasBelow, hasAbove }];
  }
  return [];
}

function emptyRange(): Range {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
}

function widen(ranges: readonly [Range, Range], shard: Shard, d: number, j: number): void {
  const { X, y, rows } = shard;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rows - row);
    for (let i = 0, p = row * d + j * BLOCK_ROWS; i < n; i++, p++) {
      const range = ranges[y[row + i] as 0 | 1];
      const x = X[p]!;
      if (x < range.min) range.min = x;
      if (x > range.max) range.max = x;
    }
  }
}

/** Adds the rows of each level of factor f of k, by label. */
function count(rows: readonly [number, number][], { codes, y, ...shard }: Shard, k: number, f: number): void {
  let row = 0;
  eachBlock({ codes, y, ...shard }, k, f, (start, n) => {
    for (let i = start; i < start + n; i++, row++) rows[codes[i]!]![y[row] as 0 | 1]++;
  });
}

/** Without an intercept the baseline has no weight that could grow. */
function levelRules(
  { name: column, levels }: CategoricalFeature,
  rows: readonly (readonly [number, number])[],
  intercept: boolean,
): ColumnRule[] {
  return levels.flatMap((level, code): ColumnRule[] => {
    const [zeros, ones] = rows[code]!;
    if ((zeros > 0 && ones > 0) || (code === 0 && !intercept)) return [];
    return [{ kind: 'level', column, level, label: ones > 0 ? 1 : 0, rows: zeros + ones }];
  });
}
