/** Terms settled by the training rows: the columns that were kept for that become those of the terms. */

import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS, keepColumns, type Shard } from '../../storage/shards.js';
import type { Shards } from '../../storage/store.js';
import { compile, type Evaluate } from '../../terms/evaluate.js';
import { type Expression, isUnsettled } from '../../terms/expression.js';
import { overColumns, ranksOf, settledAll, type Values } from '../../terms/settle.js';
import { ColumnMoments } from '../describe/moments.js';
import { orderStatistics, type Visit } from '../describe/orderStatistics.js';
import type { Plan } from '../schema/plan.js';

export interface SettledTable {
  /** The plan without the columns that were kept for settling. */
  readonly plan: Plan;
  /** Computes the terms of a shard, and leaves out what they were computed of; writes into it. */
  change(shard: Shard): Shard;
}

/**
 * @param shards the training rows, as collected
 * @param name what messages call the source
 * @returns undefined where all terms are settled already
 * @throws BceError TERM_UNSETTLED
 * Cost: 7 passes over the shards, for each term within a term as many again.
 */
export async function settleTerms(
  plan: Plan,
  shards: Shards,
  name: string,
): Promise<SettledTable | undefined> {
  const { names, numerics, factors, derived = [], aside = 0 } = plan;
  if (aside === 0) return undefined;
  const d = numerics.length;
  const width = names.length - derived.length;
  const kept = [...numerics.keys()].slice(0, d - aside);
  const placeOf = new Map(numerics.slice(d - aside).map((column, i) => [names[column]!, d - aside + i]));
  const over = (expression: Expression) => evaluator(overColumns(expression, placeOf), placeOf);
  const visit: Visit = async (take) => {
    const yielder = createYielder();
    for await (const shard of shards) {
      take(shard);
      if (yielder.isDue(shard.X.length)) await yielder.yield();
    }
  };

  const unsettled = new Map<number, Expression>();
  for (const j of kept) {
    const column = derived[numerics[j]! - width];
    if (column?.kind === 'numeric' && isUnsettled(column.expression)) unsettled.set(j, column.expression);
  }
  const settled = await settledAll(
    unsettled,
    (found, expressions) => valuesOf(found, expressions, over, visit, d),
    name,
  );
  const computed = [...settled].map(([j, expression]) => ({ j, evaluate: over(expression) }));
  const columns = derived.slice(0, derived.length - aside).map((column, i) => {
    const expression = settled.get(numerics.indexOf(width + i));
    return column.kind === 'numeric' && expression !== undefined ? { ...column, expression } : column;
  });
  return {
    plan: {
      ...plan,
      names: names.slice(0, names.length - aside),
      numerics: numerics.slice(0, d - aside),
      pivots: plan.pivots.slice(0, d - aside),
      derived: columns,
      aside: 0,
    },
    change(shard) {
      for (const { j, evaluate } of computed) fill(shard.X, shard.rows, d, evaluate, shard.X, d, j);
      return keepColumns(shard, d, factors.length, kept, [...factors.keys()]);
    },
  };
}

/** Of the values of each argument, by its name, what its terms are settled by. */
async function valuesOf(
  found: ReadonlyMap<string, Expression>,
  expressions: readonly Expression[],
  over: (expression: Expression) => EvaluateColumn,
  visit: Visit,
  d: number,
): Promise<ReadonlyMap<string, Values>> {
  const names = [...found.keys()];
  const evaluates = [...found.values()].map(over);
  const n = names.length;
  const visitArguments: Visit = (take) =>
    visit(({ rows, X, y }) => {
      const values = new Float64Array((X.length / d) * n);
      for (const [a, evaluate] of evaluates.entries()) fill(X, rows, d, evaluate, values, n, a);
      // each row counts once, whatever its weight
      take({ rows, X: values, codes: NO_CODES, y, c: undefined });
    });
  const moments = new ColumnMoments(n);
  await visitArguments((shard) => moments.add(shard));
  const counts = names.map((_, a) => moments.weightOf(a));
  const ranks = names.map((name, a) => (counts[a] === 0 ? [] : ranksOf(expressions, name, counts[a]!)));
  const ordered = await orderStatistics(visitArguments, n, ranks);
  return new Map(
    names.map((name, a) => {
      const count = counts[a]!;
      const { mean, sd } = moments.of(a, 0);
      const values = {
        count,
        mean,
        sd: sd * Math.sqrt(count / (count - 1)),
        at: (rank: number) => ordered[a]!.get(rank)!,
      };
      return [name, values] as const;
    }),
  );
}

const NO_CODES = new Int32Array(0);

/** A value of the cells of a block, the row of which is told by its place in the first column. */
type EvaluateColumn = (X: Float64Array, place: number) => number;

/** The value of an expression over columns that are kept. */
function evaluator(expression: Expression, placeOf: ReadonlyMap<string, number>): EvaluateColumn {
  let values: Float64Array = new Float64Array(0);
  let at = 0;
  const evaluate: Evaluate = compile(expression, (name) => placeOf.get(name)!);
  const cells = {
    number: (column: number) => values[at + column * BLOCK_ROWS]!,
    text: () => '',
    outside: () => Number.NaN,
  };
  return (X, place) => {
    values = X;
    at = place;
    return evaluate(cells);
  };
}

/** Writes the values for all rows of X, of d columns, into column j of n of `to`. */
function fill(
  X: Float64Array,
  rows: number,
  d: number,
  evaluate: EvaluateColumn,
  to: Float64Array,
  n: number,
  j: number,
): void {
  for (let row = 0; row < rows; row++) {
    const block = row - (row % BLOCK_ROWS);
    const i = row - block;
    to[block * n + j * BLOCK_ROWS + i] = evaluate(X, block * d + i);
  }
}
