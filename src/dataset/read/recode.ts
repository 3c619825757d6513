/** Scanners name texts by their places in lists of their own; these become the codes that all rows share. */
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';

/** The codes of a list of texts that only grows. */
export interface KnownTexts {
  /** Code of each text by its place, -1 where it has not been met, and room for more. */
  readonly codes: Int32Array;
  /** Whether any text of the list has not been met. */
  readonly isBehind: boolean;
}

/** For lists of texts that only grow, the code of each text that has been met. */
export class CodesOfTexts {
  readonly #lists = new WeakMap<readonly string[], { codes: Int32Array; met: number }>();

  /** Looks only at those that had not been met the last time. */
  of(texts: readonly string[], coder: { find(text: string): number | undefined }): KnownTexts {
    let list = this.#lists.get(texts);
    if (list === undefined) {
      list = { codes: new Int32Array(FIRST_TEXTS).fill(UNMET), met: 0 };
      this.#lists.set(texts, list);
    }
    if (list.codes.length < texts.length) {
      const more = new Int32Array(2 * texts.length).fill(UNMET);
      more.set(list.codes);
      list.codes = more;
    }
    const { codes } = list;
    let isBehind = false;
    for (let i = list.met; i < texts.length; i++) {
      if (codes[i] === UNMET) codes[i] = coder.find(texts[i]!) ?? UNMET;
      if (codes[i] === UNMET) isBehind = true;
      else if (!isBehind) list.met = i + 1;
    }
    return { codes, isBehind };
  }
}

const FIRST_TEXTS = 64;
/** In place of a code: the text has not been met. */
export const UNMET = -1;

/** Who counts the rows of each code. */
interface Counter {
  count(code: number): void;
}

/** Puts codes in the place of places among the texts of a scanner, in its memory, and counts them. */
export function recodeLabels({ rows, y }: Shard, { codes }: KnownTexts, counter: Counter): void {
  for (let r = 0; r < rows; r++) {
    const code = codes[y[r]!]!;
    y[r] = code;
    counter.count(code);
  }
}

/** The same for all factors; block by block, as they lie in memory. */
export function recodeLevels(
  { rows, codes: places }: Shard,
  factors: readonly KnownTexts[],
  counters: readonly Counter[],
): void {
  const k = factors.length;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rows - row);
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const { codes } = factors[f]!;
      const counter = counters[f]!;
      for (let i = p; i < p + n; i++) {
        const code = codes[places[i]!]!;
        places[i] = code;
        counter.count(code);
      }
    }
  }
}
