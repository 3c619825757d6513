/**
 * What is asked of a table before training: pure functions from a plan to queries, and from answers to numbers.
 *
 * A row counts when `where` holds and its weight is not 0; it is used when no cell is missing, or those are filled.
 */
import type { HoldOut } from '../dataset/read/holdOut.js';
import { sourcesOf } from '../terms/expression.js';
import type { Column, TablePlan } from './columns.js';
import { canMiss, contentOf, numberAt, numberOf, textAt, textOf } from './columns.js';
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
export function asked({ where }: Source): string[] {
  return where === undefined ? [] : [`${where}\n`];
}

/** A source whose columns are known. */
export interface Rows extends Source {
  /** Begins the names within a query; no column begins so. */
  readonly prefix: string;
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
  readonly source: Rows;
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly label: string;
  readonly weight: string | undefined;
  /** Numeric columns, and that of the weights, whose cells can be missing or infinite; by column of the table. */
  readonly floats: readonly { readonly column: number; readonly value: string }[];
  /** Columns of texts, and that of the labels, with a condition of a missing cell. */
  readonly missingTexts: readonly { readonly column: number; readonly condition: string }[];
  /** Of columns that terms compute: that they have no value of cells that are there. */
  readonly outside: readonly string[];
  /** What makes a row incomplete: numbers that are NaN, and texts that are empty or the like. */
  readonly needed: { readonly numbers: readonly string[]; readonly conditions: readonly string[] };
  /** True for the rows that are held out, but for those whose levels no other row has. */
  readonly isHeldOut: string | undefined;
}

export function cellsOf(table: TablePlan, source: Rows, holdOut: HoldOut | undefined): Cells {
  const { plan, columns, computed } = table;
  const { numerics, factors, target, weight } = plan;
  const label = columns[target]!;
  const withWeight = weight === undefined ? numerics : [...numerics, weight];
  const cells = {
    source,
    numbers: numerics.map((c) => numberAt(table, c)),
    texts: factors.map((c) => textAt(table, c)),
    label: textOf(label),
    weight: weight === undefined ? undefined : numberOf(columns[weight]!),
    floats: withWeight
      .filter((c) => c >= columns.length || canMiss(columns[c]!))
      .map((column) => ({ column, value: numberAt(table, column) })),
    missingTexts: [...factors, target].map((column) => {
      const isFloat = column === target && /Float/.test(label.type);
      const condition = isFloat ? `isNaN(${numberOf(label)})` : `${textAt(table, column)} = ''`;
      return { column, condition };
    }),
    outside: computed.map(({ isOutside }) => isOutside),
    needed: { numbers: [] as string[], conditions: [] as string[] },
  };
  const isOfTable = ({ column }: { readonly column: number }) => column < columns.length;
  // a term whose cells are there is there as well, but for functions that have no value of some
  cells.needed.numbers.push(
    ...cells.floats.filter(isOfTable).map(({ value }) => value),
    ...computed.flatMap(({ needs }) => needs.numbers),
  );
  cells.needed.conditions.push(
    ...cells.missingTexts.filter(isOfTable).map(({ condition }) => condition),
    ...computed.flatMap(({ needs }) => needs.conditions),
  );
  return { ...cells, isHeldOut: holdOut && heldOut(table, cells, holdOut) };
}

/** Units that shares are counted in. */
const PARTS = 2 ** 20;

/** By a hash of all that is used of a row: rows with the same cells go the same way, wherever they are. */
function heldOut(
  { plan, columns }: TablePlan,
  { label, weight }: Pick<Cells, 'label' | 'weight'>,
  { share, seed }: HoldOut,
): string {
  const inTerms = (plan.derived ?? []).flatMap(({ expression }) => {
    const { numbers, texts } = sourcesOf(expression);
    return [...numbers, ...texts].map((name) => plan.names.indexOf(name));
  });
  const used = new Set([...plan.numerics, ...plan.factors, ...inTerms].filter((c) => c < columns.length));
  const values = [...used].map((c) => contentOf(columns[c]!));
  const hashed = [text(String(seed)), ...values, label, ...(weight === undefined ? [] : [weight])];
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
  /** Rows in which a term has no value of cells that are there, by column that is computed. */
  readonly outside: readonly number[];
}

export function countsQuery(cells: Cells, { plan }: TablePlan): Query<Counts> {
  const { source, weight, floats, missingTexts, outside } = cells;
  const counts = weight === undefined ? '1' : `${weight} != 0`;
  const values = list(floats.map(({ value }) => value));
  const x = `${source.prefix}x`;
  // one function over an array: a thousand expressions make a server think for long
  const inEach = (test: string) =>
    `sumForEach(arrayMap(${x} -> toUInt64(${counts} AND ${test}(${x})), ${values}))`;
  const texts = missingTexts.map(({ condition }) => `toUInt64(${counts} AND (${condition}))`);
  const selected = [
    'count()',
    weight === undefined ? 'toUInt64(0)' : `countIf(${weight} = 0)`,
    weight === undefined ? '0.' : `min(if(isNaN(${weight}), 0., ${weight}))`,
    `countIf(${counts} AND (${isIncomplete(cells)}))`,
    `sumForEach(${list(texts)})`,
    ...(floats.length === 0 ? [] : [inEach('isNaN'), inEach('isInfinite')]),
    ...(outside.length === 0
      ? []
      : [`sumForEach(${list(outside.map((one) => `toUInt64(${counts} AND (${one}))`))})`]),
  ];
  return {
    sql: `SELECT ${selected.join(', ')} ${from(source)} WHERE ${all(asked(source))} FORMAT RowBinary`,
    read(answer) {
      const [rowsRead, zeroWeights] = [answer.count(), answer.count()];
      const [leastWeight, incomplete] = [answer.double(), answer.count()];
      const [missing, infinite] = [new Int32Array(plan.names.length), new Int32Array(plan.names.length)];
      // without a row the arrays are empty
      const into = (of: readonly { readonly column: number }[], counted: Int32Array) => {
        answer.counts().forEach((cells, i) => {
          counted[of[i]!.column] = cells;
        });
      };
      into(missingTexts, missing);
      if (floats.length > 0) {
        into(floats, missing);
        into(floats, infinite);
      }
      const unvalued = outside.length === 0 ? [] : [...answer.counts()];
      return { rowsRead, zeroWeights, leastWeight, incomplete, missing, infinite, outside: unvalued };
    },
  };
}

/** Whether a cell of a row is missing. */
function isIncomplete({ source, needed }: Cells): string {
  const x = `${source.prefix}x`;
  const inTexts = any([...new Set(needed.conditions)]);
  const numbers = [...new Set(needed.numbers)];
  if (numbers.length === 0) return inTexts;
  return `arrayExists(${x} -> isNaN(${x}), ${list(numbers)}) OR ${inTexts}`;
}

/** Which rows are used. */
export interface Use {
  /** Rows with a missing cell are left out. */
  readonly isDropping: boolean;
  /** Levels of each factor that only rows have that would be held out: those stay. */
  readonly lonely: readonly (readonly string[])[];
}

/** Conditions of the rows that are used, held out or not. */
export function usedRows(cells: Cells, { isDropping }: Use): string[] {
  const { source, weight } = cells;
  return [
    ...asked(source),
    ...(weight === undefined ? [] : [`${weight} > 0`]),
    ...(isDropping ? [`NOT (${isIncomplete(cells)})`] : []),
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
