/**
 * Quotes as RFC 4180 wants them, so that every reader after this one may rely on it.
 *
 * A quote opens a cell only at its start, blanks before it not counted; elsewhere it is a character, as in
 * `4" pipe`. Such a cell is passed on in quotes, `"4"" pipe"`, and blanks around a quoted cell are left out. All
 * other bytes pass as they are, quotes that make no sense (`"a"b`) among them: csv-parse says what is wrong.
 */
import type { Pieces } from '../pieces.js';
import { endOfQuotes } from '../scan/quoteOrder.js';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const TAB = 0x09;
const BOM = Buffer.from('\ufeff');
const NOTHING = Buffer.alloc(0);
/** With fewer bytes it is sooner said of each cell what it is than of all at once. */
const MANY_BYTES = 1 << 15;
/** Bytes that are looked at at once where not all are in order. */
const BLOCK_BYTES = 1 << 11;

/**
 * @param bytes of a table from its start
 * @param delimiter the character between cells
 * @param manyBytes fewest that are looked at at once
 */
export async function* standardQuotes(
  bytes: Pieces,
  delimiter: string,
  manyBytes: number = MANY_BYTES,
): Pieces {
  const cells = new CellScanner(delimiter, manyBytes);
  try {
    // the end of a piece, from the start of its last cell on
    let rest: Buffer = NOTHING;
    let buffer: Buffer | undefined;
    for (;;) {
      const { done, value } = await bytes.next(bufferAfter(rest, buffer));
      const all = done ? rest : joined(rest, value, buffer);
      const { taken, out } = cells.take(all, done === true);
      rest = taken < all.length ? Buffer.from(all.subarray(taken)) : NOTHING;
      if (out.length > 0) buffer = yield out;
      if (done) return;
    }
  } finally {
    await bytes.return();
  }
}

/** Where the next piece may be put so that it follows what is left of the last one. */
function bufferAfter(rest: Buffer, buffer: Buffer | undefined): Buffer | undefined {
  return buffer === undefined || buffer.length <= rest.length ? undefined : buffer.subarray(rest.length);
}

function joined(rest: Buffer, piece: Buffer, buffer: Buffer | undefined): Buffer {
  if (rest.length === 0) return piece;
  const isAfter =
    buffer !== undefined &&
    piece.buffer === buffer.buffer &&
    piece.byteOffset === buffer.byteOffset + rest.length;
  if (!isAfter) return Buffer.concat([rest, piece]);
  rest.copy(buffer);
  return buffer.subarray(0, rest.length + piece.length);
}

interface Taken {
  /** Bytes, up to the start of a cell unless all are there. */
  readonly taken: number;
  /** What they come to. */
  readonly out: Buffer;
}

/** Takes bytes by whole cells, all at once where their quotes are in order. */
class CellScanner {
  readonly #delimiter: number;
  readonly #manyBytes: number;
  #isAtStart = true;
  /** Whether the next byte is within a quoted cell, and whether it is after one that is not in order. */
  #isQuoted = false;
  #isOdd = false;

  constructor(delimiter: string, manyBytes: number) {
    this.#delimiter = delimiter.length === 1 ? delimiter.charCodeAt(0) : -1;
    this.#manyBytes = manyBytes;
  }

  take(all: Buffer, isLast: boolean): Taken {
    const areMany = all.length >= this.#manyBytes;
    const inOrder = this.#takeInOrder(all, isLast, areMany);
    return inOrder ?? (areMany ? this.#takeBlocks(all, isLast) : this.#takeCells(all, isLast));
  }

  /** Block by block, and cell by cell only where a quote is not in order. */
  #takeBlocks(all: Buffer, isLast: boolean): Taken {
    const parts: Buffer[] = [];
    let start = 0;
    for (let size = BLOCK_BYTES; start < all.length; ) {
      const end = Math.min(start + size, all.length);
      const block = all.subarray(start, end);
      const isLastBlock = isLast && end === all.length;
      const { taken, out } =
        this.#takeInOrder(block, isLastBlock, true) ?? this.#takeCells(block, isLastBlock);
      if (taken === 0 && end === all.length) break;
      // a longer block where a cell is longer
      size = taken === 0 ? 2 * size : BLOCK_BYTES;
      parts.push(out);
      start += taken;
    }
    return { taken: start, out: Buffer.concat(parts) };
  }

  /** Bytes that stay what they are; undefined where cells must be looked at. */
  #takeInOrder(all: Buffer, isLast: boolean, areMany: boolean): Taken | undefined {
    if (!this.#isQuoted && all.indexOf(QUOTE) < 0) {
      const taken = isLast ? all.length : this.#lastCellStart(all);
      if (taken > 0) this.#isOdd = false;
      return this.#taken(taken, all.subarray(0, taken));
    }
    if (this.#isOdd || !areMany) return undefined;
    const end = endOfQuotes(all.subarray(this.#startOfCells(all)), this.#delimiter, this.#isQuoted);
    if (end === undefined) return undefined;
    // the last quote may be the first of two, or another byte after it may be wrong
    this.#isQuoted = end !== 'outside';
    let taken = all.length;
    if (!isLast && end === 'closing') taken--;
    if (!isLast && end === 'outside') taken = this.#lastCellStart(all);
    return this.#taken(taken, all.subarray(0, taken));
  }

  #taken(taken: number, out: Buffer): Taken {
    this.#isAtStart &&= taken === 0;
    return { taken, out };
  }

  /** After a BOM. */
  #startOfCells(all: Buffer): number {
    return this.#isAtStart && all.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  }

  /** Cell by cell. */
  #takeCells(all: Buffer, isLast: boolean): Taken {
    const parts: Buffer[] = [];
    // of `all`, what is not yet in a part begins here
    let kept = 0;
    let i = this.#startOfCells(all);
    const { length } = all;
    let taken = length;
    while (i < length) {
      if (this.#isQuoted) {
        i = all.indexOf(QUOTE, i);
        if (i < 0) break;
        // it may be the first of two
        if (i + 1 === length && !isLast) {
          taken = i;
          break;
        }
        if (all[i + 1] === QUOTE) {
          i += 2;
          continue;
        }
        const end = this.#afterBlanks(all, i + 1);
        if (end === length && !isLast) {
          taken = i;
          break;
        }
        this.#isQuoted = false;
        if (end < length && !this.#isEnd(all[end]!)) {
          this.#isOdd = true;
          i++;
          continue;
        }
        if (end > i + 1) {
          parts.push(all.subarray(kept, i + 1));
          kept = end;
        }
        i = end < length ? end + 1 : end;
        continue;
      }
      const start = i;
      const first = this.#isOdd ? i : this.#afterBlanks(all, i);
      if (first === length && !isLast) {
        taken = start;
        break;
      }
      if (all[first] === QUOTE && !this.#isOdd) {
        if (first > start) {
          parts.push(all.subarray(kept, start));
          kept = first;
        }
        this.#isQuoted = true;
        i = first + 1;
        continue;
      }
      let hasQuote = false;
      for (; i < length; i++) {
        const byte = all[i]!;
        if (byte === QUOTE) hasQuote = true;
        else if (byte === this.#delimiter || byte === LF || byte === CR) break;
      }
      if (i === length && !isLast && !this.#isOdd) {
        taken = start;
        break;
      }
      if (hasQuote && !this.#isOdd) {
        parts.push(all.subarray(kept, start), inQuotes(all.subarray(start, i)));
        kept = i;
      }
      if (i < length) this.#isOdd = false;
      i++;
    }
    if (kept === 0) return this.#taken(taken, all.subarray(0, taken));
    parts.push(all.subarray(Math.min(kept, taken), taken));
    return this.#taken(taken, Buffer.concat(parts));
  }

  #isEnd(byte: number): boolean {
    return byte === this.#delimiter || byte === LF || byte === CR;
  }

  #afterBlanks(all: Buffer, start: number): number {
    let i = start;
    while (i < all.length && (all[i] === BLANK || all[i] === TAB) && all[i] !== this.#delimiter) i++;
    return i;
  }

  /** After the last delimiter or line end; 0 where there is none. */
  #lastCellStart(all: Buffer): number {
    let i = all.length;
    while (i > 0 && !this.#isEnd(all[i - 1]!)) i--;
    return i;
  }
}

function inQuotes(cell: Buffer): Buffer {
  return Buffer.from(`"${cell.toString('latin1').replaceAll('"', '""')}"`, 'latin1');
}
