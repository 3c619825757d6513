/** Values by their rank: exact, in bounded memory, in whatever order they come. */
import { eachBlock, type Shard } from '../../storage/shards.js';

/** Digits of a key of 64 bits: the first has 9 bits, the others 11. */
const DIGITS = 6;
export const RADIX = 1 << 11;

/** Hands all shards to `take`, each time from the first. */
export type Visit = (take: (shard: Shard) => void) => Promise<void>;

/** A rank that is looked for, and what it is among the values whose keys begin as its own does. */
interface Sought {
  readonly rank: number;
  readonly left: number;
}

interface Search {
  /** The digits that are known, as one number. */
  readonly prefix: number;
  readonly sought: readonly Sought[];
}

/**
 * How often each digit comes next in the keys of a column that begin with one of its prefixes (d), by the prefix.
 */
export type CountDigits = (
  digit: number,
  prefixes: readonly (readonly number[])[],
) => Promise<readonly ReadonlyMap<number, ArrayLike<number>>[]>;

/**
 * The values of these ranks, from 0, in the ascending order of a column; NaN is no value, and -0 is 0.
 *
 * Doubles are ordered as whole numbers of 64 bits are (their keys). Each pass counts the next digit of the keys that
 * begin like one that is looked for.
 *
 * @param ranks of each column (d), below the number of its values
 * @returns by column, the value of each rank
 * Cost: 6 passes.
 */
export async function valuesOfRanks(
  ranks: readonly (readonly number[])[],
  countDigits: CountDigits,
): Promise<ReadonlyMap<number, number>[]> {
  const found = ranks.map(() => new Map<number, number>());
  let searches = ranks.map((wanted): Search[] => {
    const sought = [...new Set(wanted)].sort((a, b) => a - b).map((rank) => ({ rank, left: rank }));
    return sought.length === 0 ? [] : [{ prefix: 0, sought }];
  });
  for (let digit = 0; digit < DIGITS; digit++) {
    const counts = await countDigits(
      digit,
      searches.map((list) => list.map(({ prefix }) => prefix)),
    );
    searches = searches.map((list, j) =>
      list.flatMap(({ prefix, sought }) => {
        const narrower = narrowed(sought, counts[j]!.get(prefix)!);
        if (digit < DIGITS - 1) {
          return narrower.map(({ next, inside }) => ({ prefix: prefix * RADIX + next, sought: inside }));
        }
        for (const { next, inside } of narrower) {
          for (const { rank } of inside) found[j]!.set(rank, doubleOf(prefix, next));
        }
        return [];
      }),
    );
  }
  return found;
}

/** The bits of a key behind digit `digit`. */
export function bitsBehind(digit: number): number {
  return 11 * (DIGITS - 1 - digit);
}

/**
 * The same of columns in shards.
 *
 * @param d numeric columns of the shards
 * Cost: 6 passes; 8 KiB for each value that is looked for.
 */
export async function orderStatistics(
  visit: Visit,
  d: number,
  ranks: readonly (readonly number[])[],
): Promise<ReadonlyMap<number, number>[]> {
  return valuesOfRanks(ranks, async (digit, prefixes) => {
    const counts = prefixes.map((list) => new Map(list.map((prefix) => [prefix, new Uint32Array(RADIX)])));
    await visit((shard) => {
      for (let j = 0; j < d; j++) if (counts[j]!.size > 0) countDigits(shard, d, j, digit, counts[j]!);
    });
    return counts;
  });
}

const double = new Float64Array(1);
/** Its words, the lower one first. */
const words = new Uint32Array(double.buffer);

/** Counts digit `digit` of the keys in column j of d, by the digits before it. */
function countDigits(
  shard: Shard,
  d: number,
  j: number,
  digit: number,
  counts: ReadonlyMap<number, Uint32Array>,
): void {
  eachBlock(shard, d, j, (start, rows) => {
    for (let i = start; i < start + rows; i++) {
      const x = shard.X[i]!;
      if (Number.isNaN(x)) continue;
      double[0] = x + 0;
      const flip = words[1]! >>> 31 === 1 ? 0xffffffff : 0;
      const high = (words[1]! ^ (flip | 0x80000000)) >>> 0;
      const low = (words[0]! ^ flip) >>> 0;
      const count = counts.get(prefixOf(high, low, digit));
      if (count !== undefined) count[digitOf(high, low, digit)]!++;
    }
  });
}

/** The digits of a key before `digit`, as one number: 53 bits at most. */
function prefixOf(high: number, low: number, digit: number): number {
  switch (digit) {
    case 0:
      return 0;
    case 1:
      return high >>> 23;
    case 2:
      return high >>> 12;
    case 3:
      return high >>> 1;
    case 4:
      return high * 2 ** 10 + (low >>> 22);
    default:
      return high * 2 ** 21 + (low >>> 11);
  }
}

function digitOf(high: number, low: number, digit: number): number {
  switch (digit) {
    case 0:
      return high >>> 23;
    case 1:
      return (high >>> 12) & 0x7ff;
    case 2:
      return (high >>> 1) & 0x7ff;
    case 3:
      return ((high & 1) << 10) | (low >>> 22);
    case 4:
      return (low >>> 11) & 0x7ff;
    default:
      return low & 0x7ff;
  }
}

/** The double whose key has these digits before the last, and the last. */
function doubleOf(prefix: number, last: number): number {
  const high = Math.floor(prefix / 2 ** 21);
  const low = (((prefix % 2 ** 21) << 11) | last) >>> 0;
  const flip = high >>> 31 === 1 ? 0 : 0xffffffff;
  words[1] = high ^ (flip | 0x80000000);
  words[0] = low ^ flip;
  return double[0]!;
}

/** Which digits come next for ranks that ascend, by how often each digit occurs. */
function narrowed(
  sought: readonly Sought[],
  counts: ArrayLike<number>,
): { readonly next: number; readonly inside: readonly Sought[] }[] {
  const found: { next: number; inside: Sought[] }[] = [];
  let below = 0;
  let at = 0;
  for (let next = 0; next < RADIX && at < sought.length; next++) {
    const end = below + counts[next]!;
    const inside: Sought[] = [];
    for (; at < sought.length && sought[at]!.left < end; at++) {
      const { rank, left } = sought[at]!;
      inside.push({ rank, left: left - below });
    }
    if (inside.length > 0) found.push({ next, inside });
    below = end;
  }
  return found;
}
