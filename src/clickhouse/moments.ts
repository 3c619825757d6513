/** Moments of columns from the sums that a server gives. */
import type { TableSums } from '../dataset/describe/features.js';
import type { Moments } from '../dataset/describe/moments.js';
import type { ColumnSums, Ranges } from './momentsPlan.js';

/** Sizes beyond which squares leave the range of doubles. */
const LARGE = 2 ** 300;

/** Where moments are told from, and in which powers of two: 1 but for huge and tiny columns. */
interface Scaling {
  readonly origins: Float64Array;
  readonly units: Float64Array;
}

export function scalingOf({ min, max, mean }: Ranges): Scaling {
  const units = min.map((least, j) => {
    const size = Math.max(Math.abs(least), Math.abs(max[j]!));
    if (!Number.isFinite(size) || size === 0 || (size < LARGE && size > 1 / LARGE)) return 1;
    return 2 ** -Math.min(1000, Math.max(-1000, Math.ceil(Math.log2(size))));
  });
  return { origins: mean.map((origin, j) => (Number.isFinite(origin) ? origin * units[j]! : 0)), units };
}

/** Of the columns as stored, as `ColumnMoments` tells them. */
export function momentsOf(
  { min, max }: Ranges,
  { weight, first, second }: ColumnSums,
  { origins, units }: Scaling,
  pivots: Float64Array,
): TableSums['moments'] {
  return {
    weightOf: (j) => weight[j]!,
    of(j, filled = 0): Moments {
      const pivot = pivots[j]!;
      const [least, most] = [min[j]! - pivot, max[j]! - pivot];
      if (min[j] === max[j]) return { mean: least, sd: 0, min: least, max: most };
      const [n, e, square] = [weight[j]!, first[j]! / weight[j]!, second[j]!];
      // the origin less the pivot first: both are large where there is one
      const mean = (origins[j]! - pivot * units[j]! + e) / units[j]!;
      const spread = Math.max(square - e * e * n, 0);
      return { mean, sd: Math.sqrt(spread / (n + filled)) / units[j]!, min: least, max: most };
    },
  };
}
