/** Values of a server by their rank, exact on any server, of which none sends more than counts. */
import { bitsBehind, RADIX, valuesOfRanks } from '../dataset/describe/orderStatistics.js';
import type { Connection } from './connection.js';
import { from, type Query, type Rows } from './readPlan.js';
import { all } from './sql.js';

/**
 * The values of these ranks, from 0, in the ascending order of each expression; NaN is no value.
 *
 * @param conditions of the rows
 * @param ranks of each of the numbers (d), below how many there are
 * Cost: 6 queries for each number that has ranks.
 */
export async function valuesAtRanks(
  source: Rows,
  numbers: readonly string[],
  conditions: readonly string[],
  ranks: readonly (readonly number[])[],
  connection: Connection,
): Promise<ReadonlyMap<number, number>[]> {
  return valuesOfRanks(ranks, async (digit, prefixes) => {
    const counts: ReadonlyMap<number, Float64Array>[] = [];
    for (const [a, wanted] of prefixes.entries()) {
      const isSought = wanted.length > 0;
      counts.push(
        isSought ? await connection.ask(digitsQuery(source, numbers[a]!, conditions, digit, wanted)) : NONE,
      );
    }
    return counts;
  });
}

const NONE: ReadonlyMap<number, Float64Array> = new Map();

/**
 * How often each digit comes next in the keys that begin with one of the prefixes, as `valuesOfRanks` orders doubles.
 *
 * @param x a number
 */
function digitsQuery(
  source: Rows,
  x: string,
  conditions: readonly string[],
  digit: number,
  prefixes: readonly number[],
): Query<ReadonlyMap<number, Float64Array>> {
  // the sum makes 0 of -0
  const bits = `reinterpretAsUInt64(reinterpretAsString(${x} + 0.))`;
  const key = `if(${x} < 0., bitNot(${bits}), bitOr(${bits}, toUInt64(9223372036854775808)))`;
  const behind = bitsBehind(digit);
  const begin = digit === 0 ? 'toUInt64(0)' : `bitShiftRight(bitShiftRight(${key}, ${behind}), 11)`;
  const next = `bitAnd(bitShiftRight(${key}, ${behind}), toUInt64(${RADIX - 1}))`;
  const isSought = digit === 0 ? [] : [`${begin} IN (${prefixes.join(', ')})`];
  const rows = all([...conditions, `NOT isNaN(${x})`, ...isSought]);
  return {
    sql: `SELECT ${begin}, ${next}, count() ${from(source)} WHERE ${rows} GROUP BY ${begin}, ${next} FORMAT RowBinary`,
    read(answer) {
      const counts = new Map(prefixes.map((prefix) => [prefix, new Float64Array(RADIX)]));
      while (!answer.isAtEnd) {
        const [prefix, at, rows] = [answer.count(), answer.count(), answer.count()];
        counts.get(prefix)![at] = rows;
      }
      return counts;
    },
  };
}
