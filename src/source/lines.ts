/** Lines that are no part of the table left empty: those behind them keep their numbers. */
import { BceError } from '../errors.js';
import type { Pieces } from './pieces.js';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BLANK = 0x20;
const TAB = 0x09;
const BOM = Buffer.from('\ufeff');
const NOTHING = Buffer.alloc(0);

/** Characters behind which a quote opens a cell, where the delimiter has yet to be found. */
const DELIMITERS = Buffer.from(',;\t|');

/** The first `count` lines. @param name what messages call the file @throws BceError CSV_EMPTY where there are no others */
export async function* skipped(bytes: Pieces, count: number, name: string): Pieces {
  let left = count;
  let isRead = false;
  let isAfterCr = false;
  try {
    for (;;) {
      const { done, value } = await bytes.next();
      if (done) {
        if (!isRead) return;
        throw new BceError('CSV_EMPTY', `${name}: --skip ${count} leaves nothing of the file`);
      }
      isRead ||= value.length > 0;
      let at = 0;
      let ends = 0;
      // CRLF is one line end, also across pieces
      if (isAfterCr && value[0] === LF) at = 1;
      isAfterCr = false;
      for (; at < value.length && left > 0; at++) {
        const byte = value[at];
        if (byte !== LF && byte !== CR) continue;
        if (byte === CR && value[at + 1] === LF) at++;
        else isAfterCr = byte === CR && at + 1 === value.length;
        ends++;
        left--;
      }
      if (ends > 0) yield Buffer.alloc(ends, LF);
      if (at < value.length) yield value.subarray(at);
      if (left === 0 && !isAfterCr) break;
    }
    yield* bytes;
  } finally {
    await bytes.return();
  }
}

/**
 * Lines that begin with `mark`, blanks before it not counted; lines within quotes are none.
 *
 * @param mark a text without line ends and quotes
 * @param delimiter the character between cells; undefined where it has yet to be found
 */
export async function* withoutComments(bytes: Pieces, mark: string, delimiter: string | undefined): Pieces {
  const comments = new CommentScanner(mark, delimiter);
  try {
    // the end of a piece, from the start of its last line on
    let rest: Buffer = NOTHING;
    for (;;) {
      const { done, value } = await bytes.next();
      const all = done ? rest : Buffer.concat([rest, value]);
      const end = done ? all.length : lastLineEnd(all);
      const out = comments.emptied(all.subarray(0, end));
      if (out.length > 0) yield out;
      if (done) return;
      rest = all.subarray(end);
    }
  } finally {
    await bytes.return();
  }
}

/** After the last line end; a CR at the very end may be the first half of a CRLF. */
function lastLineEnd(bytes: Buffer): number {
  for (let i = bytes.length - 1; i >= 0; i--) {
    if (bytes[i] === LF || (bytes[i] === CR && i + 1 < bytes.length)) return i + 1;
  }
  return 0;
}

/** Goes from line to line, and remembers whether it is in quotes. */
class CommentScanner {
  readonly #mark: Buffer;
  readonly #delimiters: Buffer;
  #isAtStart = true;
  #isQuoted = false;

  constructor(mark: string, delimiter: string | undefined) {
    this.#mark = Buffer.from(mark);
    this.#delimiters = delimiter === undefined ? DELIMITERS : Buffer.from(delimiter);
  }

  /** @param lines whole ones */
  emptied(lines: Buffer): Buffer {
    const parts: Buffer[] = [];
    // of the lines, what is not yet in a part begins here
    let kept = 0;
    for (let at = 0; at < lines.length; ) {
      if (!this.#isQuoted && this.#isComment(lines, at)) {
        parts.push(lines.subarray(kept, at));
        at = endOfLine(lines, at);
        kept = at;
      } else {
        at = this.#passLine(lines, at);
      }
      this.#isAtStart = false;
      if (at < lines.length) at += lines[at] === CR && lines[at + 1] === LF ? 2 : 1;
    }
    if (kept === 0 && parts.length === 0) return lines;
    return Buffer.concat([...parts, lines.subarray(kept)]);
  }

  #isComment(lines: Buffer, start: number): boolean {
    let at = start;
    if (this.#isAtStart && lines.subarray(0, BOM.length).equals(BOM)) at += BOM.length;
    while (lines[at] === BLANK) at++;
    return lines.subarray(at, at + this.#mark.length).equals(this.#mark);
  }

  /** To the end of a line, in quotes or not. */
  #passLine(lines: Buffer, start: number): number {
    let canOpen = true;
    for (let at = start; at < lines.length; at++) {
      const byte = lines[at]!;
      if (byte === LF || byte === CR) return at;
      if (byte === QUOTE) {
        // the second of two opens again
        if (this.#isQuoted) canOpen = true;
        this.#isQuoted = !this.#isQuoted && canOpen;
      } else if (!this.#isQuoted && byte !== BLANK && byte !== TAB) {
        canOpen = this.#delimiters.includes(byte);
      } else if (this.#delimiters.includes(byte)) {
        canOpen = true;
      }
    }
    return lines.length;
  }
}

function endOfLine(lines: Buffer, start: number): number {
  let at = start;
  while (at < lines.length && lines[at] !== LF && lines[at] !== CR) at++;
  return at;
}
