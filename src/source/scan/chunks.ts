/** A stream of bytes cut into chunks of whole rows. */
import type { Pieces } from '../pieces.js';

/** Bytes of a chunk, at most, unless a row is longer: with fewer, what threads tell each other takes a tenth of the time. */
export const CHUNK_BYTES = 1 << 20;
/** Bytes of the first chunk; the next ones double up to the most: what comes early in a slow pipe is seen early. */
const FIRST_CHUNK_BYTES = 1 << 16;
/** Longest row that is waited for, in chunks. */
const MOST_CHUNKS = 32;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Where the bytes of a chunk are put. */
export interface ChunkBuffer {
  readonly bytes: Buffer;
}

/** Who has buffers. */
export interface Buffers<R extends ChunkBuffer> {
  /** A buffer of so many bytes, about, once there is one; of `least` in any case. */
  take(byteLength: number, least: number): R | Promise<R>;
  /** Where to end the chunk in a full buffer; default after the last row. */
  cut?(buffer: R): Cut<R>;
  /** One that no chunk will come in. */
  giveBack(buffer: R): void;
}

export interface Cut<R extends ChunkBuffer> {
  /** 0 where no row ends; undefined where the buffer has room for more bytes now. */
  readonly end: number | undefined;
  readonly buffer: R;
}

export interface Chunk<R extends ChunkBuffer> {
  /** From the start of its buffer; what lies there afterwards may be overwritten. */
  readonly bytes: Buffer;
  /** Undefined for what is not whole. */
  readonly buffer: R | undefined;
  /** False when it ends within a row, too long a one: then it and all that follow are just the stream. */
  readonly isWhole: boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream after row ends. Each chunk begins with a row, and holds all rows that end within the next
 * `chunkBytes` bytes, fewer at first; where it is cut depends on the bytes alone, not on the pieces that they
 * come in. Only the last one may end without a line end.
 *
 * Quotes are told by their parity, which is how csv-parse sees them up to the first stray quote. It refuses
 * that row whatever follows, so no cut after it matters.
 */
export async function* cutAtRowEnds<R extends ChunkBuffer>(
  pieces: Pieces,
  chunkBytes: number,
  buffers: Buffers<R>,
): AsyncGenerator<Chunk<R>> {
  let size = Math.min(FIRST_CHUNK_BYTES, chunkBytes);
  let buffer = await buffers.take(size, 1);
  let length = 0;
  // what has come and is not yet in a buffer
  let piece: Buffer = NOTHING;
  for (;;) {
    if (piece.length === 0) {
      const next = await pieces.next(buffer.bytes.subarray(length));
      if (next.done) break;
      piece = next.value;
    }
    if (piece.buffer === buffer.bytes.buffer && piece.byteOffset === buffer.bytes.byteOffset + length) {
      length += piece.length;
      piece = NOTHING;
    } else {
      const copied = piece.copy(buffer.bytes, length);
      length += copied;
      piece = piece.subarray(copied);
    }
    const { bytes } = buffer;
    if (length < bytes.length) continue;
    const cut = buffers.cut?.(buffer) ?? { end: lastRowEnd(bytes), buffer };
    const { end } = cut;
    ({ buffer } = cut);
    if (end === undefined) continue;
    if (end > 0) {
      const rest = Buffer.from(bytes.subarray(end));
      yield { bytes: bytes.subarray(0, end), buffer, isWhole: true };
      size = Math.min(2 * size, chunkBytes);
      buffer = await buffers.take(size, rest.length + 1);
      length = rest.copy(buffer.bytes);
    } else if (length < MOST_CHUNKS * chunkBytes) {
      const longer = await buffers.take(2 * length, 2 * length);
      bytes.copy(longer.bytes);
      buffers.giveBack(buffer);
      buffer = longer;
    } else {
      yield { bytes: Buffer.concat([bytes, piece]), buffer: undefined, isWhole: false };
      for await (const other of pieces) yield { bytes: other, buffer: undefined, isWhole: false };
      return;
    }
  }
  if (length > 0) yield { bytes: buffer.bytes.subarray(0, length), buffer, isWhole: true };
}

/**
 * After the last row end of bytes that begin with a row; 0 where there is none.
 *
 * @param amongQuotes a faster way where there are quotes; 0 where it finds none
 */
export function lastRowEnd(bytes: Buffer, amongQuotes?: () => number): number {
  const hasQuotes = bytes.indexOf(QUOTE) >= 0;
  const found = hasQuotes ? (amongQuotes?.() ?? 0) : 0;
  if (found > 0) return found;
  let isQuoted = hasQuotes && hasOddQuotes(bytes);
  for (let i = bytes.length - 1; i >= 0; i--) {
    const byte = bytes[i]!;
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted || byte > CR) continue;
    // a CR at the very end may be the first half of a CRLF
    else if (byte === LF || (byte === CR && i + 1 < bytes.length)) return i + 1;
  }
  return 0;
}

/** After the next `rows` line ends from `start` that are not in quotes, or the end of the bytes. */
export function endOfRows(bytes: Buffer, start: number, rows: number): number {
  // bytes are found fast where nothing but line feeds ends a row
  const sole = bytes.indexOf(QUOTE, start) < 0 && bytes.indexOf(CR, start) < 0;
  if (sole) return endOfLineFeeds(bytes, start, rows);
  let isQuoted = false;
  let left = rows;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > QUOTE) continue;
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && (byte === LF || (byte === CR && bytes[i + 1] !== LF)) && --left === 0) return i + 1;
  }
  return bytes.length;
}

function endOfLineFeeds(bytes: Buffer, start: number, rows: number): number {
  let end = start;
  for (let left = rows; left > 0; left--) {
    end = bytes.indexOf(LF, end) + 1;
    if (end === 0) return bytes.length;
  }
  return end;
}

/** Line ends that are not in quotes, a CRLF being one. */
export function countRowEnds(bytes: Buffer): number {
  let isQuoted = false;
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && (byte === LF || (byte === CR && bytes[i + 1] !== LF))) count++;
  }
  return count;
}

/** After so many line ends, a CRLF being one, within quotes or not; the end of the bytes where there are fewer. */
export function startOfLine(bytes: Buffer, lines: number): number {
  let left = lines;
  let i = 0;
  for (; left > 0 && i < bytes.length; i++) {
    if (bytes[i] === LF || (bytes[i] === CR && bytes[i + 1] !== LF)) left--;
  }
  return i;
}

/** Line ends, a CRLF being one, within quotes or not. */
export function countLineEnds(bytes: Buffer): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > CR) continue;
    if (byte === LF || (byte === CR && bytes[i + 1] !== LF)) count++;
  }
  return count;
}

/** Whether the number of quotes is odd. */
export function hasOddQuotes(bytes: Buffer): boolean {
  const first = bytes.indexOf(QUOTE);
  if (first < 0) return false;
  // single bytes up to a whole word, whole words, single bytes to the end
  const wordsStart = first + (-(bytes.byteOffset + first) & 3);
  const count = (bytes.length - wordsStart) >> 2;
  if (count <= 0) return hasOddQuotesIn(bytes, first, bytes.length);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, count);
  let marks = 0;
  for (let i = 0; i < words.length; i++) {
    // the high bit of each byte that is not a quote, exactly: no byte carries into the next
    const word = words[i]! ^ 0x22222222;
    marks ^= ((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word;
  }
  marks &= 0x80808080;
  // of four bytes, as many are quotes as are not, to parity
  marks ^= marks >>> 16;
  marks ^= marks >>> 8;
  const isOdd = (marks & 0x80) !== 0;
  const isOddBefore = hasOddQuotesIn(bytes, first, wordsStart);
  return (isOdd !== isOddBefore) !== hasOddQuotesIn(bytes, wordsStart + 4 * count, bytes.length);
}

function hasOddQuotesIn(bytes: Buffer, start: number, end: number): boolean {
  let isOdd = false;
  for (let i = start; i < end; i++) if (bytes[i] === QUOTE) isOdd = !isOdd;
  return isOdd;
}
