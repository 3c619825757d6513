/** Columns that terms compute of those of a table, as expressions of its SQL. */
import { withTerms } from '../dataset/schema/derive.js';
import type { DerivedColumn } from '../dataset/schema/derived.js';
import { missingCells } from '../dataset/schema/missing.js';
import type { Plan } from '../dataset/schema/plan.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import {
  childrenOf,
  type Expression,
  FUNCTIONS,
  isLevelled,
  isUnsettled,
  nameOf,
  needsRows,
  sourcesOf,
  type TextPart,
  type Unsettled,
  withChildren,
} from '../terms/expression.js';
import { parseTerms } from '../terms/parse.js';
import { rendered } from '../terms/render.js';
import { cellOf } from '../terms/together.js';
import { any } from './sql.js';
import type { ClickHouseWords } from './words.js';

/** A column that terms compute. */
export interface Computed {
  /** Its name, the term. */
  readonly name: string;
  readonly kind: DerivedColumn['kind'];
  /** A number, NaN where it is missing; or a text that stands for a level, empty where it is. */
  readonly sql: string;
  /** True where it is missing. */
  readonly isMissing: string;
  /** True where it is missing though no cell that it is computed of is. */
  readonly isOutside: string;
  /** What makes a row incomplete, in numbers that are NaN and in conditions. */
  readonly needs: { readonly numbers: readonly string[]; readonly conditions: readonly string[] };
  /** The level for which a text stands. */
  levelOf(key: string): string;
}

/** The columns of a table as SQL, by name. */
export interface ColumnWords {
  isText(name: string): boolean;
  readonly words: ClickHouseWords;
  textOf(name: string): string;
}

/** Combinations of levels that are asked for at most. */
export const MOST_COMBINATIONS = 20_000;

/** What has levels in products with numbers, of which a column is made for each. */
export interface LevelsOfProducts {
  /** Text columns, whose levels must be known. */
  readonly texts: readonly string[];
  /** Parts of dates and hashes of other columns, each once: their levels are numbers, of which the first must be known. */
  readonly parts: readonly Numbered[];
}

type Numbered = Exclude<TextPart, { kind: 'column' }>;

/** @throws BceError USAGE for bad terms */
export function levelsOfProducts(
  { add, formula }: Pick<ReadOptions, 'add' | 'formula'>,
  { isText }: Pick<ColumnWords, 'isText'>,
): LevelsOfProducts {
  const flag = formula === undefined ? '--add' : '--formula';
  const texts = new Set<string>();
  const parts = new Map<string, Numbered>();
  for (const term of add.flatMap((one) => parseTerms(one, flag))) {
    if (term.kind !== 'product') continue;
    const levelled = term.factors
      .filter(isLevelled)
      .filter((part) => part.kind !== 'column' || isText(part.name));
    if (levelled.length === term.factors.length) continue;
    for (const part of levelled) {
      if (part.kind === 'column') texts.add(part.name);
      else parts.set(nameOf(part), part);
    }
  }
  return { texts: [...texts], parts: [...parts.values()].filter(({ name }) => !texts.has(name)) };
}

/**
 * The plan with the columns that terms ask for.
 *
 * @param combinations of the levels of `texts` that there are
 * @param firsts for each of `parts` a text of its first level
 * @throws BceError USAGE, COLUMN_UNKNOWN, CSV_COLUMN_NAMES
 */
export function withComputed(
  plan: Plan,
  options: ReadOptions,
  { texts, parts }: LevelsOfProducts,
  combinations: readonly (readonly string[])[],
  firsts: readonly string[],
  { isText }: Pick<ColumnWords, 'isText'>,
): Plan {
  // of other columns only the kind matters
  const cellIn = (name: string) => {
    const first = firsts[parts.findIndex((part) => part.name === name)];
    return first || (isText(name) ? 'level' : '0');
  };
  const rows = [
    ...combinations.map((levels) => plan.names.map((name) => levels[texts.indexOf(name)] ?? cellIn(name))),
    ...parts.map((part, i) => plan.names.map((name) => (part.name === name ? firsts[i]! : ''))),
  ];
  const sample = { count: rows.length, rows, lines: rows.map(() => 0) };
  return withTerms(plan, options, plan.references ?? new Map(), sample, missingCells([]));
}

export function computedColumns({ derived = [] }: Plan, columns: ColumnWords): Computed[] {
  return derived.map((column) => {
    if (column.kind === 'categorical') return computedText(column, columns);
    return isUnsettled(column.expression)
      ? computedLater(column.expression, columns)
      : computedNumber(column.expression, columns);
  });
}

/** What the rows are to settle: of it is known where it is missing, and its parts, which are kept for it, say so. */
function computedLater(expression: Expression, { words }: ColumnWords): Computed {
  const sql = rendered(presenceOf(expression), words);
  return {
    name: nameOf(expression),
    kind: 'numeric',
    sql,
    isMissing: `isNaN(${sql})`,
    isOutside: '0',
    needs: { numbers: [], conditions: [] },
    levelOf: (key) => key,
  };
}

/** An expression that is missing where another is, and known where that is not settled. */
function presenceOf(expression: Expression): Expression {
  const known = withChildren(expression, presenceOf);
  if (!needsRows(known)) return known;
  return { kind: 'comparison', of: (known as Unsettled).of, by: '>', bound: 0 };
}

function computedNumber(expression: Expression, columns: ColumnWords): Computed {
  const sql = rendered(expression, columns.words);
  const { numbers, texts } = sourcesOf(expression);
  const cells = numbers.map((name) => columns.words.number(name));
  const areEmpty = texts.map((name) => `${columns.textOf(name)} = ''`);
  const isMissing = any([...cells.map((cell) => `isNaN(${cell})`), ...areEmpty]);
  const isAlways = hasAlwaysValue(expression);
  return {
    name: nameOf(expression),
    kind: 'numeric',
    sql,
    isMissing: isAlways ? isMissing : `isNaN(${sql})`,
    isOutside: isAlways ? '0' : `isNaN(${sql}) AND NOT (${isMissing})`,
    // without a value of its own, none of its cells need be asked
    needs: isAlways ? { numbers: cells, conditions: areEmpty } : { numbers: [sql], conditions: [] },
    levelOf: (key) => key,
  };
}

/** Whether it has a value of all cells that are there. */
function hasAlwaysValue(expression: Expression): boolean {
  if (expression.kind === 'date') return false;
  if (expression.kind === 'call' && FUNCTIONS[expression.name].isBounded) return false;
  return childrenOf(expression).every(hasAlwaysValue);
}

/** Levels together are told by the bytes of each, so that no text within can be taken for another. */
function computedText(
  { expression, parts }: DerivedColumn & { readonly kind: 'categorical' },
  columns: ColumnWords,
): Computed {
  const texts = parts.map((part) => textOfPart(part, columns));
  const together = `concat(${texts.map((one) => `hex(${one})`).join(", ':', ")})`;
  const isEmpty = any(texts.map((one) => `${one} = ''`));
  const isSourceEmpty = any(parts.map(({ name }) => `${columns.textOf(name)} = ''`));
  const isOne = parts.length === 1;
  const sql = isOne ? texts[0]! : `if(${isEmpty}, '', ${together})`;
  const isOfColumns = parts.every(({ kind }) => kind === 'column');
  return {
    name: nameOf(expression),
    kind: 'categorical',
    sql,
    isMissing: isEmpty,
    isOutside: isOfColumns ? '0' : `(${isEmpty}) AND NOT (${isSourceEmpty})`,
    needs: { numbers: [], conditions: texts.map((one) => `${one} = ''`) },
    levelOf: (key) => {
      if (isOne) return key;
      const levels = key.split(':').map((part) => Buffer.from(part, 'hex').toString());
      return cellOf(parts, levels, undefined);
    },
  };
}

function textOfPart(part: TextPart, { words, textOf }: ColumnWords): string {
  if (part.kind === 'hash') return words.hashText(part.name, part.bits);
  return part.kind === 'column' ? textOf(part.name) : words.dateText(part.part, part.name);
}
