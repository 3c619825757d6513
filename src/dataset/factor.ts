/** A text column as codes: one small integer a row, never a column a level. */
import { BceError } from '../errors.js';
import { byteOrder, counted, quoted, shellWord } from '../text.js';
import { requireText } from './columns.js';

/** Texts a column may have by default before it is taken for an id. */
export const MOST_LEVELS = 100;

/** Codes the texts of one column by first appearance, then orders the levels. */
export class FactorCoder {
  readonly #codes = new Map<string, number>();
  readonly #counts: number[] = [];
  readonly #name: string;
  readonly #maxLevels: number;

  constructor(name: string, maxLevels: number) {
    this.#name = name;
    this.#maxLevels = maxLevels;
  }

  /**
   * Code of a text by first appearance; counts it.
   *
   * @throws BceError CSV_TOO_MANY_LEVELS, NOT_TEXT
   */
  codeOf(text: string, where: () => string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      requireText(text, `${where()}: column ${quoted(this.#name)}`);
      code = this.#codes.size;
      if (code === this.#maxLevels) {
        throw new BceError(
          'CSV_TOO_MANY_LEVELS',
          `${where()}: column ${quoted(this.#name)}: expected at most ${counted(this.#maxLevels, 'level')}, found one more: ${quoted(text)}`,
          `if it is an id, leave it out with --drop ${shellWord(this.#name)}; --max-levels N allows more`,
        );
      }
      this.#codes.set(text, code);
      this.#counts.push(0);
    }
    this.#counts[code]!++;
    return code;
  }

  /**
   * Levels in byte order, their counts, and the final code for each code by first appearance. Missing
   * cells, code -1 until now, become the most frequent level (the first in byte order between equals).
   *
   * @param missing number of cells with code -1, counted into the most frequent level
   */
  settle(missing: number): {
    levels: string[];
    counts: number[];
    mostFrequent: number;
    finalCode: Int32Array;
  } {
    const levels = [...this.#codes.keys()].sort(byteOrder);
    const finalCode = new Int32Array(levels.length);
    const counts = levels.map((level, final) => {
      const code = this.#codes.get(level)!;
      finalCode[code] = final;
      return this.#counts[code]!;
    });
    let mostFrequent = 0;
    counts.forEach((count, final) => {
      if (count > counts[mostFrequent]!) mostFrequent = final;
    });
    if (missing > 0) counts[mostFrequent]! += missing;
    return { levels, counts, mostFrequent, finalCode };
  }
}
