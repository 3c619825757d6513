/** Terms of a table on a server: which columns they are, and what the training rows settle of them. */

import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { referencesOf } from '../dataset/schema/references.js';
import { BceError } from '../errors.js';
import { type Expression, isUnsettled } from '../terms/expression.js';
import { rendered } from '../terms/render.js';
import { ranksOf, settledAll, type Values } from '../terms/settle.js';
import { grouped, listed, quoted } from '../text.js';
import { columnWords, refuseTypes, type TablePlan } from './columns.js';
import { computedColumns, levelsOfProducts, MOST_COMBINATIONS, withComputed } from './computed.js';
import type { Connection } from './connection.js';
import { momentsOf, scalingOf } from './moments.js';
import { momentsQuery, rangesQuery } from './momentsPlan.js';
import { valuesAtRanks } from './ranks.js';
import { asked, from, type Query, type Rows, type Source } from './readPlan.js';
import { all } from './sql.js';
import type { ClickHouseWords } from './words.js';

/**
 * The plan with the columns that terms compute, which the server does in every query.
 *
 * @param name what messages call the table
 * @throws BceError USAGE, COLUMN_UNKNOWN, COLUMN_TYPE, CSV_COLUMN_NAMES
 */
export async function withTerms(
  planned: TablePlan,
  table: Source,
  options: ReadOptions,
  name: string,
  connection: Connection,
): Promise<TablePlan> {
  const words = columnWords(planned.columns, options);
  const isThere = (text: string) => planned.columns.some((column) => column.name === text);
  const products = levelsOfProducts(options, words);
  const texts = products.texts.filter(isThere);
  const parts = products.parts.filter((part) => isThere(part.name));
  const combinations =
    texts.length === 0
      ? [[]]
      : await connection.ask(combinationsQuery(table, texts.map(words.textOf), MOST_COMBINATIONS + 1));
  if (combinations.length > MOST_COMBINATIONS) {
    throw new BceError(
      'USAGE',
      `${name}: expected at most ${grouped(MOST_COMBINATIONS)} combinations of ${listed(texts.map(quoted))}, which terms multiply with numbers, found more`,
      'name the levels that matter, as in city=Rome:size',
    );
  }
  const firsts: string[] = [];
  for (const part of parts) {
    const number = rendered(part, words.words);
    firsts.push(await connection.ask(firstQuery(table, words.textOf(part.name), number)));
  }
  const references = referencesOf(options.reference, planned.plan);
  const withReferences = { ...planned.plan, references };
  const plan = withComputed(withReferences, options, { texts, parts }, combinations, firsts, words);
  const found = { ...planned, plan, computed: computedColumns(plan, words) };
  refuseTypes(found, name);
  return found;
}

/** The combinations of the texts of some columns among the rows that are asked for. */
function combinationsQuery(source: Source, texts: readonly string[], most: number): Query<string[][]> {
  return {
    sql: `SELECT DISTINCT ${texts.join(', ')} ${from(source)} WHERE ${all(asked(source))} LIMIT ${most} FORMAT RowBinary`,
    read(answer) {
      const found: string[][] = [];
      while (!answer.isAtEnd) found.push(texts.map(() => answer.text()));
      return found;
    },
  };
}

/** The text with the least number among the rows that are asked for; empty where none has one. */
function firstQuery(source: Source, text: string, number: string): Query<string> {
  return {
    sql: `SELECT argMin(${text}, ${number}) ${from(source)} WHERE ${all([...asked(source), `NOT isNaN(${number})`])} FORMAT RowBinary`,
    read: (answer) => answer.text(),
  };
}

/** The rows that are trained on. */
export interface TrainedRows {
  readonly source: Rows;
  readonly conditions: readonly string[];
  /** 0. or 1. */
  readonly label: string;
}

/**
 * The plan with all terms settled, without the columns that were there for settling.
 *
 * @throws BceError TERM_UNSETTLED
 * Cost: two queries, and six for each argument with quantiles; for each term within a term as many again.
 */
export async function withSettled(
  planned: TablePlan,
  rows: TrainedRows,
  options: ReadOptions,
  name: string,
  connection: Connection,
): Promise<TablePlan> {
  const { plan } = planned;
  const { names, numerics, derived = [], aside = 0 } = plan;
  if (aside === 0) return planned;
  const words = columnWords(planned.columns, options);
  const kept = derived.slice(0, derived.length - aside);
  const unsettled = kept.flatMap(({ expression }, i) =>
    isUnsettled(expression) ? [[i, expression] as const] : [],
  );
  const settled = await settledAll(
    new Map(unsettled),
    (found, expressions) => valuesOf(found, expressions, words.words, rows, connection),
    name,
  );
  const settledPlan = {
    ...plan,
    names: names.slice(0, names.length - aside),
    numerics: numerics.slice(0, numerics.length - aside),
    pivots: plan.pivots.slice(0, numerics.length - aside),
    derived: kept.map((column, i) =>
      column.kind === 'numeric' ? { ...column, expression: settled.get(i) ?? column.expression } : column,
    ),
    aside: 0,
  };
  return { ...planned, plan: settledPlan, computed: computedColumns(settledPlan, words) };
}

/** Of the values of each argument, by its name, what its terms are settled by: each row counts once, whatever its weight. */
async function valuesOf(
  found: ReadonlyMap<string, Expression>,
  expressions: readonly Expression[],
  words: ClickHouseWords,
  { source, conditions, label }: TrainedRows,
  connection: Connection,
): Promise<ReadonlyMap<string, Values>> {
  const names = [...found.keys()];
  const numbers = [...found.values()].map((argument) => rendered(argument, words));
  const ranges = await connection.ask(rangesQuery(source, numbers, conditions, undefined));
  const scaling = scalingOf(ranges);
  const { origins, units } = scaling;
  const sums = await connection.ask(
    momentsQuery(source, numbers, conditions, undefined, label, origins, units),
  );
  const moments = momentsOf(ranges, sums, scaling, new Float64Array(names.length));
  // of no rows there are no sums
  const counts = names.map((_, a) => sums.weight[a] ?? 0);
  const ranks = names.map((name, a) => (counts[a] === 0 ? [] : ranksOf(expressions, name, counts[a]!)));
  const ordered = await valuesAtRanks(source, numbers, conditions, ranks, connection);
  return new Map(
    names.map((name, a) => {
      const count = counts[a]!;
      const { mean, sd } = moments.of(a, 0);
      const at = (rank: number) => ordered[a]!.get(rank)!;
      return [name, { count, mean, sd: sd * Math.sqrt(count / (count - 1)), at }] as const;
    }),
  );
}
