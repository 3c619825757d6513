/** Where a cell ends, as csv-parse sees it: quotes only open at its start. */
import { eightOf, firstOf, zerosIn } from './words';

const QUOTE: u32 = 0x22;
const LF: u32 = 0x0a;
const CR: u32 = 0x0d;

/**
 * The byte that ends an unquoted cell: a delimiter, a line end, or a quote, which may not be there.
 *
 * There is a line end at the end of the bytes, and 8 bytes more can be read.
 */
export function endOfPlain(start: usize, delimiter: u32): usize {
  const delimiters = eightOf(delimiter);
  let p = start;
  while (true) {
    const word = load<u64>(p);
    const marks =
      zerosIn(word ^ delimiters) |
      zerosIn(word ^ 0x0a0a0a0a0a0a0a0a) |
      zerosIn(word ^ 0x0d0d0d0d0d0d0d0d) |
      zerosIn(word ^ 0x2222222222222222);
    if (marks !== 0) return p + firstOf(marks);
    p += 8;
  }
}

/** The next quote from `start`, or where it would lie past `end`, some address past it. */
export function nextQuote(start: usize, end: usize): usize {
  let p = start;
  while (p < end) {
    const marks = zerosIn(load<u64>(p) ^ 0x2222222222222222);
    if (marks !== 0) return p + firstOf(marks);
    p += 8;
  }
  return p;
}

/** Line ends in [start, end); a CRLF is one. */
export function countLines(start: usize, end: usize): u32 {
  let lines: u32 = 0;
  for (let p = start; p < end; p++) {
    const byte = u32(load<u8>(p));
    if (byte === LF || (byte === CR && !(p + 1 < end && load<u8>(p + 1) === LF))) lines++;
  }
  return lines;
}

/** Copies [start, end) to `to` with doubled quotes as one; returns the address after it. */
export function copyUnquoted(start: usize, end: usize, to: usize): usize {
  for (let p = start; p < end; p++) {
    const byte = load<u8>(p);
    store<u8>(to++, byte);
    if (byte === QUOTE) p++;
  }
  return to;
}

/** What trimming takes off, of ASCII. */
export function isBlank(byte: u32): bool {
  return byte === 0x20 || byte - 9 < 5;
}
