/** Single columns that separate the classes, exactly: no rounding, no tolerance. */
import type { CategoricalFeature } from '../../dataset/dataset.js';
import type { Range } from '../../objective/byClass.js';
import type { Table } from '../../objective/table.js';

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
  const { ranges, counts } = await table.byClass();
  return features.flatMap((feature): ColumnRule[] => {
    const { term } = feature;
    if (term < 0) return [];
    if (feature.kind === 'numeric')
      return thresholdRule(feature.name, ranges[term]!, pivot[term]!, intercept);
    return levelRules(feature, counts[factors.findIndex(({ start }) => start === term)]!, intercept);
  });
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
