/** Columns that terms compute of those of a table, as expressions of its SQL. */
import { type DerivedColumn, withTerms } from '../dataset/schema/derive.js';
import { missingCells } from '../dataset/schema/missing.js';
import type { Plan, ReadOptions } from '../dataset/schema/plan.js';
import { BceError } from '../errors.js';
import {
  childrenOf,
  type Expression,
  FUNCTIONS,
  isUnsettled,
  nameOf,
  sourcesOf,
  type TextPart,
} from '../terms/expression.js';
import { parseTerms } from '../terms/parse.js';
import { rendered } from '../terms/render.js';
import { cellOf } from '../terms/together.js';
import { quoted } from '../text.js';
import { any } from './sql.js';
import type { ClickHouseWords } from './words.js';

/** A column that terms compute. */
export interface Computed {
  /** Its name, the term. */
  readonly name: string;
  readonly kind: DerivedColumn['kind'];
  /** A number, NaN where it is missing; or a text that stands for a level, empty where it is. */
  readonly sql: string;
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

/**
 * Text columns of which products with numbers are made: a column for each combination of their levels, which must be
 * known.
 *
 * @throws BceError USAGE for terms that only rows settle, and bad ones
 */
export function textsOfProducts(
  { add, formula }: Pick<ReadOptions, 'add' | 'formula'>,
  { isText }: Pick<ColumnWords, 'isText'>,
): string[] {
  const flag = formula === undefined ? '--add' : '--formula';
  const terms = add.flatMap((one) => parseTerms(one, flag));
  const unsettled = terms.find(isUnsettled);
  if (unsettled !== undefined) {
    throw new BceError(
      'USAGE',
      `${flag}: ${quoted(nameOf(unsettled))}: knots, quantiles, means and spreads of the training rows are not asked of a table of ClickHouse`,
      'say them: ns(x, knots=c(20,40), boundary=c(0,80)), scale(x, 30, 14), cut(x, 20, 40)',
    );
  }
  const found = new Set<string>();
  for (const term of terms) {
    if (term.kind !== 'product') continue;
    const isPart = (factor: Expression) => factor.kind === 'column' && isText(factor.name);
    if (term.factors.every(isPart)) continue;
    for (const factor of term.factors) if (isPart(factor)) found.add((factor as TextPart).name);
  }
  return [...found];
}

/**
 * The plan with the columns that terms ask for.
 *
 * @param combinations of the levels of `texts` that there are
 * @throws BceError USAGE, COLUMN_UNKNOWN, CSV_COLUMN_NAMES
 */
export function withComputed(
  plan: Plan,
  options: ReadOptions,
  texts: readonly string[],
  combinations: readonly (readonly string[])[],
  { isText }: Pick<ColumnWords, 'isText'>,
): Plan {
  const rows = combinations.map((levels) =>
    // of other columns only the kind matters
    plan.names.map((name) => levels[texts.indexOf(name)] ?? (isText(name) ? 'level' : '0')),
  );
  const sample = { count: rows.length, rows, lines: rows.map(() => 0) };
  return withTerms(plan, options, new Map(), sample, missingCells([]));
}

export function computedColumns({ derived = [] }: Plan, columns: ColumnWords): Computed[] {
  return derived.map((column) =>
    column.kind === 'numeric' ? computedNumber(column.expression, columns) : computedText(column, columns),
  );
}

function computedNumber(expression: Expression, columns: ColumnWords): Computed {
  const sql = rendered(expression, columns.words);
  const { numbers, texts } = sourcesOf(expression);
  const cells = numbers.map((name) => columns.words.number(name));
  const areEmpty = texts.map((name) => `${columns.textOf(name)} = ''`);
  const isMissing = [...cells.map((cell) => `isNaN(${cell})`), ...areEmpty];
  const isAlways = hasAlwaysValue(expression);
  return {
    name: nameOf(expression),
    kind: 'numeric',
    sql,
    isOutside: isAlways ? '0' : `isNaN(${sql}) AND NOT (${any(isMissing)})`,
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
