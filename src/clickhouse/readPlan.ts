/**
 * What is asked of a table before training: pure functions from a plan to queries, and from answers to numbers.
 *
 * A row counts when `where` holds and its weight is not 0; it is used when no cell is missing, or those are filled.
 */
import type { HoldOut } from '../dataset/holdOut.js';
import type { Column, TablePlan } from './columns.js';
import { canMiss, numberOf, textOf } from './columns.js';
import type { RowBinary } from './rowBinary.js';
import { all, any, double, identifier, list, text } from './sql.js';

/** A query in RowBinary, and what its answer says. */
export interface Query<T> {
  readonly sql: string;
  read(answer: RowBinary): T;
}

/** Where the rows are, and which of them count. */
export interface Source {
  readonly database: string;
  readonly table: string;
  /** A condition of the user's. */
  readonly where: string | undefined;
}

export function from({ database, table }: Source): string {
  return `FROM ${identifier(database)}.${identifier(table)}`;
}

/** What the user's condition is; on a line of its own, so that a comment in it ends. */
function asked({ where }: Source): string[] {
  return where === undefined ? [] : [`${where}\n`];
}

/** The columns of a table that SELECT * gives, with their types. */
export function columnsQuery(source: Source): string {
  return `SELECT * ${from(source)} LIMIT 0 FORMAT JSONCompact`;
}

/** Of such an answer, the columns. */
export function columnsOf(answer: string): Column[] {
  const { meta } = JSON.parse(answer) as { readonly meta: readonly Column[] };
  return meta.map(({ name, type }) => ({ name, type }));
}

/** The expressions of a table's columns, before anything is known of their values. */
export interface Cells {
  readonly source: Source;
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly label: string;
  readonly weight: string | undefined;
  /** True where a cell is missing, by column of the table; undefined where none can be. */
  readonly isMissing: readonly (string | undefined)[];
  /** True for the rows that are held out, but for those whose levels no other row has. */
  readonly isHeldOut: string | undefined;
}

export function cellsOf({ plan, columns }: TablePlan, source: Source, holdOut: HoldOut | undefined): Cells {
  const { numerics, factors, target, weight } = plan;
  const isMissing: (string | undefined)[] = columns.map(() => undefined);
  for (const c of [...numerics, ...(weight === undefined ? [] : [weight])]) {
    if (canMiss(columns[c]!)) isMissing[c] = `isNaN(${numberOf(columns[c]!)})`;
  }
  for (const c of [...factors, target]) isMissing[c] = `${textOf(columns[c]!)} = ''`;
  const label = columns[target]!;
  if (/Float/.test(label.type)) isMissing[target] = `isNaN(${numberOf(label)})`;
  const cells = {
    source,
    numbers: numerics.map((c) => numberOf(columns[c]!)),
    texts: factors.map((c) => textOf(columns[c]!)),
    label: textOf(label),
    weight: weight === undefined ? undefined : numberOf(columns[weight]!),
    isMissing,
  };
  return { ...cells, isHeldOut: holdOut && heldOut(cells, holdOut) };
}

/** Units that shares are counted in. */
const PARTS = 2 ** 20;

/** By a hash of all that is used of a row: rows with the same cells go the same way, wherever they are. */
function heldOut(
  { numbers, texts, label, weight }: Omit<Cells, 'isHeldOut'>,
  { share, seed }: HoldOut,
): string {
  const hashed = [text(String(seed)), ...numbers, ...texts, label, ...(weight === undefined ? [] : [weight])];
  return `cityHash64(${hashed.join(', ')}) % ${PARTS} < ${Math.round(share * PARTS)}`;
}

/** How many rows and cells there are that training cannot do with. */
export interface Counts {
  readonly rowsRead: number;
  readonly zeroWeights: number;
  /** The least weight; 0 where rows have none. */
  readonly leastWeight: number;
  /** Rows with a missing cell that count. */
  readonly incomplete: number;
  /** Cells that are missing, and numbers that are infinite, by column of the table. */
  readonly missing: Int32Array;
  readonly infinite: Int32Array;
}

export function countsQuery(cells: Cells, { plan, columns }: TablePlan): Query<Counts> {
  const { source, weight, isMissing } = cells;
  const counts = weight === undefined ? '1' : `${weight} != 0`;
  const missing = isMissing.flatMap((condition, c) => (condition === undefined ? [] : [{ c, condition }]));
  const infinite = [...plan.numerics, ...(plan.weight === undefined ? [] : [plan.weight])]
    .filter((c) => /Float/.test(columns[c]!.type))
    .map((c) => ({ c, condition: `isInfinite(${numberOf(columns[c]!)})` }));
  const perColumn = [...missing, ...infinite];
  const within = (condition: string) => `toUInt64(${counts} AND (${condition}))`;
  const selected = [
    'count()',
    weight === undefined ? 'toUInt64(0)' : `countIf(${weight} = 0)`,
    weight === undefined ? '0.' : `min(if(isNaN(${weight}), 0., ${weight}))`,
    `countIf(${counts} AND (${any(missing.map(({ condition }) => condition))}))`,
    `sumForEach(${list(perColumn.map(({ condition }) => within(condition)))})`,
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(asked(source))} FORMAT RowBinary`,
    read(answer) {
      const [rowsRead, zeroWeights] = [answer.count(), answer.count()];
      const [leastWeight, incomplete] = [answer.double(), answer.count()];
      const found = answer.counts();
      const byColumn = (entries: readonly { c: number }[], first: number) => {
        const counted = new Int32Array(columns.length);
        // without a row there is no array
        entries.forEach(({ c }, i) => {
          counted[c] = found[first + i] ?? 0;
        });
        return counted;
      };
      return {
        rowsRead,
        zeroWeights,
        leastWeight,
        incomplete,
        missing: byColumn(missing, 0),
        infinite: byColumn(infinite, missing.length),
      };
    },
  };
}

/** Which rows are used. */
export interface Use {
  /** Rows with a missing cell are left out. */
  readonly isDropping: boolean;
  /** Levels of each factor that only rows have that would be held out: those stay. */
  readonly lonely: readonly (readonly string[])[];
}

/** Conditions of the rows that are used, held out or not. */
export function usedRows({ source, weight, isMissing }: Cells, { isDropping }: Use): string[] {
  const missing = isMissing.filter((condition) => condition !== undefined);
  return [
    ...asked(source),
    ...(weight === undefined ? [] : [`${weight} > 0`]),
    ...(isDropping && missing.length > 0 ? [`NOT (${any(missing)})`] : []),
  ];
}

/** Condition of the rows that are held out; undefined for none. */
export function heldOutRows({ isHeldOut, texts }: Cells, { lonely }: Use): string | undefined {
  if (isHeldOut === undefined) return undefined;
  const stay = texts.flatMap((level, f) =>
    lonely[f]!.length === 0 ? [] : [`${level} NOT IN (${lonely[f]!.map(text).join(', ')})`],
  );
  return all([isHeldOut, ...stay]);
}

/** Rows of one text, and the sum of their weights. */
export interface Group {
  readonly text: string;
  readonly isHeldOut: boolean;
  readonly rows: number;
  readonly weight: number;
}

/**
 * The texts of the labels among the used rows.
 *
 * @param most groups at most
 */
export function labelsQuery(cells: Cells, use: Use, most: number): Query<Group[]> {
  return groupsQuery(cells, use, cells.label, undefined, most);
}

/**
 * The texts of factor f among the used rows.
 *
 * @param factor what the weights of the rows are multiplied by; undefined for nothing
 */
export function levelsQuery(
  cells: Cells,
  use: Use,
  f: number,
  factor: string | undefined,
  most: number,
): Query<Group[]> {
  return groupsQuery(cells, use, cells.texts[f]!, factor, most);
}

/** What the weight of a row is multiplied by. */
export function times(y: string, [zero, one]: readonly [number, number]): string {
  return `if(${y} = 1, ${double(one)}, ${double(zero)})`;
}

function groupsQuery(
  cells: Cells,
  use: Use,
  key: string,
  factor: string | undefined,
  most: number,
): Query<Group[]> {
  const { source, weight } = cells;
  const heldOut = heldOutRows(cells, use);
  const weights = [weight, factor].filter((part) => part !== undefined).join(' * ');
  const isOut = heldOut === undefined ? '0' : `if(${heldOut}, 1, 0)`;
  const selected = [
    key,
    `toUInt64(${isOut})`,
    'count()',
    weights === '' ? 'toFloat64(count())' : `sum(${weights})`,
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(usedRows(cells, use))} GROUP BY ${key}, toUInt64(${isOut}) LIMIT ${most} FORMAT RowBinary`,
    read(answer) {
      const groups: Group[] = [];
      while (!answer.isAtEnd) {
        groups.push({
          text: answer.text(),
          isHeldOut: answer.count() === 1,
          rows: answer.count(),
          weight: answer.double(),
        });
      }
      return groups;
    },
  };
}

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
  source: Source,
  numbers: readonly string[],
  conditions: readonly string[],
  c: string | undefined,
): Query<Ranges> {
  const each = (of: (x: string) => string) => list(numbers.map(of));
  const selected = [
    `minForEach(${each((x) => `if(isNaN(${x}), inf, ${x})`)})`,
    `maxForEach(${each((x) => `if(isNaN(${x}), -inf, ${x})`)})`,
    `sumForEach(${each((x) => `if(isNaN(${x}), 0., ${weighted(x, c)})`)})`,
    `sumForEach(${each((x) => `if(isNaN(${x}), 0., ${c ?? '1.'})`)})`,
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(conditions)} FORMAT RowBinary`,
    read(answer) {
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
  source: Source,
  numbers: readonly string[],
  conditions: readonly string[],
  c: string | undefined,
  y: string,
  origins: Float64Array,
  units: Float64Array,
): Query<ColumnSums> {
  const e = numbers.map((x, j) => {
    const value = units[j] === 1 ? x : `${x} * ${double(units[j]!)}`;
    return `(${value} - ${double(origins[j]!)})`;
  });
  const each = (of: (e: string, j: number) => string) =>
    `sumForEach(${list(e.map((value, j) => `if(isNaN(${numbers[j]!}), 0., ${of(value, j)})`))})`;
  const selected = [
    `sum(${weighted(`(1. - ${y})`, c)})`,
    `sum(${weighted(y, c)})`,
    `countIf(${y} = 0)`,
    `countIf(${y} = 1)`,
    ...(numbers.length === 0
      ? []
      : [
          each(() => c ?? '1.'),
          each((value) => weighted(value, c)),
          each((value) => weighted(`${value} * ${value}`, c)),
        ]),
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(conditions)} FORMAT RowBinary`,
    read(answer) {
      const weights = [answer.double(), answer.double()] as const;
      const rows = [answer.count(), answer.count()] as const;
      const arrays = () => (numbers.length === 0 ? new Float64Array(0) : answer.doubles());
      const [weight, first, second] = [arrays(), arrays(), arrays()];
      return { weights, rows, weight, first, second };
    },
  };
}
