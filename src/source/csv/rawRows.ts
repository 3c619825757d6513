/** The bytes of rows as they were, found again by the lines on which the rows start. */

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const TAB = 0x09;

/** Where a row lies in `bytes`. */
export interface RawRow {
  readonly bytes: Buffer;
  /** First byte, after the last byte, and after the line end, of which the last row may have none. */
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/**
 * Keeps the bytes of a table until their rows have been taken, in order. Lines are those that csv-parse and the
 * scanner count, so blank lines are passed over without asking what a blank line is.
 */
export class RawRows {
  #bytes: Buffer = Buffer.alloc(0);
  /** First byte that is not taken, after the last one held, and the line of the first. */
  #start = 0;
  #end = 0;
  #line = 1;
  /** After the last quote or CR held: beyond it every LF ends a row. */
  #plainFrom = 0;
  readonly #delimiter: number;

  /** @param delimiter the character between cells */
  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** Holds more bytes. */
  push(piece: Buffer): void {
    const held = this.#end - this.#start;
    if (this.#end + piece.length > this.#bytes.length) {
      const room = Math.max(this.#bytes.length, 2 * (held + piece.length));
      const to = room > this.#bytes.length ? Buffer.allocUnsafeSlow(room) : this.#bytes;
      this.#bytes.copy(to, 0, this.#start, this.#end);
      this.#bytes = to;
      this.#plainFrom = Math.max(0, this.#plainFrom - this.#start);
      this.#start = 0;
      this.#end = held;
    }
    const odd = Math.max(piece.lastIndexOf(QUOTE), piece.lastIndexOf(CR));
    if (odd >= 0) this.#plainFrom = this.#end + odd + 1;
    this.#end += piece.copy(this.#bytes, this.#end);
  }

  /** Takes the row that starts on `line`; rows before it are let go. */
  take(line: number): RawRow {
    while (this.#line < line) this.#takeLine();
    return this.#takeRow();
  }

  #takeRow(): RawRow {
    const start = this.#start;
    const end = this.#endOfRow();
    this.#start = this.#afterLineEnd(end);
    this.#line++;
    return { bytes: this.#bytes, start, end, next: this.#start };
  }

  #takeLine(): void {
    let end = this.#start;
    while (end < this.#end && this.#bytes[end] !== LF && this.#bytes[end] !== CR) end++;
    this.#start = this.#afterLineEnd(end);
    this.#line++;
  }

  /** The line end that is in no quotes; counts those that are. */
  #endOfRow(): number {
    const bytes = this.#bytes;
    const limit = this.#end;
    if (this.#start >= this.#plainFrom) {
      const end = bytes.indexOf(LF, this.#start);
      return end < 0 || end > limit ? limit : end;
    }
    let isQuoted = false;
    // a quote opens a cell only where nothing but blanks is before it, or one that was closed just now
    let isAtStart = true;
    let closedAt = -1;
    for (let i = this.#start; i < limit; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) {
        if (isQuoted) closedAt = i;
        isQuoted = !isQuoted && (isAtStart || closedAt === i - 1);
        isAtStart = false;
      } else if (byte === LF || byte === CR) {
        if (!isQuoted) return i;
        if (byte === LF || bytes[i + 1] !== LF) this.#line++;
      } else if (byte === this.#delimiter) {
        isAtStart ||= !isQuoted;
      } else if (byte !== BLANK && byte !== TAB) {
        isAtStart = false;
      }
    }
    return limit;
  }

  #afterLineEnd(end: number): number {
    if (end >= this.#end) return this.#end;
    const isPair = this.#bytes[end] === CR && end + 1 < this.#end && this.#bytes[end + 1] === LF;
    return end + (isPair ? 2 : 1);
  }
}
