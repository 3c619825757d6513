/** What is asked of numeric columns: ranges, and sums of moments told from a value near the mean. */
import { from, type Query, type Rows } from './readPlan.js';
import { all, double, list } from './sql.js';

/** Least and greatest value of each numeric column, and its mean as far as sums go, missing cells left out. */
export interface Ranges {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
}

/**
 * @param conditions of the rows
 * @param c weight of a row; undefined where all weigh 1
 */
export function rangesQuery(
  source: Rows,
  numbers: readonly string[],
  conditions: readonly string[],
  c: string | undefined,
): Query<Ranges> {
  const x = `${source.prefix}x`;
  const each = (extreme: string, value: string, ifMissing: string) =>
    `${extreme}ForEach(arrayMap(${x} -> if(isNaN(${x}), ${ifMissing}, ${value}), ${list(numbers)}))`;
  const selected = [
    // old servers do not find columns that a function alone mentions
    `sum(${c ?? '0.'})`,
    each('min', x, 'inf'),
    each('max', x, '-inf'),
    each('sum', weighted(x, c), '0.'),
    each('sum', c ?? '1.', '0.'),
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(conditions)} FORMAT RowBinary`,
    read(answer) {
      answer.double();
      const [min, max, sums, weights] = [
        answer.doubles(),
        answer.doubles(),
        answer.doubles(),
        answer.doubles(),
      ];
      const mean = sums.map((sum, j) => {
        const value = sum / weights[j]!;
        return Number.isFinite(value) ? value : min[j]! / 2 + max[j]! / 2;
      });
      return { min, max, mean };
    },
  };
}

function weighted(value: string, c: string | undefined): string {
  return c === undefined ? value : `${c} * ${value}`;
}

/** Sums of e = x unit - origin over the cells that are not missing: of c, c e, c e^2. */
export interface ColumnSums {
  readonly weight: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Sums of the weights, and rows, with y = 0 and y = 1. */
  readonly weights: readonly [number, number];
  readonly rows: readonly [number, number];
}

/**
 * The sums of moments, told from a value near the mean, so that a large mean costs no digits.
 *
 * @param origins and units of the columns (d); units are powers of two
 */
export function momentsQuery(
  source: Rows,
  numbers: readonly string[],
  conditions: readonly string[],
  c: string | undefined,
  y: string,
  origins: Float64Array,
  units: Float64Array,
): Query<ColumnSums> {
  const [x, unit, origin] = ['x', 'u', 'o'].map((name) => `${source.prefix}${name}`);
  const arrays = [numbers, Array.from(units, double), Array.from(origins, double)].map(list).join(', ');
  const each = (value: string) =>
    `sumForEach(arrayMap((${x}, ${unit}, ${origin}) -> if(isNaN(${x}), 0., ${value}), ${arrays}))`;
  const e = `(${x} * ${unit} - ${origin})`;
  const selected = [
    `sum(${weighted(`(1. - ${y})`, c)})`,
    `sum(${weighted(y, c)})`,
    `countIf(${y} = 0)`,
    `countIf(${y} = 1)`,
    ...(numbers.length === 0
      ? []
      : [each(c ?? '1.'), each(weighted(e, c)), each(weighted(`${e} * ${e}`, c))]),
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(conditions)} FORMAT RowBinary`,
    read(answer) {
      const weights = [answer.double(), answer.double()] as const;
      const rows = [answer.count(), answer.count()] as const;
      const sums = () => (numbers.length === 0 ? new Float64Array(0) : answer.doubles());
      const [weight, first, second] = [sums(), sums(), sums()];
      return { weights, rows, weight, first, second };
    },
  };
}
