/** Where a cell ends, as csv-parse sees it: quotes only open at its start. */
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
