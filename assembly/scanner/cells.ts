/** Where a cell ends, as csv-parse sees it: quotes only open at its start. */
import { DOUBLED, LINE } from '../../src/source/scan/layout';

const QUOTE: u8 = 0x22;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;

/**
 * The byte that ends an unquoted cell: a delimiter, a line end, or a quote, which may not be there.
 *
 * There is a line end at the end of the bytes, and 16 bytes more can be read.
 */
export function endOfPlain(start: usize, delimiter: u32): usize {
  const delimiters = i8x16.splat(i8(delimiter));
  let p = start;
  while (true) {
    const bytes = v128.load(p);
    const ends = v128.or(i8x16.eq(bytes, i8x16.splat(LF)), i8x16.eq(bytes, i8x16.splat(CR)));
    const others = v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, i8x16.splat(QUOTE)));
    const marks = i8x16.bitmask(v128.or(ends, others));
    if (marks !== 0) return p + usize(ctz(marks));
    p += 16;
  }
}

/** Whether a cell ends at `q`. */
// @ts-ignore: decorator
@inline
export function isCellEnd(q: usize, delimiter: u32): bool {
  const next = u32(load<u8>(q));
  // nothing is known of what lies at address 0, but 0 is no place to be
  return q !== 0 && (next === delimiter || next === u32(LF) || next === u32(CR));
}

/** After the line end at `p`. */
export function afterLineEnd(p: usize): usize {
  return load<u8>(p) === CR && load<u8>(p + 1) === LF ? p + 2 : p + 1;
}

/**
 * The byte after a cell, a closing quote included; 0 where its quotes are not in order.
 *
 * Counts the line ends within it, and notes whether it has doubled quotes.
 */
export function endOfCell(job: usize, p: usize, end: usize, delimiter: u32): usize {
  if (load<u8>(p) !== QUOTE) {
    const q = endOfPlain(p, delimiter);
    return load<u8>(q) === QUOTE ? 0 : q;
  }
  store<u32>(job, 0, DOUBLED);
  let q = p + 1;
  while (true) {
    q = nextQuote(q, end);
    if (q >= end) return 0;
    if (load<u8>(q + 1) !== QUOTE) break;
    store<u32>(job, 1, DOUBLED);
    q += 2;
  }
  const lines = countLines(p + 1, q);
  if (lines > 0) store<u32>(job, load<u32>(job, LINE) + lines, LINE);
  return isCellEnd(q + 1, delimiter) ? q + 1 : 0;
}

/** The next quote from `start`, or where it would lie past `end`, some address past it. */
export function nextQuote(start: usize, end: usize): usize {
  let p = start;
  while (p < end) {
    const marks = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(QUOTE)));
    if (marks !== 0) return p + usize(ctz(marks));
    p += 16;
  }
  return p;
}

/** Line ends in [start, end); a CRLF is one. */
export function countLines(start: usize, end: usize): u32 {
  let lines: u32 = 0;
  for (let p = start; p < end; p++) {
    const byte = load<u8>(p);
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
