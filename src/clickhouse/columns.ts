/** Columns of a table by their types: which are numbers, which texts, and how each is read. */
import { pivotOf } from '../dataset/schema/pivot.js';
import type { Plan } from '../dataset/schema/plan.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { type Selection, selectColumns } from '../dataset/schema/selection.js';
import { BceError } from '../errors.js';
import { nameOf, sourcesOf } from '../terms/expression.js';
import { counted, quoted, shellWord } from '../text.js';
import type { ColumnWords, Computed } from './computed.js';
import { double, freePrefix, identifier, text } from './sql.js';
import { wordsOf } from './words.js';

/** A column as the server describes it. */
export interface Column {
  readonly name: string;
  /** As in `LowCardinality(Nullable(String))`. */
  readonly type: string;
}

interface ColumnType {
  /** Inside LowCardinality and Nullable. */
  readonly base: string;
  readonly isNullable: boolean;
}

function typeOf({ type }: Column): ColumnType {
  const inner = /^(LowCardinality|Nullable)\((.*)\)$/s.exec(type);
  if (inner === null) return { base: type, isNullable: false };
  const { base, isNullable } = typeOf({ name: '', type: inner[2]! });
  return { base, isNullable: isNullable || inner[1] === 'Nullable' };
}

const NUMBER = /^(U?Int\d+|Float(32|64)|BFloat16|Decimal\d*\(.*\)|Bool)$/;
const TEXT = /^(String|FixedString\(\d+\)|Enum(8|16)?\(.*\))$/s;
const FLOAT = /^B?Float/;
/** Whose texts are ISO dates. */
const DATE = /^Date(32|Time(64)?(\(.*\))?)?$/;

/** What each column of the table is to training. */
export interface TablePlan {
  readonly plan: Plan;
  readonly columns: readonly Column[];
  /** Columns that terms compute; their names in the plan come after those of the table. */
  readonly computed: readonly Computed[];
}

/** How the columns of a table are said, by their names. */
export function columnWords(
  columns: readonly Column[],
  { categorical }: Pick<ReadOptions, 'categorical'>,
): ColumnWords {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const ofText = (name: string) => textOf(byName.get(name)!);
  return {
    isText: (name) =>
      categorical.includes(name) || TEXT.test(typeOf(byName.get(name) ?? { name, type: '' }).base),
    textOf: ofText,
    words: wordsOf(
      (name) => numberOf(byName.get(name)!),
      ofText,
      freePrefix(columns.map(({ name }) => name)),
    ),
  };
}

/** @throws BceError COLUMN_TYPE for a term of numbers of what is none, or of texts of what has none */
export function refuseTypes({ plan, columns }: TablePlan, where: string): void {
  for (const { kind, expression } of plan.derived ?? []) {
    const { numbers, texts } = sourcesOf(expression);
    const ofTexts = kind === 'numeric' ? texts : [...numbers, ...texts];
    for (const name of new Set([...numbers, ...texts])) {
      const column = columns.find((one) => one.name === name)!;
      const { base } = typeOf(column);
      const isUsable = ofTexts.includes(name)
        ? TEXT.test(base) || NUMBER.test(base) || DATE.test(base)
        : NUMBER.test(base);
      if (isUsable) continue;
      throw new BceError(
        'COLUMN_TYPE',
        `${where}: term ${quoted(nameOf(expression))}: expected ${ofTexts.includes(name) ? 'texts' : 'numbers'} in column ${quoted(name)}, found ${column.type}`,
        'a view of the table can read it otherwise',
      );
    }
  }
}

/** Column c of the plan as doubles, NaN where a cell is missing. */
export function numberAt({ columns, computed }: TablePlan, c: number): string {
  return c < columns.length ? numberOf(columns[c]!) : computed[c - columns.length]!.sql;
}

/** True where numeric column c of the plan is missing. */
export function isMissingAt({ columns, computed }: TablePlan, c: number): string {
  return c < columns.length ? `isNaN(${numberOf(columns[c]!)})` : computed[c - columns.length]!.isMissing;
}

/** Column c of the plan as texts, empty where a cell is missing. */
export function textAt({ columns, computed }: TablePlan, c: number): string {
  return c < columns.length ? textOf(columns[c]!) : computed[c - columns.length]!.sql;
}

/**
 * Decides from names, types and options; pivots are yet to come.
 *
 * @param where name of the table
 * @throws BceError COLUMN_TYPE, and what `selectColumns` throws
 */
export function planTable(columns: readonly Column[], options: ReadOptions, where: string): TablePlan {
  const names = columns.map(({ name }) => name);
  if (names.length < 2) {
    throw new BceError(
      'NO_FEATURES',
      `${where}: expected at least two columns, found ${counted(names.length, 'column')}`,
    );
  }
  const selection = selectColumns(names, options, where);
  const { target, weight, features, categorical } = selection;
  refuseTextsAsNumbers(columns, selection);
  const isText = (column: number) => categorical.has(column) || TEXT.test(typeOf(columns[column]!).base);
  for (const column of [...features, target]) {
    const { base } = typeOf(columns[column]!);
    if (NUMBER.test(base) || TEXT.test(base)) continue;
    throw unusable(columns[column]!, where, column === target);
  }
  if (weight !== undefined && !NUMBER.test(typeOf(columns[weight]!).base)) {
    throw new BceError(
      'COLUMN_TYPE',
      `${where}: column ${quoted(names[weight]!)}: expected numbers as weights, found ${columns[weight]!.type}`,
      'name another column with --weight-column',
    );
  }
  const factors = features.filter(isText);
  const numerics = features.filter((column) => !isText(column));
  return {
    plan: { names, target, weight, numerics, factors, pivots: new Float64Array(numerics.length) },
    columns,
    computed: [],
  };
}

function refuseTextsAsNumbers(columns: readonly Column[], { numeric }: Selection): void {
  for (const column of numeric) {
    const { base } = typeOf(columns[column]!);
    if (!TEXT.test(base)) continue;
    const { name } = columns[column]!;
    throw new BceError(
      'COLUMN_TYPE',
      `--numeric: column ${quoted(name)} is of the type ${columns[column]!.type}: what is no number in it would be found too late`,
      `a view can read it as numbers: toFloat64OrNull(${identifier(name)})`,
    );
  }
}

function unusable({ name, type }: Column, where: string, isTarget: boolean): BceError {
  const isTime = /Date|Time/.test(type);
  const asNumber = isTime ? `; a view can make a number of it, as toUInt32(${identifier(name)}) does` : '';
  return new BceError(
    'COLUMN_TYPE',
    `${where}: column ${quoted(name)}: expected numbers or texts, found ${type}`,
    isTarget
      ? 'name the column of the labels with --target; it is the last one by default'
      : `--drop ${shellWord(name)} leaves it out${asNumber}`,
  );
}

/** A numeric column as doubles, NaN where a cell is missing. */
export function numberOf(column: Column): string {
  const { isNullable } = typeOf(column);
  const name = identifier(column.name);
  const value = column.type === 'Float64' ? name : `toFloat64(${name})`;
  return isNullable ? `ifNull(${value}, nan)` : value;
}

/** Whether cells of a numeric column can be missing, or be infinite. */
export function canMiss(column: Column): boolean {
  const { base, isNullable } = typeOf(column);
  return isNullable || FLOAT.test(base);
}

/** A column as texts, empty where a cell is missing. */
export function textOf(column: Column): string {
  const { base, isNullable } = typeOf(column);
  const name = identifier(column.name);
  const value = base.startsWith('FixedString')
    ? `toStringCutToZero(${isNullable ? `assumeNotNull(${name})` : name})`
    : column.type === 'String'
      ? name
      : `toString(${name})`;
  if (!isNullable) return value;
  return base.startsWith('FixedString') ? `if(isNull(${name}), '', ${value})` : `ifNull(${value}, '')`;
}

/** A column as numbers where it has them, as texts else. */
export function contentOf(column: Column): string {
  return NUMBER.test(typeOf(column).base) ? numberOf(column) : textOf(column);
}

/** 0 or 1 by the label, where it is not missing. */
export function labelOf(column: Column, positives: readonly string[]): string {
  const { base, isNullable } = typeOf(column);
  if (NUMBER.test(base) && base !== 'Bool') {
    return `toFloat64(${isNullable ? numberOf(column) : `toFloat64(${identifier(column.name)})`} = ${double(Number(positives[0]))})`;
  }
  return `toFloat64(${textOf(column)} IN (${positives.map(text).join(', ')}))`;
}

/** The pivots from the least and greatest values; only an intercept can take one up. */
export function pivotsOf(min: Float64Array, max: Float64Array, intercept: boolean): Float64Array {
  return min.map((least, j) => (intercept ? pivotOf(2, (row) => (row === 0 ? least : max[j]!)) : 0));
}
