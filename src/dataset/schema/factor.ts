/** A text column as codes: one small integer a row, never a column a level. */
import { BceError } from '../../errors.js';
import type { ReadNumber } from '../../source/csv/number.js';
import { isDate } from '../../terms/dates.js';
import { columnName } from '../../terms/expression.js';
import { byteOrder, counted, inByteOrder, listed, quoted, shellWord } from '../../text.js';
import { isText, requireText } from './columns.js';

/** Texts a column may have by default before it is taken for an id. */
export const MOST_LEVELS = 100;

export interface Levels {
  /** In byte order. */
  readonly levels: readonly string[];
  /** Rows of each level, and the sum of their weights. */
  readonly counts: readonly number[];
  readonly weights: readonly number[];
  readonly mostFrequent: number;
  /** By code of first appearance. */
  readonly finalCode: Int32Array;
}

/** The only level that is the same number as `text`, as 4 is 4.0; undefined where there is none, or are several. */
export function sameNumber(text: string, levels: readonly string[], read: ReadNumber): string | undefined {
  const value = read(text);
  if (!Number.isFinite(value)) return undefined;
  const same = levels.filter((level) => read(level) === value);
  return same.length === 1 ? same[0] : undefined;
}

/** Codes the texts of one column by first appearance, then orders the levels. */
export class FactorCoder {
  readonly #codes = new Map<string, number>();
  readonly #counts: number[] = [];
  readonly #name: string;
  readonly #maxLevels: number;
  readonly #order: (a: string, b: string) => number;

  constructor(name: string, maxLevels: number, order = byteOrder) {
    this.#name = name;
    this.#maxLevels = maxLevels;
    this.#order = order;
  }

  /**
   * Code of a text by first appearance; counts it.
   *
   * @throws BceError CSV_TOO_MANY_LEVELS, NOT_TEXT
   */
  codeOf(text: string, where: () => string): number {
    const code = this.#codes.get(text) ?? this.learn(text, where);
    this.#counts[code]!++;
    return code;
  }

  /**
   * Gives the next code to a text that has none; counts nothing.
   *
   * @throws BceError as `codeOf`
   */
  learn(text: string, where: () => string): number {
    // where it is takes a text for each level
    if (!isText(text)) requireText(text, `${where()}: column ${quoted(this.#name)}`);
    const code = this.#codes.size;
    if (code === this.#maxLevels) {
      throw new BceError(
        'CSV_TOO_MANY_LEVELS',
        `${where()}: column ${quoted(this.#name)}: expected at most ${counted(this.#maxLevels, 'level')}, found one more: ${quoted(text)}`,
        isDate(text)
          ? `dates have parts: --drop ${shellWord(this.#name)} --add ${shellWord(`year(${columnName(this.#name)}) + month(${columnName(this.#name)})`)}`
          : `if it is an id, leave it out with --drop ${shellWord(this.#name)}; --hash ${shellWord(`${this.#name}:10`)} takes it by a hash, --max-levels N allows more`,
      );
    }
    this.#codes.set(text, code);
    this.#counts.push(0);
    return code;
  }

  /** Counts more cells with a code that `codeOf` has given. */
  count(code: number, cells = 1): void {
    this.#counts[code]! += cells;
  }

  /** Number of texts so far. */
  get size(): number {
    return this.#codes.size;
  }

  /** Code of a text seen before; undefined for another. Counts nothing. */
  find(text: string): number | undefined {
    return this.#codes.get(text);
  }

  /**
   * Levels in their order, and the final code for each code by first appearance. Missing cells, code -1
   * until now, become the most frequent level (the first in byte order between equals).
   *
   * @param reference the level that is to be the baseline; the first in byte order where undefined
   * @param missing number of cells with code -1, counted into the most frequent level
   * @param totals weight of the rows by code, where rows have weights; their last entry is that of code -1
   */
  finalize(missing: number, totals?: Float64Array, reference?: string): Levels {
    const levels = sorted([...this.#codes.keys()], this.#order);
    if (reference !== undefined) {
      const at = levels.indexOf(reference);
      if (at < 0) {
        throw noLevel(this.#name, reference, levels);
      }
      levels.unshift(...levels.splice(at, 1));
    }
    const order = levels.map((level) => this.#codes.get(level)!);
    const finalCode = new Int32Array(levels.length);
    order.forEach((code, final) => {
      finalCode[code] = final;
    });
    const counts = order.map((code) => this.#counts[code]!);
    const weights = totals === undefined ? [...counts] : order.map((code) => totals[code]!);
    let mostFrequent = 0;
    weights.forEach((weight, final) => {
      if (weight > weights[mostFrequent]!) mostFrequent = final;
    });
    if (missing > 0) {
      counts[mostFrequent]! += missing;
      weights[mostFrequent]! += totals === undefined ? missing : totals[levels.length]!;
    }
    return { levels, counts, weights, mostFrequent, finalCode };
  }
}

/** In place. */
function sorted(levels: string[], order: (a: string, b: string) => number): string[] {
  return order === byteOrder ? inByteOrder(levels) : levels.sort(order);
}

/** A baseline that was asked for and is no level. */
export function noLevel(column: string, level: string, levels: readonly string[]): BceError {
  return new BceError(
    'USAGE',
    `--reference: column ${quoted(column)} has no level ${quoted(level)}`,
    `its levels are ${listed(levels.map(quoted))}`,
  );
}

/** The levels with those that `isBaseline` holds of made into one, which comes first. */
export function withBaseline(
  known: Levels,
  baseline: string,
  isBaseline: (level: string) => boolean,
): Levels {
  return regrouped(known, (level) => (isBaseline(level) ? baseline : level), baseline);
}

/** The first of the levels where each of them has a weight: no text is empty. */
export const NO_BASELINE = '';

/** The levels with none before them that is the baseline. */
export function withoutBaseline(known: Levels): Levels {
  return regrouped(known, (level) => level, NO_BASELINE);
}

/** The level of all that have few rows, and of texts that no training row has. */
export const OTHER = '(other)';

/**
 * The levels with those of fewer rows than `least` made into one, which comes last.
 *
 * @param reference the baseline that was asked for
 * @param where the column, for messages
 * @returns undefined where no level has so few
 * @throws BceError USAGE, CSV_COLUMN_NAMES
 */
export function withOther(
  known: Levels,
  least: number,
  reference: string | undefined,
  where: string,
): { readonly levels: Levels; readonly rare: ReadonlySet<string> } | undefined {
  const { levels, counts } = known;
  const rare = new Set(levels.filter((_, code) => counts[code]! < least));
  if (rare.size === 0) return undefined;
  if (levels.includes(OTHER)) {
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `--rare: ${where}: expected no level ${quoted(OTHER)}, which is what levels of few rows are called`,
      'give that level another text',
    );
  }
  if (reference !== undefined && rare.has(reference)) {
    throw new BceError(
      'USAGE',
      `--reference: ${where}: level ${quoted(reference)} has ${counted(counts[levels.indexOf(reference)]!, 'row')}, and --rare makes it one with others`,
      `--reference ${OTHER} makes these the baseline`,
    );
  }
  const regroupedLevels = regrouped(known, (level) => (rare.has(level) ? OTHER : level));
  return { levels: movedTo(regroupedLevels, OTHER, reference === OTHER ? 'first' : 'last'), rare };
}

/** The levels by other names, those of one name made into one; in the order of the first of each, or `first` before all. */
export function regrouped(
  { levels, counts, weights, finalCode, mostFrequent }: Levels,
  rename: (level: string) => string,
  first?: string,
): Levels {
  const places = new Map<string, number>(first === undefined ? [] : [[first, 0]]);
  const place = Int32Array.from(levels, (level) => {
    const name = rename(level);
    const at = places.get(name) ?? places.size;
    places.set(name, at);
    return at;
  });
  const sum = (numbers: readonly number[]) => {
    const sums = Array.from(places, () => 0);
    numbers.forEach((number, code) => {
      sums[place[code]!]! += number;
    });
    return sums;
  };
  return {
    levels: [...places.keys()],
    counts: sum(counts),
    weights: sum(weights),
    mostFrequent: place[mostFrequent]!,
    finalCode: finalCode.map((code) => place[code]!),
  };
}

function movedTo(known: Levels, level: string, end: 'first' | 'last'): Levels {
  const others = [...known.levels.keys()].filter((code) => known.levels[code] !== level);
  const at = known.levels.indexOf(level);
  const order = end === 'first' ? [at, ...others] : [...others, at];
  const place = new Int32Array(order.length);
  order.forEach((code, final) => {
    place[code] = final;
  });
  return {
    levels: order.map((code) => known.levels[code]!),
    counts: order.map((code) => known.counts[code]!),
    weights: order.map((code) => known.weights[code]!),
    mostFrequent: place[known.mostFrequent]!,
    finalCode: known.finalCode.map((code) => place[code]!),
  };
}
